"""What the guard counts: things that are done so many times in a process of its own, and the floors below them.

    python benchmarks/guarded.py NAME COUNT

The process says nothing. guard.py runs it under valgrind; by hand it is something to give to a profiler.
"""

from __future__ import annotations

import asyncio
import gc
import io
import sqlite3
import sys
import tempfile
import tokenize
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "flows"), str(HERE / "contenders")]

from meter import AT_ONCE, ORDER, in_flight
from workload import FLOW, PYTHON

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine

    from wgen.runtime import Engine

# ---- floors: what Python and sqlite3 take for the least of it --------------------------------------------------------


async def count_up(count: int) -> int:
    return count + 1


async def awaited_call(count: int) -> None:
    """A coroutine function is awaited."""
    reached = 0
    for _ in range(count):
        reached = await count_up(reached)


async def task_of_the_loop(count: int) -> None:
    """A coroutine is gathered with 99 others, each a task of the event loop that lets the others go first."""
    for _ in range(count // AT_ONCE):
        await asyncio.gather(*(asyncio.sleep(0) for _ in range(AT_ONCE)))


async def committed_row(count: int) -> None:
    """A row is changed in SQLite's WAL, in a commit of its own."""
    db, folder = _table()
    with folder:
        for number in range(count):
            db.execute("UPDATE runs SET count = ? WHERE number = 1", (number,))
        db.close()


async def grouped_row(count: int) -> None:
    """A row is changed in SQLite's WAL, with 99 others in a commit."""
    db, folder = _table()
    with folder:
        for number in range(count // AT_ONCE):
            db.execute("BEGIN IMMEDIATE")
            for run in range(AT_ONCE):
                db.execute("UPDATE runs SET count = ? WHERE number = ?", (number, run + 1))
            db.execute("COMMIT")
        db.close()


def _table() -> tuple[sqlite3.Connection, tempfile.TemporaryDirectory[str]]:
    folder = tempfile.TemporaryDirectory()
    db = sqlite3.connect(Path(folder.name) / "floor.db", isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = OFF")  # a flush of the disk takes no instructions of this process
    db.execute('CREATE TABLE runs (number INTEGER PRIMARY KEY, count INTEGER, "order" TEXT)')
    db.executemany("INSERT INTO runs VALUES (NULL, 0, ?)", [(str(ORDER),)] * AT_ONCE)
    return db, folder


async def python_tokenized(count: int) -> None:
    """The tokenizer of the standard library, Python and regular expressions, reads a module of 20 lines."""
    for _ in range(count):
        for _token in tokenize.generate_tokens(io.StringIO(PYTHON).readline):
            pass


# ---- wgen ------------------------------------------------------------------------------------------------------------


class Handlers:
    """Tasks that do nothing but what tells them apart."""

    async def count_up_count(self, *, count: int) -> int:
        return count + 1

    async def prepare_with_count(self, *, count: int) -> list[int]:
        return list(range(count))

    async def rest_for_number(self, *, number: int) -> None:
        await asyncio.sleep(0)


@asynccontextmanager
async def on_sqlite() -> AsyncIterator[Engine]:
    import wgen.stores.sqlite_writer as writer  # noqa: PLC0415 - the floors do without
    from wgen.runtime import Engine  # noqa: PLC0415

    # The clock runs on while valgrind makes everything slow: commits would move to a thread, now and then.
    writer.SLOW = float("inf")  # type: ignore[misc]
    with tempfile.TemporaryDirectory() as folder:
        async with Engine(f"sqlite:///{folder}/runs.db?synchronous=off", lease=3600) as engine:
            yield engine


@asynccontextmanager
async def in_memory() -> AsyncIterator[Engine]:
    from wgen.runtime import Engine  # noqa: PLC0415

    async with Engine("memory://", lease=3600) as engine:
        yield engine


async def steps(engine: Engine, count: int) -> None:
    """One run of 19 tasks after the other, with their beginnings and ends, as many as have so many tasks."""
    from measured_flow import NINETEEN_TASKS  # noqa: PLC0415

    engine.register(NINETEEN_TASKS, Handlers())
    for _ in range(count // 19):
        assert await (await engine.start(NINETEEN_TASKS, count=0, order=ORDER)).result() == 19


async def step_in_memory(count: int) -> None:
    async with in_memory() as engine:
        await steps(engine, count)


async def step_on_sqlite(count: int) -> None:
    async with on_sqlite() as engine:
        await steps(engine, count)


async def step_of_many(count: int) -> None:
    """Runs of 10 tasks, 100 in flight."""
    from measured_flow import TEN_TASKS  # noqa: PLC0415

    async with on_sqlite() as engine:
        engine.register(TEN_TASKS, Handlers())

        async def one(_: int) -> None:
            assert await (await engine.start(TEN_TASKS, count=0, order=ORDER)).result() == 10

        await in_flight(one, count // 10, AT_ONCE)


async def branch(count: int) -> None:
    """Fan-outs of 100 branches in memory."""
    from measured_flow import FAN_OUT  # noqa: PLC0415

    async with in_memory() as engine:
        engine.register(FAN_OUT, Handlers())
        for _ in range(count // AT_ONCE):
            assert await (await engine.start(FAN_OUT, count=AT_ONCE)).result() == AT_ONCE


async def event(count: int) -> None:
    """A run is started, waits, is sent its event, and ends."""
    from measured_flow import ONE_EVENT  # noqa: PLC0415

    async with on_sqlite() as engine:
        engine.register(ONE_EVENT, Handlers())
        for number in range(count):
            run = await engine.start(ONE_EVENT, count=number)
            while engine.crew.holds(run.id) is not None:
                await asyncio.sleep(0)
            await engine.send(run.id, "signal", number)
            assert await run.result() == number


async def flow_is_checked(count: int) -> None:
    """A flow of 20 lines is read and checked, as `wgen lint` does it."""
    from wgen.compiler.compile import check  # noqa: PLC0415
    from wgen.compiler.source import Source  # noqa: PLC0415

    for number in range(count):
        assert check(Source(FLOW.format(n=number))).ok


async def flow_is_compiled(count: int) -> None:
    """A flow of 20 lines is read, checked and written as a module."""
    from wgen.compiler.compile import check, emit_module  # noqa: PLC0415
    from wgen.compiler.source import Source  # noqa: PLC0415

    for number in range(count):
        assert emit_module(check(Source(FLOW.format(n=number))))


THINGS: dict[str, Callable[[int], Coroutine[None, None, None]]] = {
    "awaited-call": awaited_call,
    "task-of-the-loop": task_of_the_loop,
    "committed-row": committed_row,
    "grouped-row": grouped_row,
    "python-tokenized": python_tokenized,
    "step-in-memory": step_in_memory,
    "step-on-sqlite": step_on_sqlite,
    "step-of-many": step_of_many,
    "branch": branch,
    "event": event,
    "flow-is-checked": flow_is_checked,
    "flow-is-compiled": flow_is_compiled,
}


if __name__ == "__main__":
    gc.disable()  # how often it comes depends on everything that is loaded
    asyncio.run(THINGS[sys.argv[1]](int(sys.argv[2])))
