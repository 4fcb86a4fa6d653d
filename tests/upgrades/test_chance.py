"""Runs of random flows, stopped anywhere, are taken over by engines with changed texts: what was foretold happens."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.runtime.support import go
from tests.upgrades.chance import Runs, all_open, changed, sentence, stopped, written
from tests.upgrades.standing import met, texts
from wgen.cli.openruns import OpenRuns
from wgen.compiler.rules import upgrades as rules
from wgen.compiler.upgrade.compare import compare
from wgen.runtime.view import leaves_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wgen.compiler.upgrade.findings import Finding
    from wgen.runtime import Engine, RunView

SEEDS = 200
CHUNK = 20
MEETING = range(280, 340)
"""Seeds that meet all that is asked for below."""
REASONS = {
    "StepMissing": {rules.STEP_GONE, rules.STEP_RENAMED, rules.UNDO_CHANGED},
    "StepChanged": {rules.STEP_CHANGED, rules.UNDO_CHANGED},
    "ValuesChanged": {rules.VALUE_CHANGED, rules.UNDO_CHANGED},
    "ValueMissing": {rules.VALUE_LACKING, rules.UNDO_CHANGED},
    "FlowMissing": {rules.CHILD_GONE},
}
"""What has to be foretold of a run that is paused, by the reason."""

SEEN: set[str] = set()
"""The rules that were met, and the reasons for which runs were paused."""


class Told(NamedTuple):
    """What is foretold of one run: by its own state, and by the texts alone."""

    flow: str
    of_run: list[Finding]
    of_texts: list[Finding]


class Outcome(NamedTuple):
    """How runs stand when they were taken over, and when they went on as far as they can."""

    taken: dict[str, RunView]
    ended: dict[str, RunView]


def judged(seed: int) -> str:
    """What of a random upgrade was not as foretold."""
    found = stopped(seed)
    if found is None:
        return ""
    store, clock = found
    chance, before = Random(seed), written(seed)
    steps = [leaf["step"] for run in all_open(store) for leaf in leaves_of(run)]
    after, changes = changed(before, chance, sentence(before, chance.choice(steps)) if steps else "")
    runs = Runs(after, store, clock)
    told = foretold(before, after, runs)
    outcome = go(taken_over(runs, told))
    wrong = [f"{told[id].flow}: {line}" for id in told for line in disagreements(id, told[id], outcome)]
    wrong += [f"{name} was called with a value that is missing" for name in runs.handlers.wronged]
    return "\n".join([f"seed {seed}", *changes, *wrong, before, "becomes", after]) if wrong else ""


def foretold(before: str, after: str, runs: Runs) -> dict[str, Told]:
    old, new = texts(before) or [], texts(after) or []
    standings = compare(old, new)
    cases = go(OpenRuns(new, runs.flows, "memory://").cases(runs.store, runs.clock.now()))
    of_runs = {str(case.run): case for case in cases}
    return {
        run.row.id: Told(
            run.row.flow,
            of_runs[run.row.id].findings,
            met([standing for standing in standings if standing.text.flow.name == run.row.flow], run),
        )
        for run in all_open(runs.store)
    }


async def taken_over(runs: Runs, told: dict[str, Told]) -> Outcome:
    known = {flow.name for flow in runs.flows}
    async with runs.engine() as engine:
        for id in [id for id in told if told[id].flow in known]:
            await engine.drive(id, wait=False)
        taken = await views(engine)
        for _ in range(60):
            await engine.tick()
            if all(view.status == "paused" for view in await runs.open(engine)):
                break
            await runs.next(engine)
        return Outcome(taken, await views(engine))


async def views(engine: Engine) -> dict[str, RunView]:
    return {view.id: view for view in await engine.runs(children=True)}


def disagreements(id: str, told: Told, outcome: Outcome) -> Iterator[str]:
    """Where a run was paused, now or later, and nobody said so; or it was said, and it was not paused."""
    taken, ended = outcome.taken[id], outcome.ended[id]
    reason = str(ended.error["type"]) if ended.status == "paused" and ended.error else None
    for of_what, findings in (("run", told.of_run), ("texts", told.of_texts)):
        SEEN.update(finding.diagnostic.rule.name for finding in findings)
        broken = {finding.diagnostic.rule for finding in findings}
        if rules.FLOW_GONE in broken:  # nobody takes it
            if taken.ended or taken.status == "paused":
                yield f"{taken.status}, though its flow is gone"
            continue
        # A run that passes its step by, for it has an older version, comes to what it lacks at once.
        paused = taken.status == "paused" and not (reason == "ValueMissing" and rules.VALUE_LACKING in broken)
        if paused != any(finding.at_once for finding in findings) and (paused or taken.status != "paused"):
            yield f"{taken.status} at {taken.steps}, {taken.error}; of the {of_what} was said {shown(findings)}"
        if reason is not None and not broken & REASONS[reason]:
            yield f"paused at {ended.steps}, {ended.error}; of the {of_what} was said {shown(findings)}"
    SEEN.update([reason] if reason else [])


def shown(findings: Sequence[Finding]) -> list[tuple[str, bool, str]]:
    return [(found.diagnostic.rule.name, found.at_once, found.diagnostic.message) for found in findings]


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_what_is_foretold_happens(first: int) -> None:
    wrong = [told for seed in range(first, first + CHUNK) if (told := judged(seed))]
    assert not wrong, "\n\n".join(wrong)


def test_chance_meets_what_matters() -> None:
    SEEN.clear()
    for seed in MEETING:
        assert judged(seed) == ""
    wanted = {
        "StepMissing",
        "StepChanged",
        "ValueMissing",
        "step-gone",
        "step-renamed",
        "undo-changed",
        "value-lacking",
    }
    assert wanted - SEEN == set()
