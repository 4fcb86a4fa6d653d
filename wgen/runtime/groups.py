"""Steps side by side: forking, joining, failing together, and background tasks.

A group is a position that stands at its step while branches, its children, are on their way. How it ends depends on
its kind: all branches, the first one, so many of them, or one round for each item.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wgen.runtime import children, loops, undoing
from wgen.runtime.flow import DONE
from wgen.runtime.history import What
from wgen.runtime.plan import Kind

if TYPE_CHECKING:
    from collections.abc import Collection

    from wgen.runtime.moves import Move
    from wgen.runtime.plan import Plan
    from wgen.runtime.position import Failure, Position


def fork(move: Move, position: Position, plan: Plan) -> Any:
    """Every branch starts from a child position of its own."""
    position.mark = move.run.last_undo
    move.place(position)
    firsts = [first for first in plan.step.branches if first is not DONE]
    children = [move.run.add_child(position, move.run.bound.plans[first]) for first in firsts]
    position.open = len(children)
    for child, first in zip(children, firsts, strict=True):
        # A branch that ends at once may have decided the group, or failed it.
        if not move.over and child.id in move.run.positions:
            move.go(child, first)
    return None if firsts else plan.to


# ---- ends of branches ------------------------------------------------------------------------------------------------


def branch_done(move: Move, position: Position) -> None:
    """A branch, or the flow, is at its end; its background tasks come first."""
    if position.undo is not None:
        undoing.undone(move, position)
        return
    position.arrive(None)
    if not all_joined(move, position):
        return
    parent = position.parent
    if parent is None:
        move.end_finished()
        return
    plan: Plan = parent.plan  # type: ignore[assignment]  # a group stands at its step
    if position.beside is None and parent.failure is None and plan.kind is Kind.FOR_EACH:
        parent.open -= 1
        loops.round_done(move, parent, plan, position)
        conclude_around(move, position)
        return
    move.place(position)
    if position.beside is not None:
        _beside_ended(move, position)
        return
    parent.open -= 1
    if parent.failure is None and plan.step.join in ("first to finish", "first to succeed"):
        _join(move, parent, [position])
    elif parent.failure is None:
        _join_if_ended(move, parent)
    conclude_around(move, position)


def branch_failed(move: Move, position: Position, failure: Failure) -> None:
    """A branch has failed for good: what that means is its group's to say."""
    parent: Position = position.parent  # type: ignore[assignment]  # only the root has none
    if position.beside is not None:
        position.failure = failure
        move.place(position)
        _beside_ended(move, position)
        return
    if parent.failure is None and _is_lost(parent, failure, position):
        parent.failure = failure
        move.place(parent)
        move.hold_back()
    if parent.failure is None:
        _join_if_ended(move, parent)
    conclude_around(move, position)


def _join_if_ended(move: Move, parent: Position) -> None:
    """The group is over when each of its branches is at its end or has failed."""
    branches = _branches(parent)
    if all(child.halted or child.over for child in branches):
        _join(move, parent, [child for child in branches if not child.halted])


def _is_lost(parent: Position, failure: Failure, position: Position) -> bool:
    """Whether a group has failed by this failure of one of its branches."""
    plan: Plan = parent.plan  # type: ignore[assignment]  # a group stands at its step
    if plan.kind is Kind.FOR_EACH or plan.step.join in ("all", "first to finish"):
        return True
    position.failure = failure
    good = sum(not child.halted for child in _branches(parent))
    return good < (1 if plan.step.join == "first to succeed" else plan.step.at_least)


def _branches(parent: Position) -> list[Position]:
    return [child for child in parent.children.values() if child.beside is None]


def _join(move: Move, parent: Position, winners: Collection[Position]) -> None:
    """The group is over: what its winners gave becomes the parent's, the others are cancelled."""
    for child in sorted(winners, key=lambda child: child.id):
        for name, text in child.given.items():
            setattr(parent.known, name, getattr(child.known, name))
            move.keep(parent, name, text)
    losers = [child for child in _branches(parent) if child not in winners]
    for position in [position for child in losers for position in (child, *move.run.below(child))]:
        children.abandon(move, position, undo=True)
    lost = undoing.done_by(move, parent, losers)
    disband(move, parent)
    if not undoing.undo_branches(move, parent, lost):
        move.go(parent, parent.plan and parent.plan.to)


def disband(move: Move, parent: Position) -> None:
    """Ends all branches of a group, whatever they are doing."""
    for child in _branches(parent):
        for position in (child, *move.run.below(child)):
            if position.busy and position.starts_in is None:  # else it has not begun
                move.note(What.ATTEMPT_CANCELLED, position.plan.id if position.plan else None)
        move.take_away(child)
    parent.open = 0
    parent.failure = None


def conclude(move: Move, parent: Position) -> None:
    """Hands the failure of a group outward once none of its attempts is in flight."""
    failure = parent.failure
    if failure is None or parent.halted or parent.beside is not None:
        return
    if any(p.busy for p in _at_work(move, parent)):
        return
    move.fail(parent, failure)


def _at_work(move: Move, parent: Position) -> list[Position]:
    """The positions whose attempts a failed group still waits for: first to finish waits for none."""
    plan = parent.plan
    if plan is not None and plan.kind is Kind.PARALLEL and plan.step.join == "first to finish":
        return []
    return [p for child in _branches(parent) for p in (child, *move.run.below(child))]


# ---- background tasks ------------------------------------------------------------------------------------------------


def start_beside(move: Move, position: Position, plan: Plan) -> Any:
    """Starts a task beside the steps that follow; it keeps the values it reads as they are now."""
    task = move.run.bound.plans[plan.step.task]
    if not task.holds_for(move.run.version):
        return plan.to
    child = move.run.add_child(position, task)
    child.beside = plan.id
    for name in task.step.reads:
        value, text = move.run.bound.codec.coders[name].encode(getattr(child.known, name))
        setattr(child.known, name, value)
        move.keep(child, name, text)
    move.go(child, plan.step.task)
    return plan.to


def _beside_ended(move: Move, position: Position) -> None:
    """A background task is over: whoever waits for it goes on, and so does a failed group around it."""
    for waiting in [p for p in move.run.positions.values() if p.joining]:
        waiting.joining = False
        move.go(waiting, DONE if waiting.plan is None else waiting.plan.id)
        if move.over:
            return
    conclude_around(move, position)


def conclude_around(move: Move, position: Position) -> None:
    """The failed groups around a position, however far, may have waited for just this one."""
    parent = position.parent
    while parent is not None and not move.over:
        if parent.id in move.run.positions:
            conclude(move, parent)
        parent = parent.parent


def joined(move: Move, position: Position, tasks: Collection[str]) -> bool:
    """Whether these background tasks are done, so that the position knows what they gave; else it waits for them."""
    plans = move.run.bound.plans
    owner: Position | None = position
    while owner is not None:
        mine = [c for c in _beside(owner) if plans[c.beside or ""].step.task in tasks]
        if mine and not _collect(move, position, owner, mine):
            return False
        owner = owner.parent
    return True


def all_joined(move: Move, position: Position) -> bool:
    """The same for all background tasks that this position has started."""
    mine = _beside(position)
    return _collect(move, position, position, mine) if mine else True


def _collect(move: Move, position: Position, owner: Position, tasks: list[Position]) -> bool:
    if any(child.plan is not None and child.failure is None for child in tasks):
        position.joining = True
        move.place(position)
        return False
    for child in sorted(tasks, key=lambda child: child.id):
        failure = child.failure
        gives = move.run.bound.plans[move.run.bound.plans[child.beside or ""].step.task].gives
        for name, _ in gives if failure is None else ():
            if name not in child.given:  # another text of the flow has named it otherwise
                continue
            for knower in {owner, position}:
                setattr(knower.known, name, getattr(child.known, name))
            move.keep(owner, name, child.given[name])
        if failure is not None:
            child.raised = True
            move.place(child)
            _raise_here(move, position, failure)
            return False
        move.take_away(child)
    return True


def _beside(owner: Position) -> list[Position]:
    """The background tasks that a position has started, and whose end is not known to it yet."""
    return [child for child in owner.children.values() if child.beside and not child.raised]


def forget_raised(move: Move, failure: Failure) -> None:
    """The failure of a background task was caught: nothing will try it again."""
    for position in list(move.run.positions.values()):
        if position.raised and position.failure is failure:
            move.take_away(position)


def _raise_here(move: Move, position: Position, failure: Failure) -> None:
    """The failure of a background task counts where it is joined."""
    if position.plan is None:
        position.halted = True
        move.place(position)
        if position.parent is None:
            move.end_failed(failure)
        else:
            branch_failed(move, position, failure)
        return
    move.fail(position, failure)
