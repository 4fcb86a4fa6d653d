"""What the compiler says about a text: diagnostics, fixes, and the registry of rules they belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wgen.compiler.source import Source, Span

Severity = Literal["error", "warning", "info"]


class Rule(NamedTuple):
    """One thing the compiler checks: `WG101 unknown-value`. `about` is one line for lists of rules."""

    code: str
    name: str
    severity: Severity
    about: str


class Edit(NamedTuple):
    """Replaces the text of a span."""

    span: Span
    text: str


class Fix(NamedTuple):
    """A mend: `safe` keeps or restores the meaning, `unsafe` is a guess that a person confirms."""

    applicability: Literal["safe", "unsafe"]
    edits: tuple[Edit, ...]


class Related(NamedTuple):
    """Another place that belongs to the finding, with a note of a few words."""

    span: Span
    note: str


class Diagnostic:
    """One finding at one place of a text."""

    def __init__(
        self,
        rule: Rule,
        message: str,
        source: Source,
        span: Span,
        help: str | None = None,
        fix: Fix | None = None,
        related: Iterable[Related] = (),
    ) -> None:
        self.rule = rule
        self.message = message
        self.source = source
        self.span = span
        self.help = help
        self.fix = fix
        self.related = list(related)
        self.severity = rule.severity

    @property
    def place(self) -> tuple[str, int, int]:
        """File, line and column: the order in which findings are shown."""
        return (self.source.path, *self.source.position(self.span.start))
