"""Unrolls the blocks of a flow into states: each with the step it stands for and the state that follows it."""

from __future__ import annotations

from dataclasses import dataclass

from wgen.compiler import ir

DONE = ""
"""Stands for the end of the flow or branch."""


@dataclass(slots=True)
class FlatState:
    """One state. `to` are the states that may follow: of a task one, of a decision one for each way out."""

    step: ir.Step
    to: tuple[str, ...]

    @property
    def id(self) -> str:
        return self.step.id


def flatten(flow: ir.Flow) -> tuple[str, list[FlatState]]:
    """The first state, and all states in the order of the text."""
    flattener = _Flattener()
    start = flattener.body(flow.body, DONE)
    return start, sorted(flattener.states, key=lambda state: (state.step.span.start, -state.step.span.end))


class _Flattener:
    """Goes through bodies from their end, since a step must know what follows it."""

    def __init__(self) -> None:
        self.states: list[FlatState] = []

    def body(self, steps: tuple[ir.Step, ...], after: str) -> str:
        for step in reversed(steps):
            after = self._step(step, after)
        return after

    def _step(self, step: ir.Step, after: str) -> str:
        to: tuple[str, ...] = (after,)
        match step:
            case ir.Parallel():
                for task in step.tasks:
                    self.states.append(FlatState(task, (DONE,)))
            case ir.Decision():
                to = tuple(self.body(arm.body, after) for arm in step.arms)
                to += (self.body(step.otherwise, after) if step.otherwise is not None else after,)
            case ir.Finish() | ir.Fail():
                to = ()
            case _:
                pass
        self.states.append(FlatState(step, to))
        return step.id
