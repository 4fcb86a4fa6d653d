"""Commands on runs: exit codes, what goes to which stream, and the shapes of JSON."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.conftest import ROOT, wgen_process

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Outcome

RUN_KEYS = [
    "id", "flow", "version", "key", "parent", "created", "status", "outcome", "word", "steps", "values", "result",
    "error", "attempts", "waiting_for", "wake_at", "created_at", "updated_at",
]  # fmt: skip
ENTRY_KEYS = ["at", "what", "step", "attempt", "seconds", "by", "reason", "error"]

APPROVAL = """\
@Given (order) as str
@Then prepare (order)
@Receive (approval) as bool
@When (approval) is true
    @Status "approved"
    @Finish with (order) as "done"
@End
@Fail because "not approved"
"""
APPROVAL_HANDLERS = """\
class Handlers:
    async def prepare_order(self, *, order: str) -> None:
        print("preparing", order)
"""


@pytest.fixture
def approval(folder: Path) -> Path:
    """A flow that waits for an event."""
    (folder / "approval.flow").write_text(APPROVAL)
    (folder / "approval_handlers.py").write_text(APPROVAL_HANDLERS)
    return folder / "approval.flow"


def waiting_run(wgen: Callable[..., Outcome], *options: str) -> dict[str, Any]:
    code, out, err = wgen("run", "approval.flow", "--input", '{"order": "A1"}', "--json", *options)
    assert code == 3, err
    run: dict[str, Any] = json.loads(out)
    return run


# ---- run -------------------------------------------------------------------------------------------------------------


def test_a_run_as_json_has_the_contract_s_keys_in_their_order(doubling: Path, wgen: Callable[..., Outcome]) -> None:
    code, out, err = wgen("run", doubling, "--input", '{"amount": 21}', "--json", "--key", "k1")
    assert (code, err) == (0, "")
    run = json.loads(out)
    assert list(run) == RUN_KEYS
    assert (run["flow"], run["version"], run["key"], run["created"]) == ("doubling", 1, "k1", True)
    assert (run["status"], run["result"], run["error"]) == ("finished", 42, None)
    assert run["values"] == {"amount": 21, "total": 42}
    assert run["attempts"] == {"double_amount": 1}
    assert run["created_at"].endswith("Z")


def test_a_run_for_people_tells_step_by_step(doubling: Path, wgen: Callable[..., Outcome]) -> None:
    code, out, err = wgen("run", doubling, "--input", '{"amount": 21}')
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].startswith("run ")
    assert lines[0].endswith(' of "doubling" begins, kept in sqlite:///wgen.db')
    assert lines[1].startswith("  done    double amount  (")
    assert lines[2:4] == ["finished", "result: 42"]
    assert lines[4].startswith("history: wgen history ")


@pytest.mark.parametrize("store", ["memory://", "sqlite:///wgen.db"])
def test_the_example_retries_and_finishes(store: str) -> None:
    example = ROOT / "examples/flows/customer_registration"
    ended = wgen_process("run", str(example), "--store", store, "--input", f"@{example}/customer.json")
    assert (ended.code, ended.err) == (0, "")
    assert "  side by side, 3 tasks:\n" in ended.out
    assert "attempt 1: ConnectionError: the 2nd microservice does not answer; next attempt at " in ended.out
    assert "done    register customer registration details in 2nd microserice, attempt 2" in ended.out
    assert len([line for line in ended.out.splitlines() if line.strip().startswith("done  ")]) == 7


@pytest.mark.parametrize("text", ['{"AMOUNT": 21}', '{"Amount": 21}'])
def test_inputs_may_be_given_in_words(text: str, doubling: Path, wgen: Callable[..., Outcome]) -> None:
    assert json.loads(wgen("run", doubling, "--input", text, "--json").out)["result"] == 42


def test_input_from_a_file_and_from_standard_input(doubling: Path, folder: Path, wgen: Callable[..., Outcome]) -> None:
    (folder / "in.json").write_text('{"amount": 1}')
    assert json.loads(wgen("run", doubling, "--input", "@in.json", "--json").out)["result"] == 2
    ended = wgen_process("run", "doubling.flow", "--input", "@-", "--json", input='{"amount": 2}')
    assert json.loads(ended.out)["result"] == 4


def test_a_failed_run_is_exit_1(doubling: Path, wgen: Callable[..., Outcome]) -> None:
    doubling.with_name("doubling_handlers.py").write_text("def double_amount(*, amount):\n    raise OSError('no')\n")
    code, out, err = wgen("run", doubling, "--input", '{"amount": 1}', "--json")
    run = json.loads(out)
    assert (code, err, run["status"]) == (1, "", "failed")
    assert run["error"] == {"type": "OSError", "message": "no", "step": "double_amount", "flow_line": 5, "undo": []}
    assert run["attempts"] == {"double_amount": 2}
    assert "failed: OSError: no (line 5)" in wgen("run", doubling, "--input", '{"amount": 1}').out


def test_what_handlers_print_stays_out_of_the_json(approval: Path) -> None:
    ended = wgen_process("run", approval.name, "--input", '{"order": "A1"}', "--json")
    assert ended.code == 3
    assert json.loads(ended.out)["status"] == "waiting"
    assert ended.err == "preparing A1\n"


def test_the_only_flow_of_a_folder_and_one_of_several(folder: Path, wgen: Callable[..., Outcome]) -> None:
    (folder / "both.flow").write_text('@Flow first one\n@Finish as "1"\n@Flow second\n@Finish as "2"\n')
    code, _, err = wgen("run", ".")
    assert code == 2
    assert err == 'wgen: both.flow holds 2 flows: "first one", "second"; choose with --flow\n'
    assert json.loads(wgen("run", ".", "--flow", "First one", "--json").out)["outcome"] == "1"
    (folder / "more.flow").write_text('@Flow third\n@Finish as "3"\n')
    assert wgen("run", ".").code == 2
    assert json.loads(wgen("run", ".", "--flow", "third", "--json").out)["outcome"] == "3"
    assert wgen("run", ".", "--flow", "fourth").err == 'wgen: no file in . holds a flow "fourth"\n'


def test_the_key_of_an_open_run_drives_that_run(approval: Path, wgen: Callable[..., Outcome]) -> None:
    assert approval.exists()
    first, second = waiting_run(wgen, "--key", "k"), waiting_run(wgen, "--key", "k")
    assert (second["id"], first["created"], second["created"]) == (first["id"], True, False)


def test_no_wait_leaves_a_retry_to_others(doubling: Path, wgen: Callable[..., Outcome]) -> None:
    doubling.write_text(doubling.read_text().replace("10 milliseconds", "1 hour"))
    doubling.with_name("doubling_handlers.py").write_text("def double_amount(*, amount):\n    raise OSError\n")
    code, out, _ = wgen("run", doubling, "--input", '{"amount": 1}', "--json", "--no-wait")
    run = json.loads(out)
    assert (code, run["status"], run["steps"]) == (3, "waiting", ["double_amount"])
    assert run["wake_at"].endswith("Z")


def test_ctrl_c_gives_the_run_back(doubling: Path) -> None:
    doubling.with_name("doubling_handlers.py").write_text(
        "import asyncio, pathlib\n"
        "async def double_amount(*, amount):\n"
        "    pathlib.Path('begun').touch()\n"
        "    await asyncio.sleep(60)\n"
    )
    command = [sys.executable, "-m", "wgen", "run", "doubling.flow", "--input", '{"amount": 1}']
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={"PYTHONPATH": str(ROOT), "PATH": ""}
    ) as process:
        until(lambda: Path("begun").exists())
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert process.returncode == 3
    assert "interrupted; go on with: wgen resume " in err
    assert "--drive doubling.flow" in err
    assert out.startswith("run ")
    (run,) = json.loads(wgen_process("runs", "--json").out)
    assert run["status"] in ("pending", "running")


def until(holds: Callable[[], bool]) -> None:
    """Waits for something outside this process."""
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


# ---- events ----------------------------------------------------------------------------------------------------------


def test_a_run_waits_takes_its_event_and_ends(approval: Path, wgen: Callable[..., Outcome]) -> None:
    run = waiting_run(wgen)
    assert (run["status"], run["steps"]) == ("waiting", ["receive_approval"])
    (wait,) = run["waiting_for"]
    assert wait["event"] == "approval"
    assert {"since", "until", "correlation"} < set(wait)
    said = wgen("run", approval, "--input", '{"order": "A2"}').out
    assert "send it: wgen send " in said

    code, out, err = wgen("send", run["id"], "approval", "--payload", "true", "--json")
    assert (code, err, json.loads(out)["id"]) == (0, "", run["id"])
    code, out, err = wgen("resume", run["id"], "--drive", approval, "--json")
    ended = json.loads(out)
    assert (code, ended["status"], ended["outcome"], ended["word"]) == (0, "finished", "done", "approved")


def test_send_and_drive_at_once(approval: Path, wgen: Callable[..., Outcome]) -> None:
    run = waiting_run(wgen)
    code, out, _ = wgen("send", run["id"], "Approval", "--payload", "false", "--drive", approval)
    assert code == 1
    assert "failed: FlowFailed: not approved" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing"], "nothing"),
        (["approval", "--payload", '"perhaps"'], "approval"),
        (["approval", "--payload", "{"], "--payload is not valid JSON"),
    ],
)
def test_a_refused_event_changes_nothing(
    arguments: list[str], said: str, approval: Path, wgen: Callable[..., Outcome]
) -> None:
    assert approval.exists()
    run = waiting_run(wgen)
    code, out, err = wgen("send", run["id"], *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("wgen: ")
    assert said in err
    shown = json.loads(wgen("show", run["id"], "--json").out)
    assert {**shown, "created": True} == run


# ---- looking ---------------------------------------------------------------------------------------------------------


def test_runs_show_and_history(doubling: Path, wgen: Callable[..., Outcome]) -> None:
    ids = [json.loads(wgen("run", doubling, "--input", '{"amount": 1}', "--json").out)["id"] for _ in range(2)]
    listed = json.loads(wgen("runs", "--json").out)
    assert [run["id"] for run in listed] == ids[::-1]
    assert [list(run) for run in listed] == [RUN_KEYS, RUN_KEYS]
    table = wgen("runs", "--limit", "1").out.splitlines()
    assert table[0].split() == ["RUN", "FLOW", "KEY", "STATUS", "WORD", "UPDATED"]
    assert table[1].startswith(ids[1])
    assert len(table) == 2
    entries = json.loads(wgen("history", ids[0], "--json").out)
    assert [list(entry) for entry in entries] == [ENTRY_KEYS] * len(entries)
    assert [entry["what"] for entry in entries] == ["run created", "task finished", "run finished"]
    assert "task finished" in wgen("history", ids[0]).out
    assert "status:    finished\n" in wgen("show", ids[0]).out


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        (["--flow", "doubling"], 1),
        (["--flow", "other"], 0),
        (["--status", "finished"], 1),
        (["--status", "waiting"], 0),
        (["--key", "k"], 1),
        (["--since", "1h"], 1),
        (["--since", "2999-01-01"], 0),
    ],
)
def test_runs_are_filtered(filters: list[str], count: int, doubling: Path, wgen: Callable[..., Outcome]) -> None:
    wgen("run", doubling, "--input", '{"amount": 1}', "--key", "k")
    assert len(json.loads(wgen("runs", "--json", *filters).out)) == count


def test_a_missing_store_lists_nothing_and_is_not_made(folder: Path, wgen: Callable[..., Outcome]) -> None:
    assert wgen("runs", "--json") == (0, "[]\n", "")
    assert wgen("runs") == (0, "", "no runs\n")
    for command in (["show", "x"], ["history", "x"], ["resume", "x"], ["send", "x", "y"]):
        assert wgen(*command) == (2, "", "wgen: there is no store at sqlite:///wgen.db\n")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("command", [["show", "x"], ["history", "x"], ["resume", "x"], ["send", "x", "y"]])
def test_no_such_run(command: list[str], doubling: Path, wgen: Callable[..., Outcome]) -> None:
    wgen("run", doubling, "--input", '{"amount": 1}')
    code, out, err = wgen(*command)
    assert (code, out) == (2, "")
    assert "there is no run x" in err


# ---- start and worker ------------------------------------------------------------------------------------------------


def test_start_stores_and_a_worker_executes(doubling: Path, wgen: Callable[..., Outcome]) -> None:
    code, out, _ = wgen("start", doubling, "--input", '{"amount": 4}', "--json")
    run = json.loads(out)
    assert (code, run["status"], run["created"]) == (0, "pending", True)
    assert wgen("worker", ".", "--until-idle", "--json") == (0, '{\n  "finished": 1,\n  "failed": 0\n}\n', "")
    assert json.loads(wgen("show", run["id"], "--json").out)["result"] == 8
    assert wgen("worker", ".", "--until-idle").out == "0 runs finished\n"


def test_one_run_a_line(doubling: Path, folder: Path, wgen: Callable[..., Outcome]) -> None:
    (folder / "in.jsonl").write_text('{"amount": 1}\n\n{"amount": 2}\n')
    code, out, _ = wgen("start", doubling, "--input", "@in.jsonl")
    assert (code, len(out.split())) == (0, 2)
    assert len(json.loads(wgen("start", doubling, "--input", "@in.jsonl", "--json").out)) == 2
    assert wgen("worker", ".", "--until-idle").out == "4 runs finished\n"


def test_a_worker_ends_on_sigterm_and_gives_back(doubling: Path) -> None:
    doubling.with_name("doubling_handlers.py").write_text(
        "import asyncio, pathlib\n"
        "async def double_amount(*, amount):\n"
        "    pathlib.Path('begun').touch()\n"
        "    await asyncio.sleep(60)\n"
    )
    wgen_process("start", "doubling.flow", "--input", '{"amount": 1}')
    command = [sys.executable, "-m", "wgen", "worker", ".", "--grace", "100ms", "--json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={"PYTHONPATH": str(ROOT), "PATH": ""}
    ) as process:
        until(lambda: Path("begun").exists())
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, json.loads(out), err) == (0, {"finished": 0, "failed": 0}, "")
    doubling.with_name("doubling_handlers.py").write_text("def double_amount(*, amount):\n    return 0\n")
    begun = time.monotonic()
    assert wgen_process("worker", ".", "--until-idle").out == "1 run finished\n"
    assert time.monotonic() - begun < 8  # given back, so nobody waits for a lease to end


def test_two_processes_share_one_file(doubling: Path) -> None:
    Path("in.jsonl").write_text('{"amount": 1}\n' * 40)
    assert wgen_process("start", doubling.name, "--input", "@in.jsonl").code == 0
    command = [sys.executable, "-m", "wgen", "worker", ".", "--until-idle", "--json"]
    workers = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": str(ROOT), "PATH": ""})
        for _ in range(2)
    ]
    counts = [json.loads(worker.communicate(timeout=60)[0]) for worker in workers]
    assert sum(count["finished"] for count in counts) == 40
    assert len(json.loads(wgen_process("runs", "--status", "finished", "--json").out)) == 40
