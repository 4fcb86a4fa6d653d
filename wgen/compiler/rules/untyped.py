"""WG1, values without types: what the compiler can't check for want of a type."""

from __future__ import annotations

from collections.abc import Iterator

from wgen.compiler import ir
from wgen.compiler.checking import View
from wgen.compiler.diagnostics import Diagnostic, Rule
from wgen.compiler.names import python_name
from wgen.compiler.scope import all_outs

UNTYPED_VALUE = Rule("WG115", "untyped-value", "info", "a value has no type")


def untyped_value(view: View) -> Iterator[Diagnostic]:
    """A value of which no type is known. Where a sentence names one, that type is the mistake; failures need none."""
    named = {python_name(out.value.parts[0]) for out in all_outs(view.tree) if out.type is not None}
    tries = [step for step in view.steps if isinstance(step, ir.Try)]
    failures = {clause.giving for step in tries for clause in step.clauses}
    for value in view.flow.values.values():
        if value.type.kind == "any" and value.name not in view.loose | named | failures:
            yield view.says(
                UNTYPED_VALUE,
                value.span,
                f"({value.words}) has no type, so its fields and comparisons are not checked",
                help="write `as Type` behind it, or define a class of its name in models.py beside the flow",
            )


CHECKS = (untyped_value,)
