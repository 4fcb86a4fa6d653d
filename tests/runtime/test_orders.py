"""Orders that come close together: none is lost, none is obeyed twice, and none is obeyed that was taken back."""

from __future__ import annotations

import asyncio

import pytest

from tests.runtime.operated import BOOKED, BOOKING, PARENT, TAKEN_BACK, Make, Place, waiting_child, whats
from tests.runtime.support import go, until
from wgen.errors import NotAllowed
from wgen.runtime import Engine
from wgen.runtime.rows import Lease


async def pause_at_work(engine: Engine, run: str) -> None:
    """Pauses a run that is at work; its worker has heard of it when this returns."""
    await engine.pause(run)
    await until(lambda: engine.crew._executions[run].state.pausing)


async def until_finished(engine: Engine, place: Place, run: str, step: str) -> None:
    """Waits until a task has finished, and for what that leads to."""
    while ("task finished", step) not in [(entry.what, entry.step) for entry in await engine.history(run)]:  # noqa: ASYNC110 - a thread sets no event
        await asyncio.sleep(0.001)  # what a thread does takes real time
    await place.clock.settle()


def test_a_resume_takes_back_a_pause_that_is_not_complete_yet(make: Make) -> None:
    async def main() -> None:
        place = make("@Then do left\n@And do right\n@Then do the rest\n")
        left, right = asyncio.Event(), asyncio.Event()
        place.handlers.holds |= {"do_left": left, "do_right": right}
        async with place.opened(), place.engine(worker=True) as engine:
            run = (await engine.start(place.flows[0])).id
            await until(lambda: len(place.handlers.seen) == 2)
            await pause_at_work(engine, run)
            left.set()
            await until_finished(engine, place, run, "do_left")
            await engine.resume(run)
            right.set()
            await place.until(engine, run, "finished")
            assert "run paused" not in await whats(engine, run)

    go(main())


def test_what_a_pause_has_held_goes_on_when_it_is_taken_back(make: Make) -> None:
    text = """
@Together
    @Branch long
        @Then take long
    @Branch short
        @Then begin
        @Then go on
@End
"""

    async def main() -> None:
        place = make(text)
        long, begun = asyncio.Event(), asyncio.Event()
        place.handlers.holds |= {"take_long": long, "begin": begun}
        async with place.opened(), place.engine(worker=True) as engine:
            run = (await engine.start(place.flows[0])).id
            await until(lambda: place.handlers.seen == ["take_long", "begin"])
            await pause_at_work(engine, run)
            begun.set()
            await until_finished(engine, place, run, "begin")
            assert place.handlers.seen == ["take_long", "begin"]
            await engine.resume(run)
            await until(lambda: place.handlers.seen == ["take_long", "begin", "go_on"])
            long.set()
            await place.until(engine, run, "finished")

    go(main())


def test_pauses_that_piled_up_are_lifted_by_one_resume(make: Make) -> None:
    async def main() -> None:
        place = make(BOOKING)
        async with place.opened() as engine:
            run = (await engine.start(place.flows[0], trip="Rome")).id
            await place.store.claim(["booking"], place.clock.now(), Lease("dead", place.clock.now() + 10), 1)
            for _ in range(3):
                await engine.pause(run)
            await place.clock.move(11)
            await engine.pause(run)
            assert (await engine.view(run)).status == "paused"
            await engine.resume(run)
            assert (await engine.drive(run)).status == "waiting"

    go(main())


@pytest.mark.parametrize("bare", [True, False], ids=["without a worker", "by a worker"])
def test_a_pause_that_comes_after_a_resume_holds(make: Make, *, bare: bool) -> None:
    async def main() -> None:
        place = make(BOOKING)
        async with place.opened() as engine, place.engine(bare=True) as operator:
            run = (await engine.start(place.flows[0], trip="Rome")).id
            await place.store.claim(["booking"], place.clock.now(), Lease("dead", place.clock.now() + 10), 1)
            await operator.pause(run, reason="first")
            await operator.resume(run)
            await operator.pause(run, reason="second")
            await place.clock.move(11)
            await (operator.send(run, "approval", 1) if bare else engine.drive(run))
            if bare:
                await operator.pause(run, reason="third")
            assert (await engine.view(run)).status == "paused"
            assert (await engine.why(run)).because == "it was paused: second"
            await operator.resume(run)
            assert (await engine.drive(run)).status in ("waiting", "finished")

    go(main())


def test_a_pause_outlasts_the_failure_of_the_attempt_at_work(make: Make) -> None:
    async def main() -> None:
        place = make(BOOKING)
        place.handlers.fails = {"pay_for_trip"}
        place.handlers.holds["pay_for_trip"] = paid = asyncio.Event()
        async with place.opened(), place.engine(worker=True) as engine:
            run = (await engine.start(place.flows[0], trip="Rome")).id
            await place.until(engine, run, "waiting")
            await engine.send(run, "approval", 1)
            await until(lambda: "pay_for_trip" in place.handlers.seen)
            await pause_at_work(engine, run)
            paid.set()
            await place.until(engine, run, "paused")
            assert place.handlers.seen == [*BOOKED, "pay_for_trip"]
            await engine.resume(run)
            await place.until(engine, run, "failed")
            assert place.handlers.seen == [*BOOKED, "pay_for_trip", *TAKEN_BACK]

    go(main())


def test_a_pause_by_hand_counts_more_than_one_from_above(make: Make) -> None:
    async def main() -> None:
        place = make(PARENT)
        async with place.opened() as engine, place.engine(bare=True) as other:
            run, child = await waiting_child(engine, place)
            await other.pause(run)
            await other.pause(child, by="ann", reason="by hand")
            await other.resume(run)
            assert (await engine.view(child)).status == "paused"
            assert (await engine.why(child)).because == "it was paused by ann: by hand"

    go(main())


def test_a_retry_of_a_paused_run_goes_on_with_its_child(make: Make) -> None:
    async def main() -> None:
        place = make(PARENT)
        async with place.opened() as engine:
            run, child = await waiting_child(engine, place)
            await engine.pause(run)
            await engine.retry(run)
            await engine.tick()
            assert [r.id for r in await engine.runs(children=True)] == [child, run]
            assert {r.status for r in await engine.runs(children=True)} == {"waiting"}
            await engine.pause(run)
            await engine.retry(run, step="prepare")
            await engine.tick()
            assert (await engine.view(child)).status == "cancelled"
            assert sorted(place.handlers.seen) == ["begin", "begin", "prepare", "prepare", "take_back"]

    go(main())


def test_a_retry_from_later_is_refused_while_it_is_undone_too(make: Make) -> None:
    async def main() -> None:
        place = make(BOOKING)
        place.handlers.fails = {"pay_for_trip"}
        place.handlers.holds["cancel_the_hotel_for_trip"] = gone = asyncio.Event()
        async with place.opened(), place.engine(worker=True) as engine:
            run = (await engine.start(place.flows[0], trip="Rome")).id
            await place.until(engine, run, "waiting")
            await engine.send(run, "approval", 1)
            await until(lambda: "cancel_the_hotel_for_trip" in place.handlers.seen)
            await pause_at_work(engine, run)
            gone.set()
            await place.until(engine, run, "paused")
            with pytest.raises(NotAllowed, match="has undone what it did from 'book_a_flight_for_trip' on"):
                await engine.retry(run, step="pay_for_trip")

    go(main())


def test_what_an_open_run_may_have_to_undo_is_not_erased(make: Make) -> None:
    text = PARENT.replace("giving (answer)\n@Finish with (answer)", "\n@Receive (more)")
    text = text.replace("@Receive (news)\n@Finish with (news)\n", "")

    async def main() -> None:
        place = make(text)
        async with place.opened() as engine:
            run, child = await waiting_child(engine, place)
            assert (await engine.view(child)).status == "finished"
            with pytest.raises(NotAllowed, match=f"belongs to the run {run}, which is still waiting"):
                await engine.erase(child)
            await engine.cancel(run)
            await engine.drive(run)
            assert place.handlers.seen == ["prepare", "begin", "take_back", "clean_up"]
            await engine.erase(child)

    go(main())


def test_a_family_with_an_open_member_is_not_deleted(make: Make) -> None:
    async def main() -> None:
        place = make(PARENT)
        async with place.opened() as engine, place.engine() as other:
            run, child = await waiting_child(engine, place)
            await place.store.claim_run(child, place.clock.now(), Lease("elsewhere", place.clock.now() + 10))
            await other.cancel(run, undo=False)
            assert (await engine.view(run)).status == "cancelled"
            await place.clock.move(1)
            assert await engine.delete(ended_before=place.clock.now()) == 0
            await place.clock.move(10)
            await engine.tick()
            assert (await engine.view(child)).status == "cancelled"
            await place.clock.move(1)
            assert await engine.delete(ended_before=place.clock.now()) == 2

    go(main())
