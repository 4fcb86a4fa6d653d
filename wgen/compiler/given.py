"""The values that are there behind steps, and where a condition holds or does not."""

from __future__ import annotations

from collections.abc import Iterable

from wgen.compiler import ir
from wgen.compiler.source import Span


def provided(steps: Iterable[ir.Step]) -> dict[str, Span]:
    """Every value that steps provide on some path, with the place."""
    names: dict[str, Span] = {}
    for step in steps:
        for task in ir.tasks_of(step):
            names |= {output.value: output.span for output in task.outputs}
        match step:
            case ir.Receive():
                names[step.wait.event] = step.wait.span
            case ir.Await():
                names |= {b.wait.event: b.wait.span for b in step.branches if isinstance(b.wait, ir.EventWait)}
            case ir.ForEach(collect=(_, many)):
                names[many] = step.span
            case _:
                pass
        for body in ir.children(step):
            names |= provided(body)
    return names


def implied(condition: ir.Condition, *, truth: bool) -> frozenset[str]:
    """The values that are there where a condition is true (or false)."""
    match condition:
        case ir.Test(op="given" | "missing" | "empty") as test:
            says_given = (test.op == "given") != test.negated
            return frozenset({test.left.value}) if says_given == truth else frozenset()
        case ir.AllOf(parts=parts) if truth:
            return frozenset().union(*(implied(part, truth=True) for part in parts))
        case ir.AnyOf(parts=parts) if not truth:
            return frozenset().union(*(implied(part, truth=False) for part in parts))
        case _:
            return frozenset()
