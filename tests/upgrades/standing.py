"""A flow with a bit of everything, runs of it that stand at each of its steps, and changes of its text."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from tests.compiled import compiled
from tests.runtime.operated import Noting
from tests.runtime.support import go
from wgen.compiler.compile import check
from wgen.compiler.rules import upgrades as rules
from wgen.compiler.settings import Settings
from wgen.compiler.source import Source
from wgen.compiler.upgrade.compare import Standing
from wgen.compiler.upgrade.findings import Finding
from wgen.compiler.upgrade.texts import Text
from wgen.runtime import Engine
from wgen.runtime.codec import plain
from wgen.runtime.rows import Stored
from wgen.runtime.view import leaves_of
from wgen.stores.memory import MemoryStore
from wgen.testing.clock import HandClock

BASE = """\
@Flow base
@Given (order) as int
@Given (limit) as int, by default 5
@Retry each task once
@Retry wait period is 50 weeks

@Then open a file giving (file) as str
@Meanwhile watch the market giving (price) as int
@Then reserve stock for (order) giving (stock) as int
@Undo release (stock)
@When (order) is more than (limit)
    @Receive (approval) as bool
@Otherwise
    @Then note (file)
@End
@Together
    @Branch left
        @Then weigh it giving (weight) as int
        @Receive (left news) as str
        @Then pack it by (weight)
    @Branch right
        @Then label it
        @Undo peel the label off
@End
@Then list the pieces giving (pieces) as list of int
@For each (piece) in (pieces), collecting (made) into (all made)
    @Then make (piece) giving (made) as int
@End
@For each (part) in (pieces), all at once
    @Then polish (part)
@End
@Try
    @Then test it (with no retry)
@On failure
    @Then mend it
@End
@Then run flow (below) using (order)
@Repeat until (weight) is more than 0, every 1 day
    @Then warm it up giving (weight) as int
@End
@Wait 3 days
@Then settle it using (price) and (all made)
@Then break it (with no retry)

@Flow below
@Given (order) as int
@Receive (child news)
"""
GIVES = {
    "open_a_file": "file 7",
    "watch_the_market": 12,
    "reserve_stock_for_order": 3,
    "weigh_it": 1,
    "list_the_pieces": [1, 2],
    "make_piece": 4,
    "warm_it_up": 1,
}
EVENTS = {"approval": True, "left_news": "all is well", "child_news": None}
FAR = 51 * 7 * 86400.0


class Start(NamedTuple):
    """How a run is begun so that it comes to a step: its order, which handlers fail besides the step's own, and what
    warming it up gives."""

    order: int = 1
    fails: frozenset[str] = frozenset()
    warm: int = 1


STARTS = {
    "receive_approval": Start(order=9),
    "mend_it": Start(fails=frozenset({"test_it"})),
    "repeat_until_weight": Start(warm=0),
    "release_stock": Start(fails=frozenset({"break_it"})),
    "peel_the_label_off": Start(fails=frozenset({"break_it"})),
}
VALUES = {rules.VALUE_CHANGED, rules.VALUE_UNCLEAR}
PASSED = {"test_it", "break_it"}
"""Steps at which a run stands for a moment only: they are tried once."""


def texts(text: str) -> list[Text] | None:
    """The flows of a text; None where it has errors."""
    source = Source(text, "written.flow")
    found = check(source)
    return [Text(source, source.folder, Settings(), flow) for flow in found.module.flows] if found.ok else None


class Runs:
    """Engines for a text of the flows, on a store and a clock that the test keeps."""

    def __init__(self, text: str, store: MemoryStore, clock: HandClock, fails: frozenset[str] = frozenset()) -> None:
        self.handlers = Noting(dict(GIVES))
        self.handlers.fails = set(fails)
        self.store, self.clock = store, clock
        self.flows = compiled(text)

    def engine(self) -> Engine:
        engine = Engine(self.store, clock=self.clock, worker=False, lease=10)
        for flow in self.flows:
            engine.register(flow, self.handlers)
        return engine

    async def go_on(self, engine: Engine, *, until: str | None = None) -> None:
        """Does all there is to do, sends what is waited for, and lets days pass, until a run stands at a step."""
        for _ in range(30):
            await engine.tick()
            views = await engine.runs(children=True)
            if all(view.ended or view.status == "paused" for view in views):
                return
            if until is not None and any(until in view.steps and not view.ended for view in views):
                return
            waited = [(view.id, wait["event"]) for view in views for wait in view.waiting_for]
            sent = [(id, event) for id, event in waited if event in EVENTS]
            for id, event in sent:
                await engine.send(id, event, EVENTS[event])
            if not sent:
                await self.clock.move(86400.0 if until else FAR)


@cache
def stood(step: str) -> tuple[MemoryStore, HandClock, str]:
    """A store with a run that stands at a step of the base flow, and its id."""
    start = STARTS.get(step, Start())
    runs = Runs(BASE, MemoryStore(), HandClock(), start.fails | {step})
    runs.handlers.gives["warm_it_up"] = start.warm

    async def main() -> str:
        async with runs.engine() as engine:
            run = await engine.start(runs.flows[0], order=start.order)
            await runs.go_on(engine, until=step)
            assert step in (await run.view()).steps, f"no run comes to {step}"
            return run.id

    id = go(main())
    return runs.store, runs.clock, id


def again(step: str) -> tuple[MemoryStore, HandClock, str]:
    """The same, for one test alone."""
    store, clock, id = stood(step)
    return copy.deepcopy(store), HandClock(clock.now()), id


def stored(store: MemoryStore, id: str) -> Stored:
    found: Stored | None = go(store.load(id))
    assert found is not None
    return found


# ---- changed texts ---------------------------------------------------------------------------------------------------

_STEP = re.compile(r"^( *)@(Then|Receive|Undo|Meanwhile|Wait|Repeat|For each|Together)\b(.*)$")


def changed() -> Iterator[tuple[str, str]]:
    """Texts like the base, each with one change, and what it is."""
    lines = BASE.splitlines()
    for number, line in enumerate(lines):
        found = _STEP.match(line)
        if found is None:
            continue
        for what, instead in _instead(*found.groups()):
            text = "\n".join([*lines[:number], *instead, *lines[number + 1 :]]) + "\n"
            if texts(text) is not None:
                yield f"{what}: {line.strip()}", text
    for what, old, new in WHOLE:
        assert old in BASE
        yield what, BASE.replace(old, new)


def _instead(indent: str, keyword: str, rest: str) -> Iterator[tuple[str, list[str]]]:
    line = f"{indent}@{keyword}{rest}"
    yield "gone", []
    yield "behind a new one", [f"{indent}@Then do something else", line]
    if " as int" in line:
        yield "text, not number", [line.replace(" as int", " as str")]
    if keyword in ("Then", "Undo", "Meanwhile") and " flow " not in rest:
        id = python_id(rest)
        yield "renamed", [f"{indent}@{keyword} now{rest}"]
        yield "renamed and declared", [f'{indent}@{keyword} now{rest} (with id "{id}")']
        yield "of old runs", [f"{line} (until version 2)"]
        yield "other retries", [f"{line} (with timeout 1 hour)"]
    if keyword == "Then":
        yield "tried", [f"{indent}@Try", line, f"{indent}@On failure", f"{indent}@End"]
        yield "side by side", [line, f"{indent}@And do something else"]


def python_id(rest: str) -> str:
    """The id of a sentence by its words."""
    words = rest.partition(" giving ")[0].partition(" using ")[0].partition(" (with ")[0]
    return "_".join(re.findall(r"\w+", words))


WHOLE: list[tuple[str, str, str]] = [
    ("loop side by side", "(pieces), collecting", "(pieces), all at once, collecting"),
    ("loop in a row", "(pieces), all at once", "(pieces)"),
    ("other list", "(all made)", "(all of it)"),
    ("one branch wins", "@Together\n", "@Together, first to succeed wins\n"),
    ("other branch name", "@Branch left\n", "@Branch left side\n"),
    ("other condition", "@When (order) is more than (limit)", "@When (order) is less than (limit)"),
    ("other name", "@Flow base\n", "@Flow basis\n"),
    ("other version", "@Flow base\n", "@Flow base, version 2\n"),
    ("no child", "@Flow below\n", "@Flow beneath\n"),
    ("list, not text", "giving (file) as str", "giving (file) as list of str"),
    ("longer", "@Wait 3 days", "@Wait 4 days"),
]


def with_a_value(line: str) -> str | None:
    """The base with a step before this line whose value the last step but one reads; None where that is an error."""
    new = f"{' ' * (len(line) - len(line.lstrip()))}@Then look for more giving (more) as int\n"
    text = BASE.replace(f"{line}\n", f"{new}{line}\n").replace("and (all made)\n", "and (all made) and (more)\n")
    return text if texts(text) is not None else None


# ---- what is foretold ------------------------------------------------------------------------------------------------


def met(standings: list[Standing], run: Stored) -> list[Finding]:
    """What a run meets that stands where it stands. What it does not know, or has not in the background, it does not
    meet: the texts alone don't tell that."""
    steps = {leaf["step"] for leaf in leaves_of(run)}
    found = [f for s in standings if s.place is not None and s.place.step.id in steps for f in s.findings]
    known = {value.name.partition("[")[0].replace("_", " ") for value in run.values}
    beside = {plain(position.body).get("beside") for position in run.positions}
    found = [f for f in found if f.diagnostic.rule not in VALUES or named(f, r"\(([^)]*)\)") in known]
    return [f for f in found if not named(f, r'^runs can stand at "(meanwhile_\w+)"') or named(f, '"(.*?)"') in beside]


def named(finding: Finding, pattern: str) -> str:
    """The value or step that a finding is about."""
    found = re.search(pattern, finding.diagnostic.message)
    return found[1] if found else ""
