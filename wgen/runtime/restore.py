"""Rebuilds where a stored run stands, or says why the flow of today can't go on with it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from wgen.runtime.codec import explain, plain, to_text
from wgen.runtime.plan import Kind
from wgen.runtime.position import Position
from wgen.runtime.rows import Lease, Stored, ValueRow
from wgen.runtime.state import RunState, Undo, Unfit, list_of_piece

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wgen.runtime.plan import Bound, Plan


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
    values: defaultdict[int, list[ValueRow]] = defaultdict(list)
    for value in stored.values:
        values[value.scope].append(value)
    _decode_all(bound, run.root.known, values[0])
    _stand(run, run.root, stored.row.position)
    for row in sorted(stored.positions):
        parent = run.positions[row.parent]
        child = Position(run, row.id, parent, None, bound.copy(parent.known))
        run.positions[row.id] = child
        run.last_id = row.id
        parent.children[row.id] = child
        _decode_all(bound, child.known, values[row.id])
        child.given = {value.name: value.value for value in values[row.id] if value.name in bound.codec.coders}
        _stand(run, child, row.body)
        parent.open += not child.over and child.beside is None
    # Numbers that an undo or a group still speaks of are given to nothing else, though who had them may be gone.
    run.last_id = max(run.last_id, *(undo.scope for undo in run.undos.values()), 0)
    run.last_undo = max(run.last_undo, *(position.mark for position in run.positions.values()))
    for value in stored.values:
        if list_of_piece(value.name) is not None:
            run.positions[value.scope].pieces[value.name] = value.value
    for pieces in collected(stored):
        decode(bound, bound.flow.values(), pieces)
    return run


def collected(stored: Stored) -> list[ValueRow]:
    """What the loops of a run have collected so far, each as the list that it would be."""
    pieces: dict[tuple[int, str], list[bytes]] = {}
    for row in stored.values:
        if (many := list_of_piece(row.name)) is not None:
            pieces.setdefault((row.scope, many), []).append(row.value)
    return [ValueRow(scope, many, b"[" + b",".join(parts) + b"]") for (scope, many), parts in pieces.items()]


def _decode_all(bound: Bound, known: Any, values: Iterable[ValueRow]) -> None:
    for value in values:
        decode(bound, known, value)


def decode(bound: Bound, known: Any, row: ValueRow) -> None:
    """Fills a stored value in. Raises Unfit where it does not fit its type any more."""
    try:
        bound.decode(known, [row])
    except Exception as error:  # whatever a user's type raises
        words = row.name.replace("_", " ")
        raise Unfit("ValuesChanged", f"({words}) does not fit its type any more: {explain(error)}", None) from error


def _stand(run: RunState, position: Position, text: bytes) -> None:
    body = plain(text)
    position.plan = plan_at(run.bound, body)
    position.fill(body)
    if position.undo is not None:
        recall(position)


def plan_at(bound: Bound, body: dict[str, Any]) -> Plan | None:
    """The step at which a stored position stands. Raises Unfit where the flow of today has no such place."""
    for id in (body["step"], body.get("beside")):
        if id is not None and id not in bound.plans:
            raise Unfit("StepMissing", f"the flow has no step {id!r} any more", id)
    if body["step"] is None:
        return None
    plan = bound.plans[body["step"]]
    if plan.digest != body["digest"]:
        told = "its sentence, what it reads, or a block around it has changed"
        raise Unfit("StepChanged", f"the step {plan.id!r} is not the one at which the run stands: {told}", plan.id)
    return plan


def recall(position: Position) -> None:
    """Has a position that undoes a step know what it was kept with, and nothing else. Raises Unfit."""
    position.known = known_to_undo(position.run.bound, position.run.undos[position.undo or 0])


def known_to_undo(bound: Bound, undo: Undo) -> Any:
    """What a step is undone with. Raises Unfit where it does not fit the flow of today."""
    known = bound.flow.values()
    undo_plan(bound, undo)
    for name, value in undo.values.items():
        decode(bound, known, ValueRow(0, name, to_text(value)))
    return known


def undo_plan(bound: Bound, undo: Undo) -> Plan:
    """The step that undoes. Raises Unfit where the flow of today has no such step, or it needs what was not kept."""
    plan = bound.plans.get(undo.step)
    if plan is None or (undo.child is not None and plan.kind is not Kind.CHILD):
        raise Unfit("StepMissing", f"the flow has no step {undo.step!r} any more", undo.step)
    lacking = () if undo.child is not None else [name for name in plan.reads if name not in undo.values]
    if lacking:
        words = lacking[0].replace("_", " ")
        raise Unfit("ValueMissing", f"{plan.id} reads ({words}), which was not kept when {undo.of} was done", plan.id)
    return plan


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
