"""WG2: order, parallel steps and branches."""

from __future__ import annotations

from collections.abc import Iterator

from wgen.compiler import ir
from wgen.compiler.checking import View
from wgen.compiler.diagnostics import Diagnostic, Related, Rule
from wgen.compiler.paths import Sibling
from wgen.compiler.source import Span

READS_SIBLING = Rule("WG201", "reads-sibling", "error", "a step reads what a step beside it provides")
PROVIDED_TWICE = Rule("WG202", "provided-twice", "error", "two steps that run side by side provide one value")
UNREACHABLE = Rule("WG203", "unreachable", "error", "a sentence that no path leads to")
UNREACHABLE_CLAUSE = Rule("WG208", "unreachable-clause", "error", "an @On failure for what an earlier one catches")
TOO_FEW_BRANCHES = Rule("WG210", "too-few-branches", "error", "more branches must succeed than there are")
UNDO_GIVES = Rule("WG209", "undo-gives", "error", "an @Undo that gives a value")


def reads_sibling(view: View) -> Iterator[Diagnostic]:
    """A step that reads what another one provides that runs at the same time."""
    for read in view.findings.reads:
        if read.verdict == "sibling" and read.other is not None:
            value = view.flow.values[read.path.value]
            yield view.says(
                READS_SIBLING,
                read.path.span,
                f"({value.words}) is provided by a step that runs beside this one, so it may not be there yet",
                help=_let_wait(read.other, read.path.span),
                related=[Related(read.other.span, "provided here, at the same time")],
            )


def _let_wait(other: Sibling, read: Span) -> str:
    """How to put what provides a value before what reads it."""
    if other.branch:
        return "read it below the @End of the branches, or put both steps into one branch"
    late = "the other step" if other.span.start > read.start else "this step"
    return f"let {late} wait: begin its sentence with @Then instead of @And"


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
            related=[Related(view.opening(ended_by), "every path ends here")],
        )


_ANYTHING = ("Exception", "BaseException")
_TIMEOUTS = ("TaskTimeout", "WaitTimeout", "FlowTimeout")


def unreachable_clause(view: View) -> Iterator[Diagnostic]:
    """A clause of a @Try that never gets a failure."""
    for step in view.steps:
        if isinstance(step, ir.Try):
            for number, clause in enumerate(step.clauses):
                yield from _behind(view, clause, step.clauses[:number])


def _behind(view: View, clause: ir.OnFailure, earlier: tuple[ir.OnFailure, ...]) -> Iterator[Diagnostic]:
    """Tells of a clause all of whose failures earlier ones catch."""
    names = clause.types or ("",)
    catchers = [next((entry for entry in earlier if _catches(entry, name)), None) for name in names]
    first = next((entry for entry in catchers if entry is not None), None)
    if first is None or (None in catchers):
        return
    said = " and ".join(f'"{name}"' for name in clause.types) or "what is left"
    yield view.says(
        UNREACHABLE_CLAUSE,
        clause.span,
        f"no failure gets here: an earlier clause catches {said}",
        help="remove this clause, or move it in front of the other",
        related=[Related(first.span, "caught here")],
    )


def _catches(clause: ir.OnFailure, name: str) -> bool:
    caught = clause.types
    if not caught or any(general in caught for general in _ANYTHING):
        return True
    return name in caught or (name in _TIMEOUTS and "TimeoutError" in caught)


def undo_gives(view: View) -> Iterator[Diagnostic]:
    """An undo runs when the flow has failed: nobody could read what it gives."""
    for task in view.tasks:
        for output in task.undo.outputs if task.undo else ():
            words = view.flow.values[output.value].words
            if output.implicit:
                message, help = f'no earlier line provides "{words}"', "an @Undo gets values and gives none"
            else:
                message = f"an @Undo gives no values, and this one gives ({words})"
                help = "leave out what it gives: nothing in the flow runs after it"
            yield view.says(UNDO_GIVES, output.span, message, help=help)


def too_few_branches(view: View) -> Iterator[Diagnostic]:
    """A number of branches that can't be reached."""
    for step in view.steps:
        if isinstance(step, ir.Together) and step.at_least is not None and step.at_least > len(step.branches):
            there = "one branch" if len(step.branches) == 1 else f"{len(step.branches)} branches"
            yield view.says(
                TOO_FEW_BRANCHES,
                view.opening(step.span),
                f"{step.at_least} must succeed, and there {'is' if len(step.branches) == 1 else 'are'} only {there}",
                help="ask for fewer, or add a @Branch",
            )


CHECKS = (reads_sibling, provided_twice, unreachable, unreachable_clause, undo_gives, too_few_branches)
