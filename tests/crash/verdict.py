"""What is to be said about one case: what came out, which tasks ran twice, and whether they may have."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.crash.effects import Line, Unit, read_effects
from wgen.stores.sqlite_journal import history_of
from wgen.testing import Verdict

if TYPE_CHECKING:
    from tests.crash.variants import Variant


@dataclass
class Kept:
    """What a store held when a process was dead: the runs' ids by their numbers, and the history's attempts."""

    runs: dict[str, str]
    finished: Counter[Unit]
    saved: Counter[Unit]
    lost_workers: Counter[str]


def kept_in(store: Path) -> Kept:
    """Looks into a copy: reading the file itself would mend it, which is for the process that takes over."""
    with tempfile.TemporaryDirectory() as folder:
        for file in (store, store.with_name(f"{store.name}-wal")):
            if file.exists():
                shutil.copy(file, folder)
        with closing(sqlite3.connect(Path(folder, store.name))) as db:
            return _kept(db)


def _kept(db: sqlite3.Connection) -> Kept:
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'history'").fetchone():
        return Kept({}, Counter(), Counter(), Counter())
    runs = {str(number): id for number, id in db.execute("SELECT number, id FROM runs")}
    rows = [
        (id, entry.what, entry.step, entry.attempt)
        for number, id in runs.items()
        for entry in history_of(db, int(number))
    ]
    finished = Counter(
        Unit(id, step or "", attempt or 0) for id, what, step, attempt in rows if what == "task finished"
    )
    failed = Counter(Unit(id, step or "", attempt or 0) for id, what, step, attempt in rows if what == "attempt failed")
    return Kept(runs, finished, finished + failed, Counter(id for id, what, *_ in rows if what == "worker lost"))


def judge(variant: Variant, folder: Path, killed: list[str], after: list[Kept]) -> Verdict:
    """`after` is what the store held after each life, the last one's included.

    Lost are also the attempts that the store had acknowledged and did not keep.
    """
    verdict = Verdict(killed)
    effects = read_effects(folder / "effects")
    lines = [line for line in effects if line.what != "saved"]
    acknowledged = [line._replace(run=after[-1].runs.get(line.run, line.run)) for line in effects if line not in lines]
    deaths = _deaths(lines, after[:-1])
    begun = Counter(line.unit for line in lines if line.what == "begin")
    verdict.twice = _names(unit for unit, times in begun.items() if times > 1)
    verdict.again = _names(_ran_again(lines, acknowledged, after[:-1]))
    verdict.lost = _names(_lost(variant, lines, acknowledged, after))
    for unit, times in begun.items():
        if times != 1 + deaths[unit]:
            verdict.wrong.append(
                f"{unit.step} attempt {unit.attempt} began {times} times and died {deaths[unit]} times"
            )
    verdict.wrong += _wrong_history(after[-1], deaths)
    verdict.wrong += _wrong_keys(lines)
    verdict.wrong += _wrong_ends(variant, json.loads((folder / "views").read_text("utf-8")))
    return verdict


def _deaths(lines: list[Line], after: list[Kept]) -> Counter[Unit]:
    """How often each attempt was in flight when its process was killed."""
    deaths: Counter[Unit] = Counter()
    for life, kept in enumerate(after):
        deaths.update({line.unit for line in lines if line.life == life} - kept.saved.keys())
    return deaths


def _ran_again(lines: list[Line], acknowledged: list[Line], after: list[Kept]) -> set[Unit]:
    """The attempts that began although they were saved in a life before, or had been acknowledged as saved."""
    again: set[Unit] = set()
    for life, kept in enumerate(after):
        done = set(kept.saved) | {line.unit for line in acknowledged if line.life <= life}
        again |= done & {line.unit for line in lines if line.life > life}
    return again


def _lost(variant: Variant, lines: list[Line], acknowledged: list[Line], after: list[Kept]) -> set[Unit]:
    """The attempts that left no effect, and those that were acknowledged and are not in the store."""
    expected = {
        Unit(id, task, attempt)
        for id in after[-1].runs.values()
        for task in variant.story.tasks
        for attempt in ((1, 2) if task in variant.failing else (1,))
    }
    lost = expected - {line.unit for line in lines if line.what == "end"}
    for life, kept in enumerate(after):
        lost |= {line.unit for line in acknowledged if line.life == life} - kept.saved.keys()
    return lost


def _wrong_history(kept: Kept, deaths: Mapping[Unit, int]) -> list[str]:
    """The effect of a task on its run is there exactly once, and every lost worker is told of."""
    wrong = [f"{unit.step} is {times} times in the history" for unit, times in kept.saved.items() if times != 1]
    tasks = Counter((unit.run, unit.step) for unit in kept.finished.elements())
    wrong += [f"{step} finished {times} times" for (_, step), times in tasks.items() if times != 1]
    for run in {unit.run for unit in deaths}:
        least = max(times for unit, times in deaths.items() if unit.run == run)
        if kept.lost_workers[run] < least:
            wrong.append(f"the history knows of {kept.lost_workers[run]} lost workers, there were {least}")
    return wrong


def _wrong_keys(lines: list[Line]) -> list[str]:
    """Each attempt of a task has the key of the first."""
    keys: dict[tuple[str, str], set[str]] = {}
    for line in lines:
        keys.setdefault((line.run, line.step), set()).add(line.key)
    wrong = [f"{step} had the keys {', '.join(sorted(found))}" for (_, step), found in keys.items() if len(found) != 1]
    if len({key for found in keys.values() for key in found}) < len(keys):
        wrong.append("two tasks had one key")
    return wrong


def _wrong_ends(variant: Variant, views: list[dict[str, Any]]) -> list[str]:
    """How the runs have to stand, to the letter; attempts that died with their worker are not counted."""
    attempts = {task: 2 if task in variant.failing else 1 for task in variant.story.tasks}
    must = {**variant.story.ends, "attempts": attempts}
    wrong = [
        f"{name} is {view[name]!r}, not {value!r}"
        for view in views
        for name, value in must.items()
        if view[name] != value
    ]
    if len(views) != variant.runs:
        wrong.append(f"there are {len(views)} runs, not {variant.runs}")
    return wrong


def _names(units: Iterable[Unit]) -> list[str]:
    return sorted(f"{unit.step} attempt {unit.attempt}" for unit in units)
