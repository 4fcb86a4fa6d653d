"""Ten thousand runs wait and ten thousand events are kept: what is meant is found without a look at the others."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.runtime.support import go
from wgen.runtime.ports import Store
from wgen.runtime.rows import WaitOver
from wgen.stores import sqlite_tellings, sqlite_waits
from wgen.stores.memory import MemoryStore
from wgen.stores.sqlite import SqliteStore
from wgen.testing.store_cases.support import START, change_of, find, loaded, publish, save, wait, waiting_run

MANY = 10_000


async def fill(store: SqliteStore) -> None:
    """Ten thousand open waits and as many kept events, of one flow and one name, written at once."""
    await waiting_run(store, wait(order=1))
    db = store._writer.db
    db.execute("BEGIN IMMEDIATE")
    for number in range(2, MANY):
        key = json.dumps([str(number)])
        db.execute(
            """INSERT INTO runs (number, id, flow, version, digest, status, position, created_at, updated_at)
            VALUES (?, ?, 'f', 1, 'd', 'waiting', '{}', 0, 0)""",
            (number, f"r{number}"),
        )
        row = (number, 0, "f", "e", '["order"]', key)
        db.execute('INSERT INTO waits (run, place, flow, event, fields, "key") VALUES (?, ?, ?, ?, ?, ?)', row)
        db.execute("INSERT INTO unmatched VALUES (?, 'f', 'e', NULL, '{}', ?, NULL)", (number, START + 1000))
        db.execute("""INSERT INTO unmatched_keys VALUES ('f', 'e', '["order"]', ?, ?)""", (key, MANY + number))
    db.execute("COMMIT")


def plan(store: SqliteStore, sql: str, *arguments: Any) -> str:
    rows = store._writer.db.execute(f"EXPLAIN QUERY PLAN {sql}", arguments).fetchall()
    return "\n".join(row[3] for row in rows)


def test_what_is_looked_up_is_found_by_an_index(tmp_path: Path) -> None:
    async def main() -> None:
        store = SqliteStore(f"sqlite:///{tmp_path}/runs.db")
        await store.open()
        await fill(store)
        for analysed in (False, True):
            if analysed:
                store._writer.db.execute("ANALYZE")
            plans = [
                plan(store, sqlite_waits.COMPARED, "f", "e"),
                plan(store, sqlite_waits.FIND, "f", "e", '["order"]', '["77"]'),
                plan(store, sqlite_waits.KEPT, "f", "e", '["order"]', '["77"]'),
                plan(store, sqlite_waits.KNOWN, "f", "id", 0.0),
                plan(store, sqlite_waits.DUE, 0.0),
                plan(store, sqlite_waits.WITHDRAW_ALL, 1, None, 0.0),
                plan(store, "DELETE FROM waits WHERE run = ? AND place = ?", 1, 0),
                plan(store, "DELETE FROM unmatched_keys WHERE number = ?", 1),
                plan(store, sqlite_tellings.NEXT_TELLING, "bell"),
                plan(store, sqlite_tellings.DUE, "bell", 0.0),
            ]
            for told in plans:
                assert "SCAN" not in told, told
                assert "SEARCH" in told
            assert "waits_key (flow=? AND event=? AND fields=? AND key=?)" in plans[1]
        await store.close()

    go(main())


@contextmanager
def counting_calls() -> Iterator[Counter[str]]:
    """Counts the calls of functions."""
    calls: Counter[str] = Counter()

    def count(_frame: Any, event: str, _argument: Any) -> None:
        calls[event] += 1

    sys.setprofile(count)
    try:
        yield calls
    finally:
        sys.setprofile(None)


async def look_up(store: Store) -> None:
    """An event is given to a run that waits, and a run takes one that is kept."""
    found = await find(store, order=-7)
    assert await publish(store, *found, order=-7) == ["mine"]
    row = (await loaded(store, "mine")).row
    await save(store, change_of(row, closed=[WaitOver(0)], opened=[wait(order=-8)]))


async def prepare(store: Store) -> None:
    await waiting_run(store, wait(order=-7), id="mine")
    await publish(store, order=-8)


def test_the_store_in_memory_looks_at_nothing_else() -> None:
    async def calls_among(many: int) -> int:
        store = MemoryStore()
        for number in range(many):
            await waiting_run(store, wait(order=number), id=f"r{number}")
            await publish(store, order=f"nobody {number}")
        await prepare(store)
        with counting_calls() as calls:
            await look_up(store)
        assert len((await loaded(store, "mine")).events) == 2
        return calls.total()

    assert go(calls_among(MANY)) <= go(calls_among(10)) * 1.2


def test_sqlite_looks_at_nothing_else(tmp_path: Path) -> None:
    async def steps_among(*, many: bool) -> int:
        store = SqliteStore(f"sqlite:///{tmp_path}/{many}.db")
        await store.open()
        if many:
            await fill(store)
        await prepare(store)
        steps: Counter[str] = Counter()
        for db in (store._writer.db, store._both()[1]):
            db.set_progress_handler(lambda: steps.update("s"), 10)
        await look_up(store)
        assert len((await loaded(store, "mine")).events) == 2
        await store.close()
        return steps["s"]

    assert go(steps_among(many=True)) <= go(steps_among(many=False)) * 1.2
