"""Limits: how many runs of a flow are open, and how many tasks are at work, across all workers of a store."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.runtime.support import World, a_flow, a_task, go, values_class
from wgen.errors import InputError
from wgen.runtime import DONE, Child, Decision, Engine, Fail, Flow, Input, Limit

CUSTOMER = {"inputs": {"customer": Input("customer", default="ada")}}


def limited(*limits: Limit[Any], **more: Any) -> Flow[Any, Any]:
    """A flow of one task, with (customer) as its input."""
    values = values_class(customer=Any)
    return a_flow({"work": a_task("work")}, values, limits=limits, **CUSTOMER, **more)


class Work:
    """Counts how many attempts are at work at once; `one` lets one of them end."""

    def __init__(self) -> None:
        self.begun = 0
        self.inside = 0
        self.most = 0
        self._turns = asyncio.Semaphore(0)

    async def work(self) -> None:
        self.begun += 1
        self.inside += 1
        self.most = max(self.most, self.inside)
        try:
            await self._turns.acquire()
        finally:
            self.inside -= 1

    def let_end(self, number: int) -> None:
        for _ in range(number):
            self._turns.release()


async def statuses(engine: Engine) -> list[str]:
    """Of all runs, the oldest first."""
    return [str(run.status) for run in reversed(await engine.runs())]


def test_runs_above_the_limit_are_pending_and_come_in_order() -> None:
    world = World(limited(Limit(2)), work := Work(), worker=True)

    async def main() -> None:
        async with world.engine() as engine:
            for _ in range(5):
                await engine.start(world.flow)
            await world.clock.settle()
            assert await statuses(engine) == ["running", "running", "pending", "pending", "pending"]
            work.let_end(1)
            await world.clock.settle()
            assert (await statuses(engine)).count("running") == 2
            assert (await statuses(engine))[2:] == ["running", "pending", "pending"]
            work.let_end(4)
            await world.clock.settle()
            assert await statuses(engine) == ["finished"] * 5

    go(main())
    assert work.most == 2


def test_each_value_has_a_limit_of_its_own() -> None:
    flow = limited(Limit(1, each=lambda known: known.customer))
    world = World(flow, work := Work(), worker=True)

    async def main() -> None:
        async with world.engine() as engine:
            for customer in ("ada", "bob", "ada"):
                await engine.start(flow, customer=customer)
            await world.clock.settle()
            assert await statuses(engine) == ["running", "running", "pending"]
            work.let_end(3)
            await world.clock.settle()

    go(main())
    assert work.begun == 3


def test_a_value_that_can_not_be_read_is_an_error_and_nothing_is_stored() -> None:
    world = World(limited(Limit(1, each=lambda known: known.customer["name"])), Work())

    async def main() -> None:
        async with world.engine() as engine:
            with pytest.raises(InputError, match='the value for which "flow" is limited'):
                await engine.start(world.flow)
            assert await engine.runs() == []

    go(main())


def test_a_rate_spreads_the_beginnings() -> None:
    world = World(limited(Limit(2, per=60.0)), work := Work(), worker=True)
    work.let_end(100)

    async def main() -> None:
        async with world.engine() as engine:
            for _ in range(5):
                await engine.start(world.flow)
            await world.clock.settle()
            seen = [work.begun]
            for _ in range(3):
                await world.clock.move(59)
                seen.append(work.begun)
                await world.clock.move(1)
            assert seen == [2, 2, 4, 5]

    go(main())


def test_a_drive_waits_for_the_rate_but_not_for_room() -> None:
    world = World(limited(Limit(1, per=60.0)), work := Work())
    work.let_end(100)

    async def main() -> None:
        async with world.engine() as engine:
            await engine.drive((await engine.start(world.flow)).id)
            second = asyncio.create_task(engine.drive((await engine.start(world.flow)).id))
            await world.clock.move(59)
            assert (work.begun, second.done()) == (1, False)
            await world.clock.move(1)
            assert (await second).status == "finished"
        world.flow = limited(Limit(1), name="other")
        async with world.engine() as engine:
            await engine.start(world.flow)
            held_back = await engine.start(world.flow)
            assert (await engine.drive(held_back.id)).status == "pending"
            await engine.tick()
            assert (await held_back.view()).status == "finished"

    go(main())


@pytest.mark.parametrize("ending", ["failed", "finished"])
def test_however_a_run_ends_it_makes_room(ending: str) -> None:
    async def work() -> None:
        if ending == "failed":
            raise RuntimeError("no")

    handlers = type("Handlers", (), {"work": staticmethod(work)})()
    world = World(limited(Limit(1)), handlers, worker=True)

    async def main() -> None:
        async with world.engine() as engine:
            for _ in range(3):
                await engine.start(world.flow)
            await world.clock.settle()
            assert await statuses(engine) == [ending] * 3

    go(main())


def test_workers_of_one_file_share_the_limit(tmp_path: Path) -> None:
    work = Work()

    async def main() -> None:
        flow = limited(Limit(3))
        engines = [Engine(f"sqlite:///{tmp_path}/runs.db") for _ in range(3)]
        for engine in engines:
            engine.register(flow, work)
        async with engines[0], engines[1], engines[2]:
            runs = [await engine.start(flow) for engine in engines * 6]
            for _ in runs:
                await asyncio.sleep(0.01)
                work.let_end(1)
            for run in runs:
                await run.result()

    go(main())
    assert (work.most, work.begun) == (3, 18)


def test_the_runs_of_a_dead_worker_keep_their_places_and_go_on_elsewhere() -> None:
    world = World(limited(Limit(1)), work := Work())

    async def main() -> None:
        dead = world.engine()
        await dead.start(world.flow)
        assert await dead.crew.around.store.claim(["flow"], world.clock.now(), dead.crew.lease(), 1)
        async with world.engine(worker=True) as engine:
            await engine.start(world.flow)
            await world.clock.move(9)
            assert (work.begun, await statuses(engine)) == (0, ["running", "pending"])
            await world.clock.move(2)
            assert (work.begun, await statuses(engine)) == (1, ["running", "pending"])
            work.let_end(2)
            await world.clock.settle()
            assert await statuses(engine) == ["finished"] * 2

    go(main())


def test_a_child_waits_for_its_place() -> None:
    steps: dict[Any, Any] = {
        "below": Child(flow="flow", inputs=lambda _: {"customer": "bob"}, to=(DONE,), line=1, digest="c")
    }
    parent = a_flow(steps, name="parent", digest="p")
    world = World(limited(Limit(1)), work := Work(), worker=True)

    async def main() -> None:
        async with world.engine() as engine:
            engine.register(parent, work)
            await engine.start(world.flow)
            child = await engine.start(parent)
            await world.clock.settle()
            assert work.begun == 1
            work.let_end(2)
            await child.result()

    go(main())
    assert work.begun == 2


def test_a_flow_below_itself_does_not_wait_for_itself() -> None:
    steps: dict[Any, Any] = {
        "again": Decision(run=lambda known: "below" if known.customer == "ada" else DONE, line=1, digest="d"),
        "below": Child(flow="flow", inputs=lambda _: {"customer": "bob"}, to=(DONE,), line=2, digest="c"),
    }
    flow = a_flow(
        {"begin": a_task("work", "again"), **steps}, values_class(customer=Any), limits=(Limit(1),), **CUSTOMER
    )
    world = World(flow, work := Work(), worker=True)
    work.let_end(2)

    async def main() -> None:
        async with world.engine() as engine:
            await (await engine.start(flow)).result()

    go(main())
    assert work.begun == 2


def test_a_failing_flow_of_steps_without_tasks_makes_room_too() -> None:
    flow = a_flow({"give_up": Fail(because=lambda _: "no", line=1, digest="f")}, limits=(Limit(1),))
    world = World(flow, Work(), worker=True)

    async def main() -> None:
        async with world.engine() as engine:
            for _ in range(3):
                await engine.start(flow)
            await world.clock.settle()
            assert await statuses(engine) == ["failed"] * 3

    go(main())
