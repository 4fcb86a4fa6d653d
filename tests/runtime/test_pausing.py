"""A paused run stands still, keeps its events, and goes on when it is resumed."""

from __future__ import annotations

import asyncio

from tests.runtime.operated import BOOKED, BOOKING, Make, booked, whats
from tests.runtime.support import go
from wgen.runtime.rows import Lease


def test_a_paused_run_keeps_its_events_and_goes_on_when_it_is_resumed(make: Make) -> None:
    async def main() -> None:
        place = make(BOOKING)
        async with place.opened() as engine:
            run = await booked(engine, place)
            await engine.pause(run, by="ann", reason="the bank is closed")
            view = await engine.view(run)
            assert (view.status, view.error) == ("paused", None)
            await engine.send(run, "approval", True)
            assert await engine.tick() is None
            assert (await engine.view(run)).status == "paused"
            assert place.handlers.seen == BOOKED
            await engine.resume(run, by="ann")
            assert (await engine.view(run)).status == "finished"
            told = [(e.what, e.by, e.reason) for e in await engine.history(run) if e.by]
            assert told == [
                ("pause asked", "ann", "the bank is closed"),
                ("run paused", "ann", "the bank is closed"),
                ("run resumed", "ann", None),
            ]

    go(main())


def test_a_pause_lets_the_attempt_at_work_finish_and_starts_nothing_more(make: Make) -> None:
    async def main() -> None:
        place = make(BOOKING)
        place.handlers.holds["book_a_flight_for_trip"] = landed = asyncio.Event()
        async with place.opened(), place.engine(worker=True) as engine:
            run = (await engine.start(place.flows[0], trip="Rome")).id
            await place.clock.settle()
            await engine.pause(run)
            await place.clock.settle()
            assert (await engine.view(run)).status == "running"
            landed.set()
            view = await place.until(engine, run, "paused")
            assert view.steps == ["book_a_hotel_for_trip"]
            assert place.handlers.seen == ["book_a_flight_for_trip"]
            assert "task finished" in await whats(engine, run)
            await engine.resume(run)
            await place.until(engine, run, "waiting")
            assert place.handlers.seen == BOOKED

    go(main())


def test_a_pause_in_a_group_waits_for_all_attempts(make: Make) -> None:
    async def main() -> None:
        place = make("@Then do left\n@And do right\n@Then do the rest\n")
        left, right = place.handlers.holds.setdefault("do_left", asyncio.Event()), asyncio.Event()
        place.handlers.holds["do_right"] = right
        async with place.opened(), place.engine(worker=True) as engine:
            run = (await engine.start(place.flows[0])).id
            await place.clock.settle()
            await engine.pause(run)
            left.set()
            await place.clock.settle()
            assert (await engine.view(run)).status == "running"
            right.set()
            assert (await place.until(engine, run, "paused")).steps == ["do_the_rest"]
            await engine.resume(run)
            await place.until(engine, run, "finished")
            assert sorted(place.handlers.seen) == ["do_left", "do_right", "do_the_rest"]

    go(main())


def test_another_engines_run_is_paused_at_its_next_heartbeat(make: Make) -> None:
    async def main() -> None:
        place = make(BOOKING)
        place.handlers.holds["book_a_flight_for_trip"] = landed = asyncio.Event()
        async with place.opened(), place.engine(worker=True) as worker, place.engine(bare=True) as other:
            run = (await worker.start(place.flows[0], trip="Rome")).id
            await place.clock.settle()
            await other.pause(run)
            await place.clock.move(4)
            landed.set()
            assert (await place.until(other, run, "paused")).steps == ["book_a_hotel_for_trip"]

    go(main())


def test_a_pause_is_no_less_for_a_crash(make: Make) -> None:
    """The worker dies between the order and the end of its attempt: whoever takes the run over pauses it."""

    async def main() -> None:
        place = make(BOOKING)
        async with place.opened() as engine:
            run = (await engine.start(place.flows[0], trip="Rome")).id
            dead = Lease("dead", place.clock.now() + 10)
            assert len(await place.store.claim(["booking"], place.clock.now(), dead, 1)) == 1
            await engine.pause(run)
            assert (await engine.view(run)).status == "running"
            await place.clock.move(11)
            await engine.tick()
            assert (await engine.view(run)).status == "paused"
            assert place.handlers.seen == []

    go(main())


def test_a_run_behind_a_limit_can_be_paused_and_cancelled(make: Make) -> None:
    async def main() -> None:
        place = make("@Limit flow to 1 at a time\n@Receive (news)\n@Then act on (news)\n")
        async with place.opened() as engine:
            first, second, third = [(await engine.start(place.flows[0])).id for _ in range(3)]
            await engine.tick()
            await engine.pause(second)
            await engine.cancel(third)
            assert [(await engine.view(r)).status for r in (first, second, third)] == ["waiting", "paused", "cancelled"]
            await engine.send(first, "news", 1)
            await engine.tick()
            assert (await engine.view(second)).status == "paused"
            await engine.resume(second)
            await engine.send(second, "news", 1)
            assert (await engine.view(second)).status == "finished"

    go(main())


def test_a_run_behind_a_limit_that_is_resumed_waits_for_its_turn(make: Make) -> None:
    async def main() -> None:
        place = make("@Limit flow to 1 at a time\n@Receive (news)\n@Then act on (news)\n")
        async with place.opened() as engine:
            first, second = [(await engine.start(place.flows[0])).id for _ in range(2)]
            await engine.tick()
            await engine.pause(second)
            await engine.resume(second)
            await engine.tick()
            assert (await engine.view(second)).status == "pending"
            await engine.send(first, "news", 1)
            await engine.tick()
            assert (await engine.view(second)).status == "waiting"

    go(main())


LIMITED = """
@Flow other
@Given (n)
@Receive (go)

@Flow limited
@Given (n)
@Limit flow to 1 at a time
@Then work on (n)
@Receive (go)
"""


def test_a_resumed_run_waits_for_its_turn_only_where_others_are_inside(make: Make) -> None:
    async def main() -> None:
        place = make(LIMITED)
        async with place.opened() as engine:
            other, limited = place.flows
            place.handlers.fails.add("work_on_n")
            failed = await engine.start(limited, n=1)
            assert (await engine.drive(failed.id)).status == "failed"
            place.handlers.fails.clear()
            await engine.start(other, n=1)
            runs = [(await engine.start(limited, n=n)).id for n in (1, 2, 3)]
            for run in runs:
                await engine.pause(run)
            for run in runs:
                await engine.resume(run)
            await engine.tick()
            assert [(await engine.view(run)).status for run in runs] == ["waiting", "pending", "pending"]
            for run in runs:
                await engine.send(run, "go", None)
                await engine.tick()
            assert [(await engine.view(run)).status for run in runs] == ["finished"] * 3

    go(main())
