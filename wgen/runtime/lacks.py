"""Values that a run never got, since it began by another text of its flow: it is paused at the step that reads one."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from wgen.runtime.flow import MISSING
from wgen.runtime.plan import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wgen.runtime.plan import Plan
    from wgen.runtime.state import RunState

_EXPRESSIONS: Final = ("items", "condition", "run", "by", "result", "because")
"""Where the steps that are no tasks have what reads values."""


class Lack(NamedTuple):
    """A value that is missing, and the step that reads it."""

    step: str
    name: str

    def __str__(self) -> str:
        words = self.name.replace("_", " ")
        return f"{self.step} reads ({words}), which the flow did not give when the run began"


def lack_of(run: RunState, plan: Plan, known: Any) -> Lack | None:
    """What a task lacks before it begins: it, or its undo, for which the value is to be kept."""
    plans = run.bound.plans
    task = plans[plan.step.task] if plan.kind is Kind.BACKGROUND else plan
    if task.kind not in (Kind.TASK, Kind.CHILD) or not task.holds_for(run.version):
        return None
    return next((read for read in _reads(task, plans) if getattr(known, read.name) is MISSING), None)


def _reads(task: Plan, plans: Mapping[str, Plan]) -> Iterator[Lack]:
    yield from (Lack(task.id, name) for name in task.reads)
    if task.undo is not None:
        given = {name for name, _ in task.gives}
        yield from (Lack(task.undo, name) for name in plans[task.undo].reads if name not in given)


def lack_behind_failure(plan: Plan, known: Any) -> Lack | None:
    """What a step that is no task lacked when it failed: its expressions are asked once more."""
    watched = _Watched(known)
    for expression in (getattr(plan.step, name, None) for name in _EXPRESSIONS):
        if callable(expression):
            with suppress(Exception):
                expression(watched)
    return Lack(plan.id, watched.missing[-1]) if watched.missing else None


class _Watched:
    """What a run knows, to be read only; it notes what of that is missing."""

    def __init__(self, known: Any) -> None:
        self._known = known
        self.missing: list[str] = []

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._known, name)
        if value is MISSING:
            self.missing.append(name)
        return value
