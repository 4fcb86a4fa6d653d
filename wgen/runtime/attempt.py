"""One attempt of a task under a time limit, or behind an earlier attempt that has not ended yet."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

from wgen.errors import TaskTimeout
from wgen.runtime.clock import duration, settle

if TYPE_CHECKING:
    from collections.abc import Awaitable, Collection

    from wgen.runtime.plan import Plan
    from wgen.runtime.pool import Outcome
    from wgen.runtime.ports import Clock, Surroundings
    from wgen.runtime.position import Position


async def within(plan: Plan, position: Position, lent: Any, around: Surroundings) -> Any:
    """Runs the task on values lent to it and returns where it leads; raises TaskTimeout when it took too long.

    An attempt that is given up is cancelled. What it does after that changes nothing: it works on values of its own.
    """
    run = position.run
    earlier = around.late.get((run.id, plan.id))
    if earlier is not None:
        await _first_of([earlier], plan.limit, around.clock)
    if plan.limit is None:
        return await plan.run(lent, run.bound.handlers)
    known = run.bound.copy(lent)
    position.late = None
    task = asyncio.create_task(_outcome(plan.run(known, run.bound.handlers)))
    try:
        await _first_of([task], plan.limit, around.clock)
    finally:
        in_time = task.done()
        task.cancel()
    if not in_time:
        _remember(around, (run.id, plan.id), asyncio.create_task(_ended(task, position)))
        raise TaskTimeout(f"{plan.step.handler} took longer than {duration(plan.limit)}")
    to, error = task.result()
    if error is not None:
        raise error
    for name, _ in plan.gives:
        setattr(lent, name, getattr(known, name))
    return to


async def _outcome(attempt: Awaitable[Any]) -> Outcome:
    try:
        return await attempt, None
    except BaseException as error:  # noqa: BLE001 - a handler's SystemExit must not end the event loop
        return None, error


async def _first_of(futures: Collection[asyncio.Future[Any]], limit: float | None, clock: Clock) -> None:
    """Returns when one of the futures is done or the limit has passed."""
    passed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    timer = None
    if limit is not None:
        timer = clock.call_at(clock.now() + limit, partial(settle, passed))
    try:
        await asyncio.wait([*futures, passed], return_when=asyncio.FIRST_COMPLETED)
    finally:
        if timer is not None:
            timer.cancel()


async def _ended(task: asyncio.Task[Outcome], position: Position) -> None:
    """Returns when a cancelled attempt has really ended, its thread too."""
    await asyncio.wait([task])
    if position.late is not None:
        await asyncio.wait([position.late])


def _remember(around: Surroundings, key: tuple[str, str], ended: asyncio.Task[None]) -> None:
    around.late[key] = ended
    ended.add_done_callback(lambda _: around.late.pop(key, None) if around.late.get(key) is ended else None)
