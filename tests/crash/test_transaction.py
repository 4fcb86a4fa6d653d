"""Exactly once: a task's own SQL is committed with its step, however often the process is killed around it."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.compiled import compiled
from tests.crash.fork import lives
from tests.crash.life import QuickClock
from tests.crash.points import Points

ROOT = Path(__file__).parents[2]
TEXT = """
@Given (order)
@Then charge (order) giving (receipt)
@Then pack (order) giving (parcel)
@And book (order) giving (entry)
@Then ship (parcel)
"""
TASKS = ("charge_order", "pack_order", "book_order", "ship_parcel")


class Books:
    """Writes a row for each task, in the transaction of its step."""

    def __init__(self, points: Points) -> None:
        self._points = points

    def __getattr__(self, name: str) -> Any:
        if name not in TASKS:
            raise AttributeError(name)

        async def act(**_: Any) -> str:
            from wgen.runtime import current, transaction

            self._points.reach("before task")
            async with transaction() as db:
                db.execute("INSERT INTO ledger VALUES (?, ?)", (current().run, name))
                self._points.reach("in transaction")
            self._points.reach("after task")
            return name

        return act


async def live(folder: Path, life: int, points: Points) -> None:
    """Starts the two runs, if they are not there, and executes them to their end."""
    from wgen.runtime import Engine
    from wgen.stores.sqlite import SqliteStore

    points.watch_commits()
    store = SqliteStore(f"sqlite:///{folder}/runs.db")
    await store.open()
    store._writer.db.execute("CREATE TABLE IF NOT EXISTS ledger (run TEXT, task TEXT)")
    (flow,) = compiled(TEXT)
    async with Engine(store, clock=QuickClock(life), lease=3600, worker=False) as engine:
        engine.register(flow, Books(points))
        for key in ("a", "b"):
            if not await engine.runs(key=key):
                await engine.start(flow, key=key, order=key)
        await engine.worker.run_until_idle()
    await store.close()


def one_life(folder: Path, life: int, kill_at: str | None) -> list[str] | None:
    """The points that were reached; None when it was killed."""

    def live_here() -> None:
        points = Points(kill_at)
        asyncio.run(live(folder, life, points))
        (folder / "points").write_text(json.dumps(points.reached))

    if lives(live_here, to_be_killed=kill_at is not None):
        return None
    reached: list[str] = json.loads((folder / "points").read_text())
    return reached


def prove(folder: Path) -> dict[str, int]:
    """Kills at each point once; returns how many rows were wrong, by point."""
    calm = folder / "calm"
    calm.mkdir()
    points = one_life(calm, 0, None) or []
    wrong = {}
    for number, point in enumerate(points):
        case = folder / str(number)
        case.mkdir()
        assert one_life(case, 0, point) is None, f"not killed {point}"
        assert one_life(case, 1, None) is not None
        with closing(sqlite3.connect(case / "runs.db")) as db:
            rows = db.execute("SELECT count(*), count(DISTINCT run || task) FROM ledger").fetchone()
            ended = db.execute("SELECT count(*) FROM runs WHERE status = 'finished'").fetchone()[0]
        if rows != (8, 8) or ended != 2:
            wrong[point] = rows[0]
    return {"points": len(points), **wrong}


def test_a_kill_anywhere_leaves_each_row_once(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "tests.crash.test_transaction", str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, check=False,
        timeout=120,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout)
    assert found.pop("points") > 40
    assert found == {}


if __name__ == "__main__":
    print(json.dumps(prove(Path(sys.argv[1]))))  # noqa: T201 - what it is for
