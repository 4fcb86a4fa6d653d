"""Limits: the gates that a run or a task has to pass, so that no more than so many are inside, or begin in a time.

A run passes its gates when it is created, see `NewRun`. An attempt of a limited task asks the store, in the save that
brings its position there, and waits for the event that lets it in; who comes back after a crash asks again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wgen.errors import InputError
from wgen.runtime.codec import plain
from wgen.runtime.position import Wait
from wgen.runtime.rows import Ask, Gate
from wgen.runtime.signs import gate_event

if TYPE_CHECKING:
    from wgen.runtime.flow import Limit
    from wgen.runtime.moves import Move
    from wgen.runtime.plan import Bound, Plan
    from wgen.runtime.position import Position
    from wgen.runtime.rows import Event


def run_gates(bound: Bound, known: Any) -> tuple[Gate, ...]:
    """The gates that a run of the flow has to pass before it begins."""
    flow = bound.flow
    try:
        return tuple(_gate(f"flow:{flow.name}", limit, known) for limit in flow.limits)
    except Exception as error:
        said = f'the value for which "{flow.name}" is limited can\'t be read from the inputs: {error}'
        raise InputError(said) from error


def _gate(name: str, limit: Limit[Any], known: Any) -> Gate:
    if limit.per is not None:
        name += f":per {limit.per:g}"
    if limit.each is not None:
        name += f":{limit.each(known)}"
    return Gate(name, limit.count, limit.per)


# ---- tasks -----------------------------------------------------------------------------------------------------------


def ask(move: Move, position: Position, plan: Plan) -> None:
    """Has a limited task wait until it is let in, which may be at once."""
    flow = move.run.bound.flow
    handler = getattr(plan.step, "handler", plan.id)
    try:
        gates = [_gate(f"task:{flow.name}:{handler}", limit, position.known) for limit in flow.task_limits]
    except Exception as error:  # noqa: BLE001 - reading a value is the user's data at work
        move.fail_step(position, error)
        return
    position.admitted = False
    position.wake_at = None
    position.waits = [Wait(gate_event(position.id), move.at, None)]
    move.place(position)
    move.asks.append(Ask(position.id, gates))


def let_in(move: Move, position: Position, event: Event) -> None:
    """An attempt may begin, now or at a later time."""
    move.take_event(event)
    position.waits = []
    begin = plain(event.payload)
    if position.failing():
        leave(move, position)
        move.halt(position)
        return
    position.admitted = True
    if begin > move.at:
        position.wake_at = begin
        move.place(position)
    else:
        move.place(position)
        move.start(position)


def leave(move: Move, position: Position) -> None:
    """An attempt is over, or will not be: makes room for the next one."""
    if position.plan is None or not position.plan.limited or position.undo is not None:
        return
    position.admitted = False
    move.left.append(position.id)
    for event in [event for event in move.run.mail if event.name == gate_event(position.id)]:
        move.take_event(event)
