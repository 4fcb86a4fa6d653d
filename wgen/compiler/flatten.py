"""Unrolls the blocks of a flow into states: each with the step it stands for and the states that may follow it.

A sequential loop is a state of its own, to which the end of its body leads back; `@Break` and `@Continue` in it are
just the places that the sentence before them leads to, unless what the loop has collected is to be kept. Whatever runs
side by side is a branch: it ends with DONE, and loops and tries outside of it mean nothing inside.
"""

from __future__ import annotations

from typing import NamedTuple

from wgen.compiler import ir
from wgen.compiler.paths import known_at_breaks
from wgen.compiler.records import record

DONE = ""
"""Stands for the end of the flow or branch."""


class Around(NamedTuple):
    """What is around a step in its own branch: the try, the loops, and where leaving the innermost loop leads."""

    catch: str | None = None
    inside: tuple[str, ...] = ()
    break_to: str = DONE
    continue_to: str = DONE
    side_by_side: bool = False
    collects: bool = False


@record
class FlatState:
    """One state. `to` are the states that may follow; what each means depends on the kind of step.

    `collected`, of a @Break: the round that it ends has given what the loop collects.
    """

    step: ir.Step
    to: tuple[str, ...]
    around: Around = Around()
    undone_by: str | None = None
    collected: bool = False
    joins: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return self.step.id


def flatten(flow: ir.Flow) -> tuple[str, list[FlatState]]:
    """The first state, and all states in the order of the text."""
    flattener = _Flattener(flow)
    start = flattener.body(flow.body, DONE, Around())
    states = sorted(flattener.states, key=lambda state: (state.step.span.start, -state.step.span.end))
    _set_joins(states)
    return start, states


class _Flattener:
    """Goes through bodies from their end, since a step must know what follows it."""

    def __init__(self, flow: ir.Flow) -> None:
        self.states: list[FlatState] = []
        self._flow = flow
        self._collected: set[str] = set()  # the @Breaks of rounds that have given what their loop collects

    def body(self, steps: tuple[ir.Step, ...], after: str, around: Around) -> str:
        for step in reversed(steps):
            after = self._step(step, after, around)
        return after

    def _step(self, step: ir.Step, after: str, around: Around) -> str:
        match step:
            case ir.Break() if not (around.side_by_side or around.collects):
                return around.break_to
            case ir.Continue():
                return around.continue_to
            case ir.Task():
                self._task(step, after, around)
            case ir.Background():
                self._task(step.task, DONE, Around())
                self._add(step, (after,), around)
            case ir.Break() if around.collects:
                self._add(step, (around.break_to,), around).collected = step.id in self._collected
            case ir.Finish() | ir.Fail() | ir.Break():
                self._add(step, (), around)
            case _:
                self._add(step, self._block(step, after, around), around)
        return step.id

    def _block(self, step: ir.Step, after: str, around: Around) -> tuple[str, ...]:
        """Unrolls what is in a block. Returns where it may lead: in front what is inside, behind it what follows."""
        match step:
            case ir.Parallel():
                for task in step.tasks:
                    self._task(task, DONE, Around())
                return (*(task.id for task in step.tasks), after)
            case ir.Together():
                return (*(self.body(branch.body, DONE, Around()) for branch in step.branches), after)
            case ir.Decision():
                arms = tuple(self.body(arm.body, after, around) for arm in step.arms)
                return (*arms, self.body(step.otherwise or (), after, around))
            case ir.ForEach() | ir.Repeat():
                return (self._loop(step, after, around), after)
            case ir.Try():
                inner = around._replace(catch=step.id)
                return (
                    self.body(step.body, after, inner),
                    *(self.body(clause.body, after, around) for clause in step.clauses),
                )
            case ir.Await():
                return tuple(self.body(branch.body, after, around) for branch in step.branches)
            case _:
                return (after,)

    def _loop(self, step: ir.ForEach | ir.Repeat, after: str, around: Around) -> str:
        if isinstance(step, ir.ForEach) and step.at_a_time != 1:
            return self.body(step.body, DONE, Around(side_by_side=True))
        inner = Around(around.catch, (*around.inside, step.id), after, step.id)
        if isinstance(step, ir.ForEach) and step.collect:
            inner = inner._replace(collects=True)
            one, breaks = step.collect[0], known_at_breaks(self._flow, step)
            self._collected |= {id for id, known in breaks.items() if one in known.surely}
        return self.body(step.body, step.id, inner)

    def _task(self, task: ir.Task, after: str, around: Around) -> None:
        if task.undo is not None:
            self._add(task.undo, (DONE,), Around())
        state = self._add(task, (after,), around)
        state.undone_by = task.undo.id if task.undo else None

    def _add(self, step: ir.Step, to: tuple[str, ...], around: Around) -> FlatState:
        state = FlatState(step, to, around)
        self.states.append(state)
        return state


def _set_joins(states: list[FlatState]) -> None:
    """A step that reads what a background task gives waits for it; a task also for what is kept for its undo."""
    given = {
        output.value: state.step.task.id
        for state in states
        if isinstance(state.step, ir.Background)
        for output in state.step.task.outputs
    }
    undos = {state.undone_by for state in states}
    for state in states:
        step = state.step
        reads = ir.needs_of(step) if isinstance(step, ir.Task) else ir.reads_of(step)
        if not isinstance(step, ir.Background) and step.id not in undos:
            state.joins = tuple(dict.fromkeys(given[name] for name in reads if name in given))
