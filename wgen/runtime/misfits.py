"""What of a stored run does not fit the flows of today: all of it, where loading stops at the first thing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import ValidationError

from wgen.runtime.children import find_flow
from wgen.runtime.codec import plain
from wgen.runtime.life import RunStatus
from wgen.runtime.plan import Kind
from wgen.runtime.restore import collected, decode, known_to_undo, plan_at
from wgen.runtime.state import Undo, Unfit

if TYPE_CHECKING:
    from wgen.runtime.plan import Bound, Plan
    from wgen.runtime.rows import Stored, ValueRow


class Misfit(NamedTuple):
    """One thing that does not fit. `type` is what a paused run tells, or `UndoUnfit`.

    `step` is where the run stands, or what it has done and can't undo. `value` is the value that does not fit; `whole`
    says that it is no part of it, `local` that it can't be set, since it is known in a branch only, or is what a loop
    has collected so far. `at_once`: the run is paused as soon as a worker takes it.
    """

    type: str
    message: str
    step: str | None
    value: str | None = None
    local: bool = False
    whole: bool = False
    at_once: bool = True


class Stand(NamedTuple):
    """A step at which a run stands, with the names of the values that it knows there."""

    step: str
    knows: frozenset[str]


def misfits(bound: Bound, stored: Stored) -> Iterator[Misfit]:
    """Everything that keeps a run from going on, or from being undone, by the flow that it is bound to."""
    bodies = _bodies(stored)
    pieces = collected(stored)
    for row in (*stored.values, *pieces):
        try:
            decode(bound, bound.flow.values(), row)
        except Unfit as error:
            yield _value_misfit(row, error, local=row.scope > 0 or row in pieces)
    undoing: dict[int, dict[str, Any]] = {}
    for position in bodies.values():
        if position.get("undo") is not None:
            undoing[position["undo"]] = position
            continue
        try:
            plan_at(bound, position)
        except Unfit as error:
            yield Misfit(error.type, str(error), error.step)
        else:
            yield from _child_misfit(bound, position)
    if stored.row.status is RunStatus.UNDOING and stored.undos:
        undoing.setdefault(max(row.number for row in stored.undos), {"step": None})
    for number, scope, body in stored.undos:
        undo = Undo(scope, **plain(body))
        try:
            known_to_undo(bound, undo)
            plan_at(bound, undoing.get(number, {"step": None}))
        except Unfit as error:
            told = error.step if error.type == "StepMissing" else None
            yield Misfit("UndoUnfit", str(error), undo.of, value=told, at_once=number in undoing)


def _bodies(stored: Stored) -> dict[int, dict[str, Any]]:
    """Where the run stands: each position as stored."""
    return {0: plain(stored.row.position)} | {row.id: plain(row.body) for row in stored.positions}


def _value_misfit(row: ValueRow, error: Unfit, *, local: bool) -> Misfit:
    cause = error.__cause__
    parts = [entry["loc"] for entry in cause.errors(include_url=False)] if isinstance(cause, ValidationError) else [()]
    message = str(error).partition(" any more: ")[2]
    return Misfit(error.type, message, None, value=row.name, whole=not any(parts), local=local)


def _child_misfit(bound: Bound, body: dict[str, Any]) -> Iterator[Misfit]:
    """A step whose child flow is not there: it can't be started, or nobody goes on with it."""
    if body["step"] not in bound.plans:
        return
    plan = begun_at(bound, body["step"])
    if plan.kind is Kind.CHILD and find_flow(bound, plan.step.flow) is None:
        yield Misfit("FlowMissing", plan.step.flow, plan.id, at_once=not body.get("waits"))


def begun_at(bound: Bound, step: str) -> Plan:
    """What begins at a step: its own task, or the one that it has begin in the background."""
    plan = bound.plans[step]
    return bound.plans[plan.step.task] if plan.kind is Kind.BACKGROUND else plan


def stands(stored: Stored) -> Iterator[Stand]:
    """The steps from which a run goes on by itself; one that undoes all that it has done does not.

    A branch that has lost is undone alone; then the run goes on behind the group around it.
    """
    if stored.row.status is RunStatus.UNDOING:
        return
    bodies = _bodies(stored)
    parents = {row.id: row.parent for row in stored.positions}
    groups = {row.parent for row in stored.positions if "beside" not in bodies[row.id]}
    known: dict[int, set[str]] = {id: set() for id in bodies}
    for row in stored.values:
        known[row.scope].add(row.name)
    for id, body in bodies.items():
        if id in groups or body["step"] is None:
            continue
        names: set[str] = set()
        place: int | None = id if body.get("undo") is None else parents[id]
        step = bodies[place or 0]["step"]
        while place is not None:
            names |= known[place]
            place = parents.get(place)
        yield Stand(step, frozenset(names))


def unheard(bound: Bound, stored: Stored) -> frozenset[str]:
    """The events that a run waits for or keeps, and that no sentence of its flow waits for any more."""
    waits = [wait for body in _bodies(stored).values() for wait in body.get("waits", ())]
    waited = {wait["event"] for wait in waits if wait["event"] is not None and wait.get("flow") is None}
    kept = {event.name for event in stored.events}
    return frozenset(name for name in waited | kept if name.isidentifier() and name not in bound.waits_for)


def is_too_old(bound: Bound, stored: Stored, now: float) -> bool:
    """Whether the flow of today gives a run less time than it has taken already."""
    row = stored.row
    limit = bound.flow.timeout
    ends = row.status is RunStatus.UNDOING or row.digest == bound.flow.digest
    return limit is not None and not ends and now >= row.created_at + limit
