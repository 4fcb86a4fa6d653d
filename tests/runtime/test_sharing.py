"""Engines of one process that share a store object hear of each other as if each had opened the store for itself."""

from __future__ import annotations

import asyncio

import pytest

from tests.runtime.operated import BOOKING, Make, booked
from tests.runtime.support import go, until
from wgen.errors import RunCancelled


def test_who_waits_for_the_end_of_a_run_that_another_engine_executes_hears_of_it(make: Make) -> None:
    async def main() -> None:
        place = make('@Then work giving (x)\n@Status "at work"\n@Receive (go)\n@Finish with (x)\n')
        place.handlers.gives["work"] = 7
        place.handlers.holds["work"] = asyncio.Event()
        async with place.opened(worker=True) as engine, place.engine(worker=True, bare=True) as other:
            run = await engine.start(place.flows[0])
            reached = asyncio.create_task(other.handle(run.id).reaches("at work"))
            ended = asyncio.create_task(other.handle(run.id).result())
            await asyncio.sleep(0)  # both wait
            place.handlers.holds["work"].set()
            await reached
            assert not ended.done()
            await other.send(run.id, "go")
            assert await ended == 7

    go(main())


def test_a_worker_hears_of_runs_that_another_engine_starts_and_of_what_operators_do(make: Make) -> None:
    async def main() -> None:
        place = make(BOOKING)
        async with place.opened() as engine, place.engine(worker=True) as other:
            run = await engine.start(place.flows[0], trip="Rome")
            await other.handle(run.id).view()
            assert (await place.until(other, run.id, "waiting")).steps == ["receive_approval"]
            ended = asyncio.create_task(other.handle(run.id).result())
            await asyncio.sleep(0)
            await engine.cancel(run.id, undo=False)
            with pytest.raises(RunCancelled):
                await ended

    go(main())


def test_an_engine_that_closes_leaves_its_runs_to_the_other(make: Make) -> None:
    async def main() -> None:
        place = make("@Then begin\n@Then work\n")
        place.handlers.holds["begin"] = asyncio.Event()
        async with place.opened(worker=True, grace=5) as engine:
            run = await engine.start(place.flows[0])
            await until(lambda: place.handlers.seen)
            async with place.engine(worker=True) as other:
                await place.clock.settle()  # it has looked, and found nothing to do
                closing = asyncio.create_task(engine.__aexit__(None, None, None))
                await asyncio.sleep(0)
                place.handlers.holds["begin"].set()
                await closing
                await other.handle(run.id).result()
                assert place.handlers.seen == ["begin", "work"]

    go(main())


def test_an_engine_alone_hears_nothing_of_itself(make: Make) -> None:
    async def main() -> None:
        place = make(BOOKING)
        async with place.opened() as engine:
            writes = engine.crew.around.writes
            run = await booked(engine, place)
            await engine.pause(run)
            assert not writes.by_others()
            async with place.engine() as other:
                await other.resume(run)
                assert writes.by_others()
                assert not writes.by_others()

    go(main())
