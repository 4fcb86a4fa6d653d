"""Child flows on the command line: found by name beside the flow that runs them, and driven with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Outcome

OUTER = """@Given (number) as int
@Then run flow (make it double) using (number) giving (doubled) as int
@Finish with (doubled)
"""
INNER = """@Flow make it double
@Given (number) as int
@Wait 20 milliseconds
@Then double (number) giving (doubled) as int
@Finish with (doubled)
"""


@pytest.fixture(autouse=True)
def flows(folder: Path) -> None:
    (folder / "outer_flow_of_two.flow").write_text(OUTER)
    (folder / "doubling.flow").write_text(INNER)
    (folder / "broken.flow").write_text("@Flow not wanted\n@Then use (nothing that\n")
    (folder / "doubling_handlers.py").write_text("def double_number(*, number):\n    return number * 2\n")


def test_a_run_drives_its_children(wgen: Callable[..., Outcome]) -> None:
    done = wgen("run", "outer_flow_of_two.flow", "--input", '{"number": 21}', "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out)["result"] == 42


def test_children_are_listed_when_asked_for(wgen: Callable[..., Outcome]) -> None:
    wgen("run", "outer_flow_of_two.flow", "--input", '{"number": 1}')
    runs = json.loads(wgen("runs", "--json").out)
    assert [run["flow"] for run in runs] == ["outer flow of two"]
    both = json.loads(wgen("runs", "--json", "--children").out)
    assert [run["flow"] for run in both] == ["make it double", "outer flow of two"]
    assert both[0]["parent"] == both[1]["id"]


def test_a_child_that_is_nowhere_pauses_the_run_and_loses_nothing(folder: Path, wgen: Callable[..., Outcome]) -> None:
    (folder / "doubling.flow").unlink()
    done = wgen("run", "outer_flow_of_two.flow", "--input", '{"number": 1}', "--json")
    assert done.code == 3, done.err
    run = json.loads(done.out)
    assert run["status"] == "paused"
    assert run["error"]["message"] == 'the flow "make it double" is not registered with this worker'


def test_a_child_that_nobody_waits_for_any_more_is_cancelled_before_the_command_ends(
    folder: Path, wgen: Callable[..., Outcome]
) -> None:
    (folder / "outer_flow_of_two.flow").write_text("""@Given (number) as int
@Try
    @Together
        @Branch slow
            @Then run flow (make it double) using (number)
        @Branch wrong
            @Wait 50 milliseconds
            @Fail because "no"
    @End
@On failure
    @Finish as "caught"
@End
""")
    (folder / "doubling.flow").write_text(INNER.replace("@Wait 20 milliseconds", "@Wait 1 hour"))
    done = wgen("run", "outer_flow_of_two.flow", "--input", '{"number": 1}', "--json")
    assert (done.code, json.loads(done.out)["outcome"]) == (0, "caught"), done.err
    runs = json.loads(wgen("runs", "--json", "--children").out)
    assert [run["status"] for run in runs] == ["cancelled", "finished"]
