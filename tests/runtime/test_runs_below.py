"""What happens to a run passes down to those that it has started."""

from __future__ import annotations

import pytest

from tests.runtime.operated import PARENT, Make, waiting_child
from tests.runtime.support import go


def test_pause_and_resume_pass_down(make: Make) -> None:
    async def main() -> None:
        place = make(PARENT)
        async with place.opened() as engine, place.engine(bare=True) as other:
            run, child = await waiting_child(engine, place)
            await other.pause(run)
            assert [r.status for r in await engine.runs(children=True)] == ["paused", "paused"]
            await engine.send(child, "news", 5)
            await engine.tick()
            assert (await engine.view(child)).status == "paused"
            await other.resume(run)
            await engine.tick()
            assert (await engine.view(run)).result == 5

    go(main())


def test_a_child_that_was_paused_by_hand_stays_so(make: Make) -> None:
    async def main() -> None:
        place = make(PARENT)
        async with place.opened() as engine:
            run, child = await waiting_child(engine, place)
            await engine.pause(child)
            await engine.pause(run)
            await engine.resume(run)
            await engine.tick()
            assert (await engine.view(child)).status == "paused"
            assert (await engine.view(run)).status == "waiting"

    go(main())


def test_cancel_passes_down_and_the_child_is_undone_first(make: Make) -> None:
    async def main() -> None:
        place = make(PARENT)
        async with place.opened() as engine:
            run, child = await waiting_child(engine, place)
            await engine.cancel(run)
            await engine.drive(run)
            assert [r.status for r in await engine.runs(children=True)] == ["cancelled", "cancelled"]
            assert place.handlers.seen == ["prepare", "begin", "take_back", "clean_up"]
            assert (await engine.history(child))[-1].what == "run cancelled"

    go(main())


def test_a_cancel_without_undo_passes_down_so(make: Make) -> None:
    async def main() -> None:
        place = make(PARENT)
        async with place.opened() as engine:
            run, _ = await waiting_child(engine, place)
            await engine.cancel(run, undo=False)
            await engine.tick()
            assert [r.status for r in await engine.runs(children=True)] == ["cancelled", "cancelled"]
            assert place.handlers.seen == ["prepare", "begin"]

    go(main())


def test_a_parents_time_limit_passes_down(make: Make) -> None:
    async def main() -> None:
        place = make(PARENT.replace("@Flow parent\n", "@Flow parent\n@Timeout flow after 1 hour\n"))
        async with place.opened() as engine:
            run, child = await waiting_child(engine, place)
            await place.clock.move(3601)
            await engine.tick()
            assert (await engine.view(run)).error["type"] == "FlowTimeout"  # type: ignore[index]
            assert [(await engine.view(r)).status for r in (run, child)] == ["failed", "cancelled"]
            assert place.handlers.seen == ["prepare", "begin", "take_back", "clean_up"]

    go(main())


FINISHED_CHILD = """
@Flow parent
@Then prepare
@Undo clean up
@Then run flow (child)
@Undo make up for the child
@Then run flow (child)
@Then fail

@Flow child
@Then run flow (grandchild)
@Then begin
@Undo take back

@Flow grandchild
@Then dig
@Undo fill up
"""


def test_the_steps_of_finished_children_are_undone(make: Make) -> None:
    async def main() -> None:
        place = make(FINISHED_CHILD)
        place.handlers.fails = {"fail", "fill_up"}
        async with place.opened() as engine:
            run = (await engine.start(place.flows[0])).id
            view = await engine.drive(run)
            assert view.status == "failed"
            did = ["dig", "begin"]
            undid = ["take_back", "fill_up"]
            assert place.handlers.seen == [
                "prepare", *did, *did, "fail", *undid, "make_up_for_the_child", *undid, "clean_up",
            ]  # fmt: skip
            assert view.error is not None
            assert [failed["step"] for failed in view.error["undo"]] == ["fill_up", "fill_up"]
            assert all(r.ended for r in await engine.runs(children=True))

    go(main())


def test_the_child_of_a_branch_that_lost_is_cancelled_and_undone(make: Make) -> None:
    text = """
@Flow race
@Together, first to finish wins
    @Branch slow
        @Then run flow (child)
    @Branch quick
        @Wait 1 minute
@End
@Then go on

@Flow child
@Then begin
@Undo take back
@Receive (news)
"""

    async def main() -> None:
        place = make(text)
        async with place.opened() as engine:
            run = (await engine.start(place.flows[0])).id
            await engine.tick()
            await place.clock.move(60)
            await engine.tick()
            assert (await engine.view(run)).status == "finished"
            assert place.handlers.seen == ["begin", "take_back", "go_on"]
            assert [r.status for r in await engine.runs(children=True)] == ["cancelled", "finished"]

    go(main())


def test_the_child_of_a_group_whose_failure_is_caught_is_cancelled(make: Make) -> None:
    text = """
@Flow caught
@Try
    @Together
        @Branch slow
            @Then run flow (child)
        @Branch wrong
            @Wait 1 minute
            @Fail because "no"
    @End
@On failure
    @Then go on
@End

@Flow child
@Receive (news)
"""

    async def main() -> None:
        place = make(text)
        async with place.opened() as engine:
            run = (await engine.start(place.flows[0])).id
            await engine.tick()
            await place.clock.move(60)
            await engine.tick()
            assert place.handlers.seen == ["go_on"]
            assert [r.status for r in await engine.runs(children=True)] == ["cancelled", "finished"]
            assert (await engine.view(run)).status == "finished"

    go(main())


@pytest.mark.parametrize("fails", [False, True])
def test_a_child_flow_takes_a_step_back(make: Make, fails: bool) -> None:
    text = """
@Flow parent
@Given (order)
@Then ship (order)
@Undo run flow (returning) using (order)
@Then fail

@Flow returning
@Given (order)
@Then fetch (order)
@Undo ship it again
@Then refund (order)
"""

    async def main() -> None:
        place = make(text)
        place.handlers.fails = {"fail"} | ({"refund_order"} if fails else set())
        async with place.opened() as engine:
            run = (await engine.start(place.flows[0], order=1)).id
            view = await engine.drive(run)
            assert view.status == "failed"
            assert view.error is not None
            again = ["ship_it_again"] if fails else []
            assert place.handlers.seen == ["ship_order", "fail", "fetch_order", "refund_order", *again]
            assert [failed["type"] for failed in view.error["undo"]] == (["LookupError"] if fails else [])

    go(main())
