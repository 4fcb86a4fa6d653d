"""Rebuilds where a stored run stands, or says why the flow of today can't go on with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wgen.runtime.codec import explain, plain, to_text
from wgen.runtime.plan import Kind
from wgen.runtime.rows import Lease, Stored, ValueRow
from wgen.runtime.state import Position, RunState, Undo, Unfit, is_piece

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wgen.runtime.plan import Bound


def _load_without_places(bound: Bound, stored: Stored) -> RunState:
    run = RunState(bound, stored.row, bound.flow.values())
    run.receive(stored.events, stored.row.mail)
    for undo in stored.undos:
        body = plain(undo.body)
        run.undos[undo.number] = Undo(undo.scope, **body)
        run.last_undo = undo.number
    return run


def load_unfit(bound: Bound, stored: Stored) -> RunState:
    """A run that can't go on, as far as it takes to pause or to cancel it: its positions stand nowhere."""
    run = _load_without_places(bound, stored)
    for row in sorted(stored.positions):
        parent = run.positions[row.parent]
        parent.children[row.id] = run.positions[row.id] = Position(run, row.id, parent, None, parent.known)
        run.last_id = row.id
    return run


def load(bound: Bound, stored: Stored) -> RunState:
    """Rebuilds where a stored run stands. Raises Unfit where the flow of today has no such place or values."""
    run = _load_without_places(bound, stored)
    known = run.root.known
    _decode(bound, known, stored, 0)
    _stand(run, run.root, stored.row.position)
    for row in sorted(stored.positions):
        parent = run.positions[row.parent]
        child = Position(run, row.id, parent, None, bound.copy(parent.known))
        run.positions[row.id] = child
        run.last_id = row.id
        parent.children[row.id] = child
        _decode(bound, child.known, stored, row.id)
        child.given = {v.name: v.value for v in stored.values if v.scope == row.id and not is_piece(v.name)}
        _stand(run, child, row.body)
        parent.open += not child.over and child.beside is None
    # Numbers that an undo or a group still speaks of are given to nothing else, though who had them may be gone.
    run.last_id = max(run.last_id, *(undo.scope for undo in run.undos.values()), 0)
    run.last_undo = max(run.last_undo, *(position.mark for position in run.positions.values()))
    for value in stored.values:
        if is_piece(value.name):
            run.positions[value.scope].pieces[value.name] = value.value
    return run


def _decode(bound: Bound, known: Any, stored: Stored, scope: int) -> None:
    for row in stored.values:
        if row.scope == scope:
            try:
                bound.decode(known, [row])
            except Exception as error:  # whatever a user's type raises
                words = row.name.replace("_", " ")
                raise Unfit(
                    "ValuesChanged", f"({words}) does not fit its type any more: {explain(error)}", None
                ) from error


def _stand(run: RunState, position: Position, text: bytes) -> None:
    body = plain(text)
    step = body["step"]
    if step is None:
        position.fill(body)
        return
    plan = run.bound.plans.get(step)
    if plan is None:
        raise Unfit("StepMissing", f"the flow has no step {step!r} any more", step)
    if plan.digest != body["digest"]:
        raise Unfit(
            "StepChanged", f"the step {step!r} is not the one at which the run stands: its sentence changed", step
        )
    position.plan = plan
    position.fill(body)
    if position.undo is not None:
        recall(position)


def recall(position: Position) -> None:
    """Has a position that undoes a step know what it was kept with, and nothing else."""
    bound = position.run.bound
    position.known = bound.flow.values()
    values = position.run.undos[position.undo or 0].values
    bound.decode(position.known, [ValueRow(0, name, to_text(value)) for name, value in values.items()])


def in_flight(positions: Iterable[Position], lost: Lease) -> list[Position]:
    """The positions whose attempt may have died with the worker that held this lease."""
    return [
        p
        for p in positions
        if p.plan is not None
        and p.plan.kind is Kind.TASK
        and not p.halted
        and (p.wake_at is None or p.wake_at <= lost.until)
    ]
