"""WG5, flows that speak of each other: children, waits for words, triggers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from wgen.compiler import ir
from wgen.compiler.checking import View, every_step
from wgen.compiler.diagnostics import Diagnostic, Edit, Fix, Related, Rule
from wgen.compiler.fitting import can_be
from wgen.compiler.names import closest
from wgen.compiler.source import Span
from wgen.compiler.types import describe, operand_type

UNKNOWN_FLOW = Rule(
    "WG504", "unknown-flow", "error", "a flow is named that does not exist, and one of a close name does"
)
UNKNOWN_STATUS = Rule("WG505", "unknown-status", "error", "a status is waited for that the other flow never reaches")
CHILD_INPUTS = Rule("WG506", "child-inputs", "error", "a child flow gets other inputs than it asks for")
ENDLESS_FLOWS = Rule("WG507", "endless-flows", "error", "flows that always start each other, without end")
FLOW_ELSEWHERE = Rule("WG508", "flow-elsewhere", "info", "a flow is named that is neither in this file nor beside it")
CHILD_RESULT = Rule("WG509", "child-result", "error", "a value is taken from a child flow that gives none")

_BRACKET = r"\bflow\s*(\([^()]*\))"


class _Mention(NamedTuple):
    """A sentence that names another flow, and the word it is to reach."""

    flow: str
    word: str | None
    span: Span


def _mentions(view: View) -> Iterator[_Mention]:
    for trigger in view.flow.triggers:
        if isinstance(trigger, ir.StartWhen):
            yield _Mention(trigger.flow, trigger.word, trigger.span)
    for step in view.steps:
        for task in ir.tasks_of(step):
            if task.call.by == "flow":
                yield _Mention(task.call.name, None, task.span)
        if isinstance(step, ir.WaitFlow):
            yield _Mention(step.wait.flow, step.wait.word, step.span)
        if isinstance(step, ir.Await):
            for branch in step.branches:
                if isinstance(branch.wait, ir.FlowWait):
                    yield _Mention(branch.wait.flow, branch.wait.word, branch.span)


# ---- names and words -------------------------------------------------------------------------------------------------


def unknown_flow(view: View) -> Iterator[Diagnostic]:
    """A flow that is not there: a typo where one of a close name is, else it may be registered from elsewhere."""
    for mention in _mentions(view):
        if view.neighbours.find(mention.flow) is not None:
            continue
        span = view.within(mention.span, _BRACKET)
        meant = view.neighbours.closest(mention.flow)
        if meant is None:
            yield view.says(
                FLOW_ELSEWHERE,
                span,
                f"neither this file nor one beside it holds a flow ({mention.flow})",
                help="its names and inputs are not checked here; let the worker know its file, too",
            )
        else:
            fix = Fix("safe", (Edit(span, f"({meant})"),)) if span != mention.span else None
            message = f"there is no flow ({mention.flow})"
            yield view.says(UNKNOWN_FLOW, span, message, help=f"did you mean ({meant})?", fix=fix)


def unknown_status(view: View) -> Iterator[Diagnostic]:
    """A word that the other flow never sets."""
    for mention in _mentions(view):
        other = view.neighbours.find(mention.flow)
        if other is None or mention.word is None:
            continue
        words = {step.word for step in every_step(other.body) if isinstance(step, ir.Status)}
        if mention.word in words:
            continue
        span = view.within(mention.span, re.escape(f'"{mention.word}"'))
        meant = closest(mention.word, sorted(words))
        yield view.says(
            UNKNOWN_STATUS,
            span,
            f'the flow ({other.name}) never reaches "{mention.word}"',
            help=f'did you mean "{meant}"?' if meant else _what_it_reaches(mention.word, other, words),
            fix=Fix("safe", (Edit(span, f'"{meant}"'),)) if meant and span != mention.span else None,
        )


def _what_it_reaches(word: str, other: ir.Flow, words: set[str]) -> str:
    if any(isinstance(step, ir.Finish) and step.outcome == word for step in every_step(other.body)):
        return f'there it is only an outcome; put `@Status "{word}"` above that @Finish'
    listed = ", ".join(f'"{word}"' for word in sorted(words))
    return f"it reaches: {listed}" if listed else f'let it say so: `@Status "{word}"`'


# ---- children --------------------------------------------------------------------------------------------------------


def child_inputs(view: View) -> Iterator[Diagnostic]:
    """A child that lacks an input, gets one that it does not have, or one of another type."""
    for task in view.tasks:
        child = view.neighbours.find(task.call.name) if task.call.by == "flow" else None
        problem = _input_problem(task, child) if child else None
        if child and problem:
            related = [Related(child.span, "the flow")] if view.neighbours.is_here(child) and child.span.end else []
            yield view.says(CHILD_INPUTS, task.span, problem, help=_what_it_takes(child), related=related)


def child_result(view: View) -> Iterator[Diagnostic]:
    """A value of a child that never finishes with one."""
    for task in view.tasks:
        child = view.neighbours.find(task.call.name) if task.call.by == "flow" and task.outputs else None
        if child is None or any(isinstance(step, ir.Finish) and step.result for step in every_step(child.body)):
            continue
        words = view.flow.values[task.outputs[0].value].words
        related = [Related(child.span, "the flow")] if view.neighbours.is_here(child) and child.span.end else []
        yield view.says(
            CHILD_RESULT,
            task.span,
            f"the flow ({child.name}) finishes with no value, so there is no ({words})",
            help="end it with `@Finish with (value)`, or leave `giving` out here",
            related=related,
        )


def _input_problem(task: ir.Task, child: ir.Flow) -> str | None:
    passed = {entry.name for entry in task.inputs}
    missing = [entry.value for entry in child.inputs if entry.default is None and entry.value not in passed]
    if missing:
        return f"the flow ({child.name}) asks for {_listed(child, missing)}, which this sentence does not pass"
    unknown = sorted(passed - {entry.value for entry in child.inputs})
    if unknown:
        return f"the flow ({child.name}) has no input ({unknown[0].replace('_', ' ')})"
    return next((problem for entry in task.inputs if (problem := _type_problem(entry, child))), None)


def _type_problem(entry: ir.Argument, child: ir.Flow) -> str | None:
    given, wanted = operand_type(entry.value), child.values[entry.name].type
    if can_be(given, wanted):
        return None
    words = child.values[entry.name].words
    return f"the flow ({child.name}) takes ({words}) as {describe(wanted)}, and gets {describe(given)}"


def _what_it_takes(child: ir.Flow) -> str:
    names = [entry.value for entry in child.inputs]
    if not names:
        return "it takes no inputs: leave out `using`"
    return f"its inputs: {_listed(child, names)}; pass a value under another name with `using (x) as (name)`"


def _listed(flow: ir.Flow, names: Iterable[str]) -> str:
    return ", ".join(f"({flow.values[name].words})" for name in names)


# ---- cycles ----------------------------------------------------------------------------------------------------------


def endless_flows(view: View) -> Iterator[Diagnostic]:
    """Flows that start each other whatever happens. Told once, in the first of them."""
    for task in certain_calls(view.flow.body):
        way = _way_back(view, view.flow, task, [])
        if way is None or _first_here(view, way) is not view.flow:
            continue
        names = " → ".join(f"({flow.name})" for flow in (view.flow, *way))
        yield view.says(
            ENDLESS_FLOWS,
            task.span,
            f"this starts flows without end: {names}",
            help="let a condition decide whether the next one is started, or end a flow before it with @Finish",
        )
        return


def _way_back(view: View, home: ir.Flow, task: ir.Task, way: list[ir.Flow]) -> list[ir.Flow] | None:
    """The flows from a call to the flow that it comes back to."""
    called = view.neighbours.find(task.call.name)
    if called is None or called in way:
        return None
    way = [*way, called]
    if called.ident == home.ident:
        return way
    found = (_way_back(view, home, call, way) for call in certain_calls(called.body))
    return next((way for way in found if way), None)


def _first_here(view: View, way: list[ir.Flow]) -> ir.Flow:
    return min((flow for flow in way if view.neighbours.is_here(flow)), key=lambda flow: flow.body[0].span.start)


def certain_calls(steps: Iterable[ir.Step]) -> list[ir.Task]:
    """The children that a body starts on every path."""
    found: list[ir.Task] = []
    for step in steps:
        found += [task for task in ir.tasks_of(step) if task.call.by == "flow"]
        match step:
            case ir.Together(join="all"):
                found += [task for branch in step.branches for task in certain_calls(branch.body)]
            case ir.Try() | ir.Repeat(loop="until" | "times"):
                found += certain_calls(step.body)
            case _:
                pass
        if any(isinstance(inner, (ir.Finish, ir.Fail, ir.Break, ir.Continue)) for inner in every_step((step,))):
            break
    return found


CHECKS = (unknown_flow, unknown_status, child_inputs, child_result, endless_flows)
