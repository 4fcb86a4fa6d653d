"""Events: kept until wanted, checked before they are accepted, taken at most once."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest

from tests.runtime.approval_flow import FLOW, Approval
from tests.runtime.support import Calls, World, a_flow, a_task, go, values_class
from wgen.errors import EventRefused, NoSuchRun
from wgen.runtime import DONE, Decimal, Engine, OnEvent, Parallel, RunHandle, Wait
from wgen.runtime.codec import Coder
from wgen.runtime.definition import _schema, check_payload


def approval_world(**options: Any) -> World:
    return World(FLOW, Calls(price=lambda **_: Decimal(1), ship=lambda **_: "sent"), **options)


YES = {"order_id": "o1", "approved": True}


async def at_the_wait(engine: Engine) -> RunHandle:
    started = await engine.start(FLOW, order="o1")
    await engine.drive(started.id)
    return started


def test_an_event_moves_a_waiting_run_on() -> None:
    world = approval_world()

    async def main() -> None:
        async with world.engine(worker=True) as engine:
            started = await engine.start(FLOW, order="o1")
            await started.reaches("priced")
            await engine.send(started.id, "approval", YES)
            assert await started.result() == "sent"
            whats = [(e.what, e.step, e.reason) for e in await engine.history(started.id)]
            assert whats == [
                ("run created", None, None),
                ("task finished", "price", None),
                ("word reached", "status_priced", "priced"),
                ("wait began", "receive_approval", "approval"),
                ("event received", None, "approval"),
                ("event delivered", "receive_approval", "approval"),
                ("task finished", "ship", None),
                ("run finished", None, "shipped"),
            ]

    go(main())


def test_an_event_that_comes_early_is_kept() -> None:
    world = approval_world()

    async def main() -> None:
        async with world.engine() as engine:
            started = await engine.start(FLOW, order="o1")
            stored = await world.store.load(started.id)
            assert stored is not None
        # an engine that does not know the flow only keeps the event
        async with Engine(world.store, clock=world.clock, worker=False) as sender:
            await sender.send(started.id, "approval", YES)
        async with world.engine() as engine:
            assert (await engine.drive(started.id)).status == "finished"
            assert "wait began" not in [e.what for e in await engine.history(started.id)]

    go(main())


def test_two_events_go_to_two_waits_in_order_of_arrival() -> None:
    steps = {
        "first": Wait(on=(OnEvent("news", "keep"),), line=1, digest="1"),  # type: ignore[arg-type]
        "keep": a_task("keep", "second", takes=["news"], gives=["old"]),
        "second": Wait(on=(OnEvent("news", DONE),), line=2, digest="2"),
    }
    flow = a_flow(steps, values_class(news=Any, old=Any), events={"news": "news"})
    world = World(flow, Calls(keep=lambda news: news))

    async def main() -> None:
        async with world.engine(worker=True) as engine:
            started = await engine.start(flow)
            for number in (1, 2, 3):
                await engine.send(started.id, "news", number)
            await started.result()
            assert (await started.view()).values == {"news": 2, "old": 1}
            assert [(e.what, e.reason) for e in await engine.history(started.id)][-2:] == [
                ("event dropped", "news"),
                ("run finished", None),
            ]

    go(main())


def test_an_event_reaches_a_run_whose_other_branch_is_at_work() -> None:
    steps = {
        "group": Parallel(branches=("busy", "wait"), to=(DONE,), line=1, digest="g"),  # type: ignore[arg-type]
        "busy": a_task("busy"),
        "wait": Wait(on=(OnEvent("news", "told"),), line=2, digest="2"),  # type: ignore[arg-type]
        "told": a_task("told", takes=["news"]),
    }
    flow = a_flow(steps, values_class(news=Any), events={"news": "news"})

    async def main() -> None:
        hold = asyncio.Event()
        told: list[Any] = []

        def tell(news: str) -> None:
            told.append(news)

        world = World(flow, Calls(busy=hold.wait, told=tell))
        async with world.engine(worker=True) as engine:
            started = await engine.start(flow)
            await world.clock.settle()
            await engine.send(started.id, "news", "local")
            await world.clock.settle()
            assert told == ["local"]
            other = await engine.start(flow)
            await world.clock.settle()
            async with Engine(world.store, clock=world.clock, worker=False) as sender:  # another process
                await sender.send(other.id, "news", "foreign")
            assert told == ["local"]
            await world.clock.move(4)  # within a heartbeat
            assert told == ["local", "foreign"]
            hold.set()
            await asyncio.gather(started.result(), other.result())

    go(main())


@pytest.mark.parametrize("registered", [True, False])
@pytest.mark.parametrize(
    ("event", "payload", "message"),
    [
        ("aproval", YES, 'never waits for an event "aproval"; it waits for: approval'),
        ("approval", {"order_id": "o1"}, "approved"),
        ("approval", {"order_id": "o1", "approved": "maybe"}, "approved"),
        ("approval", None, "approval"),
    ],
)
def test_a_wrong_event_is_refused_and_nothing_changes(registered: bool, event: str, payload: Any, message: str) -> None:
    world = approval_world()

    async def main() -> None:
        async with world.engine() as engine:
            started = await at_the_wait(engine)
            before = await engine.history(started.id)
            sender = engine if registered else Engine(world.store, clock=world.clock, worker=False)
            with pytest.raises(EventRefused, match=message):
                await sender.send(started.id, event, payload)
            assert await engine.history(started.id) == before
            stored = await world.store.load(started.id)
            assert stored is not None
            assert (stored.row.mail, stored.events) == (0, [])

    go(main())


def test_an_event_for_another_order_is_refused() -> None:
    world = approval_world()

    async def main() -> None:
        async with world.engine() as engine:
            started = await at_the_wait(engine)
            with pytest.raises(EventRefused, match="not meant for the run"):
                await engine.send(started.id, "approval", {"order_id": "o2", "approved": True})

    go(main())


def test_an_event_for_another_run_is_refused_without_the_flows_code_too() -> None:
    world = approval_world()

    async def main() -> None:
        async with world.engine() as engine:
            started = await at_the_wait(engine)
            sender = Engine(world.store, clock=world.clock, worker=False)
            with pytest.raises(EventRefused, match="its condition does not hold"):
                await sender.send(started.id, "approval", {"order_id": "o2", "approved": True})
            await sender.send(started.id, "approval", YES)
            assert (await engine.drive(started.id)).status == "finished"

    go(main())


def test_the_words_and_the_identifier_name_an_event() -> None:
    flow = a_flow(
        {"wait": Wait(on=(OnEvent("loan_decision", DONE),), line=1, digest="1")},
        values_class(loan_decision=str),
        events={"loan_decision": "loan decision"},
    )

    async def send(name: str) -> str:
        world = World(flow, Calls())
        async with world.engine() as engine:
            started = await engine.start(flow)
            await engine.send(started.id, name, "yes")
            return (await started.view()).status

    assert {go(send(name)) for name in ("loan_decision", "loan decision", "Loan  Decision")} == {"finished"}


def test_a_second_event_with_one_id_is_acknowledged_and_dropped() -> None:
    world = approval_world()

    async def main() -> None:
        async with world.engine() as engine:
            started = await engine.start(FLOW, order="o1")
            await Engine(world.store, clock=world.clock, worker=False).send(started.id, "approval", YES, id="e1")
            await engine.send(started.id, "approval", YES, id="e1")
            assert (await started.view()).status == "finished"
            await engine.send(started.id, "approval", YES, id="e1")  # also after the end
            assert [e.what for e in await engine.history(started.id)].count("event received") == 1
            with pytest.raises(EventRefused, match="has ended"):
                await engine.send(started.id, "approval", YES, id="e2")

    go(main())


def test_strict_refuses_what_is_not_awaited_now() -> None:
    world = approval_world()

    async def main() -> None:
        async with world.engine() as engine:
            started = await engine.start(FLOW, order="o1")
            with pytest.raises(EventRefused, match="does not wait for"):
                await engine.send(started.id, "approval", YES, strict=True)
            await engine.drive(started.id)
            await engine.send(started.id, "approval", YES, strict=True)
            assert (await started.view()).status == "finished"

    go(main())


def test_a_payload_that_no_store_can_keep_is_refused_without_the_flows_code_too() -> None:
    with pytest.raises(EventRefused, match="can't be stored"):
        check_payload({"name": "\ud800"}, {}, "approval")


def test_an_event_for_nobody_is_an_error() -> None:
    async def main() -> None:
        async with approval_world().engine() as engine:
            with pytest.raises(NoSuchRun):
                await engine.send("nobody", "approval", YES)

    go(main())


def test_a_wait_fails_when_its_time_limit_has_passed() -> None:
    world = approval_world()

    async def main() -> None:
        async with world.engine(worker=True) as engine:
            started = await engine.start(FLOW, order="o1")
            await world.clock.move(3599)
            assert (await started.view()).status == "waiting"
            await world.clock.move(1)
            error = (await started.view()).error
            assert error is not None
            assert (error["type"], error["message"], error["flow_line"]) == (
                "WaitTimeout",
                "(approval) did not come within 1 hour",
                5,
            )

    go(main())


def test_an_event_in_time_counts_even_if_the_worker_is_late() -> None:
    world = approval_world()

    async def main() -> None:
        async with world.engine() as engine:
            started = await at_the_wait(engine)
            await world.clock.move(3599)
            await Engine(world.store, clock=world.clock, worker=False).send(started.id, "approval", YES)
            await world.clock.move(100)
            assert (await engine.drive(started.id)).status == "finished"

    go(main())


def test_a_payload_becomes_an_object_of_its_type() -> None:
    world = approval_world()

    async def main() -> None:
        async with world.engine() as engine:
            started = await at_the_wait(engine)
            await engine.send(started.id, "approval", Approval("o1", approved=False))
            view = await started.view()
            assert view.values["approval"] == {"order_id": "o1", "approved": False}
            assert view.error is not None
            assert view.error["message"] == "not approved"

    go(main())


def test_send_without_a_worker_says_when_the_run_is_due_next() -> None:
    world = approval_world()

    async def main() -> None:
        async with world.engine() as engine:
            started = await engine.start(FLOW, order="o1")
            assert await engine.resume(started.id) == world.clock.now() + 3600
            assert await engine.send(started.id, "approval", YES) is None

    go(main())


@pytest.mark.parametrize(
    ("type_", "payload", "fits"),
    [
        (Decimal, "9.99", True),
        (Decimal, 5, True),
        (Decimal, "abc", False),
        (bytes, "aGk=", True),
        (bytes, "!!", False),
        (timedelta, "P1DT2H", True),
        (timedelta, "a while", False),
        (date, "2024-13-01", False),
    ],
)
def test_a_sender_without_the_code_is_refused_what_the_type_refuses(type_: Any, payload: Any, fits: bool) -> None:
    schema = _schema(Coder("news", type_))
    if fits:
        assert check_payload(payload, schema, "news")
        return
    with pytest.raises(
        EventRefused, match=r"the payload of \(news\) does not fit: it (is not of its type|must be date)"
    ):
        check_payload(payload, schema, "news")
