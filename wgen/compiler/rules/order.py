"""WG2: order, parallel steps and branches."""

from __future__ import annotations

from collections.abc import Iterator

from wgen.compiler.checking import View
from wgen.compiler.diagnostics import Diagnostic, Related, Rule

READS_SIBLING = Rule("WG201", "reads-sibling", "error", "a step reads what a step beside it provides")
PROVIDED_TWICE = Rule("WG202", "provided-twice", "error", "two steps that run side by side provide one value")
UNREACHABLE = Rule("WG203", "unreachable", "error", "a sentence that no path leads to")


def reads_sibling(view: View) -> Iterator[Diagnostic]:
    """A step that reads what another one provides that runs at the same time."""
    for read in view.findings.reads:
        if read.verdict == "sibling":
            value = view.flow.values[read.path.value]
            related = [Related(read.other, "provided here, at the same time")] if read.other else []
            yield view.says(
                READS_SIBLING,
                read.path.span,
                f"({value.words}) is provided by a step that runs beside this one, so it may not be there yet",
                help="let this step wait: begin its sentence with @Then instead of @And",
                related=related,
            )


def provided_twice(view: View) -> Iterator[Diagnostic]:
    """Two steps at the same time that provide one value: which one counts would be chance."""
    for clash in view.findings.clashes:
        words = view.flow.values[clash.value].words
        yield view.says(
            PROVIDED_TWICE,
            clash.span,
            f"({words}) is provided twice at the same time, so which of the two counts would be chance",
            help="give one of the two a name of its own",
            related=[Related(clash.other, "provided here too")],
        )


def unreachable(view: View) -> Iterator[Diagnostic]:
    """A sentence behind one that always ends the path."""
    for span, ended_by in view.findings.unreachable:
        yield view.says(
            UNREACHABLE,
            span,
            "no path leads to this sentence",
            help="remove it, or move it in front of the sentence that ends the path",
            related=[Related(ended_by, "every path ends here")],
        )


CHECKS = (reads_sibling, provided_twice, unreachable)
