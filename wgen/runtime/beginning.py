"""What there is to do at the beginning of a claim: orders, deaths, mail, times, and the tasks that can start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wgen.runtime import ending, groups, obeying, undoing, waits
from wgen.runtime.history import What
from wgen.runtime.life import ENDED, RunStatus
from wgen.runtime.moves import DEATHS, Move
from wgen.runtime.plan import Kind
from wgen.runtime.restore import in_flight

if TYPE_CHECKING:
    from wgen.runtime.plan import Plan
    from wgen.runtime.position import Position
    from wgen.runtime.rows import Lease
    from wgen.runtime.state import RunState, Unfit


def begin(run: RunState, at: float, lost: Lease | None, trouble: Unfit | None) -> Move:
    """The first move of a claim. `lost` is the lease of a dead worker, `trouble` what keeps the run from going on."""
    move = Move(run, at)
    if run.status in ENDED:
        ending.drop_mail(move)
    else:
        obeying.obey(move)
    if trouble is not None and not move.over and run.root.undo is None:  # else it was cancelled just now
        ending.pause(move, trouble.type, str(trouble), trouble.step)
    elif lost is not None and not move.over:
        _count_deaths(move, lost)
    if not move.over:
        _look_around(move)
    return move


def hear(move: Move) -> None:
    """Mail has come: orders first, then what somebody waits for. A pause that is lifted has what it held go on."""
    run = move.run
    stood = run.pausing is not None or run.status is RunStatus.PAUSED
    obeying.obey(move)
    if stood and run.pausing is None and not move.over:
        _look_around(move)
    else:
        waits.deliver(move)


def _count_deaths(move: Move, lost: Lease) -> None:
    """The worker before this one died: so did the attempts it may have had in flight."""
    died = in_flight(move.run.leaves(), lost)
    steps: list[str | None] = [position.plan.id for position in died if position.plan is not None]
    for step in steps or [None]:
        move.entries.append((move.at, What.WORKER_LOST, step, None, None, lost.owner, None, None))
    for position in died:
        position.deaths += 1
        move.place(position)
        if position.deaths >= DEATHS and position.plan is not None and not move.over:
            ending.pause(move, "WorkerLost", "worker lost", position.plan.id)


def _look_around(move: Move) -> None:
    run = move.run
    undoes = run.status is RunStatus.UNDOING
    if run.deadline is not None and move.at >= run.deadline and not undoes:
        ending.time_out(move)
        return
    if undoes and run.root.plan is None:
        undoing.go_on(move)
    waits.deliver(move)
    waits.expire(move)
    waits.correlate_anew(move)
    for position in run.leaves():
        if not move.over and not position.busy:
            _look_at(position, move)
    for position in list(run.positions.values()):
        if not move.over and position.failure is not None:
            groups.conclude(move, position)


def _look_at(position: Position, move: Move) -> None:
    """Starts what can start at a position."""
    plan = position.plan
    if plan is None and position.undo is not None:
        undoing.try_again(move, position)
    if plan is None or position.halted or position.joining or (position.waits and not position.at_gate):
        return
    if position.undo is not None and plan.kind is Kind.CHILD:  # it was paused, for the child's flow was missing
        move.undo_by_child(position, plan, move.run.undos[position.undo])
    elif not _is_task_to_do(position, plan):  # a run that has not begun, or begins anew here
        move.go(position, plan.id)
    elif plan.step.joins and not groups.joined(move, position, plan.step.joins):
        return  # it begins anew, and so does what it waits for
    elif position.wake_at is None or (position.wake_at <= move.at and not position.failing()):
        move.start_again(position)


def _is_task_to_do(position: Position, plan: Plan) -> bool:
    """Whether a position stands at a task, and not at one that only other versions have."""
    return plan.kind is Kind.TASK and (position.undo is not None or plan.holds_for(position.run.version))
