"""A failed run is begun anew where it failed, where its undos began, or at a step that is named."""

from __future__ import annotations

import pytest

from tests.runtime.operated import BOOKED, BOOKING, PLAIN, TAKEN_BACK, Make, booked
from tests.runtime.support import go
from wgen.errors import NotAllowed, RunIsOpen


def test_a_failed_run_is_retried_where_it_failed(make: Make) -> None:
    async def main() -> None:
        place = make(PLAIN)
        place.handlers.fails = {"charge_order"}
        async with place.opened() as engine:
            run = (await engine.start(place.flows[0], order=1)).id
            assert (await engine.drive(run)).status == "failed"
            place.handlers.fails.clear()
            place.handlers.gives["charge_order"] = 7
            await engine.retry(run, by="ann", reason="the bank is back")
            view = await engine.view(run)
            assert (view.status, view.result, view.error) == ("finished", 7, None)
            assert place.handlers.seen == ["check_order", "charge_order", "charge_order"]
            retried = next(e for e in await engine.history(run) if e.what == "run retried")
            assert (retried.step, retried.by, retried.reason) == ("charge_order", "ann", "the bank is back")
            with pytest.raises(NotAllowed, match="is finished; only a failed or paused run can be retried"):
                await engine.retry(run)

    go(main())


def test_a_retry_can_begin_at_a_named_step(make: Make) -> None:
    async def main() -> None:
        place = make(PLAIN)
        place.handlers.fails = {"charge_order"}
        async with place.opened() as engine, place.engine(bare=True) as other:
            run = (await engine.start(place.flows[0], order=1)).id
            await engine.drive(run)
            with pytest.raises(NotAllowed, match=r"has no step 'chek_order'; did you mean 'check_order'\?"):
                await other.retry(run, step="chek_order")
            place.handlers.fails.clear()
            await other.retry(run, step="check_order")
            assert (await other.view(run)).status == "pending"
            await engine.tick()
            assert (await engine.view(run)).status == "finished"
            assert place.handlers.seen == ["check_order", "charge_order", "check_order", "charge_order"]

    go(main())


def test_a_retry_of_a_run_that_was_undone_begins_at_the_first_undone_step(make: Make) -> None:
    async def main() -> None:
        place = make(BOOKING)
        place.handlers.fails = {"pay_for_trip"}
        async with place.opened() as engine:
            run = await booked(engine, place)
            await engine.send(run, "approval", True)
            assert (await engine.view(run)).status == "failed"
            place.handlers.seen.clear()
            place.handlers.fails.clear()
            with pytest.raises(NotAllowed, match="has undone what it did from 'book_a_flight_for_trip' on"):
                await engine.retry(run, step="pay_for_trip")
            await engine.retry(run)
            assert (await engine.view(run)).steps == ["receive_approval"]
            assert place.handlers.seen == BOOKED
            await engine.cancel(run)
            assert place.handlers.seen == BOOKED + TAKEN_BACK

    go(main())


def test_a_retry_can_be_forced_past_what_was_undone(make: Make) -> None:
    async def main() -> None:
        place = make(BOOKING)
        place.handlers.fails = {"pay_for_trip"}
        async with place.opened() as engine:
            run = await booked(engine, place)
            await engine.send(run, "approval", True)
            place.handlers.fails.clear()
            await engine.retry(run, step="pay_for_trip", force=True)
            assert (await engine.view(run)).status == "finished"

    go(main())


GROUP = """
@Given (items) as list of str
@Together
    @Branch left
        @Then do left
    @Branch right
        @Then do right
@End
@For each (item) in (items), all at once
    @Then pack (item)
@End
@For each (item) in (items)
    @Then send (item)
@End
"""


@pytest.mark.parametrize(
    ("failing", "again"),
    [
        ("do_right", ["do_right", "pack_item", "pack_item", "send_item", "send_item"]),
        ("pack_item", ["pack_item", "pack_item", "send_item", "send_item"]),
        ("send_item", ["send_item", "send_item"]),
    ],
)
def test_a_retry_in_a_group_or_loop_repeats_only_what_failed(make: Make, failing: str, again: list[str]) -> None:
    async def main() -> None:
        place = make(GROUP)
        place.handlers.fails = {failing}
        async with place.opened() as engine:
            run = (await engine.start(place.flows[0], items=["a", "b"])).id
            assert (await engine.drive(run)).status == "failed"
            place.handlers.seen.clear()
            place.handlers.fails.clear()
            await engine.retry(run)
            assert (await engine.view(run)).status == "finished"
            assert place.handlers.seen == again

    go(main())


def test_a_retry_can_not_begin_inside_of_a_block(make: Make) -> None:
    async def main() -> None:
        place = make(GROUP)
        place.handlers.fails = {"send_item"}
        async with place.opened() as engine:
            run = (await engine.start(place.flows[0], items=["a"])).id
            await engine.drive(run)
            for inside, block in (
                ("do_left", "together"),
                ("pack_item", "for_each_item"),
                ("send_item", "for_each_item_2"),
            ):
                with pytest.raises(NotAllowed, match=rf"the step '{inside}' lies within '{block}'"):
                    await engine.retry(run, step=inside)

    go(main())


def test_a_retry_repeats_a_background_task_that_failed(make: Make) -> None:
    async def main() -> None:
        place = make("@Meanwhile fetch the report giving (report)\n@Then do something else\n@Then print (report)\n")
        place.handlers.fails = {"fetch_the_report"}
        async with place.opened() as engine:
            run = (await engine.start(place.flows[0])).id
            assert (await engine.drive(run)).status == "failed"
            place.handlers.fails.clear()
            place.handlers.gives["fetch_the_report"] = "text"
            place.handlers.seen.clear()
            await engine.retry(run)
            assert (await engine.view(run)).status == "finished"
            assert place.handlers.seen == ["fetch_the_report", "print_report"]

    go(main())


def test_a_retry_repeats_a_background_task_that_is_joined_at_the_end(make: Make) -> None:
    async def main() -> None:
        place = make("@Meanwhile fetch the report\n@Then do something else\n")
        place.handlers.fails = {"fetch_the_report"}
        async with place.opened() as engine:
            run = (await engine.start(place.flows[0])).id
            assert (await engine.drive(run)).status == "failed"
            place.handlers.fails.clear()
            await engine.retry(run)
            assert (await engine.view(run)).status == "finished"
            assert place.handlers.seen == ["fetch_the_report", "do_something_else", "fetch_the_report"]

    go(main())


def test_a_task_waits_for_what_is_kept_for_its_undo(make: Make) -> None:
    async def main() -> None:
        place = make(
            "@Meanwhile ask giving (price) as int\n@Then book\n@Undo cancel it for (price)\n@Receive (approval)\n"
        )
        place.handlers.gives["ask"] = 7
        place.handlers.fails = {"ask"}
        async with place.opened() as engine:
            run = (await engine.start(place.flows[0])).id
            assert (await engine.drive(run)).status == "failed"
            assert place.handlers.seen == ["ask"]
            place.handlers.fails.clear()
            await engine.retry(run)
            assert (await engine.view(run)).status == "waiting"
            await engine.cancel(run)
            await engine.drive(run)
            assert place.handlers.seen == ["ask", "ask", "book", "cancel_it_for_price"]

    go(main())


def test_a_wait_that_timed_out_begins_anew(make: Make) -> None:
    async def main() -> None:
        place = make("@Receive (approval), or fail after 1 hour\n@Then act on (approval)\n")
        async with place.opened() as engine:
            run = (await engine.start(place.flows[0])).id
            await engine.tick()
            await place.clock.move(3600)
            await engine.tick()
            assert (await engine.view(run)).status == "failed"
            await engine.retry(run)
            view = await engine.view(run)
            assert (view.status, view.wake_at) == ("waiting", place.clock.now() + 3600)
            await engine.send(run, "approval", 1)
            assert (await engine.view(run)).status == "finished"

    go(main())


def test_a_retry_is_refused_while_another_run_has_the_key(make: Make) -> None:
    async def main() -> None:
        place = make(PLAIN)
        place.handlers.fails = {"charge_order"}
        async with place.opened() as engine:
            run = (await engine.start(place.flows[0], order=1, key="k")).id
            await engine.drive(run)
            other = (await engine.start(place.flows[0], order=1, key="k")).id
            with pytest.raises(RunIsOpen):
                await engine.retry(run)
            assert (await engine.view(run)).status == "failed"
            await engine.drive(other)
            await engine.retry(run)
            assert (await engine.view(run)).error is not None

    go(main())
