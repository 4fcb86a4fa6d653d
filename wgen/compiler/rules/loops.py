"""WG2, loops: how they are left, whether they end, and what their rounds may replace."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wgen.compiler import ir
from wgen.compiler.checking import View, every_step, tests_of
from wgen.compiler.diagnostics import Diagnostic, Related, Rule
from wgen.compiler.given import provided

REPLACES_OUTER = Rule(
    "WG204", "replaces-outer", "error", "rounds that run at the same time replace a value of the flow"
)
OUTSIDE_LOOP = Rule("WG205", "outside-loop", "error", "a @Break or @Continue that stands in no loop")
LEAVES_TOGETHER = Rule("WG206", "leaves-together", "error", "a @Break or @Continue that would leave a @Together")
ENDLESS_LOOP = Rule("WG207", "endless-loop", "error", "a loop that nothing in it can end")


def replaces_outer(view: View) -> Iterator[Diagnostic]:
    """Rounds side by side that provide again what stands outside: whose value counts would be chance."""
    for clash in view.findings.replaced:
        words = view.flow.values[clash.value].words
        yield view.says(
            REPLACES_OUTER,
            clash.span,
            f"the rounds of this loop run at the same time, so they can't all replace ({words})",
            help=f"give the value of a round a name of its own, or gather it: `, collecting (one {words}) into (all)`",
            related=[Related(clash.other, "provided outside of the loop")],
        )


# ---- leaving ---------------------------------------------------------------------------------------------------------


def leaves_nothing(view: View) -> Iterator[Diagnostic]:
    """A @Break or @Continue without a loop that it could leave."""
    yield from _leaving(view, view.flow.body, None)


def _leaving(view: View, steps: Iterable[ir.Step], inside: ir.Step | None) -> Iterator[Diagnostic]:
    """`inside` is the loop that a @Break would leave, or the @Together that stands between it and that loop."""
    for step in steps:
        match step:
            case ir.Break() | ir.Continue():
                yield from _left(view, step, inside)
            case ir.ForEach() | ir.Repeat():
                yield from _leaving(view, step.body, step)
            case _:
                within = step if isinstance(step, ir.Together) and inside is not None else inside
                for body in ir.children(step):
                    yield from _leaving(view, body, within)


def _left(view: View, step: ir.Break | ir.Continue, inside: ir.Step | None) -> Iterator[Diagnostic]:
    word = "@Break" if isinstance(step, ir.Break) else "@Continue"
    if inside is None:
        help = "put it into a @For each or @Repeat; @Finish ends the whole run"
        yield view.says(OUTSIDE_LOOP, step.span, f"{word} stands in no loop", help=help)
    elif isinstance(inside, ir.Together):
        yield view.says(
            LEAVES_TOGETHER,
            step.span,
            f"{word} would leave a branch whose neighbours still run",
            help="let the branch give a value, and decide by it below the @End of the @Together",
            related=[Related(view.opening(inside.span), "the loop stands outside of this block")],
        )


# ---- ending ----------------------------------------------------------------------------------------------------------


def endless_loop(view: View) -> Iterator[Diagnostic]:
    """A loop whose condition nothing in it changes."""
    for step in view.steps:
        if not isinstance(step, ir.Repeat) or step.condition is None or step.at_most is not None:
            continue
        names = _asked(step.condition)
        if names & (_changed(step.body) | view.loose) or _ends(step.body, own=True):
            continue
        words = " or ".join(f"({view.flow.values[name].words})" for name in sorted(names) if name in view.flow.values)
        yield view.says(
            ENDLESS_LOOP,
            view.opening(step.span),
            f"nothing in this loop changes {words or 'what it asks for'}, so it never ends",
            help="let a step in it give the value anew, leave it with @Break, or add `, at most 50 times`",
        )


def _asked(condition: ir.Condition) -> set[str]:
    paths = [path for test in tests_of(condition) for path in (test.left, *test.right) if isinstance(path, ir.Path)]
    return {path.value for path in paths}


def _changed(body: tuple[ir.Step, ...]) -> set[str]:
    """Every value that a round may provide anew."""
    names = set(provided(body))
    for step in every_step(body):
        if isinstance(step, ir.ForEach):
            names.add(step.item)
        if isinstance(step, ir.Try):
            names |= {clause.giving for clause in step.clauses if clause.giving}
    return names


def _ends(steps: Iterable[ir.Step], *, own: bool) -> bool:
    """Whether something in a body leaves the loop: `own` says that a @Break there belongs to it."""
    for step in steps:
        if isinstance(step, (ir.Finish, ir.Fail)) or (own and isinstance(step, ir.Break)):
            return True
        inner = own and not isinstance(step, (ir.ForEach, ir.Repeat))
        if any(_ends(body, own=inner) for body in ir.children(step)):
            return True
    return False


CHECKS = (replaces_outer, leaves_nothing, endless_loop)
