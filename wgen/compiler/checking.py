"""What a rule gets to see of a flow, and how it says what it found."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from wgen.compiler import ir, syntax
from wgen.compiler.diagnostics import Diagnostic, Fix, Related, Rule
from wgen.compiler.paths import Findings
from wgen.compiler.sentences import comment_start
from wgen.compiler.source import Source, Span

if TYPE_CHECKING:
    # It lowers other files, and lowering knows rules, which know this module.
    from wgen.compiler.neighbours import Neighbours


class View(NamedTuple):
    """One flow with all that is known of it. `loose` values are mentioned where the text could not be read.

    `steps` are all steps of the flow, blocks before what is in them.
    """

    source: Source
    tree: syntax.Flow
    flow: ir.Flow
    steps: tuple[ir.Step, ...]
    findings: Findings
    loose: frozenset[str]
    neighbours: Neighbours

    def says(
        self,
        rule: Rule,
        span: Span,
        message: str,
        *,
        help: str | None = None,
        fix: Fix | None = None,
        related: Iterable[Related] = (),
    ) -> Diagnostic:
        return Diagnostic(rule, message, self.source, span, help, fix, list(related))

    @property
    def tasks(self) -> Iterator[ir.Task]:
        """All tasks of the flow, without undos."""
        return (task for step in self.steps for task in ir.tasks_of(step))

    def written(self, span: Span) -> str:
        """The text of a span on one line."""
        return " ".join(self.source.text[span.start : span.end].split())

    def opening(self, span: Span) -> Span:
        """The first line of a block, without its comment."""
        line = self.source.text[span.start : span.end].split("\n", 1)[0]
        return Span(span.start, span.start + len(line[: comment_start(line)].rstrip()))

    def within(self, span: Span, pattern: str) -> Span:
        """Where a pattern, or its first group, stands in a span; all of the span where it does not."""
        found = re.compile(pattern, re.IGNORECASE).search(self.source.text, span.start, span.end)
        return Span(*found.span(found.re.groups and 1)) if found else span


Check: TypeAlias = Callable[[View], Iterator[Diagnostic]]


def every_step(steps: Iterable[ir.Step]) -> Iterator[ir.Step]:
    """All steps of some bodies, blocks before what is in them."""
    for step in steps:
        yield step
        for body in ir.children(step):
            yield from every_step(body)


def every_condition(steps: Iterable[ir.Step]) -> Iterator[ir.Test]:
    """All comparisons that stand directly in some steps."""
    for step in steps:
        match step:
            case ir.Decision():
                for arm in step.arms:
                    yield from tests_of(arm.condition)
            case ir.Repeat(condition=condition) if condition is not None:
                yield from tests_of(condition)
            case ir.Receive(wait=ir.EventWait(where=where)) if where is not None:
                yield from tests_of(where)
            case ir.Await():
                for branch in step.branches:
                    if isinstance(branch.wait, ir.EventWait) and branch.wait.where is not None:
                        yield from tests_of(branch.wait.where)
            case _:
                pass


def tests_of(condition: ir.Condition) -> Iterator[ir.Test]:
    if isinstance(condition, ir.Test):
        yield condition
    else:
        for part in condition.parts:
            yield from tests_of(part)
