"""Upgrades by chance: random flows, runs of them that are stopped anywhere, and random changes of their texts."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from typing import Any

from tests.compiled import compiled
from tests.runtime.operated import Noting
from tests.runtime.support import go
from tests.simulation.scripts import make_script
from tests.upgrades.standing import texts
from wgen.compiler.checking import every_step
from wgen.compiler.ir import tasks_of
from wgen.compiler.upgrade.ways import Ways
from wgen.runtime import MISSING, Engine, RunView
from wgen.runtime.life import ENDED
from wgen.runtime.rows import RunQuery, Stored
from wgen.stores.memory import MemoryStore
from wgen.testing.clock import HandClock

WEEK = 7 * 86400.0
LONG = 51 * WEEK
"""After so long whatever waits for a time is due."""


def written(seed: int) -> str:
    """A flow. Tasks that fail are tried again much later, so that a run can be seen standing at each of them."""
    return make_script(seed).text.replace(
        "@Retry wait period is 2 seconds", "@Retry each task 2 times\n@Retry wait period is 50 weeks"
    )


# ---- changes ---------------------------------------------------------------------------------------------------------

_TASK = re.compile(r"@(Then|And|Meanwhile) do work\d+")
_OPENS = ("@When", "@Together", "@For each", "@Repeat", "@Try")
_IN_PLACE: dict[str, tuple[str, str]] = {
    "renames": (r"do (work\d+)(.*)", r"really do \1\2"),
    "renames and declares": (r"do (work\d+)(.*)", r'really do \1\2 (with id "do_\1")'),
    "renames an undo": (r"take back (work\d+)(.*)", r"undo \1\2"),
    "gives a text": (r" as int\b", " as str"),
    "reads less": (r" using \(\w+\)( and \(\w+\))?", ""),
    "reads more": (r"(do work\d+)( using [^g]*)?( giving)", r"\1 using (start) and (items)\3"),
    "tries more": (r"$", " (with 5 retries)"),
    "is of old runs": (r"$", " (until version 2)"),
    "is of new runs": (r"$", " (since version 2)"),
    "waits longer": (r"@Wait \d+", "@Wait 77"),
    "receives another": (r"\((e\d+)\)", r"(other \1)"),
    "asks otherwise": (r"more than \d+", "less than 50"),
    "goes side by side": (r"\(items\)(?=,|$)", "(items), all at once"),
    "goes in a row": (r", (all at once|at most 2 at a time)", ""),
    "wins alone": (r"@Together$", "@Together, first to succeed wins"),
    "names a branch": (r"@Branch number", "@Branch of number"),
    "runs another": (r"run flow \(child\)", "run flow (grandchild)"),
}


def changed(text: str, chance: Random, near: str) -> tuple[str, list[str]]:
    """The text with one to three changes that leave it without errors, and what they are. Most are near a sentence."""
    told: list[str] = []
    wanted = chance.randint(1, 3)
    while len(told) < wanted:
        lines = text.splitlines()
        at = chance.randrange(4, len(lines))
        if near in lines and chance.random() < 0.7:
            at = min(max(lines.index(near) + chance.choice([-2, -1, 0, 0, 0, 0, 1, 2]), 4), len(lines) - 1)
        name, change = chance.choice(_CHANGES)
        after = "\n".join(change(lines, at, chance)) + "\n"
        if after != text and texts(after) is not None:
            told.append(f"{lines[at]}: {name}")
            text = after
    return text, told


def _in_place(name: str) -> Callable[[list[str], int, Random], list[str]]:
    old, new = _IN_PLACE[name]
    return lambda lines, at, _: [*lines[:at], re.sub(old, new, lines[at], count=1), *lines[at + 1 :]]


def _drops(lines: list[str], at: int, _: Random) -> list[str]:
    """A line, with the whole block that it begins, or with its undo."""
    return [*lines[:at], *lines[_behind(lines, at) :]]


def _moves(lines: list[str], at: int, chance: Random) -> list[str]:
    end = _behind(lines, at)
    rest = [*lines[:at], *lines[end:]]
    to = chance.randrange(4, len(rest) + 1)
    return [*rest[:to], *lines[at:end], *rest[to:]]


def _wraps(lines: list[str], at: int, chance: Random) -> list[str]:
    end = _behind(lines, at)
    head, *tail = chance.choice(
        [
            ("@Try", "@On failure", "@End"),
            ("@When (start) is more than 0", "@End"),
            ("@Repeat 2 times", "@End"),
            ("@Together", "@Branch more", "@Then do more", "@End"),
        ]
    )
    first = [head, "@Branch first"] if head == "@Together" else [head]
    return [*lines[:at], *first, *lines[at:end], *tail, *lines[end:]]


def _unwraps(lines: list[str], at: int, _: Random) -> list[str]:
    """The block that begins at a line is gone, what lay in it stays; clauses and branches go with it."""
    if not lines[at].startswith(_OPENS):
        return lines
    body = lines[at + 1 : _behind(lines, at) - 1]
    kept = body[: next((n for n, line in enumerate(body) if line.startswith(("@On failure", "@Otherwise"))), None)]
    return [*lines[:at], *(line for line in kept if not line.startswith("@Branch")), *lines[_behind(lines, at) :]]


def _adds(lines: list[str], at: int, chance: Random) -> list[str]:
    """A value, from a task or from whoever starts the flow, that tasks behind it may read, or their undos."""
    giver = (3, "@Given (more) as int") if chance.random() < 0.3 else (at, "@Then look for more giving (more) as int")
    new = [*lines[: giver[0]], giver[1], *lines[giver[0] :]]
    readers = [n for n in range(giver[0] + 1, len(new)) if _TASK.match(new[n]) or new[n].startswith("@Undo")]
    for reader in chance.sample(readers, min(len(readers), 2)):
        new[reader] = re.sub(r"( using .*?)?( giving.*|$)", r" using (more)\2", new[reader], count=1)
    return new


def _asks(lines: list[str], at: int, chance: Random) -> list[str]:
    """A task whose value decides something later, or is given back."""
    end = _behind(lines, at)
    asked = chance.choice(
        [
            *(("@When (more) is more than 3", "@End"), ("@When (more) is given", "@Then use (more)", "@End")),
            *(("@Repeat until (more) is more than 3", "@Then do it otherwise", "@End"), ("@Finish with (more)",)),
            *(("@When (more) is 7", "@Then use (more)", "@End"), ("@Receive (ring) as int where (ring) is (more)",)),
            *(("@For each (one) in (more)", "@Then do it otherwise", "@End"), ("@Wait until (more)",)),
        ]
    )
    kind = "list of int" if "each" in asked[0] else "datetime" if "Wait" in asked[0] else "int"
    new = f"@Then look for more giving (more) as {kind}"
    if asked[0].startswith("@Finish"):
        return [*lines[:at], new, *lines[at:-1], *asked]
    return [*lines[:at], new, *lines[at:end], *asked, *lines[end:]]


def _doubles(lines: list[str], at: int, _: Random) -> list[str]:
    """An equal sentence before it, so that the number of this one is another."""
    return [*lines[:at], re.sub(r" giving .*", "", lines[at]), *lines[at:]]


def _versions(lines: list[str], *_: Any) -> list[str]:
    return ["@Flow root, version 2", *lines[1:]]


def _renames_a_flow(lines: list[str], _: int, chance: Random) -> list[str]:
    """A child flow is gone; whoever ran it runs it by its new name, or by the old one still."""
    old = chance.choice(["@Flow grandchild", "grandchild"])
    return [line.replace(old, old.replace("grandchild", "nephew")) for line in lines]


def _retypes(lines: list[str], *_: Any) -> list[str]:
    return [line.replace("(items) as list of int", "(items) as list of str") for line in lines]


_CHANGES: list[tuple[str, Callable[[list[str], int, Random], list[str]]]] = [
    *((name, _in_place(name)) for name in _IN_PLACE),
    *(("drops", _drops), ("moves", _moves), ("wraps", _wraps), ("unwraps", _unwraps), ("adds", _adds)),
    *(("asks for more", _asks), ("doubles", _doubles), ("is version 2", _versions)),
    *(("renames a flow", _renames_a_flow), ("retypes an input", _retypes)),
]


def _behind(lines: list[str], at: int) -> int:
    """The line behind a step, its undo and its block."""
    depth, end = 0, at
    while end < len(lines):
        depth += lines[end].startswith(_OPENS) - lines[end].startswith("@End")
        end += 1
        if depth <= 0:
            break
    return end + 1 if end < len(lines) and lines[end].startswith("@Undo") else end


# ---- runs ------------------------------------------------------------------------------------------------------------


_EXAMPLES = {"int": 7, "str": "a text", "datetime": datetime(2026, 1, 1, tzinfo=UTC), "": [7, 8]}


class Given(Noting):
    """Handlers that give what their sentences say, and note it when they do not get all that they read."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.wronged: list[str] = []
        for flow in [found.flow for found in texts(text) or []]:
            types = {name: value.type.name for name, value in flow.values.items()}
            for task in (task for step in every_step(flow.body) for task in tasks_of(step)):
                self.gives[task.call.name] = next((_EXAMPLES[types[output.value]] for output in task.outputs), None)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        act = super().__getattr__(name)

        async def minding(**arguments: Any) -> Any:
            if MISSING in arguments.values():
                self.wronged.append(name)
            return await act(**arguments)

        return minding


class Runs:
    """All runs of a store, executed by the flows of one text, on a clock moved by hand."""

    def __init__(self, text: str, store: MemoryStore, clock: HandClock) -> None:
        self.flows = compiled(text)
        self.handlers = Given(text)
        self.store, self.clock = store, clock
        values = {name: value for found in texts(text) or [] for name, value in found.flow.values.items()}
        events = {event for flow in self.flows for event in flow.events if not event.startswith("never")}
        self.events = {event: _EXAMPLES[values[event].type.name] for event in sorted(events)}

    def engine(self) -> Engine:
        engine = Engine(self.store, clock=self.clock, worker=False, lease=10)
        for flow in self.flows:
            engine.register(flow, self.handlers)
        return engine

    async def open(self, engine: Engine) -> list[RunView]:
        return [view for view in await engine.runs(children=True) if not view.ended]

    async def next(self, engine: Engine) -> None:
        """Sends an event that is waited for; where there is none, lets a year pass."""
        waited = [(view.id, wait["event"]) for view in await self.open(engine) for wait in view.waiting_for]
        for id, event in waited:
            if event in self.events:
                await engine.send(id, event, self.events[event])
                return
        await self.clock.move(LONG)

    async def send_early(self, engine: Engine, event: str) -> None:
        for view in await self.open(engine):
            if view.flow == "root":
                await engine.send(view.id, event, self.events[event])


def stopped(seed: int) -> tuple[MemoryStore, HandClock] | None:
    """A store with open runs that nothing is due for; None where they came to their end before."""
    chance = Random(seed)
    runs = Runs(written(seed), MemoryStore(), HandClock())
    names = list(runs.handlers.gives)

    async def main() -> bool:
        async with runs.engine() as engine:
            root = next(flow for flow in runs.flows if flow.name == "root")
            await engine.start(root, start=chance.randint(0, 99), items=[3, 8, 5])
            for _ in range(chance.randint(1, 8)):
                often = chance.choice([0.1, 0.4])
                broken = {name for name in names if chance.random() < often}
                runs.handlers.fails = broken | {f"take_back_work{n}" for n in range(50) if chance.random() < 0.5}
                await engine.tick()
                if chance.random() < 0.12:
                    break
                if runs.events and chance.random() < 0.2:  # it is kept until it is wanted
                    await runs.send_early(engine, chance.choice(list(runs.events)))
                await runs.next(engine)
            await engine.tick()
            return bool(await runs.open(engine))

    return (runs.store, runs.clock) if go(main()) else None


def all_open(store: MemoryStore) -> list[Stored]:
    """The runs of a store that have not ended, the oldest first."""

    async def main() -> list[Stored]:
        rows = await store.runs(RunQuery(children=True))
        found = [await store.load(row.id) for row in rows if row.status not in ENDED]
        return [run for run in found if run is not None]

    found: list[Stored] = go(main())
    return found


def sentence(text: str, step: str) -> str:
    """The line of the first flow at which a step stands, where it is there."""
    for found in texts(text) or []:
        state = Ways(found.flow).states.get(step)
        if state is not None:
            line, _ = found.source.position(state.step.span.start)
            return text.splitlines()[line - 1]
    return ""
