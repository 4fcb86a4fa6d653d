"""Time limits: of an attempt, of a wait, of the whole flow; and what a late handler can't do any more."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

from tests.runtime.support import Calls, World, go, one_task, until
from wgen.runtime import Policy


def test_an_async_attempt_is_cancelled_and_fails_on_time() -> None:
    ended: list[str] = []
    world = World(one_task(Policy(timeout=5.0)), None)

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")

    world.handlers = Calls(work=work)

    async def main() -> None:
        async with world.engine(worker=True) as engine:
            started = await engine.start(world.flow)
            await world.clock.move(4.9)
            assert (await started.view()).status == "running"
            await world.clock.move(0.1)
            view = await started.view()
            assert view.error is not None
            assert (view.error["type"], view.error["message"]) == ("TaskTimeout", "work took longer than 5 seconds")
            assert ended == ["cancelled"]

    go(main())


def test_an_attempt_in_time_keeps_its_result() -> None:
    world = World(one_task(Policy(timeout=5.0)), Calls(work=lambda: "quick"))

    async def main() -> None:
        async with world.engine() as engine:
            started = await engine.start(world.flow)
            await started.result()
            assert (await started.view()).values == {"answer": "quick"}

    go(main())


def test_a_handler_that_ignores_its_cancellation_changes_nothing_any_more() -> None:
    world = World(one_task(Policy(timeout=1.0)), None)

    async def main() -> None:
        release, count = asyncio.Event(), 0

        async def work() -> str:
            nonlocal count
            count += 1
            while not release.is_set():
                try:
                    await release.wait()
                except asyncio.CancelledError:
                    continue
            return "late"

        world.handlers = Calls(work=work)
        async with world.engine(worker=True) as engine:
            started = await engine.start(world.flow)
            await world.clock.move(1)
            assert (await started.view()).status == "failed"
            release.set()
            await world.clock.settle()
            assert (await started.view()).values == {}

    go(main())


def test_a_late_thread_holds_the_next_attempt_back() -> None:
    """The first attempt's thread hangs; the second begins when it has ended, and its late result is dropped."""
    world = World(one_task(Policy(timeout=1.0, retries=1, wait=1.0)), None)
    release, second = threading.Event(), threading.Event()
    seen: list[str] = []

    class Handlers:
        def work(self) -> str:
            if not seen:
                seen.append("first")
                release.wait(10)
                seen.append("first ended")
                return "late"
            seen.append("second")
            second.set()
            return "in time"

    world.handlers = Handlers()

    async def main() -> None:
        async with world.engine(worker=True) as engine:
            started = await engine.start(world.flow)
            await until(lambda: seen)
            await world.clock.move(1)
            assert (await started.view()).wake_at == world.clock.now() + 1
            await world.clock.move(1)
            assert seen == ["first"]
            release.set()
            await started.result()
            assert seen == ["first", "first ended", "second"]
            assert (await started.view()).values == {"answer": "in time"}

    go(main())


def test_a_thread_that_never_ends_holds_back_for_one_more_limit() -> None:
    world = World(one_task(Policy(timeout=2.0, retries=1, wait=0.0)), None)
    release = threading.Event()
    seen: list[float] = []

    class Handlers:
        def work(self) -> str:
            seen.append(world.clock.now())
            if len(seen) == 1:
                release.wait(10)
            return "in time"

    world.handlers = Handlers()

    async def main() -> None:
        begin = world.clock.now()
        async with world.engine(worker=True) as engine:
            started = await engine.start(world.flow)
            await until(lambda: seen)
            await world.clock.move(2)
            await world.clock.move(2)
            await started.result()
            assert [when - begin for when in seen] == [0, 4]
        release.set()

    go(main())


def test_def_handlers_do_not_block_the_loop() -> None:
    """Two handlers that wait for one another can only meet when both run outside of the loop."""
    meet = threading.Barrier(2, timeout=10)

    class Handlers:
        def work(self) -> Any:
            meet.wait()
            return threading.current_thread().name

    world = World(one_task(), Handlers())

    async def main() -> None:
        async with world.engine(worker=True) as engine:
            runs = [await engine.start(world.flow) for _ in range(2)]
            await asyncio.gather(*(run.result() for run in runs))
            names = {(await run.view()).values["answer"] for run in runs}
            assert len(names) == 2
            assert threading.current_thread().name not in names

    go(main())


def test_the_flow_has_a_time_limit() -> None:
    world = World(one_task(Policy(retries=9, wait=40.0)), None)

    def work() -> None:
        raise OSError

    world.handlers = Calls(work=work)
    world.flow = type(world.flow)(**{**_parts(world.flow), "timeout": 100.0})

    async def main() -> None:
        begin = world.clock.now()
        async with world.engine() as engine:
            id = (await engine.start(world.flow)).id
            due = await engine.tick()
            while due is not None:
                await world.clock.move(due - world.clock.now())
                due = await engine.tick()
            view = await engine.view(id)
            assert world.clock.now() == begin + 100
            assert view.error is not None
            assert (view.error["type"], view.error["step"]) == ("FlowTimeout", "work")

    go(main())


def test_the_flow_limit_ends_an_attempt_in_flight() -> None:
    world = World(one_task(), None)
    ended: list[str] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")

    world.handlers = Calls(work=work)
    world.flow = type(world.flow)(**{**_parts(world.flow), "timeout": 100.0})

    async def main() -> None:
        async with world.engine(worker=True) as engine:
            started = await engine.start(world.flow)
            await world.clock.move(100)
            assert (await started.view()).status == "failed"
            assert ended == ["cancelled"]

    go(main())


def _parts(flow: Any) -> dict[str, Any]:
    return {name: getattr(flow, name) for name in flow.__dataclass_fields__}
