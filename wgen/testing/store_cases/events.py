"""Events, and orders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wgen.runtime.history import Entry, What
from wgen.runtime.life import RunStatus
from wgen.runtime.rows import NewEvent
from wgen.testing.store_cases.support import (
    LEASE,
    START,
    change_of,
    claimed,
    held_run,
    loaded,
    new_run,
    parking,
    save,
    send,
)

if TYPE_CHECKING:
    from wgen.runtime.ports import Store


async def events_are_kept_in_order_of_arrival(store: Store) -> None:
    row = await held_run(store)
    for name in ("b", "a", "b"):
        assert await send(store, name) == "added"
    counter, events = await store.events(row.number)
    assert counter == 3
    assert [event.name for event in events] == ["b", "a", "b"]
    assert events == list((await loaded(store)).events)
    assert (events[0].payload, events[0].at) == (b'{"n":1}', START)
    assert [entry.what for entry in await store.history(row.number)][1:] == ["event received"] * 3


async def taken_events_are_gone(store: Store) -> None:
    row = await held_run(store)
    await send(store, "a")
    await send(store, "b")
    _, events = await store.events(row.number)
    await save(store, change_of(row, taken=[events[0].number]))
    assert await store.events(row.number) == (2, events[1:])


async def an_event_id_is_taken_once(store: Store) -> None:
    row = await held_run(store)
    await held_run(store, "r2")
    assert await send(store, id="e1") == "added"
    assert await send(store, id="e1") == "duplicate"
    assert await send(store, id="e1", run="r2") == "added"
    counter, events = await store.events(row.number)
    assert (counter, len(events)) == (1, 1)
    await save(store, change_of(row, taken=[events[0].number], head=parking(RunStatus.FINISHED, mail=1)))
    assert await send(store, id="e1") == "duplicate"


async def an_ended_run_takes_no_event(store: Store) -> None:
    row = await held_run(store)
    await save(store, change_of(row, head=parking(RunStatus.FINISHED)))
    assert await send(store) == "ended"
    assert await store.events(row.number) == (0, [])


async def an_event_wakes_a_waiting_run(store: Store) -> None:
    row = await held_run(store)
    await save(store, change_of(row, head=parking(due=START + 1000)))
    await send(store, at=START + 5)
    assert (await claimed(store, START + 5))[0].events[0].name == "go"


async def an_event_does_not_wake_a_paused_or_a_held_run(store: Store) -> None:
    row = await held_run(store, "r1")
    await held_run(store, "r2")
    await save(store, change_of(row, head=parking(RunStatus.PAUSED)))
    await send(store, run="r1")
    await send(store, run="r2")
    assert not await claimed(store, START + 5)


async def unread_mail_keeps_a_run_from_being_parked(store: Store) -> None:
    row = await held_run(store)
    await send(store)
    change = change_of(row, head=parking(), values=[(0, "a", b"2")], entries=[Entry(START, "task finished")])
    assert not await save(store, change)
    stored = await loaded(store)
    assert (stored.row.owner, stored.row.due, stored.row.revision) == ("me", START + 10, 1)
    assert stored.values[0].value == b"2"
    assert await save(store, change_of(stored.row, head=parking(mail=1)))
    assert (await loaded(store)).row.owner is None


# ---- orders ----


def order(run: str = "r1", *, at: float = START) -> NewEvent:
    return NewEvent(run, "order:pause", b"null", at, Entry(at, What.PAUSE_ASKED, by="me"))


async def an_order_wakes_a_run_whatever_it_is(store: Store) -> None:
    for number, status in enumerate((RunStatus.PAUSED, RunStatus.WAITING, RunStatus.UNDOING, RunStatus.PENDING)):
        row = await held_run(store, f"s{number}")
        await save(store, change_of(row, head=parking(status)))
        assert await store.add_event(order(f"s{number}", at=START + 3)) == "added"
        assert (await loaded(store, f"s{number}")).row.due == START + 3


async def an_order_leaves_the_lease_of_a_held_run_alone(store: Store) -> None:
    await held_run(store)
    await store.add_event(order())
    row = (await loaded(store)).row
    assert (row.owner, row.due, row.mail) == (*LEASE, 1)


async def a_save_gives_orders_to_other_runs(store: Store) -> None:
    row = await held_run(store)
    await store.create(new_run("r2"))
    ended = await held_run(store, "r3")
    await save(store, change_of(ended, head=parking(RunStatus.FINISHED)))
    await save(store, change_of(row, orders=[order("r2"), order("r3")]))
    assert [event.name for event in (await loaded(store, "r2")).events] == ["order:pause"]
    assert not (await loaded(store, "r3")).events
    assert (await store.history((await loaded(store, "r2")).row.number))[-1].by == "me"


async def an_event_wakes_a_run_that_is_undoing(store: Store) -> None:
    row = await held_run(store)
    await save(store, change_of(row, head=parking(RunStatus.UNDOING)))
    await send(store, at=START + 4)
    assert (await loaded(store)).row.due == START + 4
