"""Killed at any commit and any call of a source: each wait is told of, and each published event is taken once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.compiled import compiled
from tests.crash.fork import lives
from tests.crash.points import Points
from wgen.runtime import Engine
from wgen.runtime.clock import sleep_until
from wgen.stores.sqlite import SqliteStore
from wgen.testing.clock import START
from wgen.testing.loop import leaping_loop, run_leaping

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wgen.runtime import OpenWait

ROOT = Path(__file__).parents[2]
RINGS = 2
TEXT = f"""
@Flow guests
@Given (guest)
@Repeat {RINGS} times
    @Receive (ring) from door bell "front" where (ring - name) is (guest - name)
    @Then open the door for (ring)
@End
@Together, first to succeed wins
    @Branch nobody
        @Receive (knock) from door bell "back"
    @Branch time
        @Wait 1 hour
@End
@Receive (knock) from door bell "back", or fail after 1 hour
"""


class Told(NamedTuple):
    """A call of the source: begun or ended."""

    what: str
    wait: str
    event: str


class Bell:
    """Notes its calls in a file that outlives the process."""

    def __init__(self, points: Points, folder: Path) -> None:
        self._points = points
        self._file = os.open(folder / "told", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    async def setup(self, wait: OpenWait) -> None:
        self._hear("setup", wait)

    async def teardown(self, wait: OpenWait, handled: bool) -> None:
        self._hear(f"teardown {handled}", wait)

    def _hear(self, what: str, wait: OpenWait) -> None:
        self._points.reach("before handler")
        os.write(self._file, json.dumps(Told(what, wait.id, wait.event)).encode() + b"\n")
        self._points.reach("after handler")


class Porter:
    async def open_the_door_for_ring(self, *, ring: Any) -> None:
        """Nothing is to be done: the history tells how often it was."""


async def live(folder: Path, points: Points) -> None:
    """Starts a run, if it is not there, publishes what it waits for, twice, and executes it to its end."""
    store = SqliteStore(f"sqlite:///{folder}/runs.db?synchronous=NORMAL")
    await store.open()
    (flow,) = compiled(TEXT)
    engine = Engine(store, clock=leaping_loop(), worker=False, lease=10, sources={"door bell": Bell(points, folder)})
    async with engine:
        engine.register(flow, Porter())
        early = {"name": "Ada", "number": 0}
        await engine.publish("ring", early, id="ring 0")
        if not await engine.runs():
            await engine.start(flow, guest={"name": "Ada"})
        for number in range(2 * RINGS):
            await engine.tick()
            await engine.publish("ring", {"name": "Ada", "number": number // 2}, id=f"ring {number // 2}")
        while (due := await engine.tick()) is not None:
            await sleep_until(engine.clock, due)
        (folder / "end").write_text(json.dumps(await _end(engine)))
    await store.close()


async def _end(engine: Engine) -> dict[str, Any]:
    (run,) = await engine.runs()
    whats = Counter(entry.what for entry in await engine.history(run.id))
    kept = [kept for _, _, kept, _ in await engine.unmatched()]
    return {
        "status": run.status,
        "taken": whats["event delivered"],
        "opened": whats["task finished"],
        "kept": sum(kept),
    }


def one_life(folder: Path, life: int, kill_at: str | None) -> bool:
    """Whether it was killed. When it was not, its points are left."""

    def live_here() -> None:
        points = Points(kill_at)
        points.watch_commits()
        run_leaping(START + life * 100, live(folder, points), "live")
        (folder / "points").write_text(json.dumps(points.reached))

    return lives(live_here, to_be_killed=kill_at is not None)


def told_in(folder: Path) -> list[Told]:
    return [Told(*json.loads(line)) for line in (folder / "told").read_text().splitlines()]


def wrong_in(folder: Path) -> list[str]:
    """What is not as it has to be when a run has come to its end."""
    end = json.loads((folder / "end").read_text())
    wanted = {"status": "failed", "taken": RINGS, "opened": RINGS, "kept": 0}
    wrong = [f"{name} is {end[name]}" for name in wanted if end[name] != wanted[name]]
    told = told_in(folder)
    by_wait = {one.wait: [other.what for other in told if other.wait == one.wait] for one in told}
    events = Counter(next(one.event for one in told if one.wait == wait) for wait in by_wait)
    if events != {"ring": RINGS, "knock": 2}:
        wrong.append(f"told of {events}")
    for wait, whats in by_wait.items():
        ends = {what for what in whats if what != "setup"}
        if whats[0] != "setup" or whats != sorted(whats) or ends != {f"teardown {'ring' in wait}"} or len(whats) > 3:
            wrong.append(f"{wait} was told {whats}")
    return wrong


def prove(folder: Path) -> dict[str, Sequence[str] | int]:
    """Kills at each point once; tells what was wrong, by point."""
    calm = folder / "calm"
    calm.mkdir()
    one_life(calm, 0, None)
    points = json.loads((calm / "points").read_text())
    wrong = {"calm": wrong_in(calm)}
    for number, point in enumerate(points):
        case = folder / str(number)
        case.mkdir()
        assert one_life(case, 0, point), f"not killed {point}"
        one_life(case, 1, None)
        wrong[point] = wrong_in(case)
    return {"points": len(points), **{point: found for point, found in wrong.items() if found}}


def test_a_kill_anywhere_leaves_no_wait_untold_and_no_event_taken_twice(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.crash.test_sources", str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, check=False,
        timeout=240,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout)
    assert found.pop("points") > 60
    assert found == {}


if __name__ == "__main__":
    print(json.dumps(prove(Path(sys.argv[1]))))  # noqa: T201 - what it is for
