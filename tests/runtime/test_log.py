"""The log tells of runs with their ids and steps, and shows the user's code where that failed; hooks hear of ends."""

from __future__ import annotations

import asyncio
import logging

import pytest

from tests.compiled import compiled
from tests.runtime.operated import Make, Noting
from tests.runtime.support import Calls, World, go, one_task
from wgen.errors import RunCancelled
from wgen.runtime import Engine, RunView


def test_the_log_shows_the_users_frames_only(caplog: pytest.LogCaptureFixture) -> None:
    def work() -> None:
        raise ZeroDivisionError("here")

    async def main() -> None:
        world = World(one_task(), Calls(work=work))
        async with world.engine() as engine:
            await engine.drive((await engine.start(world.flow)).id)

    with caplog.at_level(logging.ERROR, logger="wgen"):
        go(main())
    (record,) = caplog.records
    assert record.exc_info is not None
    text = caplog.text
    assert "ZeroDivisionError: here" in text
    assert 'in work\n    raise ZeroDivisionError("here")' in text
    assert "wgen/runtime" not in text.replace("tests/runtime", "")


BOOK = """
@Given (trip)
@Retry each task once
@Retry wait period is 1 second
@Then book (trip)
@Undo cancel (trip)
@Receive (news)
@Then pay for (trip)
"""


AT = [f"2026-01-01T00:00:0{second}.000Z" for second in range(3)]


def test_records_carry_the_run_and_the_step(caplog: pytest.LogCaptureFixture, make: Make) -> None:
    async def main() -> str:
        place = make(BOOK)
        place.handlers.fails = {"pay_for_trip", "cancel_trip"}
        async with place.opened() as engine:
            run = (await engine.start(place.flows[0], trip="Rome")).id
            await engine.drive(run)
            await engine.send(run, "news", 1)
            await place.clock.move(1)
            await engine.tick()
            await place.clock.move(1)
            await engine.tick()
            assert (await engine.view(run)).status == "failed"
            return run

    with caplog.at_level(logging.INFO, logger="wgen"):
        run = go(main())
    told = [(r.levelname, r.message.removeprefix(f'run {run} of "written"'), r.step) for r in caplog.records]  # type: ignore[attr-defined]
    assert {(r.run, r.flow) for r in caplog.records} == {(run, "written")}  # type: ignore[attr-defined]
    assert [entry for entry in told if "failed" in entry[1] and entry[0] != "ERROR"][::2] == [
        (
            "INFO",
            ": attempt failed at pay_for_trip: LookupError: pay_for_trip does not work; next attempt at " + AT[1],
            "pay_for_trip",
        ),
        (
            "INFO",
            ": attempt failed at cancel_trip: LookupError: cancel_trip does not work; next attempt at " + AT[2],
            "cancel_trip",
        ),
        ("WARNING", ": undo failed at cancel_trip: LookupError: cancel_trip does not work", "cancel_trip"),
    ]
    assert told[-1][1:] == (": run failed at pay_for_trip: LookupError: pay_for_trip does not work", "pay_for_trip")


def test_a_step_that_goes_well_is_not_logged(caplog: pytest.LogCaptureFixture, make: Make) -> None:
    async def main() -> None:
        place = make("@Then work\n@Then rest\n")
        async with place.opened() as engine:
            await engine.drive((await engine.start(place.flows[0])).id)

    with caplog.at_level(logging.DEBUG, logger="wgen"):
        go(main())
    assert [record.message.rpartition(": ")[2] for record in caplog.records] == ["run finished"]


@pytest.mark.parametrize("is_async", [False, True])
def test_a_hook_hears_of_each_end_and_of_pauses(is_async: bool, caplog: pytest.LogCaptureFixture) -> None:
    ended: list[tuple[str, str]] = []

    def note(run: RunView) -> None:
        ended.append((run.id, run.status))
        if run.status == "cancelled":
            raise ValueError("the hook is broken")

    async def note_later(run: RunView) -> None:
        await asyncio.sleep(0)
        note(run)

    async def main() -> None:
        (flow,) = compiled(BOOK)
        handlers = Noting()
        async with Engine("memory://", on_end=note_later if is_async else note) as engine:
            engine.register(flow, handlers)
            first = (await engine.start(flow, trip="Rome")).id
            await engine.send(first, "news", 1)
            await engine.handle(first).result()
            second = (await engine.start(flow, trip="Rome")).id
            await asyncio.sleep(0.05)
            await engine.cancel(second)
            with pytest.raises(RunCancelled):
                await engine.handle(second).result()
        assert ended == [(first, "finished"), (second, "cancelled")]
        assert "the hook is broken" in caplog.text

    go(main())
