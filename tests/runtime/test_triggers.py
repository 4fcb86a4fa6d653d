"""Flows that are started because a run of another flow has reached a word."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest

from tests.runtime.support import World, a_flow, a_task, go, values_class
from wgen.runtime import DONE, Engine, Flow, Input, Repeat, Status, When
from wgen.stores.memory import MemoryStore
from wgen.stores.sqlite import SqliteStore
from wgen.testing.clock import HandClock


def payment(**more: Any) -> Flow[Any, Any]:
    """Reaches "captured", then goes on."""
    steps: dict[Any, Any] = {
        "capture": a_task("capture", "captured", gives=["payment"]),
        "captured": Status(word="captured", to=("archive",), line=2, digest="s"),  # type: ignore[arg-type]
        "archive": a_task("archive"),
    }
    values = values_class(order=int, payment=Any)
    inputs = {"order": Input("order", default=7)}
    return a_flow(steps, values, name="payment", digest="p", inputs=inputs, **more)


def shipping(*triggers: When, takes: str = "payment", type_: Any = Any, **more: Any) -> Flow[Any, Any]:
    steps = {"ship": a_task("ship", takes=[takes] if takes else [])}
    values = values_class(**{takes: type_}) if takes else values_class()
    inputs = {takes: Input(takes)} if takes else {}
    triggers = triggers or (When("Payment", "captured", gives="payment"),)
    return a_flow(steps, values, name="shipping", digest="s", **{"inputs": inputs, "triggers": triggers, **more})


class Shop:
    """Handlers of both flows; `shipped` is what was shipped."""

    def __init__(self) -> None:
        self.shipped: list[Any] = []
        self.archived = 0

    async def capture(self) -> dict[str, int]:
        return {"amount": 5}

    async def archive(self) -> None:
        self.archived += 1

    async def ship(self, **given: Any) -> None:
        self.shipped.append(next(iter(given.values()), None))


def run_both(shop: Shop, starting: Flow[Any, Any], started: Flow[Any, Any], count: int = 1) -> list[Any]:
    """Runs the first flow some times in one engine. Returns all runs of the other."""

    async def main() -> list[Any]:
        async with Engine(MemoryStore(), clock=(clock := HandClock())) as engine:
            engine.register(starting, shop)
            engine.register(started, shop)
            for _ in range(count):
                await (await engine.start(starting)).result()
                await clock.settle()
            return await engine.runs(flow="shipping")

    runs: list[Any] = go(main())
    return runs


def test_each_run_that_reaches_the_word_starts_one_with_its_value() -> None:
    shop = Shop()
    runs = run_both(shop, payment(), shipping(), count=3)
    assert shop.shipped == [{"amount": 5}] * 3
    assert [(str(run.status), run.parent, run.values) for run in runs] == [
        ("finished", None, {"payment": {"amount": 5}})
    ] * 3


def test_without_a_value_of_that_name_it_is_told_what_there_is() -> None:
    shop = Shop()
    flow = shipping(When("payment", "captured", gives="source"), takes="source")
    run_both(shop, payment(key=lambda known: f"order {known.order}"), flow)
    (told,) = shop.shipped
    assert told.pop("run")
    assert told == {
        "flow": "payment",
        "key": "order 7",
        "word": "captured",
        "values": {"order": 7, "payment": {"amount": 5}},
    }


def test_a_value_that_is_no_input_is_given_all_the_same() -> None:
    shop = Shop()
    run_both(shop, payment(), shipping(inputs={}))
    assert shop.shipped == [{"amount": 5}]


def test_nothing_need_be_given() -> None:
    shop = Shop()
    run_both(shop, payment(), shipping(When("payment", "captured"), takes=""))
    assert shop.shipped == [None]


def test_another_word_starts_nothing() -> None:
    shop = Shop()
    assert run_both(shop, payment(), shipping(When("payment", "refunded", gives="payment"))) == []


def test_a_word_reached_again_by_one_run_starts_nothing_more() -> None:
    steps: dict[Any, Any] = {
        "thrice": Repeat(kind="times", times=3, body="captured", to=(DONE,), line=1, digest="r"),  # type: ignore[arg-type]
        "captured": Status(word="captured", to=("thrice",), inside=("thrice",), line=2, digest="s"),  # type: ignore[arg-type]
    }
    shop = Shop()
    flow = a_flow(steps, name="payment", digest="p")
    runs = run_both(shop, flow, shipping(When("payment", "captured"), takes=""))
    assert len(runs) == 1


def test_the_business_key_is_that_of_the_flow_that_starts() -> None:
    shop = Shop()
    runs = run_both(shop, payment(), shipping(key=lambda known: known.payment["amount"]))
    assert [run.key for run in runs] == ["5"]


def test_what_does_not_fit_is_said_and_stops_nobody(caplog: pytest.LogCaptureFixture) -> None:
    shop = Shop()
    with caplog.at_level(logging.ERROR, "wgen"):
        runs = run_both(shop, payment(), shipping(type_=int))
    assert (runs, shop.archived) == ([], 1)
    assert '"shipping" does not start, though run ' in caplog.text
    assert "(payment)" in caplog.text


def test_a_worker_that_comes_later_starts_what_was_left(tmp_path: Path) -> None:
    """The word is reached where nobody knows the flow that it starts."""
    shop, clock = Shop(), HandClock()

    async def work(*flows: Flow[Any, Any], start: bool = False) -> int:
        store = SqliteStore(f"sqlite:///{tmp_path}/runs.db")
        await store.open()
        async with Engine(store, clock=clock) as engine:
            for flow in flows:
                engine.register(flow, shop)
            if start:
                await (await engine.start(payment())).result()
            await clock.settle()
            count = len(await engine.runs(flow="shipping"))
        await store.close()
        return count

    async def main() -> None:
        assert await work(payment(), start=True) == 0  # before anybody was connected: it does not count
        assert await work(shipping()) == 0
        assert await work(payment(), start=True) == 0
        assert await work(shipping()) == 1
        assert await work(shipping()) == 1

    go(main())
    assert shop.shipped == [{"amount": 5}]


def test_two_workers_start_one_run_for_one_word(tmp_path: Path) -> None:
    shop = Shop()

    async def main() -> None:
        url = f"sqlite:///{tmp_path}/runs.db"
        engines = [Engine(url) for _ in range(3)]
        for engine in engines:
            engine.register(payment(), shop)
            engine.register(shipping(), shop)
        async with engines[0], engines[1], engines[2]:
            for engine in engines * 3:
                await (await engine.start(payment())).result()
            while len(runs := await engines[0].runs(flow="shipping")) < 9:  # noqa: ASYNC110 - several engines
                await asyncio.sleep(0.01)
            for run in runs:
                await engines[0].handle(run.id).result()
        assert (len(runs), len(shop.shipped)) == (9, 9)

    go(main())


def test_a_flow_that_no_longer_starts_so_is_disconnected() -> None:
    world = World(payment(), shop := Shop(), worker=True)

    async def main() -> None:
        async with world.engine() as engine:
            engine.register(shipping(), shop)
            await world.clock.settle()
            engine.register(shipping(triggers=()), shop)
            await (await engine.start(world.flow)).result()
            await world.clock.settle()
            assert await engine.runs(flow="shipping") == []
            assert await world.store.signals(["shipping"]) == []

    go(main())


def test_a_drive_leaves_the_start_to_a_worker() -> None:
    world = World(payment(), shop := Shop())

    async def main() -> None:
        async with world.engine() as engine:
            engine.register(shipping(), shop)
            started = await engine.start(world.flow)
            await engine.drive(started.id)
            assert shop.shipped == []
            await engine.tick()

    go(main())
    assert shop.shipped == [{"amount": 5}]
