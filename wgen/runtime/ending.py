"""How a run ends or stands still: finished, failed or cancelled behind its undos, paused, timed out, mail dropped.

What fails or cancels a run is kept as its error from the beginning of the undoing to its end. Besides what users see of
it, it has parts for the engine alone: `ends` says that the run is to be cancelled, `before` what a paused run was,
`definition` by which text of the flow the machine has paused it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wgen.errors import FlowTimeout
from wgen.runtime import children, limits, undoing, waits
from wgen.runtime.clock import duration
from wgen.runtime.codec import plain, to_text
from wgen.runtime.history import What
from wgen.runtime.life import RunStatus, move
from wgen.runtime.position import DONE_BODY, Failure

if TYPE_CHECKING:
    from wgen.runtime.moves import Move
    from wgen.runtime.position import Position

PAUSED: Final = "Paused"
"""The type in the error of a run that somebody has paused: no error, so users see none."""


def finish(changes: Move) -> None:
    """The run has come to its end."""
    run = changes.run
    _end(changes, RunStatus.FINISHED)
    run.body = DONE_BODY
    for child in list(run.root.children.values()):
        changes.take_away(child)
    changes.note(What.RUN_FINISHED, reason=run.outcome)


def fail(changes: Move, failure: Failure) -> None:
    """The run fails, after the steps that it has finished are undone."""
    run = changes.run
    children.abandon_all(changes, undo=True)
    run.error = to_text({**failure.kept(), "undo": [], "again": undoing.first_undone(run)})
    run.cause = failure.cause
    _wind_up(changes, failure.step, failure)


def cancel(changes: Move, *, by: str | None, reason: str | None, undo: bool) -> None:
    """The run is cancelled, after the steps that it has finished are undone, if they are to be."""
    run = changes.run
    plan = next((p.plan for p in run.leaves() if p.plan is not None), None)
    step, line = (plan.id, plan.line) if plan is not None else (None, None)
    message = reason or ("cancelled" if by is None else f"cancelled by {by}")
    told: dict[str, Any] = {"type": "RunCancelled", "message": message, "step": step, "flow_line": line, "undo": []}
    run.error = to_text({**told, "ends": str(RunStatus.CANCELLED)})
    if undo:
        for position in list(run.positions.values()):
            _count_as_done(changes, position)
    else:
        for number in list(run.undos):
            changes.is_undone(number)
    children.abandon_all(changes, undo=undo)
    _wind_up(changes, step, None)


def _count_as_done(changes: Move, position: Position) -> None:
    """A `def` handler at work can't be stopped: what it does is undone as if it had finished."""
    plan = position.plan
    if position.busy and plan is not None and plan.undo and plan.step.handler in changes.run.bound.in_threads:
        undoing.note_undo(changes, position, plan, position.iteration())


def _wind_up(changes: Move, step: str | None, failure: Failure | None) -> None:
    """Stops everything; a failed run with nothing to undo keeps its places, so that it can be retried from there."""
    run = changes.run
    root = run.root
    for position in changes.ready:
        run.make_idle(position)
    changes.ready.clear()
    if failure is None:  # cancelled: that counts more than a pause
        run.pausing = None
    if root.busy:
        run.make_idle(root)
        changes.lost.append(root)
    if not run.undos and failure is not None:
        end_undone(changes)
        return
    for child in list(root.children.values()):
        changes.take_away(child)
    waits.leave(changes, root)
    limits.leave(changes, root)
    if run.undos:
        changes.note(What.UNDO_BEGAN, step, failure=failure)
        undoing.begin(changes)
        return
    root.arrive(None)
    changes.place(root)
    end_undone(changes)


def end_undone(changes: Move) -> None:
    """Nothing is left to undo: the run has failed, or is cancelled."""
    error = plain(changes.run.error)
    told = to_text({"type": error["type"], "message": error["message"]})
    if error.get("ends") == RunStatus.CANCELLED:
        _end(changes, RunStatus.CANCELLED)
        changes.note(What.RUN_CANCELLED, error["step"], reason=error["message"])
        return
    _end(changes, RunStatus.FAILED)
    changes.entries.append((changes.at, What.RUN_FAILED, error["step"], None, None, None, None, told))


def _end(changes: Move, status: RunStatus) -> None:
    run = changes.run
    run.status = move(run.status, status)
    run.pausing = None
    changes.ready.clear()
    changes.head_changed = True
    drop_mail(changes)


def drop_mail(changes: Move) -> None:
    """What nobody took until the end is dropped."""
    for event in changes.run.mail:
        changes.taken.append(event.number)
        if event.name.isidentifier():  # other names are the engine's own
            changes.note(What.EVENT_DROPPED, reason=event.name)
    changes.run.mail.clear()


# ---- standing still --------------------------------------------------------------------------------------------------


def pause(changes: Move, type: str, reason: str, step: str | None) -> None:
    """The machine can't go on with the run; an operator can."""
    plan = changes.run.bound.plans.get(step or "")
    line = None if plan is None else plan.line
    told: dict[str, Any] = {"type": type, "message": reason, "step": step, "flow_line": line, "undo": []}
    _stand_still(changes, {**told, "definition": changes.run.bound.flow.digest})
    changes.note(What.RUN_PAUSED, step, reason=reason)


def pause_by_order(changes: Move, by: str | None, reason: str | None) -> None:
    """Somebody wants the run to stand still."""
    _stand_still(changes, {"type": PAUSED, "message": reason or "", "by": by})
    changes.entries.append((changes.at, What.RUN_PAUSED, None, None, None, by, reason, None))


def _stand_still(changes: Move, told: dict[str, Any]) -> None:
    run = changes.run
    run.error = paused_error(run.status, run.error, told)
    run.status = move(run.status, RunStatus.PAUSED)
    run.pausing = None
    changes.ready.clear()
    changes.head_changed = True


def paused_error(status: RunStatus, error: bytes | None, told: dict[str, Any]) -> bytes:
    """The error of a run that is paused; it tells what the run was before."""
    known = plain(error) or {}
    before = known.get("before", {"status": str(status), "error": known or None})
    return to_text({**told, "before": before})


def before_pause(error: bytes | None) -> tuple[RunStatus, bytes | None]:
    """What a paused run goes on as: its status, and its error if it was undoing."""
    before = (plain(error) or {}).get("before", {})
    if before.get("status") == RunStatus.UNDOING:
        return RunStatus.UNDOING, to_text(before["error"])
    return RunStatus.PENDING, None


def time_out(changes: Move) -> None:
    """The whole run took too long; undoing it may take its time."""
    run = changes.run
    if run.status is RunStatus.UNDOING:
        return
    plan = next((p.plan for p in run.leaves() if p.plan is not None), None)
    limit = duration(run.bound.flow.timeout or 0)
    error = FlowTimeout(f"the flow took longer than {limit}")
    step, line = (plan.id, plan.line) if plan is not None else ("", 0)
    names = tuple(kind.__name__ for kind in FlowTimeout.__mro__)
    fail(changes, Failure("FlowTimeout", str(error), step, line, names, error))
