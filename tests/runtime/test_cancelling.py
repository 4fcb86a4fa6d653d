"""A cancelled run stops what it does and takes back what it did."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from typing import Any

import pytest

from tests.runtime.operated import BOOKED, BOOKING, TAKEN_BACK, Make, booked, whats
from tests.runtime.support import go, until
from wgen.errors import NotAllowed, RunCancelled


def test_a_cancelled_run_undoes_what_it_did_in_reverse(make: Make) -> None:
    async def main() -> None:
        place = make(BOOKING)
        async with place.opened() as engine:
            handle = await engine.start(place.flows[0], trip="Rome", key="k")
            await engine.drive(handle.id)
            await engine.cancel(handle.id, by="ann", reason="ordered twice")
            view = await engine.view(handle.id)
            assert view.status == "cancelled"
            assert view.error == {
                "type": "RunCancelled",
                "message": "ordered twice",
                "step": "receive_approval",
                "flow_line": 8,
                "undo": [],
            }
            assert place.handlers.seen == BOOKED + TAKEN_BACK
            assert (await engine.history(handle.id))[-1][1:7] == (
                "run cancelled", "receive_approval", None, None, None, "ordered twice",
            )  # fmt: skip
            with pytest.raises(RunCancelled, match="ordered twice"):
                await handle.result()
            with pytest.raises(NotAllowed, match="is cancelled, there is nothing to cancel"):
                await engine.cancel(handle.id)
            assert (await engine.start(place.flows[0], trip="Rome", key="k")).created

    go(main())


def test_a_run_can_be_cancelled_without_undoing(make: Make) -> None:
    async def main() -> None:
        place = make(BOOKING)
        async with place.opened() as engine:
            run = await booked(engine, place)
            await engine.send(run, "approval", False, id="e")
            run = await booked(engine, place)
            await engine.cancel(run, undo=False)
            view = await engine.view(run)
            assert (view.status, view.steps, view.waiting_for) == ("cancelled", [], [])
            assert not set(place.handlers.seen) & set(TAKEN_BACK)

    go(main())


def test_without_the_flows_code_a_run_with_undos_waits_for_a_worker(make: Make) -> None:
    async def main() -> None:
        place = make(BOOKING)
        async with place.opened() as engine:
            run = await booked(engine, place)
            async with place.engine(bare=True) as other:
                await other.cancel(run, reason="late")
                view = await other.view(run)
                assert (view.status, view.error and view.error["message"]) == ("undoing", "late")
                assert (await other.why(run)).because == "it has been told what to do, and no worker has done it yet"
            await engine.tick()
            assert (await engine.view(run)).status == "cancelled"
            assert place.handlers.seen == BOOKED + TAKEN_BACK

    go(main())


def test_without_the_flows_code_a_run_with_nothing_to_undo_is_cancelled_at_once(make: Make) -> None:
    async def main() -> None:
        place = make("@Receive (approval)\n@Then act on (approval)\n")
        async with place.opened() as engine:
            run = (await engine.start(place.flows[0])).id
            await engine.drive(run)
            async with place.engine(bare=True) as other:
                await other.send(run, "approval", 1, id="kept")
                await other.cancel(run)
                assert (await other.view(run)).status == "cancelled"
                assert "event dropped" in await whats(other, run)

    go(main())


def test_cancelling_stops_an_async_attempt_and_does_not_undo_it(make: Make) -> None:
    async def main() -> None:
        place = make(BOOKING)
        place.handlers.holds["book_a_hotel_for_trip"] = asyncio.Event()
        async with place.opened(), place.engine(worker=True) as engine:
            run = (await engine.start(place.flows[0], trip="Rome")).id
            await place.clock.settle()
            assert place.handlers.seen == BOOKED
            await engine.cancel(run)
            await place.until(engine, run, "cancelled")
            assert place.handlers.stopped == ["book_a_hotel_for_trip"]
            assert place.handlers.seen == [*BOOKED, "cancel_the_flight_for_trip"]

    go(main())


def test_what_a_thread_is_doing_is_undone_as_if_it_had_finished(make: Make) -> None:
    go_on = threading.Event()
    seen: list[str] = []

    class Handlers:
        def book_a_flight_for_trip(self, *, trip: str) -> None:
            seen.append(f"flight to {trip}")
            go_on.wait(10)

        def cancel_the_flight_for_trip(self, *, trip: str) -> None:
            seen.append(f"no flight to {trip}")

        def __getattr__(self, name: str) -> Any:
            return lambda **_: seen.append(name)

    async def main() -> None:
        place = make(BOOKING, Handlers())
        async with place.opened(), place.engine(worker=True) as engine:
            run = (await engine.start(place.flows[0], trip="Rome")).id
            await until(lambda: seen)
            await engine.cancel(run)
            await place.until(engine, run, "cancelled")
            assert seen == ["flight to Rome", "no flight to Rome"]
            go_on.set()

    try:
        go(main())
    finally:
        go_on.set()


def test_a_handler_that_does_not_let_itself_be_cancelled_changes_nothing_any_more(make: Make) -> None:
    async def main() -> None:
        place = make(BOOKING)
        stubborn = asyncio.Event()

        async def book(**_: Any) -> None:
            with suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
            stubborn.set()

        place.handlers.__dict__["book_a_flight_for_trip"] = book
        async with place.opened(), place.engine(worker=True) as engine:
            run = (await engine.start(place.flows[0], trip="Rome")).id
            await place.clock.settle()
            await engine.cancel(run)
            await place.until(engine, run, "cancelled")
            await stubborn.wait()
            await place.clock.settle()
            assert "task finished" not in await whats(engine, run)
            assert place.handlers.seen == []

    go(main())


def test_a_paused_run_can_be_cancelled(make: Make) -> None:
    async def main() -> None:
        place = make(BOOKING)
        async with place.opened() as engine:
            run = await booked(engine, place)
            await engine.pause(run)
            await engine.cancel(run)
            assert (await engine.view(run)).status == "cancelled"
            assert place.handlers.seen == BOOKED + TAKEN_BACK

    go(main())


def test_undos_that_fail_are_named_and_the_run_is_cancelled_all_the_same(make: Make) -> None:
    async def main() -> None:
        place = make(BOOKING)
        place.handlers.fails = {"cancel_the_hotel_for_trip"}
        async with place.opened() as engine:
            run = await booked(engine, place)
            await engine.cancel(run)
            view = await engine.view(run)
            assert (view.status, view.error and view.error["undo"]) == (
                "cancelled",
                [
                    {
                        "step": "cancel_the_hotel_for_trip",
                        "type": "LookupError",
                        "message": "cancel_the_hotel_for_trip does not work",
                    }
                ],
            )

    go(main())


def test_a_pause_while_undoing_goes_on_with_the_undoing(make: Make) -> None:
    async def main() -> None:
        place = make(BOOKING)
        place.handlers.holds["cancel_the_hotel_for_trip"] = gone = asyncio.Event()
        async with place.opened(), place.engine(worker=True) as engine:
            run = (await engine.start(place.flows[0], trip="Rome")).id
            await place.until(engine, run, "waiting")
            await engine.cancel(run, reason="late")
            await place.clock.settle()
            await engine.pause(run)
            gone.set()
            await place.until(engine, run, "paused")
            assert place.handlers.seen == [*BOOKED, "cancel_the_hotel_for_trip"]
            await engine.resume(run)
            view = await place.until(engine, run, "cancelled")
            assert view.error is not None
            assert view.error["message"] == "late"
            assert place.handlers.seen == BOOKED + TAKEN_BACK

    go(main())
