"""One seed: its script, performed with faults, held against what the script means."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from tests.simulation.reference import Meaning, Reference
from tests.simulation.scripts import Script, make_script
from tests.simulation.shrink import shrink
from tests.simulation.world import Happened, Trouble, World
from wgen.runtime.ports import Store
from wgen.stores.memory import MemoryStore

START = 5


@dataclass
class Verdict:
    """What was wrong with a seed, if anything was, and how it came to that."""

    seed: int
    script: Script
    wrong: list[str]
    log: list[str]

    def __str__(self) -> str:
        return "\n".join([f"seed {self.seed}:", *self.wrong, "", self.script.text, "", *self.log])

    def shrunk(self) -> Verdict:
        """The same with as little of the script as still fails."""
        small = shrink(self.script, lambda script: bool(judge(self.seed, script=script).wrong))
        return judge(self.seed, script=small)


def judge(seed: int, store: Store | None = None, script: Script | None = None, *, faults: bool = True) -> Verdict:
    """Performs a seed and compares. `script` is performed in place of the seed's own one."""
    script = script or make_script(seed)
    meaning = Reference(script).perform(START)
    world = World(script, MemoryStore() if store is None else store, Random(seed), faults)
    try:
        happened = asyncio.run(asyncio.wait_for(world.perform(START), 60))
        wrong = list(_differences(script, meaning, happened))
    except Trouble as trouble:
        wrong = [str(trouble)]
    return Verdict(seed, script, wrong, world.log)


def _differences(script: Script, meaning: Meaning, happened: Happened) -> Iterator[str]:
    root = happened.root
    if not (happened.cancelled and root.status == "cancelled"):
        if root.status != meaning.status:
            yield f"the run is {root.status} ({root.error}), and is to be {meaning.status}"
            return
        if meaning.status == "finished":
            yield from _wrong_values(meaning, happened)
            yield from _wrong_tasks(script, meaning, happened)
    yield from _wrong_undos(script, happened)
    yield from _wrong_tellings(happened)
    for name, number in happened.undone_with:
        if (name, number) not in happened.given:
            yield f"{name} was undone with {number}, which it never gave"


def _wrong_values(meaning: Meaning, happened: Happened) -> Iterator[str]:
    root = happened.root
    if root.result != meaning.result:
        yield f"the result is {root.result}, and is to be {meaning.result}"
    wanted = {name: value for name, value in meaning.values.items() if " " not in name}
    for name in sorted(wanted.keys() | root.values.keys()):
        if root.values.get(name) != wanted.get(name):
            yield f"({name}) is {root.values.get(name)}, and is to be {wanted.get(name)}"


def _wrong_tasks(script: Script, meaning: Meaning, happened: Happened) -> Iterator[str]:
    """Each task was completed as often as it is to be."""
    done = Counter(_task_of(step) for history in happened.histories.values() for step in _finished(history))
    for name in script.tasks:
        least, most = meaning.done[name], meaning.done[name] + meaning.maybe[name]
        if not least <= done[name] <= most:
            yield f"{name} was completed {done[name]} times, and is to be {least} to {most} times"


def _finished(history: list[tuple[str, str | None]]) -> list[str]:
    return [step for what, step in history if what == "task finished" and step is not None and step.startswith("do_")]


def _taken_back(history: list[tuple[str, str | None]]) -> list[str]:
    return [step for what, step in history if what == "task finished" and step is not None and step.startswith("take_")]


def _wrong_tellings(happened: Happened) -> Iterator[str]:
    """The source was told of each wait for its events that it began, then that it ended, each at least once."""
    by_wait: dict[str, list[str]] = {}
    for wait, what in happened.told:
        by_wait.setdefault(wait, []).append(what)
    for wait, whats in by_wait.items():
        if whats != sorted(whats) or whats[0] != "setup" or whats[-1] == "setup" or len(set(whats)) != 2:
            yield f"the source was told of {wait}: {whats}"
    if len(by_wait) != happened.waits:
        yield f"the source was told of {len(by_wait)} waits, and there were {happened.waits}"


def _task_of(step: str) -> str:
    return step.removeprefix("do_").removeprefix("take_back_").partition("_")[0]


def _wrong_undos(script: Script, happened: Happened) -> Iterator[str]:
    """What a run that did not finish has completed is undone, last things first; a finished child's by another run."""
    undoable = {name for name, task in script.tasks.items() if task.undo}
    total: Counter[str] = Counter()
    undone: Counter[str] = Counter()
    for view in happened.views:
        history = happened.histories[view.id]
        did = [name for name in map(_task_of, _finished(history)) if name in undoable]
        undid = [_task_of(step) for step in _taken_back(history)]
        total.update(did)
        undone.update(undid)
        began = next((number for number, (what, _) in enumerate(history) if what == "undo began"), None)
        if view.status == "finished" and began is not None:
            yield f"{view.flow} finished and undid"
        if began is not None:
            yield from _wrong_order(did, history, began)
    if happened.root.status != "finished" and undone != total:
        yield f"completed and not undone: {total - undone}; undone and not completed: {undone - total}"
    if undone - total:
        yield f"undone more often than completed: {undone - total}"


def _wrong_order(did: list[str], history: list[tuple[str, str | None]], began: int) -> Iterator[str]:
    """Where a lost branch has undone steps before, nobody knows which of equal ones: then the order tells nothing."""
    undid = [_task_of(step) for step in _taken_back(history[began:])]
    if not _taken_back(history[:began]) and undid != did[::-1]:
        yield f"undone in the order {undid}, and is to be {did[::-1]}"
