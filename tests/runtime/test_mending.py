"""Operators change values, erase personal data, and delete old runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.runtime.operated import BOOKING, PARENT, PLAIN, Make
from tests.runtime.support import go
from wgen.errors import InputError, NoSuchRun, NotAllowed

if TYPE_CHECKING:
    from collections.abc import Collection

    from wgen.runtime.rows import RunRow

RETRIED = """
@Flow parent
@Then run flow (child) giving (news)
@Then charge (news)

@Flow child
@Then look around giving (news)
@Finish with (news)
"""


@pytest.mark.parametrize("bare", [False, True])
def test_a_value_can_be_mended_and_the_history_tells(make: Make, bare: bool) -> None:
    async def main() -> None:
        place = make("@Given (order size) as int\n@Then charge (order size) giving (receipt)\n@Finish with (receipt)\n")
        place.handlers.fails = {"charge_order_size"}
        place.handlers.gives["charge_order_size"] = lambda order_size: order_size
        async with place.opened() as engine, place.engine(bare=bare) as other:
            run = (await engine.start(place.flows[0], order_size=1000)).id
            with pytest.raises(NotAllowed, match="is pending; pause it before you change a value"):
                await other.set(run, "order_size", 10)
            await engine.drive(run)
            with pytest.raises(InputError, match=r"\(order size\)"):
                await other.set(run, "order_size", "ten")
            with pytest.raises(InputError, match=r"no value 'order_sise'; did you mean 'order_size'\?"):
                await other.set(run, "order_sise", 10)
            await other.set(run, "order size", 10, by="ann", reason="a typo")
            entry = (await engine.history(run))[-1]
            assert (entry.what, entry.by, entry.reason) == ("value changed", "ann", "order_size: 1000 → 10 (a typo)")
            place.handlers.fails.clear()
            await engine.retry(run)
            assert (await engine.view(run)).result == 10

    go(main())


def test_the_data_of_an_ended_run_can_be_erased(make: Make) -> None:
    async def main() -> None:
        place = make(BOOKING)
        place.handlers.gives["pay_for_trip"] = "receipt of Ada Lovelace"
        async with place.opened() as engine:
            run = (await engine.start(place.flows[0], trip="Ada Lovelace", key="Ada Lovelace")).id
            await engine.drive(run)
            with pytest.raises(NotAllowed, match="is waiting; only the data of an ended run can be erased"):
                await engine.erase(run)
            await engine.pause(run, reason="Ada Lovelace called")
            await engine.resume(run)
            await engine.send(run, "approval", "Ada Lovelace", id="e")
            await engine.erase(run, by="ann", reason="she asked for it")
            view = await engine.view(run)
            assert (view.status, view.key, view.result, view.values) == ("finished", None, None, {})
            entries = await engine.history(run)
            assert "Lovelace" not in repr(view) + repr(entries) + repr(await place.store.load(run))
            assert (entries[-1].what, entries[-1].by, entries[-1].reason) == ("run erased", "ann", "she asked for it")
            assert [str(e.what) for e in entries].count("task finished") == 3

    go(main())


def test_what_an_erased_failure_said_is_gone_but_not_its_type(make: Make) -> None:
    async def main() -> None:
        place = make(PLAIN)
        place.handlers.fails = {"charge_order"}
        async with place.opened() as engine:
            run = (await engine.start(place.flows[0], order=1)).id
            await engine.drive(run)
            await engine.erase(run)
            view = await engine.view(run)
            assert view.error is not None
            assert (view.error["type"], view.error["message"]) == ("LookupError", "erased")
            assert "does not work" not in repr(await engine.history(run))
            for again in (engine.retry(run), engine.retry(run, step="charge_order"), engine.set(run, "order", 2)):
                with pytest.raises(NotAllowed, match=f"the data of the run {run} was erased: start a new one"):
                    await again
            why = await engine.why(run)
            assert (why.because, why.unblock) == (
                "it failed at charge_order with LookupError, and its data was erased",
                [],
            )

    go(main())


def test_ended_runs_are_deleted_by_age(make: Make) -> None:
    async def main() -> None:
        place = make(PARENT)
        async with place.opened() as engine:
            old = (await engine.start(place.flows[0])).id
            await engine.drive(old)
            await engine.send((await engine.runs(children=True))[0].id, "news", 1)
            assert (await engine.drive(old)).status == "finished"
            await place.clock.move(100)
            young = (await engine.start(place.flows[0])).id
            await engine.drive(young)
            assert await engine.delete(ended_before=place.clock.now() - 50) == 2
            with pytest.raises(NoSuchRun):
                await engine.view(old)
            assert len(await engine.runs(children=True)) == 2
            assert await engine.delete(ended_before=place.clock.now()) == 0

    go(main())


def test_a_run_that_is_retried_while_it_is_deleted_keeps_those_below_it(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        place = make(RETRIED)
        place.handlers.fails = {"charge_news"}
        async with place.opened() as engine:
            run = (await engine.start(place.flows[0])).id
            assert (await engine.drive(run)).status == "failed"
            await place.clock.move(1)
            delete = place.store.delete

            async def retried_just_before(families: Collection[Collection[RunRow]]) -> int:
                await engine.retry(run)
                return await delete(families)

            with monkeypatch.context() as patch:
                patch.setattr(place.store, "delete", retried_just_before)
                assert await engine.delete(ended_before=place.clock.now()) == 0
            assert [view.status for view in await engine.runs(children=True)] == ["finished", "failed"]
            await place.clock.move(1)
            assert await engine.delete(ended_before=place.clock.now()) == 2

    go(main())
