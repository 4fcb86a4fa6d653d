"""Trace contexts are kept with what they came with, and handed on to whoever hears of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wgen.runtime.life import RunStatus
from wgen.runtime.rows import NewEvent, Stored, Watch
from wgen.testing.store_cases.support import START, change_of, claimed, held_run, loaded, new_run, parking, save

if TYPE_CHECKING:
    from wgen.runtime.ports import Store

TRACE: Final = '{"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}'


def traces(stored: Stored) -> list[tuple[str, str | None]]:
    """The events that a run keeps, with the trace of each."""
    return [(event.name, event.trace) for event in stored.events]


async def a_run_keeps_the_trace_that_it_was_started_in(store: Store) -> None:
    created = await store.create(new_run(trace=TRACE))
    plain = await store.create(new_run("r2"))
    assert (created.row.trace, plain.row.trace) == (TRACE, None)
    assert {s.row.id: s.row.trace for s in await claimed(store, START)} == {"r1": TRACE, "r2": None}
    assert (await loaded(store)).row.trace == TRACE


async def a_child_keeps_the_trace_of_its_start(store: Store) -> None:
    row = await held_run(store)
    await save(store, change_of(row, children=[new_run("child", parent="r1", trace=TRACE)]))
    assert (await loaded(store, "child")).row.trace == TRACE


async def an_event_keeps_the_trace_that_it_was_sent_in(store: Store) -> None:
    row = await held_run(store)
    await store.add_event(NewEvent("r1", "a", b"1", START, None, trace=TRACE))
    await store.add_event(NewEvent("r1", "b", b"1", START, None))
    assert traces(await loaded(store)) == [("a", TRACE), ("b", None)]
    assert [event.trace for event in (await store.events(row.number))[1]] == [TRACE, None]


async def an_order_of_a_run_keeps_its_trace(store: Store) -> None:
    row = await held_run(store)
    await store.create(new_run("r2"))
    await save(store, change_of(row, orders=[NewEvent("r2", "order:pause", b"null", START, None, trace=TRACE)]))
    assert traces(await loaded(store, "r2")) == [("order:pause", TRACE)]


async def a_parent_hears_the_trace_in_which_its_child_has_ended(store: Store) -> None:
    await held_run(store)
    child = await held_run(store, "child", parent="r1")
    await save(store, change_of(child, head=parking(RunStatus.FINISHED), trace=TRACE))
    assert traces(await loaded(store)) == [("run:child", TRACE)]


async def who_waits_for_a_word_hears_its_trace(store: Store) -> None:
    waiting, late = await held_run(store, "r1"), await held_run(store, "r2")
    row = await held_run(store, "r3")
    await save(store, change_of(waiting, watches=[Watch("told", "f", "paid", None, START)]))
    await save(store, change_of(row, words=["paid"], trace=TRACE))
    assert traces(await loaded(store)) == [("told", TRACE)]
    await save(store, change_of(late, watches=[Watch("told", "f", "paid", None, START)]))
    assert traces(await loaded(store, "r2")) == [("told", None)]  # in what trace it was reached before is not kept


async def a_signal_has_the_trace_in_which_its_word_was_reached(store: Store) -> None:
    await store.connect("ship", [("f", "paid")])
    await save(store, change_of(await held_run(store), words=["paid"], trace=TRACE))
    assert [signal.trace for signal in await store.signals(["ship"])] == [TRACE]
