"""What wgen costs as runs and stores grow: W7 with a million runs, and W8.

Large stores hold copies of runs that the engine has made: their rows are copied by SQL, with numbers, ids and keys of
their own. The store in memory is for tests, and has no large ones: a search goes through all its runs.
"""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "flows"), str(HERE.parent)]

# isort: split
from growth import HISTORY, LATEST, LOOK, SEARCH, START, VALUES
from measured_flow import LONG_NAP, MANY_ROUNDS, ONE_EVENT
from meter import AT_ONCE, TRIAL, Figures, in_flight, middle, resident, rounds

from wgen.runtime import Engine

FEW = 100
"""Runs that are made by the engine, and copied."""

MILLION = 10_000 if TRIAL else 1_000_000
PAUSE = 0.5 if TRIAL else 5.0


class Handlers:
    """None of these flows has a task that matters; a loop notes when its counting has come so far."""

    def __init__(self) -> None:
        self.at: dict[int, float] = {}

    async def count_up_count(self, *, count: int) -> int:
        self.at[count] = time.perf_counter()
        return count + 1


# ---- W7 --------------------------------------------------------------------------------------------------------------


async def w7(url: str, _folder: Path) -> Figures:
    """The runs have come to their wait in this worker."""
    async with Engine(url, concurrency=AT_ONCE) as engine:
        many = 500 if TRIAL else 10_000
        await start_waiting(engine, many)  # caches fill, SQLite's, too
        before = resident()
        runs = await start_waiting(engine, many, many)
        return await waiting(engine, runs[:: many // 100], (resident() - before) / many)


async def w7_million(url: str, folder: Path) -> Figures:
    """The runs are there when the worker begins."""
    command = (sys.executable, *sys.argv[:2], "W7x1M-make", str(folder))
    await asyncio.to_thread(subprocess.run, command, check=True, stdout=subprocess.DEVNULL)
    chosen = every_nth_id(folder / "runs.db", MILLION // 100)
    before = resident()
    async with Engine(url) as engine:
        engine.register(ONE_EVENT, Handlers())
        await asyncio.sleep(PAUSE / 5)  # it has looked for what is due
        return await waiting(engine, chosen, (resident() - before) / MILLION)


async def w7_million_make(url: str, folder: Path) -> Figures:
    async with Engine(url) as engine:
        await start_waiting(engine, FEW)
    copy_runs(folder / "runs.db", MILLION)
    return {}


async def waiting(engine: Engine, chosen: list[str], memory: float) -> Figures:
    """What a worker takes that idles, and how long it takes to wake each of the chosen runs."""
    await asyncio.sleep(PAUSE / 5)  # what the starts have left to do is not idling
    begun = time.process_time()
    await asyncio.sleep(PAUSE)
    idle = (time.process_time() - begun) / PAUSE
    todo = iter(chosen)

    async def wake() -> None:
        run = engine.handle(next(todo))
        await engine.send(run.id, "signal", 1)
        await run.result()

    return {"bytes a run": memory, "idle CPU": idle, "seconds to wake": await rounds(wake, least=80, seconds=0)}


async def start_waiting(engine: Engine, many: int, begin: int = 0) -> list[str]:
    """Starts so many runs, and returns when all wait for an event."""
    engine.register(ONE_EVENT, Handlers())
    found: list[str] = []

    async def one(number: int) -> None:
        found.append((await engine.start(ONE_EVENT, count=number, key=f"key {begin + number}")).id)

    await in_flight(one, many, AT_ONCE)
    await at_rest(engine)
    return found


async def at_rest(engine: Engine) -> None:
    """Returns when no run is at work, or waits for room at the worker."""
    while any([await engine.runs(status=status, limit=1) for status in ("pending", "running")]):
        await asyncio.sleep(0.05)


# ---- W8: a run that grows --------------------------------------------------------------------------------------------


async def w8(url: str, _folder: Path) -> Figures:
    """Seconds of a step, by the size of a value that is held, and by the number of steps before it."""
    figures: Figures = {}
    handlers = Handlers()
    async with Engine(url) as engine:
        engine.register(MANY_ROUNDS, handlers)

        async def per_step(size: int, rounds: int) -> list[float]:
            handlers.at.clear()
            run = await engine.start(MANY_ROUNDS, ballast="x" * size, rounds=rounds, count=0)
            await run.result()
            return [handlers.at[number + 1] - handlers.at[number] for number in range(rounds - 1)]

        await per_step(1_000, 1_000)
        for size in VALUES.sizes:
            figures[VALUES.figure(size)] = middle((await per_step(size, 500))[100:])
        window = 5 if TRIAL else 500
        longest = 2_000 if TRIAL else HISTORY.sizes[-1]
        long = await per_step(1_000, longest + window + 1)
        for behind in HISTORY.sizes:
            begin = min(behind, longest)
            figures[HISTORY.figure(behind)] = middle(long[begin : begin + window])
    return figures


# ---- W8: a store that grows ------------------------------------------------------------------------------------------


async def w8_store(url: str, folder: Path) -> Figures:
    """Half of the runs have finished, a quarter waits for an event, and a quarter for a time."""
    figures: Figures = {}
    there = 0
    for size in START.sizes:
        much = size // 100 if TRIAL else size
        async with Engine(url, concurrency=AT_ONCE) as engine:
            await populate(engine, FEW, there)
        copy_runs(folder / "runs.db", much)
        there += much
        async with Engine(url, worker=False) as engine:
            figures |= await measured(engine, size)
    return figures


async def populate(engine: Engine, many: int, begin: int) -> None:
    """So many runs more, the finished ones first, each with a key of its own."""
    runs = await start_waiting(engine, 3 * many // 4, begin)
    engine.register(LONG_NAP, Handlers())

    async def end(number: int) -> None:
        await engine.send(runs[number], "signal", number)
        await engine.handle(runs[number]).result()

    async def nap(number: int) -> None:
        await engine.start(LONG_NAP, count=number, key=f"key {begin + 3 * many // 4 + number}")

    await in_flight(end, many // 2, AT_ONCE)
    await in_flight(nap, many // 4, AT_ONCE)
    await at_rest(engine)


async def measured(engine: Engine, size: int) -> Figures:
    engine.register(ONE_EVENT, Handlers())
    engine.register(LONG_NAP, Handlers())
    new = itertools.count()

    async def begin() -> None:
        await engine.start(ONE_EVENT, count=0, key=f"new {size} {next(new)}")

    return {
        LOOK.figure(size): await rounds(engine.tick, least=200),
        SEARCH.figure(size): await rounds(lambda: engine.runs(key="key 7"), least=200),
        LATEST.figure(size): await rounds(lambda: engine.runs(status="waiting", limit=20), least=200),
        START.figure(size): await rounds(begin, least=200, seconds=0),
    }


# ---- copies of runs --------------------------------------------------------------------------------------------------


def copy_runs(file: Path, upto: int) -> None:
    """Copies the latest hundred runs, with all their rows, until there are so many."""
    db = sqlite3.connect(file, isolation_level=None)
    there, last = db.execute("SELECT count(*), max(number) FROM runs").fetchone()
    copies = (upto - there) // FEW
    db.execute("PRAGMA journal_mode = DELETE")
    db.execute("PRAGMA synchronous = OFF")
    db.execute("CREATE TEMP TABLE copies (n INTEGER)")
    db.executemany("INSERT INTO copies VALUES (?)", ((n,) for n in range(1, copies + 1)))
    for table, columns in tables_of_runs(db).items():
        which = "number" if table == "runs" else "run"
        names = ", ".join(f'"{column}"' for column in columns)
        values = ", ".join(copied(table, column) for column in columns)
        db.execute(f'CREATE TEMP TABLE originals AS SELECT {names} FROM "{table}" WHERE {which} > ?', (last - FEW,))
        db.execute(f'INSERT INTO "{table}" ({names}) SELECT {values} FROM copies, originals')
        db.execute("DROP TABLE originals")
    db.execute("PRAGMA journal_mode = WAL")
    assert abs(db.execute("SELECT count(*) FROM runs").fetchone()[0] - upto) < FEW
    db.close()


def tables_of_runs(db: sqlite3.Connection) -> dict[str, list[str]]:
    """The columns of the tables that belong to runs, but for the numbers that SQLite gives to their rows."""
    found = {}
    for (table,) in db.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'").fetchall():
        columns = {row[1]: row[5] for row in db.execute(f'PRAGMA table_info("{table}")')}
        keys = [column for column, place in columns.items() if place]
        if table == "runs":
            found[table] = list(columns)
        elif "run" in columns:
            found[table] = [column for column in columns if keys != [column]]
    return found


def copied(table: str, column: str) -> str:
    if (table, column) == ("runs", "number") or column == "run":
        return f'"{column}" + n * {FEW}'
    if (table, column) == ("runs", "id"):
        return "substr(id, 1, 24) || printf('%012x', number + n * " + str(FEW) + ")"
    if (table, column) == ("runs", "key"):
        return "\"key\" || ' copy ' || n"
    return f'"{column}"'


def every_nth_id(file: Path, step: int) -> list[str]:
    db = sqlite3.connect(file)
    found = [row[0] for row in db.execute("SELECT id FROM runs WHERE number % ? = 1", (step,))]
    db.close()
    return found
