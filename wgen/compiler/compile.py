"""The compiler in one page: parse, lower, check, emit."""

from __future__ import annotations

from typing import NamedTuple

from wgen.compiler import ir
from wgen.compiler.check import CheckedModule
from wgen.compiler.check import check as check_rules
from wgen.compiler.diagnostics import Diagnostic
from wgen.compiler.lower import lower
from wgen.compiler.names import python_name
from wgen.compiler.parse import parse
from wgen.compiler.scope import NAMELESS
from wgen.compiler.settings import Settings
from wgen.compiler.source import Source
from wgen.compiler.suppress import silence, without_echoes
from wgen.errors import CompileError


class Checked(NamedTuple):
    """A file and all that is to be said about it, in the order of the text, and what its comments silence."""

    source: Source
    settings: Settings
    module: ir.Module
    diagnostics: list[Diagnostic]
    silenced: list[Diagnostic]

    @property
    def errors(self) -> list[Diagnostic]:
        """What keeps a flow from running. A comment silences an error for `lint` only: it mends nothing."""
        return [finding for finding in (*self.diagnostics, *self.silenced) if finding.severity == "error"]

    @property
    def notable(self) -> list[Diagnostic]:
        """What a command that compiles tells of: warnings, and all errors, in the order of the text."""
        warnings = [finding for finding in self.diagnostics if finding.severity == "warning"]
        return sorted([*warnings, *self.errors], key=lambda finding: finding.place)

    @property
    def ok(self) -> bool:
        return not self.errors


def compile_flow(source: Source, settings: Settings = Settings()) -> str:  # noqa: B008  (immutable)
    """The text of the generated module. Raises CompileError with every diagnostic of the file."""
    return emit_module(check(source, settings))


def check(source: Source, settings: Settings = Settings()) -> Checked:  # noqa: B008  (immutable)
    """What a file means and what is wrong with it. Never raises for what a user wrote."""
    parsed = parse(source)
    loose = frozenset({NAMELESS, *(python_name(ref.parts[0]) for ref in parsed.loose)})
    module, problems = lower(source, parsed, settings, loose)
    found = [*parsed.diagnostics, *problems, *check_rules(module, parsed.file, source, loose)]
    said, silenced = silence(source, without_echoes(found))
    return Checked(source, settings, module, sorted(said, key=lambda diagnostic: diagnostic.place), silenced)


def emit_module(checked: Checked) -> str:
    """The text of the generated module. Raises CompileError where the file has errors."""
    from wgen.compiler.emit import emit  # noqa: PLC0415  (`lint` must not load the templates' library)

    return emit(passed(checked), checked.source, checked.settings)


def emit_handlers(checked: Checked, existing: str | None) -> str:
    """The handlers file: a new one, or the existing text with methods for new tasks appended."""
    from wgen.compiler.stubs import handlers_text  # noqa: PLC0415  (`lint` must not load the templates' library)

    return handlers_text(passed(checked), checked.source, existing)


def passed(checked: Checked) -> CheckedModule:
    """The meaning of a file without errors. Raises CompileError where it has some."""
    if checked.ok:
        return CheckedModule(checked.module)
    count = "1 error" if len(checked.errors) == 1 else f"{len(checked.errors)} errors"
    raise CompileError(f"{checked.source.path} has {count}", [*checked.diagnostics, *checked.silenced])
