"""Workers share a store: no run is executed by two, and a dead worker's runs go on elsewhere."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.runtime.support import Calls, World, go, one_task, sequence
from wgen.errors import NotAllowed
from wgen.runtime import Policy, current
from wgen.runtime.rows import Lease


def test_a_dead_workers_run_goes_on_after_its_lease() -> None:
    keys: list[str] = []
    world = World(sequence("one", "two"), Calls(one=lambda: keys.append(current().key), two=lambda: None))

    async def main() -> None:
        async with world.engine() as engine:
            id = (await engine.start(world.flow)).id
            dead = await world.store.claim(["flow"], world.clock.now(), Lease("dead", world.clock.now() + 10), 1)
            assert len(dead) == 1
            assert await engine.tick() == world.clock.now() + 10
            assert world.handlers.seen == []
            await world.clock.move(10)
            assert await engine.tick() is None
            entries = await engine.history(id)
            assert [(e.what, e.by) for e in entries][1] == ("worker lost", "dead")
            assert [e.attempt for e in entries if e.what == "task finished"] == [1, 1]
            assert keys == [f"{id}/one"]

    go(main())


def test_after_three_deaths_of_one_step_the_run_is_paused() -> None:
    world = World(one_task(Policy(retries=1, wait=1.0)), Calls(work=lambda: 1))

    async def die(id: str) -> None:
        """A worker claims the run, begins its task, and dies: nothing is given back."""
        engine = world.engine()
        engine.register(world.flow, Calls(work=asyncio.Event().wait))
        attempt = await engine.crew.claim_run(id)
        assert isinstance(attempt, asyncio.Task)
        await world.clock.settle()
        engine.crew.around.store = _Deaf(world.store)
        attempt.cancel()
        await asyncio.wait([attempt])
        await world.clock.move(10)

    async def main() -> None:
        async with world.engine() as engine:
            id = (await engine.start(world.flow)).id
            for _ in range(3):
                await die(id)
            await engine.tick()
            view = await engine.view(id)
            assert (view.status, view.steps) == ("paused", ["work"])
            assert view.error is not None
            assert (view.error["type"], view.error["message"]) == ("WorkerLost", "worker lost")
            assert (await engine.history(id))[-1].reason == "worker lost"
            assert world.handlers.seen == []
            assert await engine.tick() is None
            await engine.resume(id, by="me", reason="power is back")
            view = await engine.view(id)
            assert (view.status, view.error) == ("finished", None)
            resumed = next(e for e in await engine.history(id) if e.what == "run resumed")
            assert (resumed.by, resumed.reason) == ("me", "power is back")

    go(main())


class _Deaf:
    """A store that a dead worker can't reach any more."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def release(self, *_: Any) -> None:
        """Nothing arrives."""


def test_a_working_run_keeps_its_lease() -> None:
    async def main() -> None:
        hold = asyncio.Event()
        world = World(one_task(), Calls(work=hold.wait))
        async with world.engine(worker=True) as engine, world.engine(worker=True) as other:
            started = await engine.start(world.flow)
            await world.clock.move(100)
            assert world.handlers.seen == ["work"]
            assert len(other.crew) == 0
            hold.set()
            await started.result()

    go(main())


def test_who_lost_the_lease_stops_and_writes_nothing() -> None:
    async def main() -> None:
        hold = asyncio.Event()
        world = World(one_task(), Calls(work=hold.wait))
        async with world.engine(worker=True) as engine:
            started = await engine.start(world.flow)
            await world.clock.settle()
            # the lease runs out unnoticed, as it does on a machine that was suspended
            row = world.store._by_id[started.id].row
            row.due = world.clock.now()
            thief = await world.store.claim_run(started.id, world.clock.now(), Lease("thief", world.clock.now() + 50))
            assert not isinstance(thief, Lease)
            hold.set()
            await world.clock.move(5)
            assert len(engine.crew) == 0
            assert [e.what for e in await engine.history(started.id)] == ["run created"]
            assert row.owner == "thief"

    go(main())


def test_the_heartbeat_ends_an_execution_that_lost_its_lease() -> None:
    async def main() -> None:
        world = World(one_task(), Calls(work=asyncio.Event().wait))
        async with world.engine(worker=True) as engine:
            started = await engine.start(world.flow)
            await world.clock.settle()
            row = world.store._by_id[started.id].row
            row.due = world.clock.now()
            await world.store.claim_run(started.id, world.clock.now(), Lease("thief", world.clock.now() + 50))
            await world.clock.move(4)
            assert len(engine.crew) == 0
            assert row.owner == "thief"

    go(main())


def test_a_closed_engine_gives_its_runs_back() -> None:
    async def main() -> None:
        world = World(one_task(), Calls(work=asyncio.Event().wait))
        async with world.engine(worker=True, grace=0.0) as engine:
            id = (await engine.start(world.flow)).id
            await world.clock.settle()
        world.handlers = Calls(work=lambda: "now")
        async with world.engine() as engine:
            view = await engine.view(id)
            assert (view.status, view.steps) == ("pending", ["work"])
            assert await engine.tick() is None
            entries = await engine.history(id)
            assert [e.what for e in entries] == ["run created", "task finished", "run finished"]
            assert entries[1].attempt == 1

    go(main())


def test_a_handler_that_can_not_be_cancelled_does_not_keep_the_engine_open() -> None:
    async def main() -> None:
        end = asyncio.Event()

        async def stubborn() -> None:
            while not end.is_set():
                try:
                    await end.wait()
                except asyncio.CancelledError:
                    continue

        world = World(one_task(), Calls(work=stubborn))
        async with world.engine(worker=True, grace=0.0) as engine:
            id = (await engine.start(world.flow)).id
            await world.clock.settle()
        assert (await world.engine().view(id)).status == "pending"
        end.set()
        await world.clock.settle()

    go(main())


def test_attempts_may_finish_within_the_grace_and_nothing_new_begins() -> None:
    async def main() -> None:
        hold = asyncio.Event()
        world = World(sequence("one", "two"), Calls(one=hold.wait, two=lambda: None))
        async with world.engine(worker=True) as engine:
            id = (await engine.start(world.flow)).id
            await world.clock.settle()
            asyncio.get_running_loop().call_soon(hold.set)
        view = await world.engine().view(id)
        assert (view.status, view.steps, world.handlers.seen) == ("pending", ["two"], ["one"])

    go(main())


def test_drive_waits_for_another_process_and_then_says_so() -> None:
    world = World(one_task(), Calls(work=lambda: 1))

    async def main() -> None:
        async with world.engine() as engine:
            id = (await engine.start(world.flow)).id
            await world.store.claim_run(id, world.clock.now(), Lease("other", world.clock.now() + 10))
            driving = asyncio.ensure_future(engine.drive(id))
            await world.clock.move(9)
            assert not driving.done()
            await world.clock.move(1)
            assert (await driving).status == "finished"

            id = (await engine.start(world.flow)).id
            held = await world.store.claim_run(id, world.clock.now(), Lease("other", world.clock.now() + 10))
            assert not isinstance(held, Lease)
            assert held is not None
            driving = asyncio.ensure_future(engine.drive(id))
            await world.clock.move(5)
            await world.store.renew([(held.row.number, held.row.fence)], world.clock.now() + 10)  # type: ignore[list-item]
            await world.clock.move(1)
            with pytest.raises(NotAllowed, match=r"another process \(other\); its lease runs until 2026-"):
                await driving

    go(main())


def test_a_cancelled_drive_gives_the_run_back() -> None:
    async def main() -> None:
        world = World(one_task(), Calls(work=asyncio.Event().wait))
        async with world.engine() as engine:
            id = (await engine.start(world.flow)).id
            driving = asyncio.ensure_future(engine.drive(id))
            await world.clock.settle()
            driving.cancel()
            with pytest.raises(asyncio.CancelledError):
                await driving
            assert (await engine.view(id)).status == "pending"

    go(main())


def test_until_idle_works_everything_off_and_counts() -> None:
    async def main() -> None:
        count = 0

        def work() -> int:
            nonlocal count
            count += 1
            if count % 5 == 0:
                raise ValueError
            return count

        world = World(one_task(), Calls(work=work), concurrency=3)
        async with world.engine() as engine:
            for _ in range(20):
                await engine.start(world.flow)
            assert await engine.worker.run_until_idle() == (16, 4)
            assert await engine.worker.run_until_idle() == (0, 0)

    go(main())


def test_until_idle_waits_for_runs_of_other_processes_but_not_for_times() -> None:
    world = World(one_task(Policy(retries=1, wait=1000.0)), None)

    def work() -> None:
        raise OSError

    world.handlers = Calls(work=work)

    async def main() -> None:
        async with world.engine() as engine:
            await engine.start(world.flow)
            assert await engine.worker.run_until_idle() == (0, 0)  # waits for its retry, which is later
            foreign = (await engine.start(world.flow)).id
            await world.store.claim_run(foreign, world.clock.now(), Lease("other", world.clock.now() + 10))
            idle = asyncio.ensure_future(engine.worker.run_until_idle())
            await world.clock.move(9)
            assert not idle.done()
            await world.clock.move(1)
            assert await idle == (0, 0)
            assert world.handlers.seen == ["work", "work"]

    go(main())


def test_concurrency_bounds_what_runs_at_once() -> None:
    async def main() -> None:
        now, most = 0, 0

        async def work() -> None:
            nonlocal now, most
            now += 1
            most = max(most, now)
            await asyncio.sleep(0)
            now -= 1

        world = World(one_task(), Calls(work=work), concurrency=4)
        async with world.engine(worker=True) as engine:
            runs = [await engine.start(world.flow) for _ in range(30)]
            await asyncio.gather(*(run.result() for run in runs))
            assert most == 4

    go(main())


def test_a_run_that_is_claimed_again_while_it_is_let_go_is_still_known_to_be_at_work() -> None:
    """A commit in a thread tells of itself late: the run may be claimed again before its old execution has ended."""
    flow = sequence("one", "two")
    hold = asyncio.Event()
    world = World(flow, Calls(one=lambda: None, two=hold.wait))

    async def main() -> None:
        async with world.engine() as engine:
            id = (await engine.start(flow)).id
            first = await engine.crew.claim_run(id)
            assert isinstance(first, asyncio.Task)
            await world.clock.settle()
            ending = engine.crew._executions[id]
            stored = await world.store.load(id)
            assert stored is not None
            engine.crew.take(stored)
            ending.stop()
            first.cancel()
            await asyncio.wait([first])
            assert engine.crew.holds(id) is not None
            hold.set()

    go(main())
