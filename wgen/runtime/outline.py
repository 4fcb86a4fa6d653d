"""Which steps of a flow lie in which: read from its table, for retries that begin at a step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wgen.runtime.flow import Background, Flow, ForEach, Parallel, Repeat, Task, Try, Wait

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


def outer_steps(flow: Flow[Any, Any]) -> dict[str, str]:
    """Of each step in a branch, a round side by side, or the background: the outermost step that started it."""
    outer: dict[str, str] = {}
    for id in _reached(flow, [flow.start], within=False):
        for inner in _reached(flow, _branches(flow.steps[id]), within=True):
            outer[inner] = str(id)
    return outer


def where_to_begin(step: str, flow: Flow[Any, Any], outer_of: Mapping[str, str]) -> str:
    """The step itself, or the outermost group or loop around it: a run can't be begun in the middle of one."""
    outer = outer_of.get(step, step)
    inside = next(found.inside for id, found in flow.steps.items() if id == outer)
    return str(inside[0]) if inside else outer


def _reached(flow: Flow[Any, Any], starts: Iterable[Any], *, within: bool) -> list[Any]:
    """All steps that can be reached from some; `within` goes into branches, too."""
    found: dict[Any, None] = {}
    todo = [start for start in starts if start in flow.steps]
    while todo:
        id = todo.pop()
        if id not in found:
            found[id] = None
            step = flow.steps[id]
            ahead = [*_following(step), *(_branches(step) if within else ())]
            todo += [to for to in ahead if to in flow.steps]
    return list(found)


def _following(step: Any) -> Iterator[Any]:
    yield from step.to
    if isinstance(step, Try | Repeat) or (isinstance(step, ForEach) and step.at_once == 1):
        yield step.body
    if isinstance(step, Try):
        yield from (clause.to for clause in step.clauses)
    if isinstance(step, Wait):
        yield from (on.to for on in step.on)


def _branches(step: Any) -> list[Any]:
    """Where what runs beside a step begins; how a task is undone counts as a part of it."""
    if isinstance(step, Parallel):
        return list(step.branches)
    if isinstance(step, Background):
        return [step.task]
    if isinstance(step, ForEach) and step.at_once != 1:
        return [step.body]
    return [step.undo] if isinstance(step, Task) and step.undo else []
