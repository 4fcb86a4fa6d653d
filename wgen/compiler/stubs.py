"""The handlers file: written once, then only appended to."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable
from io import StringIO

from wgen.compiler import ir
from wgen.compiler.check import CheckedModule
from wgen.compiler.emit import import_order, templates
from wgen.compiler.imports import Names
from wgen.compiler.layout import annotated, indented
from wgen.compiler.modules import definitions
from wgen.compiler.rules.project import handlers_in
from wgen.compiler.source import Source
from wgen.compiler.writer import docstring_text, flow_line
from wgen.errors import SourceError


def handlers_text(module: CheckedModule, source: Source, existing: str | None) -> str:
    """The text of a new handlers file, or the existing one with stubs for what it lacks. No byte of it changes.

    Raises SourceError for an existing one to which nothing can be added.
    """
    handlers = {handler.name: handler for flow in module.flows for handler in flow.handlers}
    names = Names((source.folder / "__init__.py").exists(), set(handlers))
    if existing is None or not existing.strip("\ufeff \t\r\n"):
        stubs = _stubs(handlers.values(), source, names, None)
        text: str = (
            templates()
            .get_template("handlers.py.j2")
            .render(
                title=", ".join(docstring_text(flow.name) for flow in module.flows),
                imports=[*names.imports(), *_standard(names)],
                aliases=names.alias_lines(),
                stubs=stubs,
            )
        )
        return text
    return _appended(existing, handlers, source, names)


_HOME = {"Any": "typing", "Decimal": "decimal"}


def _standard(names: Names) -> list[str]:
    """The imports of the types that are not the user's."""
    modules: dict[str, list[str]] = {}
    for name in sorted(names.vocabulary, key=import_order):
        modules.setdefault(_HOME.get(name, "datetime"), []).append(name)
    return [f"from {module} import {', '.join(used)}" for module, used in sorted(modules.items())]


def _stubs(handlers: Iterable[ir.Handler], source: Source, names: Names, known: set[str] | None) -> list[list[str]]:
    """One method for each handler. Types that an existing file does not know are quoted, so that it still loads."""

    def annotation(type_: ir.Type) -> str:
        text = names.annotation(type_)
        if known is None or all(part in known for part in _names_in(text)):
            return text
        return f'"{text}"'

    stubs = []
    for handler in handlers:
        results = [annotation(result) for result in handler.results]
        returns = results[0] if len(results) == 1 else f"tuple[{', '.join(results)}]" if results else "None"
        head = f"async def {handler.name}("
        signature = [head, "    self,", "    *,"]
        for entry in handler.parameters:
            signature += indented(annotated(entry.name, annotation(entry.type), ",", 8))
        signature.append(f") -> {returns}:")
        if not handler.parameters:
            signature = [f"{head}self) -> {returns}:"]
        line = flow_line(source.text[handler.span.start : handler.span.end])
        stubs.append([*signature, f"    # {line}", "    raise NotImplementedError"])
    return stubs


def _names_in(annotation: str) -> set[str]:
    """The names of an annotation that must come from somewhere."""
    tree = ast.parse(annotation, mode="eval")
    return {entry.id for entry in ast.walk(tree) if isinstance(entry, ast.Name)} - set(dir(builtins))


def _appended(existing: str, handlers: dict[str, ir.Handler], source: Source, names: Names) -> str:
    tree = _parsed(existing)
    file = definitions(source.folder / "handlers.py", tree)
    known = handlers_in(file)
    new = [handler for name, handler in handlers.items() if name not in known.functions]
    if not new or known.open:
        return existing
    stubs = _stubs(new, source, names, _top_level_names(tree))
    owner = file.classes.get("Handlers")
    end = "\r\n" if "\r\n" in existing else "\n"
    lines = list(StringIO(existing, newline=""))
    if owner is None:
        at = len(lines)
        functions = [[line.replace("(self)", "()") for line in stub if line != "    self,"] for stub in stubs]
        added = [_text(["", "", *stub], "", end) for stub in functions]
    else:
        indentation = _indentation(owner, lines)
        at = _end_of(owner, indentation, lines)
        added = [_text(["", *stub], indentation, end) for stub in stubs]
    if not lines[at - 1].endswith("\n"):
        lines[at - 1] += end
    return "".join([*lines[:at], *added, *lines[at:]])


def _parsed(existing: str) -> ast.Module:
    try:
        return ast.parse(existing.removeprefix("\ufeff"))
    except (SyntaxError, ValueError) as error:
        line = f", line {error.lineno}: {error.msg}" if isinstance(error, SyntaxError) else f": {error}"
        raise SourceError(f"it is no valid Python{line}") from None


def _end_of(owner: ast.ClassDef, indentation: str, lines: list[str]) -> int:
    """How many lines there are up to the end of a class, with the comments that are indented as its body is."""
    end = at = owner.end_lineno or len(lines)
    while at < len(lines) and (not lines[at].strip() or lines[at].startswith(indentation)):
        at += 1
        if lines[at - 1].strip():
            end = at
    return end


def _indentation(owner: ast.ClassDef, lines: list[str]) -> str:
    """What the lines of a class begin with."""
    first = owner.body[0]
    if first.lineno == owner.lineno:
        raise SourceError(f"line {owner.lineno}: `class Handlers` stands on one line; give its body lines of its own")
    return lines[first.lineno - 1].encode()[: first.col_offset].decode()


def _text(stub: list[str], indentation: str, end: str) -> str:
    step = "\t" if indentation.startswith("\t") else "    "
    return "".join(f"{indentation if line else ''}{line.replace('    ', step)}{end}" for line in stub)


def _top_level_names(tree: ast.Module) -> set[str]:
    names = set()
    for entry in ast.walk(tree):
        match entry:
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                names |= {(alias.asname or alias.name).partition(".")[0] for alias in aliases}
            case ast.ClassDef(name=name):
                names.add(name)
            case _:
                pass
    return names
