"""Whoever observes an engine is told all that happens to a run there, also while nobody executes it."""

from __future__ import annotations

import pytest

from tests.runtime.operated import BOOKING, PARENT, Make, booked, waiting_child
from tests.runtime.support import go
from wgen.runtime import Entry


@pytest.mark.parametrize("bare", [False, True])
def test_what_operators_do_is_told_with_and_without_the_code(make: Make, bare: bool) -> None:
    seen: list[Entry] = []

    async def main() -> None:
        place = make(BOOKING)
        place.handlers.fails = {"pay_for_trip"}
        async with place.opened(observe=seen.append) as engine, place.engine(bare=bare, observe=seen.append) as other:
            run = await booked(engine, place)
            await other.pause(run, by="ann")
            await other.set(run, "trip", "Oslo", by="ann")
            await other.resume(run, by="ann", reason="well")
            await other.send(run, "approval", 1)
            await engine.drive(run)
            await other.retry(run, by="ann")
            await engine.drive(run)
            await other.cancel(run, by="ann", undo=False)
            assert [str(entry.what) for entry in seen if entry.by == "ann"] == [
                "pause asked", "run paused", "value changed", "run resumed", "run retried",
                "cancel asked", "run cancelled",
            ]  # fmt: skip
            assert await engine.history(run) == seen
            await other.erase(run, by="ann")
            assert (await engine.history(run))[-1] == seen[-1]

    go(main())


def test_what_passes_down_to_a_child_is_told(make: Make) -> None:
    seen: list[Entry] = []

    async def main() -> None:
        place = make(PARENT)
        async with place.opened() as engine, place.engine(bare=True, observe=seen.append) as other:
            run, child = await waiting_child(engine, place)
            await other.pause(run)
            await other.resume(run)
            await other.pause(child)
            told = [(str(entry.what), entry.by) for entry in seen]
            above = f"run {run}"
            assert told == [
                ("pause asked", None), ("run paused", None), ("run paused", above),
                ("run resumed", None), ("run resumed", above), ("pause asked", None), ("run paused", None),
            ]  # fmt: skip

    go(main())
