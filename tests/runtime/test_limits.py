"""Limits: how many runs of a flow are open, and how many tasks are at work, across all workers of a store."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path
from typing import Any

import pytest

from tests.runtime.support import World, a_flow, a_task, go, values_class
from wgen.errors import InputError
from wgen.runtime import DONE, ONCE, Child, Decision, Engine, Fail, Flow, ForEach, Input, Limit, Policy
from wgen.testing.clock import HandClock

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


def test_a_retried_run_waits_for_its_turn_again() -> None:
    fails = [True]

    async def work() -> None:
        if fails:
            fails.clear()
            raise RuntimeError("no")

    handlers = type("Handlers", (), {"work": staticmethod(work)})()
    world = World(limited(Limit(1)), handlers)

    async def main() -> None:
        async with world.engine() as engine:
            first, second = [(await engine.start(world.flow)).id for _ in range(2)]
            assert (await engine.drive(first)).status == "failed"
            await engine.retry(first)
            assert (await engine.drive(first)).status == "pending"
            assert (await engine.why(first)).because.startswith('other runs of "flow" are in its place')
            assert (await engine.drive(second)).status == "finished"
            assert (await engine.drive(first)).status == "finished"

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
    below: Any = "below"
    steps: dict[Any, Any] = {
        "again": Decision(run=lambda known: below if known.customer == "ada" else DONE, line=1, digest="d"),
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


# ---- tasks -----------------------------------------------------------------------------------------------------------


def two_tasks(*limits: Limit[Any], **more: Any) -> Flow[Any, Any]:
    """An unlimited flow of two limited tasks."""
    steps = {"first": a_task("work", "second"), "second": a_task("work")}
    return a_flow(steps, values_class(customer=Any), task_limits=limits, **CUSTOMER, **more)


def items(number: int, *limits: Limit[Any], policy: Policy = ONCE, **more: Any) -> Flow[Any, Any]:
    """Works on so many items, all at once as far as the limits let it."""
    parts: dict[str, Any] = {"items": lambda _: range(number), "item": "item", "body": "work", "at_once": None}
    loop: ForEach[Any] = ForEach(**parts, to=(DONE,), line=1, digest="l")
    steps: dict[Any, Any] = {"each": loop, "work": a_task("work", inside=("each",), policy=policy)}
    return a_flow(steps, values_class(item=int), task_limits=limits, **more)


def test_attempts_above_the_limit_wait_and_their_runs_are_pending() -> None:
    world = World(two_tasks(Limit(2)), work := Work(), worker=True)

    async def main() -> None:
        async with world.engine() as engine:
            for _ in range(5):
                await engine.start(world.flow)
            await world.clock.settle()
            assert await statuses(engine) == ["running", "running", "pending", "pending", "pending"]
            held_back = (await engine.runs())[0]
            assert (held_back.steps, held_back.waiting_for) == (["first"], [])
            for done in range(10):
                assert work.begun == min(done + 2, 10)
                work.let_end(1)
                await world.clock.settle()
            assert await statuses(engine) == ["finished"] * 5
            assert {entry.what for entry in await engine.history(held_back.id)} == {
                "run created", "task finished", "run finished",
            }  # fmt: skip

    go(main())
    assert (work.most, work.begun) == (2, 10)


def test_who_has_waited_longest_comes_first() -> None:
    order: list[str] = []

    class Noting(Work):
        async def note(self, customer: str) -> None:
            order.append(customer)
            await self.work()

    flow = a_flow(
        {"work": a_task("note", takes=["customer"])}, values_class(customer=Any), task_limits=(Limit(1),), **CUSTOMER
    )
    world = World(flow, work := Noting(), worker=True)

    async def main() -> None:
        async with world.engine() as engine:
            for customer in "abcde":
                await engine.start(flow, customer=customer)
                await world.clock.settle()
            for _ in "abcde":
                work.let_end(1)
                await world.clock.settle()

    go(main())
    assert order == list("abcde")


def test_rounds_of_one_run_share_the_limit() -> None:
    world = World(items(7, Limit(3)), work := Work(), worker=True)

    async def main() -> None:
        async with world.engine() as engine:
            run = await engine.start(world.flow)
            for _ in range(7):
                await world.clock.settle()
                assert work.inside <= 3
                work.let_end(1)
            await run.result()

    go(main())
    assert (work.most, work.begun) == (3, 7)


def test_each_value_limits_tasks_apart() -> None:
    flow = two_tasks(Limit(1, each=lambda known: known.customer))
    world = World(flow, work := Work(), worker=True)

    async def main() -> None:
        async with world.engine() as engine:
            for customer in ("ada", "bob", "ada"):
                await engine.start(flow, customer=customer)
            await world.clock.settle()
            assert work.inside == 2
            work.let_end(6)
            await world.clock.settle()
            assert await statuses(engine) == ["finished"] * 3

    go(main())


def test_attempts_begin_at_the_rate() -> None:
    world = World(two_tasks(Limit(2, per=1.0), Limit(10)), work := Work(), worker=True)
    work.let_end(100)

    async def main() -> None:
        async with world.engine() as engine:
            for _ in range(3):
                await engine.start(world.flow)
            await world.clock.settle()
            seen = [work.begun]
            assert (await statuses(engine)).count("pending") >= 1
            for _ in range(3):
                await world.clock.move(1)
                seen.append(work.begun)
            assert seen == [2, 4, 6, 6]
            assert await statuses(engine) == ["finished"] * 3

    go(main())


def test_who_waits_for_another_attempt_keeps_nobody_from_working() -> None:
    failed: list[str] = []

    async def work(customer: str) -> None:
        if customer == "ada" and not failed:
            failed.append(customer)
            raise RuntimeError("again")

    handlers = type("Handlers", (), {"work": staticmethod(work)})()
    task = a_task("work", takes=["customer"], policy=Policy(retries=1, wait=60.0))
    flow = a_flow({"work": task}, values_class(customer=Any), task_limits=(Limit(1),), **CUSTOMER)
    world = World(flow, handlers, worker=True)

    async def main() -> None:
        async with world.engine() as engine:
            for customer in ("ada", "bob", "cleo"):
                await engine.start(flow, customer=customer)
            await world.clock.settle()
            assert await statuses(engine) == ["waiting", "finished", "finished"]
            await world.clock.move(60)
            assert await statuses(engine) == ["finished"] * 3

    go(main())


def test_a_group_that_fails_takes_back_what_its_branches_asked_for() -> None:
    async def work() -> None:
        raise RuntimeError("no")

    handlers = type("Handlers", (), {"work": staticmethod(work)})()
    world = World(items(5, Limit(1)), handlers, worker=True)

    async def main() -> None:
        async with world.engine() as engine:
            for _ in range(3):
                await engine.start(world.flow)
            await world.clock.settle()
            assert await statuses(engine) == ["failed"] * 3

    go(main())


def test_a_worker_that_dies_gives_its_places_up_with_its_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(two_tasks(Limit(1)), work := Work())

    async def nothing(*_: Any) -> None:
        """What a dead worker gives back does not arrive."""

    async def main() -> None:
        with monkeypatch.context() as dying:
            async with world.engine(worker=True, grace=0.0) as dead:
                await dead.start(world.flow)
                await world.clock.settle()
                dying.setattr(world.store, "release", nothing)
        assert work.begun == 1
        async with world.engine(worker=True) as engine:
            await engine.start(world.flow)
            await world.clock.move(9)
            assert (work.begun, await statuses(engine)) == (1, ["running", "pending"])
            await world.clock.move(3)
            assert work.begun == 2
            work.let_end(4)
            await world.clock.settle()
            assert await statuses(engine) == ["finished"] * 2

    go(main())
    assert work.most == 1


def test_a_paused_run_keeps_nobody_waiting() -> None:
    flow = two_tasks(Limit(1))
    world = World(flow, work := Work(), worker=True)

    async def main() -> None:
        async with world.engine(grace=0.0) as engine:
            held = [(await engine.start(flow)).id for _ in range(2)]
            await world.clock.settle()
        changed = {state: dataclasses.replace(step, digest="other") for state, step in flow.steps.items()}
        old, new = flow, dataclasses.replace(flow, steps=changed)
        world.flow = new
        async with world.engine(grace=0.0) as engine:
            await world.clock.settle()
            assert await statuses(engine) == ["paused"] * 2
            await engine.start(new)
            await world.clock.settle()
            assert work.inside == 1
        world.flow = old
        async with world.engine(grace=0.0) as engine:
            for id in held:
                await engine.resume(id)
            await world.clock.settle()
            assert work.inside <= 1
            work.let_end(9)
            await world.clock.settle()
            assert (await statuses(engine))[:2] == ["finished"] * 2

    go(main())
    assert work.most == 1


@pytest.mark.parametrize("flow", [two_tasks(Limit(3)), items(2, Limit(3))])
def test_workers_of_one_file_share_the_limit_of_tasks(flow: Flow[Any, Any], tmp_path: Path) -> None:
    work = Work()

    async def main() -> None:
        clock = HandClock()  # it stands still: however slow the machine is, no lease ends
        engines = [Engine(f"sqlite:///{tmp_path}/runs.db", clock=clock) for _ in range(3)]
        for engine in engines:
            engine.register(flow, work)
        async with engines[0], engines[1], engines[2]:
            runs = [await engine.start(flow) for engine in engines * 4]
            while work.begun < 24 or work.inside:
                await asyncio.sleep(0.005)
                work.let_end(work.inside)
            for run in runs:
                await run.result()

    go(main())
    assert (work.most, work.begun) == (3, 24)
