"""A run does what it has been told: it pauses, goes on, or is cancelled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wgen.runtime import ending
from wgen.runtime.codec import plain
from wgen.runtime.history import What
from wgen.runtime.life import ENDED, RunStatus
from wgen.runtime.orders import Order, from_above, is_above, is_order, lifted

if TYPE_CHECKING:
    from collections.abc import Callable

    from wgen.runtime.moves import Move
    from wgen.runtime.rows import Event


def obey(move: Move) -> None:
    """Does what the run has been told. A pause waits, with its order, for the attempts in flight."""
    for event in [event for event in move.run.mail if is_order(event)]:
        if move.run.status not in ENDED:
            _OBEY[Order(event.name)](move, event)


def complete_pause(move: Move) -> None:
    """Nothing is at work any more in a run that is to be paused: now it is, with those below it."""
    run = move.run
    order = run.pausing
    if order is None or move.over:
        return
    told = _take(move, order)
    move.orders += [from_above(Order.PAUSE, child, run.id, move.at) for child in run.awaited_children()]
    ending.pause_by_order(move, told["by"], told["reason"])


def _take(move: Move, order: Event) -> dict[str, Any]:
    move.take_event(order)
    told: dict[str, Any] = plain(order.payload)
    return told


def _pause(move: Move, order: Event) -> None:
    if move.run.status is RunStatus.PAUSED or move.run.pausing not in (None, order):
        told = _take(move, order)
        _by_hand_now(move, told)
        return
    move.run.pausing = order
    for position in list(move.ready):
        move.ready.remove(position)
        move.run.make_idle(position)


def _by_hand_now(move: Move, told: dict[str, Any]) -> None:
    """A run that was paused from above stays so when an operator pauses it, too."""
    run = move.run
    if run.status is RunStatus.PAUSED and not is_above(told["by"]) and is_above((plain(run.error) or {}).get("by")):
        ending.pause_by_order(move, told["by"], told["reason"])


def _resume(move: Move, order: Event) -> None:
    """An operator lifts any pause, a run above only its own."""
    run = move.run
    told = _take(move, order)
    for pause in lifted(run.mail, told["by"], order):
        _take(move, pause)
        if run.pausing == pause:
            run.pausing = None
    paused_by = (plain(run.error) or {}).get("by")
    if run.status is RunStatus.PAUSED and (not is_above(told["by"]) or paused_by == told["by"]):
        run.status, run.error = ending.before_pause(run.error)
        move.head_changed = True
        move.orders += [from_above(Order.RESUME, child, run.id, move.at) for child in run.awaited_children()]
        move.entries.append((move.at, What.RUN_RESUMED, None, None, None, told["by"], told["reason"], None))


def _cancel(move: Move, order: Event, *, undo: bool) -> None:
    run = move.run
    told = _take(move, order)
    if run.status is RunStatus.PAUSED:
        run.status, run.error = ending.before_pause(run.error)
    if run.root.undo is not None and undo:  # it is being undone already
        return
    ending.cancel(move, by=told["by"], reason=told["reason"], undo=undo)


_OBEY: Final[dict[Order, Callable[[Move, Event], None]]] = {
    Order.PAUSE: _pause,
    Order.RESUME: _resume,
    Order.CANCEL: lambda move, order: _cancel(move, order, undo=True),
    Order.CANCEL_WITHOUT_UNDO: lambda move, order: _cancel(move, order, undo=False),
}
