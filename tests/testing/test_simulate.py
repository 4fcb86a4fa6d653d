"""A flow is performed in memory, in no time, with handlers and events given as data."""

from __future__ import annotations

import asyncio
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import AsyncMock, Mock

import pytest

from tests.compiled import compiled
from wgen.errors import EventRefused, HandlersError, InputError, UsageError
from wgen.runtime import RunStatus, current, transaction
from wgen.testing import Event, Other, life, simulate

EXPENSE = compiled("""
@Flow expense
@Given (amount) as int
@Then ask the manager about (amount)
@Status "asked"
@Receive (verdict) as str, or fail after 3 weeks
@When (verdict) is "no"
    @Finish as "rejected"
@End
@Then pay (amount) giving (receipt) as str
@Finish with (receipt) as "paid"
""")[0]
HANDLERS = {"ask_the_manager_about_amount": None, "pay_amount": lambda amount: f"receipt over {amount}"}
AMOUNT = {"amount": 40}

WORK = compiled("""
@Flow working
@Retry each task two times
@Retry wait period is one hour
@Then work giving (answer) as int (with timeout 20 seconds)
@Finish with (answer)
""")[0]

PARENT, CHILD = compiled("""
@Flow parent
@Then prepare giving (part) as str
@Then run flow (child) using (part) giving (answer) as str
@Finish with (answer)

@Flow child
@Given (part) as str
@Receive (news) as str, or fail after 1 day
@Then mix (part) with (news) giving (answer) as str
@Finish with (answer)
""")


# ---- time ------------------------------------------------------------------------------------------------------------


def test_weeks_pass_in_no_time() -> None:
    began = time.monotonic()
    run = simulate(EXPENSE, HANDLERS, inputs=AMOUNT)
    assert time.monotonic() - began < 2
    run.failed("WaitTimeout", match="3 weeks")
    assert run.took == timedelta(weeks=3)


def test_it_starts_at_a_fixed_moment_or_at_another() -> None:
    assert simulate(EXPENSE, HANDLERS, inputs=AMOUNT).view.created_at == datetime(2026, 1, 1, tzinfo=UTC).timestamp()
    start = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert simulate(EXPENSE, HANDLERS, inputs=AMOUNT, start=start).view.created_at == start.timestamp()
    with pytest.raises(UsageError, match="no time zone"):
        simulate(EXPENSE, HANDLERS, inputs=AMOUNT, start=datetime(2026, 3, 29))  # noqa: DTZ001 - that is the mistake


def test_sleeping_handlers_pass_time_too_and_their_limits_hold() -> None:
    async def work() -> int:
        await asyncio.sleep(60 if current().attempt == 1 else 10)
        return 7

    run = simulate(WORK, {"work": work}).finished(7).called("work", times=2)
    assert run.took == timedelta(hours=1, seconds=20 + 10)
    assert [type(call.error).__name__ for call in run.calls] == ["NoneType", "NoneType"]
    assert [call.ended for call in run.calls] == [False, True]


def test_time_waits_for_threads() -> None:
    def work() -> int:
        time.sleep(0.05)
        return threading.get_ident()

    run = simulate(WORK, {"work": work}).finished()
    assert run.took == timedelta(0)
    assert run.result != threading.get_ident()


def test_time_waits_for_threads_that_handlers_start_themselves() -> None:
    async def work() -> int:
        await asyncio.to_thread(time.sleep, 0.05)
        return 7

    assert simulate(WORK, {"work": work}).finished(7).took == timedelta(0)


def test_time_waits_for_sockets_of_handlers() -> None:
    async def work() -> int:
        async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await asyncio.to_thread(time.sleep, 0.05)
            writer.write(b"7\n")
            writer.close()

        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            line = await reader.readline()
            writer.close()
            return int(line)

    assert simulate(WORK, {"work": work}).finished(7).called("work", times=1).took < timedelta(seconds=1)


def test_a_handler_that_never_ends_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(life, "HANGS", 3600.0)
    endless = compiled("@Flow endless\n@Then hang\n@Then go on\n")[0]

    async def hang() -> None:
        await asyncio.Event().wait()

    with pytest.raises(AssertionError, match="at work for 1 hour and not done: hang"):
        simulate(endless, {"hang": hang, "go_on": None})


def test_a_flow_that_never_ends_needs_an_until(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(life, "ENDLESS", 500)
    poll = compiled("@Flow poll\n@Repeat until (x) is 9, every 1 hour\n@Then look giving (x) as int\n@End\n")[0]
    with pytest.raises(AssertionError, match="goes on and on"):
        simulate(poll, {"look": 1})
    run = simulate(poll, {"look": 1}, until=timedelta(days=1))
    assert len(run.called("look").calls) == 25


# ---- until -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("until", ["waiting", RunStatus.WAITING, "asked", timedelta(weeks=2)])
def test_it_stops_when_it_is_told_to(until: str | timedelta) -> None:
    run = simulate(EXPENSE, HANDLERS, inputs=AMOUNT, until=until)
    run.waits_for("verdict").reached("asked")
    assert run.view.status == "waiting"


def test_a_time_before_anything_happens_is_kept_to() -> None:
    late = Event("verdict", "yes", at=timedelta(days=2))
    simulate(EXPENSE, HANDLERS, inputs=AMOUNT, events=[late], until=timedelta(days=1)).waits_for("verdict")
    simulate(EXPENSE, HANDLERS, inputs=AMOUNT, events=[late], until=timedelta(days=2)).finished(outcome="paid")


def test_what_never_comes_is_told_with_the_history() -> None:
    with pytest.raises(
        AssertionError, match=r'never was "paused"\n\n"expense" has failed: WaitTimeout(.|\n)*wait began'
    ):
        simulate(EXPENSE, HANDLERS, inputs=AMOUNT, until="paused")


def test_a_status_that_the_flow_does_not_have_is_refused() -> None:
    with pytest.raises(UsageError, match="never has the status 'payed'; there are: asked, pending, running"):
        simulate(EXPENSE, HANDLERS, inputs=AMOUNT, until="payed")


# ---- events ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["verdict", "Verdict"])
def test_an_event_comes_when_it_is_waited_for(name: str) -> None:
    run = simulate(EXPENSE, HANDLERS, inputs=AMOUNT, events={name: "yes"}).finished("receipt over 40", outcome="paid")
    assert run.took == timedelta(0)


def test_an_event_comes_at_its_time() -> None:
    run = simulate(EXPENSE, HANDLERS, inputs=AMOUNT, events=[Event("verdict", "no", at=timedelta(days=3))])
    run.finished(outcome="rejected").called("pay_amount", times=0)
    assert run.took == timedelta(days=3)


def test_an_event_that_comes_too_late_is_told_of() -> None:
    run = simulate(EXPENSE, HANDLERS, inputs=AMOUNT, events=[Event("verdict", "no", at=timedelta(weeks=4))])
    run.failed("WaitTimeout")
    assert [event.name for event in run.unsent] == ["verdict"]
    assert "Never sent: (verdict)" in str(run)


def test_events_of_one_name_come_in_their_order() -> None:
    twice = compiled("""
@Flow twice
@Receive (word) as str, or fail after 1 day
@Then note (word)
@Receive (word) as str, or fail after 1 day
@Then note (word)
""")[0]
    run = simulate(twice, {"note_word": None}, events=[Event("word", "a"), Event("word", "a"), Event("word", "b")])
    assert [call.arguments for call in run.calls] == [{"word": "a"}, {"word": "a"}]
    assert run.unsent == [Event("word", "b")]


@pytest.mark.parametrize(
    ("events", "said"),
    [
        ({"verdikt": "yes"}, 'never waits for an event "verdikt"; it waits for: verdict'),
        ({"verdict": 7}, r"\(verdict\)"),
    ],
)
def test_an_event_that_does_not_fit_is_refused(events: dict[str, Any], said: str) -> None:
    with pytest.raises(EventRefused, match=said):
        simulate(EXPENSE, HANDLERS, inputs=AMOUNT, events=events)


def test_events_find_the_run_that_they_are_meant_for() -> None:
    outer, inner = compiled("""
@Flow outer
@Given (parts) as list of str
@For each (part) in (parts), collecting (piece) into (pieces)
    @Then run flow (inner) using (part) giving (piece) as str
@End
@Finish with (pieces)

@Flow inner
@Given (part) as str
@Receive (delivery) where (delivery - part) is (part), or fail after 1 day
@Finish with (delivery - from)
""")
    delivered = [Event("delivery", {"part": part, "from": f"{part}-maker"}) for part in ("wheel", "bell")]
    run = simulate(outer, {}, inputs={"parts": ["bell", "wheel"]}, events=delivered, others=[Other(inner)])
    run.finished(["bell-maker", "wheel-maker"])
    with pytest.raises(EventRefused, match="not meant for the run"):
        simulate(outer, {}, inputs={"parts": ["saddle"]}, events=delivered, others=[Other(inner)])


# ---- handlers --------------------------------------------------------------------------------------------------------


class Given:
    """Handlers as users write them."""

    def ask_the_manager_about_amount(self, *, amount: int) -> None: ...

    async def pay_amount(self, *, amount: int) -> str:
        return f"receipt over {amount}"


def a_module() -> ModuleType:
    module = ModuleType("handlers")
    vars(module).update(ask_the_manager_about_amount=lambda **_: None, pay_amount=Given().pay_amount)
    return module


@pytest.mark.parametrize(
    "handlers",
    [
        Given(),
        Given,
        lambda: Given(),  # noqa: PLW0108 - a function that makes them
        a_module(),
        HANDLERS,
        {"ask_the_manager_about_amount": None, "pay_amount": "receipt over 40"},
        {
            "ask_the_manager_about_amount": Mock(return_value=None),
            "pay_amount": AsyncMock(return_value="receipt over 40"),
        },
    ],
    ids=["object", "class", "function", "module", "functions", "results", "mocks"],
)
def test_handlers_of_any_kind(handlers: Any) -> None:
    run = simulate(EXPENSE, handlers, inputs=AMOUNT, events={"verdict": "yes"}).finished("receipt over 40")
    assert [(call.handler, call.arguments, call.attempt) for call in run.calls] == [
        ("ask_the_manager_about_amount", {"amount": 40}, 1),
        ("pay_amount", {"amount": 40}, 1),
    ]


def test_an_exception_in_place_of_a_handler_is_raised() -> None:
    handlers = {**HANDLERS, "pay_amount": ConnectionError("no bank")}
    run = simulate(EXPENSE, handlers, inputs=AMOUNT, events={"verdict": "yes"}).failed(
        "ConnectionError", match="no bank"
    )
    assert run.calls[-1].error is handlers["pay_amount"]


def test_what_is_missing_is_told() -> None:
    with pytest.raises(HandlersError, match=r"no handler for 'pay_amount': give it, or stub_missing=True"):
        simulate(EXPENSE, {"ask_the_manager_about_amount": None}, inputs=AMOUNT)
    with pytest.raises(HandlersError, match="Paste into the class object"):
        simulate(EXPENSE, object(), inputs=AMOUNT)
    with pytest.raises(UsageError, match="there is no handler 'pay_amont'; did you mean 'pay_amount'"):
        simulate(EXPENSE, {**HANDLERS, "pay_amont": None}, inputs=AMOUNT)
    with pytest.raises(InputError, match="amount"):
        simulate(EXPENSE, HANDLERS)


def test_what_is_missing_is_stubbed_when_that_is_asked_for() -> None:
    run = simulate(EXPENSE, {}, inputs=AMOUNT, events={"verdict": "yes"}, stub_missing=True).finished("")
    run.called("ask_the_manager_about_amount").called("pay_amount", amount=40)


def test_in_an_event_loop_it_says_what_to_do() -> None:
    async def test() -> None:
        simulate(EXPENSE, HANDLERS, inputs=AMOUNT)

    with pytest.raises(UsageError, match=r"simulate\(\) has an event loop of its own"):
        asyncio.run(test())


def test_a_task_that_writes_to_the_store_itself_needs_one_on_disk(tmp_path: Path) -> None:
    flow = compiled("@Flow ledger\n@Then book giving (rows) as int\n@Finish with (rows)\n")[0]

    async def book() -> int:
        async with transaction() as db:
            db.execute("CREATE TABLE ledger (key TEXT)")
            return int(db.execute("INSERT INTO ledger VALUES (?)", (current().key,)).rowcount)

    url = f"sqlite:///{tmp_path}/runs.db"
    simulate(flow, {"book": book}, store=url).finished(1)
    simulate(flow, {"book": book}).failed("UsageError", match="needs a SQL store")
    with pytest.raises(UsageError, match="has runs already"):
        simulate(flow, {"book": book}, store=url)


# ---- other flows -----------------------------------------------------------------------------------------------------


def test_child_flows() -> None:
    handlers = {"prepare": "flour", "mix_part_with_news": lambda part, news: f"{part} and {news}"}
    run = simulate(PARENT, handlers, others=[Other(CHILD)], events={"news": "eggs"}).finished("flour and eggs")
    run.called("mix_part_with_news", part="flour", news="eggs")
    child = run.run_of("child").finished("flour and eggs")
    assert child.view.parent == run.view.id
    assert [call.handler for call in child.calls] == ["mix_part_with_news"]
    assert [other.view.flow for other in run.runs] == ["parent", "child"]
    waiting = simulate(PARENT, handlers, others=[Other(CHILD)], until="waiting").waits_for("child")
    waiting.run_of("child").waits_for("news")
    assert '"child" waits for (news)' in str(waiting)


def test_a_child_with_handlers_of_its_own() -> None:
    child = Other(CHILD, {"mix_part_with_news": "dough"})
    simulate(PARENT, {"prepare": "flour"}, others=[child], events={"news": ""}).finished("dough")


def test_a_child_that_is_missing_is_told() -> None:
    with pytest.raises(UsageError, match=r'line 4 runs the flow "child": give it with others=\[Other\(…\)\]'):
        simulate(PARENT, {}, stub_missing=True)
    with pytest.raises(UsageError, match='"parent" is given twice'):
        simulate(PARENT, {}, others=[Other(CHILD), Other(PARENT)], stub_missing=True)


def test_a_flow_that_waits_for_another_one() -> None:
    delivery, order = compiled("""
@Flow delivery
@Wait until flow (order) reaches "paid", or fail after 2 days
@Finish as "delivered"

@Flow order
@Receive (payment), or fail after 1 week
@Status "paid"
""")
    simulate(delivery, {}, others=[Other(order)]).failed("WaitTimeout")
    run = simulate(delivery, {}, others=[Other(order, inputs={})], events={"payment": 12}).finished(outcome="delivered")
    run.run_of("order").reached("paid")


NIGHTLY = compiled("""
@Flow nightly
@Start every day at 02:30 in "Europe/Berlin"
@Then clean up
@Wait 3 hours
""")[0]


def test_a_schedule_starts_runs_where_that_is_what_the_test_is_about() -> None:
    run = simulate(NIGHTLY, {"clean_up": None}, by_itself=True, until=timedelta(days=3)).finished()
    starts = [datetime.fromtimestamp(each.view.created_at, UTC) for each in run.runs]
    assert starts == [datetime(2026, 1, day, 1, 30, tzinfo=UTC) for day in (1, 2, 3)]
    assert len(simulate(NIGHTLY, {"clean_up": None}, by_itself=True).finished().runs) == 1


def test_a_schedule_starts_nothing_beside_a_run_that_is_started_by_hand() -> None:
    run = simulate(NIGHTLY, {"clean_up": None}, until=timedelta(days=3)).finished()
    assert [datetime.fromtimestamp(each.view.created_at, UTC) for each in run.runs] == [
        datetime(2026, 1, 1, tzinfo=UTC)
    ]


def test_a_word_of_another_flow_starts_runs() -> None:
    ship, order = compiled("""
@Flow ship
@Start when flow (order) reaches "paid"
@Then pack

@Flow order
@Wait 1 day
@Status "paid"
""")
    run = simulate(ship, {"pack": None}, others=[Other(order, inputs={})], by_itself=True).finished().called("pack")
    assert [each.view.flow for each in run.runs] == ["order", "ship"]


def test_what_never_starts_by_itself_is_told() -> None:
    with pytest.raises(UsageError, match="has no @Start sentence"):
        simulate(EXPENSE, HANDLERS, by_itself=True)
    with pytest.raises(UsageError, match="leave out inputs="):
        simulate(NIGHTLY, {"clean_up": None}, inputs={"a": 1}, by_itself=True)
    with pytest.raises(AssertionError, match='no run of "nightly" has started'):
        simulate(NIGHTLY, {"clean_up": None}, by_itself=True, until=timedelta(hours=1))
