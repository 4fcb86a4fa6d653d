"""Reads of a SQLite store go through the connection that writes, but never in the middle of a write."""

from __future__ import annotations

import asyncio
from threading import Event
from typing import TYPE_CHECKING

from tests.runtime.support import go
from wgen.runtime.rows import RunQuery
from wgen.stores.sqlite import SqliteStore
from wgen.testing.store_cases.support import held_run, loaded

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path


def test_a_run_is_read_while_a_task_has_a_transaction(tmp_path: Path) -> None:
    async def main() -> None:
        store = SqliteStore(f"sqlite:///{tmp_path}/x.db")
        await store.open()
        row = await held_run(store)
        joined = await store.join()
        store._writer.db.execute("UPDATE runs SET key = 'not committed'")
        assert (await loaded(store)).row == row
        assert [found.key for found in await store.runs(RunQuery())] == [None]
        joined.roll_back()
        await store.close()

    go(main())


def test_a_run_is_read_while_a_thread_writes(tmp_path: Path) -> None:
    def write_slowly(db: sqlite3.Connection, gate: Event) -> None:
        db.execute("UPDATE runs SET key = 'not committed'")
        assert gate.wait(10)

    async def main() -> None:
        store = SqliteStore(f"sqlite:///{tmp_path}/x.db")
        await store.open()
        row = await held_run(store)
        writer, gate = store._writer, Event()
        writer._slowness = 100  # as after commits that were too slow for the loop
        writing = writer.submit(write_slowly, gate)
        await asyncio.sleep(0)  # the turn of the loop in which writes are handed to the thread
        assert writer.in_thread
        assert (await loaded(store)).row == row
        assert writer.in_thread
        gate.set()
        await writing
        assert (await loaded(store)).row.key == "not committed"
        await store.close()

    go(main())
