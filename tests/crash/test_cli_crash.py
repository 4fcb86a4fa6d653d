"""The same by hand: `kill -9` and SIGTERM on the real commands, and workers that share a store."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.crash.proof import ROOT
from tests.crash.variants import ACTIVATE, CREATE, FIRST, NOTIFY, REGISTRATION, SECOND, THIRD, VALIDATE
from wgen.runtime import Entry
from wgen.stores.sqlite_journal import history_of

PATIENCE = 30
STORE = "sqlite:///store.db"
INPUT = json.dumps(REGISTRATION.inputs)

HANDLERS = f"""\
import os
import time
from pathlib import Path

from wgen.runtime import current

RETURNS = {REGISTRATION.returns!r}


def note(what):
    attempt = current()
    line = f"{{what}} {{attempt.run}} {{attempt.step}} {{attempt.attempt}} {{attempt.key}} {{os.getpid()}}\\n"
    with open("effects", "a") as file:
        file.write(line)


def handler_of(task):
    def handler(**arguments):
        note("begin")
        while Path(f"hold {{task}}").exists():
            time.sleep(0.005)
        note("end")
        return RETURNS.get(task)

    return handler


for task in {REGISTRATION.tasks!r}:
    globals()[task] = handler_of(task)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with the registration flow; a file `hold TASK` in it keeps that task from ending."""
    for file in (REGISTRATION.flow, REGISTRATION.flow.with_name("models.py")):
        shutil.copy(file, tmp_path)
    (tmp_path / "customer_registration_handlers.py").write_text(HANDLERS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@contextmanager
def started(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A command that is at work; it is killed when the test does not end it."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}
    process = subprocess.Popen(
        [sys.executable, "-m", "wgen", *arguments, "--store", STORE, "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def ended(process: subprocess.Popen[str]) -> Any:
    """What a command that did its work printed as JSON."""
    out, err = process.communicate(timeout=PATIENCE)
    log = [line for line in err.splitlines() if ": worker lost at " not in line]
    assert (process.returncode, log) == (0, [])
    return json.loads(out)


def wgen(*arguments: str) -> Any:
    with started(*arguments) as process:
        return ended(process)


def worker(*options: str) -> list[str]:
    return ["worker", "customer_registration.flow", *options]


def until(holds: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Waits for a condition that a command at work brings about."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "it never came about"
        time.sleep(0.005)


def effects(what: str) -> Counter[tuple[str, str, str]]:
    """How often each attempt, by run, task and number, began or ended."""
    lines = Path("effects").read_text().splitlines() if Path("effects").exists() else []
    return Counter((run, step, attempt) for kind, run, step, attempt, *_ in map(str.split, lines) if kind == what)


def began(task: str) -> bool:
    return any(step == task for _, step, _ in effects("begin"))


def saved() -> set[str | None]:
    return {entry.step for entry in told("task finished")}


def told(what: str) -> list[Entry]:
    """The entries of this kind in the histories of all runs."""
    with closing(sqlite3.connect("store.db")) as db:
        numbers = [number for (number,) in db.execute("SELECT number FROM runs")]
        return [entry for number in numbers for entry in history_of(db, number) if entry.what == what]


def rows(sql: str) -> list[Any]:
    with closing(sqlite3.connect("store.db")) as db:
        return db.execute(sql).fetchall()


def assert_only_repeated(task: str | None) -> None:
    """Every task has had its effect, at its first attempt, and began once; this one twice, under one key."""
    steps = Counter(step for _, step, _ in effects("begin").elements())
    assert steps == Counter({**dict.fromkeys(REGISTRATION.tasks, 1), **({task: 2} if task else {})})
    assert {step for _, step, _ in effects("end")} == set(REGISTRATION.tasks)
    assert {attempt for *_, attempt in effects("begin")} == {"1"}
    keys = {line.split()[4] for line in Path("effects").read_text().splitlines()}
    assert len(keys) == len(REGISTRATION.tasks)


def assert_finished_right() -> str:
    [run] = wgen("runs")
    assert {name: run[name] for name in REGISTRATION.ends} == REGISTRATION.ends
    assert run["attempts"] == dict.fromkeys(REGISTRATION.tasks, 1)
    id: str = run["id"]
    return id


# ---- kill -9 ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("held", "before"),
    [(VALIDATE, set()), (SECOND, {FIRST, THIRD}), (ACTIVATE, {FIRST, SECOND, THIRD})],
    ids=["first task", "one of three", "last but one"],
)
def test_a_worker_finishes_what_a_killed_run_has_begun(held: str, before: set[str]) -> None:
    hold = Path(f"hold {held}")
    hold.touch()
    run = ["run", "customer_registration.flow", "--input", INPUT, "--lease", "1h"]
    with started(*run) as process:
        until(lambda: began(held) and before <= saved(), process)
        process.kill()
        assert process.wait(PATIENCE) == -signal.SIGKILL
    killed = time.time()
    [(owner,)] = rows("SELECT owner FROM runs")
    hold.unlink()
    assert wgen(*worker("--until-idle")) == {"finished": 1, "failed": 0}
    id = assert_finished_right()
    assert_only_repeated(held)
    [lost] = told("worker lost")
    assert lost.by == owner
    assert lost.at >= killed
    assert [entry["by"] for entry in wgen("history", id) if entry["what"] == "worker lost"] == [owner]


def test_a_worker_that_waits_takes_over_from_one_that_is_killed() -> None:
    hold = Path(f"hold {SECOND}")
    hold.touch()
    wgen("start", "customer_registration.flow", "--input", INPUT)
    with started(*worker("--lease", "1s")) as first:
        until(lambda: began(SECOND) and {FIRST, THIRD} <= saved(), first)
        with started(*worker("--until-idle")) as second:
            first.kill()
            first.wait(PATIENCE)
            hold.unlink()
            assert ended(second) == {"finished": 1, "failed": 0}
    assert_finished_right()
    assert_only_repeated(SECOND)


def test_a_worker_that_slept_through_its_lease_changes_nothing() -> None:
    hold = Path(f"hold {SECOND}")
    hold.touch()
    wgen("start", "customer_registration.flow", "--input", INPUT)
    with started(*worker("--lease", "1s")) as sleeper:
        until(lambda: began(SECOND) and {FIRST, THIRD} <= saved(), sleeper)
        sleeper.send_signal(signal.SIGSTOP)
        with started(*worker("--until-idle")) as second:
            until(lambda: effects("begin").total() == len({VALIDATE, CREATE, FIRST, SECOND, THIRD}) + 1, second)
            hold.unlink()
            assert ended(second) == {"finished": 1, "failed": 0}
        before = rows("SELECT * FROM history"), rows("SELECT * FROM runs")
        sleeper.send_signal(signal.SIGCONT)
        until(lambda: effects("end").total() == len(REGISTRATION.tasks) + 1, sleeper)
        sleeper.send_signal(signal.SIGTERM)
        out, err = sleeper.communicate(timeout=PATIENCE)
    assert (sleeper.returncode, json.loads(out)) == (0, {"finished": 0, "failed": 0}), err
    assert before == (rows("SELECT * FROM history"), rows("SELECT * FROM runs"))
    assert_finished_right()
    assert_only_repeated(SECOND)


# ---- two workers -----------------------------------------------------------------------------------------------------


def test_two_workers_share_twenty_runs() -> None:
    Path("many.jsonl").write_text(f"{INPUT}\n" * 20)
    wgen("start", "customer_registration.flow", "--input", "@many.jsonl")
    hold = Path(f"hold {VALIDATE}")
    hold.touch()
    few = worker("--until-idle", "--concurrency", "3")
    with started(*few) as first, started(*few) as second:
        until(lambda: len(effects("begin")) == 6, first)
        hold.unlink()
        shares = [ended(process)["finished"] for process in (first, second)]
    assert sum(shares) == 20
    assert min(shares) >= 3
    once = Counter((run, task, "1") for run in {run for run, *_ in effects("end")} for task in REGISTRATION.tasks)
    assert effects("begin") == effects("end") == once
    assert len(once) == 20 * len(REGISTRATION.tasks)
    assert rows("SELECT DISTINCT status FROM runs") == [("finished",)]
    assert told("worker lost") == []


# ---- SIGTERM ---------------------------------------------------------------------------------------------------------


def terminated(process: subprocess.Popen[str]) -> Any:
    """What a worker prints that is told to end."""
    process.send_signal(signal.SIGTERM)
    return ended(process)


def assert_given_back() -> None:
    assert rows("SELECT DISTINCT owner FROM runs") == [(None,)]
    bodies = [json.loads(body) for (body,) in rows("SELECT position FROM runs UNION ALL SELECT body FROM positions")]
    assert not any(body.get("deaths") for body in bodies)


def test_sigterm_gives_runs_back_for_another_worker() -> None:
    """Its attempts don't end in time, so they are repeated: at once, for there is no lease to wait for."""
    hold = Path(f"hold {SECOND}")
    hold.touch()
    wgen("start", "customer_registration.flow", "--input", INPUT)
    with started(*worker("--lease", "1h", "--grace", "200ms")) as process:
        until(lambda: began(SECOND) and {FIRST, THIRD} <= saved(), process)
        assert terminated(process) == {"finished": 0, "failed": 0}
    assert_given_back()
    hold.unlink()
    assert wgen(*worker("--until-idle")) == {"finished": 1, "failed": 0}
    assert_finished_right()
    assert_only_repeated(SECOND)
    assert told("worker lost") == []


def test_sigterm_lets_attempts_end_within_the_grace_period() -> None:
    hold = Path(f"hold {SECOND}")
    hold.touch()
    wgen("start", "customer_registration.flow", "--input", INPUT)
    with started(*worker("--lease", "1h")) as process:
        until(lambda: began(SECOND) and {FIRST, THIRD} <= saved(), process)
        process.send_signal(signal.SIGTERM)
        hold.unlink()
        assert ended(process) == {"finished": 0, "failed": 0}
    assert_given_back()
    assert SECOND in saved()
    assert not began(NOTIFY)
    assert wgen(*worker("--until-idle")) == {"finished": 1, "failed": 0}
    assert_finished_right()
    assert_only_repeated(None)
