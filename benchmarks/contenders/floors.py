"""The floors: the least code that does the job, without leases, timers, history or retries. Nobody can be faster."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from typing import TYPE_CHECKING, Any

from meter import AT_ONCE, MANY, NAP, ORDER, PARTS, Figures, executed, in_flight, main, note, recovery, rounds

if TYPE_CHECKING:
    from pathlib import Path


async def count_up(count: int) -> int:
    return count + 1


# ---- plain Python ----------------------------------------------------------------------------------------------------


async def plain_w1(_folder: Path) -> Figures:
    async def one() -> None:
        count = 0
        for _ in range(19):
            count = await count_up(count)
        assert count == 19

    seconds = await rounds(one, least=1000)
    return {"seconds": seconds, "steps a second": 19 / seconds}


async def snapshot_w1(_folder: Path) -> Figures:
    """Likewise, and all values as JSON after each step."""

    async def one() -> None:
        count, kept = 0, ""
        for step in range(19):
            count = await count_up(count)
            kept = json.dumps({"step": step, "count": count, "order": ORDER})
        assert kept

    seconds = await rounds(one, least=1000)
    return {"seconds": seconds, "steps a second": 19 / seconds}


async def plain_w3(_folder: Path) -> Figures:
    async def one() -> None:
        await asyncio.gather(*(asyncio.sleep(NAP) for _ in range(PARTS)))

    return {"seconds": await rounds(one, least=100)}


# ---- SQLite ----------------------------------------------------------------------------------------------------------

_TABLE = 'CREATE TABLE runs (number INTEGER PRIMARY KEY, step INTEGER, count INTEGER, "order" TEXT)'


def opened(folder: Path) -> sqlite3.Connection:
    """WAL with FULL, as wgen has it, and the log at the size at which it stays: a fresh one is slower."""
    is_new = not (folder / "floor.db").exists()
    db = sqlite3.connect(folder / "floor.db", isolation_level=None)
    if not is_new:
        return db
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute(_TABLE)
    db.execute("CREATE TABLE ballast (text TEXT)")
    for _ in range(1_100):
        db.execute("INSERT INTO ballast VALUES (?)", ("x" * 4_000,))
    db.execute("DROP TABLE ballast")
    return db


def start(db: sqlite3.Connection) -> int:
    return db.execute("INSERT INTO runs VALUES (NULL, 0, 0, ?)", (json.dumps(ORDER),)).lastrowid or 0


_STEP = "UPDATE runs SET step = ?, count = ? WHERE number = ?"


async def sqlite_w1(folder: Path) -> Figures:
    """A commit a step."""
    db = opened(folder)

    async def one() -> None:
        run = start(db)
        count = 0
        for step in range(19):
            count = await count_up(count)
            db.execute(_STEP, (step, count, run))

    seconds = await rounds(one, least=100)
    return {"seconds": seconds, "steps a second": 19 / seconds}


class Grouped:
    """One commit a turn of the event loop, for all that has come in it."""

    def __init__(self, folder: Path) -> None:
        self.db = opened(folder)
        self._todo: list[tuple[str, tuple[Any, ...]]] = []
        self._done: asyncio.Future[None] | None = None

    def write(self, sql: str, *values: Any) -> asyncio.Future[None]:
        self._todo.append((sql, values))
        if self._done is None:
            loop = asyncio.get_running_loop()
            self._done = loop.create_future()
            loop.call_soon(self._commit)
        return self._done

    def _commit(self) -> None:
        todo, done = self._todo, self._done
        self._todo, self._done = [], None
        self.db.execute("BEGIN IMMEDIATE")
        for sql, values in todo:
            self.db.execute(sql, values)
        self.db.execute("COMMIT")
        if done is not None:
            done.set_result(None)


async def grouped_w2(folder: Path) -> Figures:
    """Least code with group commit."""
    store = Grouped(folder)
    order = json.dumps(ORDER)

    async def one(run: int) -> None:
        await store.write("INSERT INTO runs VALUES (?, 0, 0, ?)", run, order)
        count = 0
        for step in range(10):
            count = await count_up(count)
            await store.write(_STEP, step, count, run)

    seconds = await in_flight(one, MANY, AT_ONCE)
    return {"seconds": seconds, "steps a second": 10 * MANY / seconds}


async def grouped_w5(folder: Path) -> Figures:
    """1,000 events, each kept in its run with group commit."""
    store = Grouped(folder)
    for _ in range(MANY):
        start(store.db)
    begin = time.perf_counter()
    await asyncio.gather(*(store.write(_STEP, 1, number, number + 1) for number in range(MANY)))
    return {"seconds": time.perf_counter() - begin}


async def grouped_w6(folder: Path) -> Figures:
    return recovery(folder, "SQLite, grouped", 10 * MANY, AT_ONCE)


async def grouped_w6_work(folder: Path) -> Figures:
    begun = bool(executed(folder))
    tell = note(folder)
    store = Grouped(folder)
    for _ in range(0 if begun else MANY):
        start(store.db)
    runs = store.db.execute("SELECT number, count FROM runs WHERE count < 10").fetchall()

    async def one(number: int) -> None:
        run, count = runs[number]
        while count < 10:
            tell(f"{run}/{count}")
            count = await count_up(count)
            await store.write(_STEP, count, count, run)

    await in_flight(one, len(runs), AT_ONCE)
    return {}


if __name__ == "__main__":
    main(
        {
            "plain Python": {"W1": plain_w1, "W3": plain_w3},
            "plain Python, JSON a step": {"W1": snapshot_w1},
            "SQLite": {"W1": sqlite_w1},
            "SQLite, grouped": {"W2": grouped_w2, "W5": grouped_w5, "W6": grouped_w6, "W6-work": grouped_w6_work},
        }
    )
