"""Compensation: undoing finished steps, the last one first, each as a task with retries of its own.

A run that fails undoes all of them, at its root, before it ends. A branch that lost, or failed in a group that
succeeded, has its steps undone at once by a position in its place; then the flow goes on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wgen.runtime.codec import plain, to_text
from wgen.runtime.history import What
from wgen.runtime.life import RunStatus, move
from wgen.runtime.outline import outer_steps, where_to_begin
from wgen.runtime.plan import Kind
from wgen.runtime.restore import recall, undo_plan
from wgen.runtime.state import Undo, Unfit

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from wgen.runtime.moves import Move
    from wgen.runtime.plan import Plan
    from wgen.runtime.position import Failure, Position
    from wgen.runtime.state import RunState


def note_undo(changes: Move, position: Position, plan: Plan, iteration: str | None) -> None:
    """A step has finished that can be undone: keeps what undoing it takes, as it is now."""
    run = changes.run
    undo: Plan = run.bound.plans[plan.undo or ""]
    values: dict[str, Any] = {}
    for name in undo.step.reads:
        _, text = run.bound.codec.coders[name].encode(getattr(position.known, name))
        values[name] = plain(text)
    run.last_undo += 1
    run.undos[run.last_undo] = Undo(position.id, undo.id, values, iteration, of=plan.id)
    changes.can_undo(run.last_undo)


def note_child(changes: Move, position: Position, plan: Plan, child: str, *, ended: bool) -> None:
    """What a child flow has done is to be undone like a step."""
    run = changes.run
    run.last_undo += 1
    iteration = position.iteration()
    run.undos[run.last_undo] = Undo(position.id, plan.id, {}, iteration, of=plan.id, child=child, ended=ended)
    changes.can_undo(run.last_undo)


def first_undone(run: RunState) -> str | None:
    """Where a run that has failed is to be begun anew: the step, or what is around it, whose effect goes first."""
    if not run.undos:
        return None
    flow, step = run.bound.flow, run.undos[min(run.undos)].of
    return where_to_begin(step, flow, outer_steps(flow)) if step in run.bound.plans else None


# ---- the whole run ---------------------------------------------------------------------------------------------------


def begin(changes: Move) -> None:
    """The run has failed, and there are steps to undo."""
    run = changes.run
    run.status = move(run.status, RunStatus.UNDOING)
    run.root.failure = None
    changes.head_changed = True
    for number, undo in run.undos.items():
        undo.scope = 0
        changes.can_undo(number)
    _next(changes, run.root)


def _next(changes: Move, position: Position) -> bool:
    """Begins to undo the last step that this position has to. False when there is none left."""
    run = changes.run
    numbers = [number for number, undo in run.undos.items() if undo.scope == position.id]
    if not numbers:
        return False
    number = max(numbers)
    position.rounds = {}
    position.arrive(None)
    position.undo = number
    try:
        plan = undo_plan(run.bound, run.undos[number])
        recall(position)
    except Unfit as error:
        changes.place(position)
        changes.pause(error.type, str(error), error.step)
        return True
    position.arrive(plan)
    if plan.kind is Kind.CHILD:
        changes.undo_by_child(position, plan, run.undos[number])
    else:
        changes.stand_at_task(position, plan)
    return True


def go_on(changes: Move) -> None:
    """A run that is undoing, and has not begun to: it takes the last step back, or is at its end."""
    root = changes.run.root
    if not _next(changes, root):
        changes.place(root)
        changes.end_undone()


def try_again(changes: Move, position: Position) -> None:
    """A position was paused because the flow did not fit what it has to undo; now it does."""
    _next(changes, position)


def undone(changes: Move, position: Position) -> None:
    """One step is undone."""
    _goes_on(changes, position)


def undo_failed(changes: Move, position: Position, failure: Failure) -> None:
    """An undo has failed for good: it is named in the run's error, the others go on."""
    _tell_in_error(changes, [{"step": failure.step, "type": failure.type, "message": failure.message}])
    changes.note(What.UNDO_FAILED, failure.step, failure=failure)
    _goes_on(changes, position)


def child_undone(changes: Move, position: Position, failed: Sequence[dict[str, Any]]) -> None:
    """A child has ended, and has undone what it could; the undos that failed are this run's, too."""
    _tell_in_error(changes, failed)
    _goes_on(changes, position)


def _tell_in_error(changes: Move, failed: Sequence[dict[str, Any]]) -> None:
    run = changes.run
    if failed and run.status is RunStatus.UNDOING:
        error = plain(run.error)
        run.error = to_text({**error, "undo": [*error["undo"], *failed]})
        changes.head_changed = True


def _goes_on(changes: Move, position: Position) -> None:
    number = position.undo
    if number is not None:
        changes.is_undone(number)
        position.undo = None
    if _next(changes, position):
        return
    parent = position.parent
    if parent is None:
        position.arrive(None)
        changes.place(position)
        changes.end_undone()
        return
    changes.take_away(position)
    parent.open = 0
    changes.go(parent, parent.plan and parent.plan.to)


# ---- one group -------------------------------------------------------------------------------------------------------


def hand_up(changes: Move, position: Position) -> None:
    """The position is over: what it has finished is undone if the branch around it fails."""
    parent = position.parent
    if parent is None or parent.parent is None:  # a run that fails undoes everything, whoever has done it
        return
    for number, undo in changes.run.undos.items():
        if undo.scope == position.id:
            undo.scope = parent.id
            changes.can_undo(number)


def done_by(changes: Move, group: Position, branches: Iterable[Position]) -> list[int]:
    """The undos of what these branches of a group have finished, by their numbers."""
    scopes = {position.id for child in branches for position in (child, *changes.run.below(child))}
    return [number for number, undo in changes.run.undos.items() if undo.scope in scopes and number > group.mark]


def undo_branches(changes: Move, group: Position, numbers: Collection[int]) -> bool:
    """Has these steps undone by a position below the group. False when there are none."""
    run = changes.run
    if not numbers:
        return False
    child = run.add_child(group, None)
    for number in numbers:
        run.undos[number].scope = child.id
        changes.can_undo(number)
    group.open = 1
    changes.place(group)
    return _next(changes, child)
