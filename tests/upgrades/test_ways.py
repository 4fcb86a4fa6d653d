"""The ways through flows: where a run can be begun, what may follow what, and what a run may have done by then."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.compiled import compiled
from tests.upgrades.standing import BASE, texts
from wgen.compiler.compile import check
from wgen.compiler.source import Source
from wgen.compiler.upgrade.compare import compare
from wgen.compiler.upgrade.lacking import lacking
from wgen.compiler.upgrade.places import Place, places
from wgen.compiler.upgrade.texts import Text
from wgen.compiler.upgrade.ways import Ways
from wgen.runtime.outline import outer_steps, where_to_begin

ROOT = Path(__file__).parents[2]
FLOWS = sorted([*(ROOT / "examples").rglob("*.flow"), *(ROOT / "tests" / "golden").rglob("*.flow")])


def ways(text: str) -> Ways:
    (flow,) = check(Source(text)).module.flows
    return Ways(flow)


def place(text: str, step: str) -> Place:
    return next(place for place in places(ways(text)) if place.step.id == step)


def test_a_run_is_begun_where_the_engine_says() -> None:
    (base, *_) = compiled(BASE)
    (text, *_) = texts(BASE) or []
    outer, found = outer_steps(base), Ways(text.flow)
    assert {id: found.begin(id) for id in found.states} == {
        str(id): where_to_begin(id, base, outer) for id in base.steps
    }


@pytest.mark.parametrize("file", FLOWS, ids=lambda file: file.stem)
def test_a_flow_that_does_not_change_goes_on(file: Path) -> None:
    source = Source.read(file)
    found = check(source)
    flows = [Text(source, file.parent, found.settings, flow) for flow in found.module.flows]
    standings = compare(flows, flows)
    assert [finding.diagnostic.message for standing in standings for finding in standing.findings] == []
    assert len(standings) >= len(flows)


GROUP = """\
@Together
    @Branch one
        @Then a giving (x)
        @Undo take a back
    @Branch two
        @Then b
        @Undo take b back
@End
@Then c using (x)
"""


def test_what_lies_beside_a_step_may_be_done() -> None:
    assert [task.id for task in place(GROUP, "a").done] == ["b"]
    assert [task.id for task in place(GROUP, "c").done] == ["a", "b"]
    assert [task.id for task in place(GROUP, "take_a_back").done] == ["b"]
    assert place(GROUP, "b").maybe == {"x"}
    assert [group.id for group in place(GROUP, "b").groups] == ["together"]


def test_what_lies_in_another_arm_is_not_done() -> None:
    text = "@Given (n) as int\n@When (n) is 1\n    @Then a\n    @Undo back\n@Otherwise\n    @Then b\n@End\n@Then c\n"
    assert place(text, "b").done == ()
    assert [task.id for task in place(text, "c").done] == ["a"]


def test_a_failure_may_lead_to_its_clause_and_the_background_goes_along() -> None:
    text = "@Meanwhile a giving (x)\n@Try\n    @Then b\n@On failure\n    @Then c\n@End\n@Then d using (x)\n@Then e\n"
    assert {"c", "d"} <= {edge.to for edge in (*ways(text).next("b"), *ways(text).caught["b"])}
    assert [step.id for step in place(text, "c").beside] == ["meanwhile_a"]
    assert [step.id for step in place(text, "d").beside] == ["meanwhile_a"]  # it may still wait for it
    assert place(text, "e").beside == ()


@pytest.mark.parametrize(
    ("text", "step", "knows", "version", "expected"),
    [
        ("@Then a giving (x)\n@Then b\n@Then c using (x)\n", "b", "", 1, {"x": "c"}),
        ("@Then a giving (x)\n@Then b\n@Then c using (x)\n", "b", "x", 1, {}),
        ("@Then a giving (x)\n@Then b\n@Then c using (x)\n", "a", "", 1, {}),
        ("@Then a giving (x)\n@Then b\n@When (x) is given\n    @Then c using (x)\n@End\n", "b", "", 1, {}),
        ("@Then a giving (x)\n@Then b\n@When (x) is missing\n    @Finish\n@End\n@Then c using (x)\n", "b", "", 1, {}),
        ("@Then a giving (x)\n@Then b\n@When (x) is given and (x) is 3\n    @Then c\n@End\n", "b", "", 1, {}),
        ("@Then a giving (x)\n@Then b\n@When (x) is 3\n    @Then c\n@End\n", "b", "", 1, {"x": "when_x"}),
        ("@Then b\n@Then a giving (x) (since version 2)\n@Then c using (x)\n", "b", "", 1, {"x": "c"}),
        ("@Then b\n@Then a giving (x) (since version 2)\n@Then c using (x)\n", "b", "", 2, {}),
        ("@Then a giving (x)\n@Then b\n@Then c using (x) (since version 2)\n", "b", "", 1, {}),
        ("@Then a giving (x)\n@Then b\n@Then a giving (x)\n@Then c using (x)\n", "b", "", 1, {}),
        (GROUP, "b", "", 1, {"x": "c"}),
        ("@Then z\n" + GROUP, "z", "", 1, {}),
        ("@Meanwhile a giving (x)\n@Then b\n@Then c using (x)\n", "b", "", 1, {"x": "c"}),
        ("@Then a giving (x)\n@Then b\n@Receive (y) where (y - id) is (x)\n", "b", "", 1, {"x": "receive_y"}),
    ],
)
def test_what_a_run_lacks(text: str, step: str, knows: str, version: int, expected: dict[str, str]) -> None:
    found = lacking(ways(text), step, knows.split(), version)
    assert {name: reader.id for name, reader in found.items()} == expected
