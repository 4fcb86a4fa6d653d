"""What the end of an attempt means for the run: it goes on, it is tried again later, or the position fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wgen.runtime import limits, undoing
from wgen.runtime.clock import as_text
from wgen.runtime.codec import to_text
from wgen.runtime.history import What
from wgen.runtime.moves import Move
from wgen.runtime.position import failure_of
from wgen.runtime.retrying import next_attempt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wgen.runtime.flow import Flow
    from wgen.runtime.plan import Plan
    from wgen.runtime.position import Position


def succeeded(
    position: Position, plan: Plan, to: Any, times: tuple[float, float], values: Sequence[tuple[int, str, bytes]]
) -> Move:
    """A task has given these values and leads to a step. `times` are those of its beginning and its end."""
    began, at = times
    entry = (at, What.TASK_FINISHED, plan.id, position.attempt + 1, at - began, None, None, None)
    move = Move(position.run, at, [entry])
    for _, name, text in values:
        move.keep(position, name, text)
    move.joined = position.joined
    position.run.make_idle(position)
    limits.leave(move, position)
    if plan.undo is not None:
        undoing.note_undo(move, position, plan, position.iteration())
    move.go(position, to)
    return move


def failed(position: Position, plan: Plan, times: tuple[float, float], error: BaseException) -> Move:
    """An attempt failed: it will be repeated, or the position fails."""
    began, at = times
    run = position.run
    _add_note(error, run.bound.flow, plan.line)
    failure = failure_of(error, plan)
    attempt, first_at = position.attempt + 1, position.first_at or began
    again = None if position.failing() else next_attempt(plan.policy, attempt, first_at, at, error)
    reason = None if again is None else f"next attempt at {as_text(again)}"
    what = to_text({"type": failure.type, "message": failure.message})
    move = Move(run, at, [(at, What.ATTEMPT_FAILED, plan.id, attempt, at - began, None, reason, what)])
    move.error = error
    run.make_idle(position)
    limits.leave(move, position)
    position.attempt = attempt
    if again is None:
        move.fail(position, failure)
    else:
        position.first_at, position.wake_at = first_at, again
        move.place(position)
    return move


def _add_note(error: BaseException, flow: Flow[Any, Any], line: int) -> None:
    """Names the flow's own line in the traceback, once."""
    note = f'flow "{flow.name}", {flow.source} line {line}'
    if note not in getattr(error, "__notes__", ()):
        error.add_note(note)
