"""Values that a run never got, since it began by another text of its flow: it is paused at the step that reads one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from wgen.runtime.flow import MISSING
from wgen.runtime.plan import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wgen.runtime.plan import Plan
    from wgen.runtime.position import Position
    from wgen.runtime.state import RunState

_ASKS: Final = (Kind.DECISION, Kind.REPEAT)
"""The kinds of steps with conditions, of which only a part may be asked."""


class Lack(NamedTuple):
    """A value that is missing, and the step that reads it."""

    step: str
    name: str

    def __str__(self) -> str:
        words = self.name.replace("_", " ")
        return f"{self.step} reads ({words}), which the flow did not give when the run began"


class Lacking(Exception):
    """A condition compares a value that is missing."""

    def __init__(self, lack: Lack) -> None:
        super().__init__(str(lack))
        self.lack = lack


def lack_of(run: RunState, plan: Plan, known: Any) -> Lack | None:
    """What a step lacks before it begins: it, or the undo of a task, for which the value is to be kept."""
    plans = run.bound.plans
    task = plans[plan.step.task] if plan.kind is Kind.BACKGROUND else plan
    if task.kind in _ASKS or (task.kind in (Kind.TASK, Kind.CHILD) and not task.holds_for(run.version)):
        return None
    return next((read for read in _reads(task, plans) if getattr(known, read.name) is MISSING), None)


def _reads(task: Plan, plans: Mapping[str, Plan]) -> Iterator[Lack]:
    yield from (Lack(task.id, name) for name in task.reads)
    if task.undo is not None:
        given = {name for name, _ in task.gives}
        yield from (Lack(task.undo, name) for name in plans[task.undo].reads if name not in given)


def asked(position: Position, plan: Plan) -> Any:
    """What a run knows, for a condition: one that compares what the run never got raises Lacking."""
    return _Asked(position.known, plan) if position.run.older else position.known


class _Asked:
    """What a run knows, to be read only."""

    def __init__(self, known: Any, plan: Plan) -> None:
        self._known = known
        self._plan = plan

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._known, name)
        if value is MISSING and name in self._plan.reads:
            raise Lacking(Lack(self._plan.id, name))
        return value
