"""What `wgen breaking` foretells is what happens: runs at each step are taken over by engines with changed texts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.runtime.support import go
from tests.upgrades.standing import BASE, PASSED, VALUES, Runs, again, changed, met, stood, stored, texts, with_a_value
from wgen.cli.openruns import OpenRuns
from wgen.compiler.rules import upgrades as rules
from wgen.compiler.upgrade.compare import Standing, compare
from wgen.compiler.upgrade.places import places
from wgen.compiler.upgrade.ways import Ways
from wgen.runtime import RunView
from wgen.runtime.plan import Bound
from wgen.runtime.restore import load
from wgen.runtime.state import Unfit
from wgen.runtime.view import leaves_of

if TYPE_CHECKING:
    from wgen.runtime.rows import Stored

STEPS = [place.step.id for place in places(Ways((texts(BASE) or [])[0].flow)) if place.step.id not in PASSED]
CHANGES = dict(changed())


def foretold(text: str) -> list[Standing]:
    before, after = texts(BASE), texts(text)
    assert before is not None
    assert after is not None
    return [standing for standing in compare(before, after) if standing.text.flow.name == "base"]


async def taken_over(runs: Runs, id: str) -> RunView:
    """The run after an engine with the new text has taken it, which starts nothing new."""
    async with runs.engine() as engine:
        if runs.flows[0].name == "base":
            await engine.drive(id, wait=False)
        return await engine.view(id)


def test_runs_come_to_every_step() -> None:
    assert len(STEPS) == 20
    for step in STEPS:
        store, _, id = stood(step)
        assert step in [leaf["step"] for leaf in leaves_of(stored(store, id))]
    assert len(CHANGES) > 100


@pytest.mark.parametrize("what", CHANGES)
def test_a_run_is_paused_where_that_is_foretold(what: str) -> None:
    standings = foretold(CHANGES[what])
    for step in STEPS:
        store, clock, id = again(step)
        run = stored(store, id)
        findings = met(standings, run)
        if any(finding.diagnostic.rule == rules.FLOW_GONE for finding in findings):
            assert what.startswith("other name")
            continue
        runs = Runs(CHANGES[what], store, clock, frozenset({step, "do_something_else"}))
        at_once = [finding for finding in findings if finding.at_once]
        view = go(taken_over(runs, id))
        told = [finding.diagnostic.message for finding in at_once]
        assert (view.status == "paused") == bool(at_once), f"{step} is {view.status}, {view.error}; foretold: {told}"


@pytest.mark.parametrize("what", CHANGES)
def test_what_is_said_of_open_runs_is_what_loading_refuses(what: str) -> None:
    after = texts(CHANGES[what])
    assert after is not None
    flows = Runs(CHANGES[what], *again(STEPS[0])[:2]).flows
    for step in STEPS[list(CHANGES).index(what) % 4 :: 4]:  # each change with some of them, each of them with many
        store, clock, id = stood(step)
        cases = go(OpenRuns(after, flows, "memory://").cases(store, clock.now()))
        at_once = {f.diagnostic.rule for case in cases if case.run == id for f in case.findings if f.at_once}
        gone = [case.run for case in cases if any(f.diagnostic.rule == rules.FLOW_GONE for f in case.findings)]
        bounds: dict[str, Bound] = {}
        bounds |= {flow.name: Bound(flow, None, bounds) for flow in flows}
        if "base" in bounds:
            refused = refusal(bounds["base"], stored(store, id))
            assert (refused is not None) == bool(at_once - {rules.CHILD_GONE}), f"{step}: {refused}, {at_once}"
        assert (id in gone) == ("base" not in bounds)


def refusal(bound: Bound, run: Stored) -> str | None:
    """Why a run can't be loaded."""
    try:
        load(bound, run)
    except Unfit as error:
        return error.type
    return None


@pytest.mark.parametrize("what", [what for what in CHANGES if not what.startswith("other name")])
def test_an_operator_can_do_what_is_advised(what: str) -> None:
    standings = foretold(CHANGES[what])
    for step in STEPS:
        store, clock, id = again(step)
        at_once = [finding for finding in met(standings, stored(store, id)) if finding.at_once]
        advised = {found for f in at_once for found in re.findall(r"`wgen retry RUN(.*?)`", f.diagnostic.help or "")}
        if len(advised) != 1 or {f.diagnostic.rule for f in at_once} & VALUES:
            continue
        begin = advised.pop().removeprefix(" --from ") or None
        if begin == "STEP":
            continue
        runs = Runs(CHANGES[what], store, clock, frozenset({step}))

        async def main(id: str = id, begin: str | None = begin, runs: Runs = runs) -> RunView:
            async with runs.engine() as engine:
                await engine.drive(id, wait=False)
                await engine.retry(id, step=begin)
                return await engine.view(id)

        view = go(main())
        # What the step reads now may have to be set first; the pause says so.
        paused = view.status == "paused" and view.error is not None and view.error["type"] != "ValueMissing"
        assert not paused, f"{step}: {view.error}, begun at {begin or 'its step'}"


LINES = [line for line in BASE.partition("@Flow below")[0].splitlines() if line.lstrip().startswith(("@Then", "@Wait"))]


@pytest.mark.parametrize("line", [line for line in LINES if with_a_value(line) is not None])
def test_a_run_lacks_what_is_foretold(line: str) -> None:
    text = with_a_value(line)
    assert text is not None
    standings = foretold(text)
    for step in STEPS:
        store, clock, id = again(step)
        findings = met(standings, stored(store, id))
        if any(finding.at_once for finding in findings):
            continue
        runs = Runs(text, store, clock)
        runs.handlers.gives["look_for_more"] = 8

        async def main(id: str = id, runs: Runs = runs) -> RunView:
            async with runs.engine() as engine:
                await runs.go_on(engine)
                return await engine.view(id)

        view = go(main())
        told = [f.diagnostic.message for f in findings if f.diagnostic.rule == rules.VALUE_LACKING]
        lacks = view.status == "paused" and view.error is not None and view.error["type"] == "ValueMissing"
        undoes = step in ("release_stock", "peel_the_label_off")
        assert view.status == ("failed" if undoes else "paused" if lacks else "finished"), f"{step}: {view.error}"
        assert not lacks or told
        assert lacks or not [message for message in told if message.endswith("do not know")]
