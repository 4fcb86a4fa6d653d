"""Kills the examples: `python -m tests.crash.stories FOLDER POINTS NAME...` prints the verdicts of each story as JSON.

Each story is told once without a kill, then once for each of its points, or for POINTS of them that lie far apart. A
life is a process that performs the story on a SQLite file, in a loop whose time leaps; the next one goes on when the
lease has ended.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import tempfile
from collections import Counter
from contextlib import redirect_stdout
from dataclasses import asdict
from functools import partial
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.crash.fork import lives
from tests.crash.points import Points
from tests.examples.stories import STORIES
from wgen.runtime.rows import RunQuery
from wgen.stores import sqlite_writer
from wgen.stores.sqlite import SqliteStore
from wgen.testing import HandlerCall, Verdict
from wgen.testing.life import AllEnded, Life
from wgen.testing.loop import run_leaping
from wgen.testing.recorder import Recorder
from wgen.testing.verdict import Kept, Performed, Tried, judge, kept_in

if TYPE_CHECKING:
    from wgen.testing.scene import Scene

STORE: Final = "store.db"


class Noting(Recorder):
    """Notes each call in a file that outlives the process."""

    def __init__(self, scene: Scene, points: Points, folder: Path) -> None:
        super().__init__(scene, points, [])
        self._file = os.open(folder / "begun", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def begin(self, call: HandlerCall) -> None:
        super().begin(call)
        os.write(self._file, json.dumps([call.flow, call.step, call.attempt]).encode() + b"\n")


def begun_in(folder: Path) -> Counter[Tried]:
    """The attempts that all lives so far have begun."""
    file = folder / "begun"
    return Counter(Tried(*json.loads(line)) for line in file.read_text().splitlines()) if file.exists() else Counter()


# ---- one life --------------------------------------------------------------------------------------------------------


def live(scene: Scene, folder: Path, kill_at: str | None) -> None:
    """Performs the story from where the store has it, and leaves the points that it came by."""
    points = Points(kill_at)
    store = _store(folder)
    begin = asyncio.run(_end_of_leases(store, scene.start)) if (folder / STORE).exists() else scene.start
    sqlite_writer.SLOW = 3600.0  # type: ignore[misc]  # whatever the disk is like today
    points.watch_commits()
    with redirect_stdout(StringIO()):  # what the handlers print
        run_leaping(begin, _live(scene, store, Noting(scene, points, folder)), "live")
    (folder / "points").write_text(json.dumps(points.reached))


def _store(folder: Path) -> SqliteStore:
    # What a process has committed outlives its kill in any mode; only a power cut would need more.
    return SqliteStore(f"sqlite:///{folder / STORE}?synchronous=NORMAL")


async def _end_of_leases(store: SqliteStore, start: float) -> float:
    await store.open()
    rows = await store.runs(RunQuery(children=True))
    await store.close()
    return max(
        (time for row in rows for time in (row.updated_at, row.due if row.owner else None) if time), default=start
    )


async def _live(scene: Scene, store: SqliteStore, recorder: Recorder) -> None:
    await store.open()
    try:
        await Life(scene, store, recorder, set()).live(AllEnded())
    finally:
        await store.close()


# ---- one story -------------------------------------------------------------------------------------------------------


def prove(scene: Scene, folder: Path, limit: int | None) -> list[Verdict]:
    """Counts the points, then kills at each of them, or at about `limit` of them."""
    undisturbed = folder / "undisturbed"
    undisturbed.mkdir(parents=True)
    lives(partial(live, scene, undisturbed, None), to_be_killed=False)
    calm = Performed(_kept(undisturbed), begun_in(undisturbed))
    points = json.loads((undisturbed / "points").read_text())
    step = 1 if limit is None else max(1, len(points) // limit)
    return [_killed_at(scene, folder, calm, point) for point in points[step // 2 :: step]]


def _killed_at(scene: Scene, folder: Path, calm: Performed, point: str) -> Verdict:
    place = folder / point
    place.mkdir()
    killed = lives(partial(live, scene, place, point), to_be_killed=True)
    in_flight = begun_in(place) - _kept(place).saved
    lives(partial(live, scene, place, None), to_be_killed=False)
    return judge([point] if killed else [], calm, Performed(_kept(place), begun_in(place)), in_flight)


def _kept(folder: Path) -> Kept:
    """Looks into a copy: reading the file itself would mend it, which is for the process that takes over."""
    with tempfile.TemporaryDirectory() as copy:
        for file in (folder / STORE, folder / f"{STORE}-wal"):
            if file.exists():
                shutil.copy(file, copy)
        return asyncio.run(_read(_store(Path(copy))))


async def _read(store: SqliteStore) -> Kept:
    await store.open()
    try:
        return await kept_in(store)
    finally:
        await store.close()


def main() -> None:
    folder, limit, *names = sys.argv[1:]
    scenes = {name: STORIES[name].scene for name in names}
    places = {name: Path(folder, str(number)) for number, name in enumerate(names)}
    found = {name: prove(scene, places[name], json.loads(limit)) for name, scene in scenes.items()}
    told = {name: [asdict(verdict) for verdict in verdicts] for name, verdicts in found.items()}
    print(json.dumps(told))  # noqa: T201 - what it is for


if __name__ == "__main__":
    main()
