"""The operators' commands: what they print, how they end, and what they refuse."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Outcome

FLOW = """\
@Given (amount) as int
@Then reserve (amount)
@Undo release (amount)
@Receive (approval) as bool
@When (approval)
    @Then charge (amount) giving (receipt)
@End
"""
HANDLERS = """\
from pathlib import Path


def reserve_amount(*, amount):
    print("reserved", amount)


def release_amount(*, amount):
    print("released", amount)


def charge_amount(*, amount):
    if amount > 100:
        raise ValueError("too much")
    return f"paid {amount}"
"""
RUN_KEYS = {"id", "status", "values", "error", "steps", "waiting_for", "wake_at"}


@pytest.fixture
def run(folder: Path, wgen: Callable[..., Outcome]) -> str:
    """A run that waits for the approval."""
    (folder / "paying.flow").write_text(FLOW)
    (folder / "paying_handlers.py").write_text(HANDLERS)
    done = wgen("run", "paying.flow", "--input", '{"amount": 500}', "--json")
    assert done.code == 3, done.err
    return str(json.loads(done.out)["id"])


def shown(done: Outcome, code: int = 0) -> dict[str, Any]:
    assert done.code == code, done.err
    found: dict[str, Any] = json.loads(done.out)
    assert found.keys() >= RUN_KEYS
    return found


def test_pause_and_resume(run: str, wgen: Callable[..., Outcome]) -> None:
    assert shown(wgen("pause", run, "--reason", "lunch", "--json"))["status"] == "paused"
    assert wgen("why", run).out.startswith("paused: it was paused by ")
    assert wgen("why", run).out.endswith(f": lunch\n  unblock: wgen resume {run}\n")
    assert shown(wgen("run", "paying.flow", "--input", '{"amount": 1}', "--key", "k", "--json"), 3)["key"] == "k"
    assert shown(wgen("resume", run, "--reason", "back", "--drive", "paying.flow", "--json"), 3)["status"] == "waiting"
    entries = json.loads(wgen("history", run, "--json").out)
    told = [(entry["what"], entry["reason"]) for entry in entries if entry["by"]]
    assert told == [("pause asked", "lunch"), ("run paused", "lunch"), ("run resumed", "back")]


def test_cancel_with_its_undos_driven_here(run: str, wgen: Callable[..., Outcome]) -> None:
    done = wgen("cancel", run, "--reason", "no need", "--drive", "paying.flow")
    assert done.code == 0, done.err
    assert "released 500" in done.out
    assert "  undoes  what is finished, for the run is cancelled\n" in done.out
    found = shown(wgen("show", run, "--json"))
    assert (found["status"], found["error"]["type"], found["error"]["message"]) == (
        "cancelled",
        "RunCancelled",
        "no need",
    )
    refused = wgen("cancel", run)
    assert (refused.code, refused.err) == (2, f"wgen: the run {run} is cancelled, there is nothing to cancel\n")
    assert wgen("pause", run).code == wgen("resume", run).code == wgen("set", run, "amount=1").code == 2


def test_cancel_without_the_flow_leaves_the_undos_to_a_worker(run: str, wgen: Callable[..., Outcome]) -> None:
    assert shown(wgen("cancel", run, "--json"))["status"] == "undoing"
    assert "released 500" in wgen("worker", ".", "--until-idle").out
    assert shown(wgen("show", run, "--json"))["status"] == "cancelled"


def test_cancel_without_undo(run: str, wgen: Callable[..., Outcome]) -> None:
    assert shown(wgen("cancel", run, "--no-undo", "--json"))["status"] == "cancelled"


def test_retry_set_and_erase(run: str, wgen: Callable[..., Outcome]) -> None:
    refused = wgen("retry", run)
    assert refused.code == 2
    assert "is waiting; only a failed or paused run can be retried" in refused.err
    failed = shown(wgen("send", run, "approval", "--payload", "true", "--drive", "paying.flow", "--json"), 1)
    assert failed["error"]["step"] == "charge_amount"
    assert wgen("set", run, "amount").err == "wgen: 'amount' is no assignment: write NAME=JSON, as in amount=120\n"
    assert wgen("set", run, "amount=many").code == 2
    assert wgen("set", run, 'amount="many"').code == 2
    assert shown(wgen("set", run, "amount=50", "--reason", "typo", "--json"))["values"]["amount"] == 50
    later = wgen("retry", run, "--from", "charge_amount")
    assert later.code == 2
    assert "has undone what it did from 'reserve_amount' on" in later.err
    again = shown(wgen("retry", run, "--from", "charge_amount", "--force", "--drive", "paying.flow", "--json"))
    assert (again["status"], again["values"]["receipt"]) == ("finished", "paid 50")
    assert (
        wgen("why", run, "--json").out
        == json.dumps({"status": "finished", "because": "it has finished", "unblock": []}, indent=2) + "\n"
    )
    assert shown(wgen("erase", run, "--json"))["values"] == {}


@pytest.mark.parametrize("command", ["pause", "cancel", "retry", "erase", "why"])
def test_no_such_run_and_no_store(command: str, run: str, wgen: Callable[..., Outcome]) -> None:
    assert wgen(command, "x") == (2, "", "wgen: there is no run x in this store\n")
    assert wgen(command, run, "--store", "sqlite:///none.db") == (
        2,
        "",
        "wgen: there is no store at sqlite:///none.db\n",
    )
