"""Faults of the machine, and handlers that behave badly: what the user sees, and what is kept."""

from __future__ import annotations

import asyncio
import json
import os
import random
import resource
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.crash.faults import Project, grow, small_disk
from tests.crash.fork import lives
from tests.crash.points import Points
from tests.runtime.operated import Place
from tests.runtime.support import go
from wgen.runtime import Engine
from wgen.stores.sqlite import SqliteStore
from wgen.stores.sqlite_journal import history_of

COUNTING = """
@Given (parts) as int
@Repeat 60 times
    @Then add a part to (parts) giving (parts) as int
    @Then describe (parts) giving (text) as str
@End
@Finish with (parts)
"""
COUNTING_HANDLERS = """
from pathlib import Path


def add_a_part_to_parts(*, parts):
    with Path("done").open("a") as file:
        file.write("x")
    return parts + 1


def describe_parts(*, parts):
    return "x" * 20_000
"""


def test_a_full_disk(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 500) as disk:
        project = Project(tmp_path / "project", COUNTING, COUNTING_HANDLERS, disk / "runs.db")
        full = project.wgen("run", "work.flow", "--input", '{"parts": 0}')
        assert (full.code, full.err) == (2, f"wgen: the store {disk}/runs.db can't be written: the disk is full\n")
        grow(disk, 20_000)
        (run,) = json.loads(project.wgen("runs", "--json").out)
        done = project.wgen("resume", run["id"], "--drive", "work.flow", "--lease", "1s", "--json")
        assert (done.code, done.run["result"]) == (0, 60), done.err
        # Only the attempt whose commit found no room is executed again.
        assert len((tmp_path / "project" / "done").read_text()) <= 61


def test_a_torn_log_of_the_store(tmp_path: Path) -> None:
    """What a power cut may leave of the write-ahead log: the run goes on from the last commit that is whole."""
    project = Project(tmp_path / "project", COUNTING, COUNTING_HANDLERS)
    whole = _half_a_run(project)
    chance = random.Random(1)
    for number in range(5):
        torn = tmp_path / f"torn{number}"
        shutil.copytree(project.folder, torn)
        log = torn / "runs.db-wal"
        size = log.stat().st_size
        with log.open("r+b") as file:
            file.truncate(chance.randint(size // 2, size))
            file.seek(-chance.randint(1, 3000), os.SEEK_END)
            file.write(chance.randbytes(500))
        other = Project(torn, COUNTING, COUNTING_HANDLERS)
        done = other.wgen("resume", whole, "--drive", "work.flow", "--lease", "1s", "--json")
        assert (done.code, done.run["result"]) == (0, 60), done.err


def _half_a_run(project: Project) -> str:
    """A run whose process is killed in the middle, with its log still there."""
    from wgen.cli.loading import load

    async def live() -> None:
        os.chdir(project.folder)
        Points("before commit 40").watch_commits()
        store = SqliteStore("sqlite:///runs.db")
        await store.open()
        store._writer.db.execute("PRAGMA wal_autocheckpoint = 0")
        (loaded,) = load([project.folder / "work.flow"], None)
        async with Engine(store, worker=False, lease=0.1) as engine:
            engine.register(loaded.flow, loaded.handlers)
            run = (await engine.start(loaded.flow, parts=0)).id
            (project.folder / "run").write_text(run)
            await engine.drive(run)

    assert lives(lambda: asyncio.run(live()), to_be_killed=True)
    return (project.folder / "run").read_text()


@pytest.mark.parametrize("point", ["before commit 1", "after commit 1"])
def test_a_kill_while_the_tables_are_made(point: str, tmp_path: Path) -> None:
    def live() -> None:
        Points(point).watch_commits()
        asyncio.run(SqliteStore(f"sqlite:///{tmp_path}/runs.db").open())

    assert lives(live, to_be_killed=True)
    project = Project(tmp_path / "project", "@Then work\n", "def work():\n    pass\n", tmp_path / "runs.db")
    assert project.wgen("run", "work.flow", "--json").run["status"] == "finished"


def test_a_clock_that_goes_backwards(tmp_path: Path) -> None:
    async def main() -> None:
        place = Place("@Then begin\n@Wait 1 hour\n@Then go on\n", f"sqlite:///{tmp_path}/runs.db")
        async with place.opened() as engine:
            run = (await engine.start(place.flows[0])).id
            await engine.tick()
            place.clock._now -= 86_400
            await engine.tick()
            assert (await engine.view(run)).status == "waiting"
            second = (await engine.start(place.flows[0])).id
            await engine.tick()
            await place.clock.move(86_400 + 3_600)
            await engine.tick()
            assert [(await engine.view(r)).status for r in (run, second)] == ["finished"] * 2
            assert [view.id for view in await engine.runs()] == [second, run]

    go(main())


def test_ten_thousand_runs_that_wait(tmp_path: Path) -> None:
    """They are nowhere but in the store; one of them is woken without a look at the others."""

    async def main() -> None:
        place = Place("@Receive (news)\n@Then act on (news)\n", f"sqlite:///{tmp_path}/runs.db?synchronous=OFF")
        async with place.opened() as engine:
            runs = await asyncio.gather(*(engine.start(place.flows[0]) for _ in range(10_000)))
            while (await engine.store.next_due(["written"], "")).wake is not None:
                await engine.tick()
            assert len(engine.crew) == len(engine.crew._executions) == 0
            await engine.send(runs[5_000].id, "news", 1)
            assert (await engine.view(runs[5_000].id)).status == "finished"
            plan = place.store._opened[1].execute(  # type: ignore[attr-defined]
                "EXPLAIN QUERY PLAN SELECT number FROM runs WHERE flow IN (?) AND due <= ?", ("written", 0.0)
            )
            assert "USING" in str(plan.fetchall())
            assert len(await engine.runs(status="waiting", limit=20_000)) == 9_999

    asyncio.run(asyncio.wait_for(main(), 100))


def test_a_value_of_fifty_megabytes(tmp_path: Path) -> None:
    """It is written once; the steps behind it cost what they cost without it."""

    async def main() -> None:
        text = "@Then load giving (picture) as str\n@Repeat 20 times\n    @Then count\n@End\n@Finish\n"
        place = Place(text, f"sqlite:///{tmp_path}/runs.db")
        place.handlers.gives["load"] = "x" * 50_000_000
        async with place.opened() as engine:
            run = (await engine.start(place.flows[0])).id
            assert (await engine.drive(run)).status == "finished"
            assert len((await engine.view(run)).values["picture"]) == 50_000_000

    asyncio.run(asyncio.wait_for(main(), 60))
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) < 120_000_000  # in the log, and in the file


BAD = "@Then misbehave\n@Then go on\n"


def bad(tmp_path: Path, body: str) -> Project:
    handlers = "import os, sys, time\n\n\ndef misbehave():\n" + body + "\n\n\ndef go_on():\n    pass\n"
    return Project(tmp_path / "project", BAD, handlers)


@pytest.mark.parametrize(
    ("body", "type_", "message"),
    [
        ("    sys.exit(7)", "SystemExit", "7"),
        ("    raise BaseException('odd')", "BaseException", "odd"),
        ("    raise KeyboardInterrupt", "KeyboardInterrupt", ""),
        ("    misbehave()", "RecursionError", "maximum recursion depth exceeded"),
    ],
)
def test_a_handler_that_raises_what_it_should_not(body: str, type_: str, message: str, tmp_path: Path) -> None:
    ended = bad(tmp_path, body).wgen("run", "work.flow", "--json")
    assert ended.code == 1, ended.err
    error = ended.run["error"]
    assert (error["type"], error["message"][: len(message)]) == (type_, message)


def test_a_handler_that_takes_all_memory(tmp_path: Path) -> None:
    project = bad(tmp_path, "    kept = []\n    while True:\n        kept.append(bytearray(10_000_000))")
    limit = 1_500_000_000
    ended = project.wgen(
        "run", "work.flow", "--json", before=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    )
    assert ended.code == 1, ended.err
    assert ended.run["error"]["type"] == "MemoryError"
    (project.folder / "work_handlers.py").write_text("def misbehave():\n    pass\n\n\ndef go_on():\n    pass\n")
    assert project.wgen("retry", ended.run["id"], "--drive", "work.flow").code == 0


def test_a_handler_that_ends_the_process(tmp_path: Path) -> None:
    project = bad(tmp_path, "    os._exit(9)")
    assert project.wgen("run", "work.flow", "--lease", "500ms").code == 9
    (run,) = json.loads(project.wgen("runs", "--json").out)
    assert (run["status"], run["steps"]) == ("running", ["misbehave"])
    for _ in range(2):
        time.sleep(0.6)
        assert project.wgen("resume", run["id"], "--drive", "work.flow", "--lease", "500ms").code == 9
    time.sleep(0.6)
    paused = project.wgen("resume", run["id"], "--drive", "work.flow", "--json")
    assert (paused.code, paused.run["status"], paused.run["error"]["message"]) == (3, "paused", "worker lost")


def test_a_handler_that_never_returns(tmp_path: Path) -> None:
    """It keeps neither another run nor the end of the process waiting."""
    project = bad(tmp_path, "    time.sleep(600)")
    (project.folder / "work.flow").write_text("@Then misbehave (with timeout 300 milliseconds)\n@Then go on\n")
    began = time.monotonic()
    ended = project.wgen("run", "work.flow", "--json")
    assert (ended.code, ended.run["error"]["type"]) == (1, "TaskTimeout")
    assert time.monotonic() - began < 20


@pytest.mark.parametrize("leaves", ["os._exit(0)", "pass"])
def test_a_handler_that_forks(leaves: str, tmp_path: Path) -> None:
    """A child that ends is none of our business; one that goes on as if it were the worker writes nothing."""
    body = f"    if os.fork() == 0:\n        {leaves}\n    else:\n        os.wait()"
    project = bad(tmp_path, body.replace("os.wait()", "time.sleep(0.5)"))
    ended = project.wgen("run", "work.flow", "--json")
    assert '"status": "finished"' in ended.out, ended.err
    with closing(sqlite3.connect(project.store)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        told = history_of(db, 1)
    assert [entry.step for entry in told if entry.what == "task finished"] == ["misbehave", "go_on"]
