"""A hook hears of each run that has ended or stands still, once, whoever brought that about, at work or not."""

from __future__ import annotations

import asyncio

import pytest

from tests.runtime.operated import BOOKED, BOOKING, PARENT, Make, booked, waiting_child
from tests.runtime.support import go
from wgen.runtime import RunView

WAITING = "@Then begin\n@Receive (news)\n@Then go on\n"


class Heard:
    """What the hook was told: the runs with their statuses, in order."""

    def __init__(self) -> None:
        self.runs: list[tuple[str, str]] = []

    def __call__(self, run: RunView) -> None:
        self.runs.append((run.id, run.status))

    async def all(self) -> list[tuple[str, str]]:
        """What was told since the last time; the hook is called a turn of the loop later."""
        for _ in range(3):
            await asyncio.sleep(0)
        told, self.runs = self.runs, []
        return told


@pytest.mark.parametrize("bare", [False, True])
def test_a_run_that_nobody_executes_is_heard_of(bare: bool, make: Make) -> None:
    async def main() -> None:
        place, heard = make(WAITING), Heard()
        async with place.opened() as other, place.engine(bare=bare, on_end=heard) as engine:
            run = (await other.start(place.flows[0])).id
            await other.drive(run)
            assert await heard.all() == []
            await engine.pause(run)
            await engine.pause(run)
            assert await heard.all() == [(run, "paused")]
            await engine.resume(run)
            assert await heard.all() == []
            await engine.cancel(run)
            assert await heard.all() == [(run, "cancelled")]

    go(main())


def test_children_are_heard_of(make: Make) -> None:
    async def main() -> None:
        place, heard = make(PARENT), Heard()
        async with place.opened(on_end=heard) as engine:
            run, child = await waiting_child(engine, place)
            await engine.pause(run)
            assert sorted(await heard.all()) == [(run, "paused"), (child, "paused")]
            await engine.resume(run)
            await engine.tick()
            await engine.cancel(run)
            await engine.tick()
            assert sorted(await heard.all()) == [(run, "cancelled"), (child, "cancelled")]

    go(main())


def test_a_cancelled_run_is_heard_of_when_it_is_undone(make: Make) -> None:
    async def main() -> None:
        place, heard = make(BOOKING), Heard()
        async with place.opened() as other, place.engine(bare=True, on_end=heard) as engine:
            run = await booked(other, place)
            assert place.handlers.seen == BOOKED
            await engine.cancel(run)
            assert await heard.all() == []  # it is undone by whoever has its code, and heard of there

        place.handlers.seen.clear()
        async with place.opened(on_end=heard) as engine:
            run = await booked(engine, place)
            await engine.cancel(run)
            assert await heard.all() == [(run, "cancelled")]

    go(main())


def test_what_a_paused_run_is_told_is_no_second_pause(make: Make) -> None:
    """An order that changes nothing has the run claimed and let go as it was."""

    async def main() -> None:
        place, heard = make(PARENT), Heard()
        async with place.opened(on_end=heard) as engine:
            run, child = await waiting_child(engine, place)
            await engine.pause(child)
            assert await heard.all() == [(child, "paused")]
            await engine.pause(run)
            await engine.resume(run)
            await engine.tick()
            assert (await engine.view(child)).status == "paused"
            assert await heard.all() == [(run, "paused")]

    go(main())


def test_failures_and_retries_are_heard_of_each_time(make: Make) -> None:
    async def main() -> None:
        place, heard = make("@Then work\n"), Heard()
        place.handlers.fails = {"work"}
        async with place.opened(on_end=heard) as engine:
            run = (await engine.start(place.flows[0])).id
            await engine.drive(run)
            await engine.retry(run)
            place.handlers.fails.clear()
            await engine.retry(run)
            assert await heard.all() == [(run, "failed"), (run, "failed"), (run, "finished")]

    go(main())
