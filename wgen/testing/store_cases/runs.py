"""Creating, reading, saving and listing runs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from wgen.runtime.history import Entry
from wgen.runtime.life import RunStatus
from wgen.runtime.rows import PositionRow, RunQuery, ValueRow
from wgen.testing.store_cases.support import (
    BODY,
    START,
    change_of,
    claimed,
    held_run,
    loaded,
    lost,
    new_run,
    parking,
    save,
)

if TYPE_CHECKING:
    from wgen.runtime.ports import Store


async def a_new_run_is_pending_and_due(store: Store) -> None:
    row, created = await store.create(new_run(key="k"))
    assert created
    again = (await loaded(store)).row
    assert again == row
    assert (again.status, again.due, again.owner, again.key) == (RunStatus.PENDING, START, None, "k")
    assert (again.position, again.created_at, again.revision) == (BODY, START, 0)


async def a_new_run_under_a_lease_is_running(store: Store) -> None:
    row = await held_run(store)
    assert (row.status, row.owner, row.due) == (RunStatus.RUNNING, "me", START + 10)
    assert not await claimed(store, START + 5)


async def a_run_that_is_not_there_loads_as_none(store: Store) -> None:
    assert await store.load("nobody") is None
    assert await store.row("nobody") is None


async def the_row_of_a_run_is_the_one_it_is_loaded_with(store: Store) -> None:
    row = await held_run(store)
    await save(store, change_of(row, values=[ValueRow(0, "a", b"2")], entries=[Entry(START, "task finished")]))
    found = await store.row("r1")
    assert found == (await loaded(store)).row
    assert found is not None
    assert found.revision == 1


async def values_and_history_are_kept(store: Store) -> None:
    await store.create(new_run(values=[ValueRow(0, "a", '"ä \\u0000 🙂"'.encode()), ValueRow(0, "b", b"null")]))
    stored = await loaded(store)
    assert sorted(stored.values) == [(0, "a", '"ä \\u0000 🙂"'.encode()), (0, "b", b"null")]
    assert await store.history(stored.row.number) == [Entry(START, "run created")]


async def an_open_key_gives_the_open_run(store: Store) -> None:
    first = await store.create(new_run("r1", key="k"))
    second = await store.create(new_run("r2", key="k"))
    assert (second.created, second.row.id) == (False, first.row.id)
    assert await store.load("r2") is None


async def a_key_is_free_again_after_the_end(store: Store) -> None:
    row = await held_run(store, key="k")
    assert await save(store, change_of(row, head=parking(RunStatus.FINISHED)))
    assert (await store.create(new_run("r2", key="k"))).created


async def flows_do_not_share_keys(store: Store) -> None:
    await store.create(new_run("r1", key="k"))
    assert (await store.create(new_run("r2", key="k", flow="g"))).created


async def two_at_once_make_one_run_of_a_key(store: Store) -> None:
    made = await asyncio.gather(*(store.create(new_run(f"r{n}", key="k")) for n in range(20)))
    assert sum(created for _, created in made) == 1
    assert len({row.id for row, _ in made}) == 1


async def a_save_writes_what_has_changed(store: Store) -> None:
    row = await held_run(store)
    entry = Entry(START + 1, "task finished", "first", 1, 0.5, None, None, b'{"type":"E"}')
    assert await save(
        store, change_of(row, root=b'{"step":"second"}', values=[(0, "a", b"2"), (0, "b", b"3")], entries=[entry])
    )
    stored = await loaded(store)
    assert (stored.row.position, stored.row.revision, stored.row.updated_at) == (b'{"step":"second"}', 1, START + 1)
    assert sorted(stored.values) == [(0, "a", b"2"), (0, "b", b"3")]
    assert (await store.history(row.number))[-1] == entry


async def saves_follow_one_another_without_waiting(store: Store) -> None:
    row = await held_run(store)
    pending = []
    for number in range(5):
        row.revision = number
        pending.append(store.save(change_of(row, entries=[Entry(START + number, "task finished")])))
    assert all([saved if isinstance(saved, bool) else await saved for saved in pending])
    assert (await loaded(store)).row.revision == 5
    assert [entry.at for entry in await store.history(row.number)][1:] == [START + n for n in range(5)]


async def a_stale_revision_is_refused(store: Store) -> None:
    row = await held_run(store)
    await save(store, change_of(row))
    assert await lost(store, change_of(row, values=[(0, "a", b"9")], entries=[Entry(START, "task finished")]))
    assert (await loaded(store)).values[0].value == b"1"
    assert len(await store.history(row.number)) == 1


async def a_stale_fence_is_refused(store: Store) -> None:
    row = await held_run(store)
    assert len(await claimed(store, START + 11)) == 1
    assert await lost(store, change_of(row))


async def one_stale_save_hurts_no_other(store: Store) -> None:
    rows = [await held_run(store, f"r{n}") for n in range(10)]
    await save(store, change_of(rows[3]))
    outcomes = await asyncio.gather(*(lost(store, change_of(row)) for row in rows))
    assert outcomes == [n == 3 for n in range(10)]


async def branches_come_and_go(store: Store) -> None:
    row = await held_run(store)
    children = [PositionRow(1, 0, b'{"step":"x"}'), PositionRow(2, 0, b'{"step":"y"}')]
    await save(store, change_of(row, positions=children, values=[(1, "b", b"1"), (2, "c", b"2")]))
    stored = await loaded(store)
    assert sorted(stored.positions) == children
    assert sorted(stored.values) == [(0, "a", b"1"), (1, "b", b"1"), (2, "c", b"2")]
    await save(store, change_of(stored.row, gone=[1, 2], values=[(0, "b", b"1")]))
    stored = await loaded(store)
    assert not stored.positions
    assert sorted(stored.values) == [(0, "a", b"1"), (0, "b", b"1")]


async def a_position_that_goes_and_comes_in_one_save_is_there(store: Store) -> None:
    row = await held_run(store)
    await save(store, change_of(row, positions=[PositionRow(1, 0, b"{}")], values=[(1, "b", b"1")]))
    row.revision += 1
    await save(store, change_of(row, gone=[1], positions=[PositionRow(1, 0, b'{"step":"new"}')]))
    stored = await loaded(store)
    assert list(stored.positions) == [(1, 0, b'{"step":"new"}')]
    assert list(stored.values) == [(0, "a", b"1")]


async def words_are_kept_in_order_and_once(store: Store) -> None:
    row = await held_run(store)
    for revision, word in enumerate(["one", "two", "one"]):
        row.revision = revision
        change = change_of(row, words=[word])
        change.at = START + revision
        await save(store, change)
    assert await store.words(row.number) == ["one", "two"]


async def an_end_is_kept(store: Store) -> None:
    row = await held_run(store)
    head = parking(RunStatus.FINISHED, word="w", outcome="o", result=b'{"x":1}', error=b"{}")
    assert await save(store, change_of(row, head=head))
    row = (await loaded(store)).row
    assert (row.status, row.word, row.outcome, row.result, row.error) == ("finished", "w", "o", b'{"x":1}', b"{}")
    assert (row.owner, row.due) == (None, None)
    assert not await claimed(store, START + 1e9)


async def attempts_are_those_of_the_latest_execution(store: Store) -> None:
    row = await held_run(store)
    entries = [
        Entry(START, "attempt failed", "a", 1),
        Entry(START, "task finished", "a", 2),
        Entry(START, "task finished", "b", 1),
    ]
    await save(store, change_of(row, entries=entries))
    assert await store.attempts(row.number) == {"a": 2, "b": 1}


async def runs_are_listed_newest_first(store: Store) -> None:
    for n in range(5):
        await store.create(new_run(f"r{n}", at=START + n, flow="f" if n % 2 else "g", key=f"k{n}"))

    async def ids(**wanted: Any) -> list[str]:
        return [row.id for row in await store.runs(RunQuery(**wanted))]

    assert await ids() == ["r4", "r3", "r2", "r1", "r0"]
    assert await ids(limit=2) == ["r4", "r3"]
    assert await ids(flow="f") == ["r3", "r1"]
    assert await ids(key="k2") == ["r2"]
    assert await ids(since=START + 3) == ["r4", "r3"]
    assert await ids(flow="g", since=START + 1, limit=1) == ["r4"]
    assert await ids(status=RunStatus.RUNNING) == []
    assert await ids(flow="nothing") == []


async def runs_are_found_by_status_and_word(store: Store) -> None:
    row = await held_run(store)
    await store.create(new_run("r2"))
    await save(store, change_of(row, words=["active"], head=parking(word="active")))
    assert [r.id for r in await store.runs(RunQuery(status=RunStatus.WAITING))] == ["r1"]
    assert [r.id for r in await store.runs(RunQuery(word="active"))] == ["r1"]
