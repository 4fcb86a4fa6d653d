"""`wgen breaking`: against a git revision, a folder, and a store; what is said, as text and as JSON."""

from __future__ import annotations

import json
import shlex
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Outcome

Wgen = Callable[..., Outcome]

FLOW = """\
@Flow paying
@Given (amount) as int
@Then reserve (amount) giving (reservation)
@Undo release (reservation)
@Receive (approval) as bool
@Then charge (amount) giving (receipt)
@Finish with (receipt)
"""
HANDLERS = """\
from pathlib import Path


def reserve_amount(*, amount):
    return {"amount": amount}


def release_reservation(*, reservation, amount=None):
    print("released")


def release_the_reservation(*, reservation):
    print("released")


def charge_amount(*, amount, customer=None):
    if Path("bank is closed").exists():
        raise OSError
    return f"paid {amount}"


def look_up_customer():
    return "Ada"
"""


def git(*words: str) -> str:
    command = ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org", *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def project(folder: Path) -> Path:
    """A repository with one commit."""
    (folder / "flows").mkdir()
    (folder / "flows" / "paying.flow").write_text(FLOW)
    (folder / "flows" / "paying_handlers.py").write_text(HANDLERS)
    git("init", "--quiet", ".")
    git("add", ".")
    git("commit", "--quiet", "--message", "first")
    return folder


@pytest.fixture
def run(project: Path, wgen: Wgen) -> str:  # noqa: ARG001 - it stands there
    """A run that waits for the approval, in wgen.db."""
    done = wgen("run", "flows", "--input", '{"amount": 500}', "--json")
    assert done.code == 3, done.err
    return str(json.loads(done.out)["id"])


def rewrite(project: Path, old: str, new: str) -> None:
    file = project / "flows" / "paying.flow"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


def shown(done: Outcome, code: int = 1) -> list[dict[str, Any]]:
    assert done.code == code, done.err
    found: list[dict[str, Any]] = json.loads(done.out)
    return found


def rules(case: dict[str, Any]) -> list[str]:
    return [finding["name"] for finding in case["findings"]]


# ---- texts -----------------------------------------------------------------------------------------------------------


def test_against_a_revision(project: Path, wgen: Wgen) -> None:
    assert wgen("breaking", "--against", "HEAD") == (0, "", "4 steps of 1 flow: a run goes on at 4\n")
    rewrite(project, "@Then charge (amount)", "@Then charge card with (amount)")
    before = git("status", "--porcelain", "--ignored")
    done = wgen("breaking", "--against", "HEAD")
    assert done.code == 1
    assert '`@Then charge (amount) giving (receipt)`, line 6 of HEAD:flows/paying.flow; write (with id "ch' in done.out
    assert "\n --> flows/paying.flow:6:1\n" in done.out
    assert done.out.endswith("  charge_amount (line 6)        needs a mapping: step-renamed\n")
    assert done.err == "4 steps of 1 flow: a run goes on at 3, needs a mapping at 1\n"
    assert git("status", "--porcelain", "--ignored") == before == " M flows/paying.flow\n"
    rewrite(project, "with (amount)", 'with (amount) (with id "charge_amount")')
    assert wgen("breaking", "--against", "HEAD").code == 0


def test_a_revision_from_a_folder_below_and_with_patterns(
    project: Path, wgen: Wgen, monkeypatch: pytest.MonkeyPatch
) -> None:
    git("tag", "v1")
    rewrite(project, "@Receive (approval)", "@Receive (consent)")
    (project / "flows" / "new.flow").write_text("@Then begin\n")
    for pattern in (".", "./...", "flows/paying.flow", "flows/*.flow", str(project / "flows")):
        assert shown(wgen("breaking", "--against", "v1", pattern, "--json"))[2]["class"] == "needs a mapping"
    assert wgen("breaking", "--against", "v1", "flows/new.flow") == (0, "", "no older flow\n")
    monkeypatch.chdir(project / "flows")
    (steps,) = [case["steps"] for case in shown(wgen("breaking", "--against", "v1", "--json")) if rules(case)[:1]][:1]
    assert steps[0]["file"] == "v1:flows/paying.flow"


def test_types_and_settings_are_those_of_the_revision(project: Path, wgen: Wgen) -> None:
    models = project / "kinds.py"
    models.write_text("from dataclasses import dataclass\n\n\n@dataclass\nclass Reservation:\n    amount: int\n")
    (project / "wgen.toml").write_text('types = "kinds"\n')
    git("add", ".")
    git("commit", "--quiet", "--message", "types")
    models.write_text(models.read_text() + "    currency: str\n")
    done = wgen("breaking", "--against", "HEAD")
    assert done.code == 1
    told = "(reservation) does not fit its type any more: Reservation needs currency, which it did not have"
    assert f"error[WG606] value-changed: {told}\n" in done.out
    assert done.err == "4 steps of 1 flow: a run goes on at 1, needs a mapping at 3\n"


def test_against_a_folder_among_the_flows_of_today(project: Path, wgen: Wgen) -> None:
    (project / "before").mkdir()
    (project / "before" / "paying.flow").write_text(FLOW.replace("@Receive", "@Then wait for it\n@Receive"))
    done = wgen("breaking", "--against", "before")
    assert (done.code, done.err) == (1, "5 steps of 1 flow: a run goes on at 4, needs a mapping at 1\n")
    assert " --> before/paying.flow:5:1\n" in done.out
    assert wgen("breaking", "--against", "before/paying.flow", "flows") == done


def test_an_old_text_with_errors_is_left_out(project: Path, wgen: Wgen) -> None:
    (project / "before").mkdir()
    (project / "before" / "paying.flow").write_text("@Then ship (")
    left_out = "wgen: before/paying.flow has 1 error and is left out: today's wgen can't tell of its runs\n"
    told = "wgen: --against before: no flow in it can be read, so there is nothing to compare with\n"
    assert wgen("breaking", "--against", "before", "flows") == (2, "", left_out + told)
    (project / "before" / "other.flow").write_text(FLOW)
    done = wgen("breaking", "--against", "before", "flows")
    assert (done.code, done.err) == (0, f"{left_out}4 steps of 1 flow: a run goes on at 4\n")


def test_a_text_of_today_with_errors_is_refused(project: Path, wgen: Wgen) -> None:
    rewrite(project, "@Finish with (receipt)", "@Finish with (reciept)")
    done = wgen("breaking", "--against", "HEAD")
    assert (done.code, done.out) == (2, "")
    assert "error[WG101] unknown-value" in done.err
    assert done.err.endswith("wgen: flows/paying.flow has 1 error\n")


def test_the_json_of_texts(project: Path, wgen: Wgen) -> None:
    rewrite(project, "@Undo release (reservation)\n", "")
    cases = shown(wgen("breaking", "--against", "HEAD", "--json"))
    assert [case["class"] for case in cases] == ["goes on", *["needs a mapping"] * 3]
    assert cases[2] == {
        "class": "needs a mapping",
        "flow": "paying",
        "version": 1,
        "run": None,
        "status": None,
        "steps": [
            {
                "step": "receive_approval",
                "sentence": "@Receive (approval) as bool",
                "file": "HEAD:flows/paying.flow",
                "line": 5,
            }
        ],
        "findings": cases[3]["findings"],
    }
    (finding,) = cases[2]["findings"]
    assert finding.items() >= {"code": "WG609", "name": "undo-changed", "severity": "error", "line": 4}.items()
    assert (finding["class"], finding["at_once"]) == ("needs a mapping", False)


# ---- open runs -------------------------------------------------------------------------------------------------------


def test_against_a_store(run: str, project: Path, wgen: Wgen) -> None:
    for store in ("wgen.db", "sqlite:///wgen.db", str(project / "wgen.db")):
        assert wgen("breaking", "--against", store, "flows") == (0, "", "1 open run: 1 goes on\n")
    rewrite(project, "@Receive (approval) as bool\n", "@Wait 1 day\n")
    (case,) = shown(wgen("breaking", "--against", "wgen.db", "--json"))
    assert (case["run"], case["status"], case["class"]) == (run, "waiting", "needs a mapping")
    assert case["steps"] == [{"step": "receive_approval", "sentence": None, "file": "paying.flow", "line": 5}]
    assert rules(case) == ["step-gone", "event-changed"]
    done = wgen("breaking", "--against", "wgen.db")
    assert done.code == 1
    gone = '1 run stands at "receive_approval" (line 5 of paying.flow), and there is no such step any more'
    assert f"error[WG603] step-gone: {gone}\n --> flows/paying.flow:1:1\n" in done.out
    assert "help: `wgen retry RUN --from charge_amount` goes on behind it" in done.out
    assert "no sentence waits for the event (approval) any more (1 run waits for it or keeps one): who" in done.out
    table = f"  {run} waiting at receive_approval (line 5)  needs a mapping: step-gone, event-changed\n"
    assert done.out.endswith(f'flow "paying":\n{table}')
    again = wgen("resume", run, "--drive", "flows", "--json")
    assert json.loads(again.out)["status"] == "paused"
    assert "has no step 'charge'; did you mean 'charge_amount'?" in wgen("retry", run, "--from", "charge").err
    assert wgen("retry", run, "--from", "wait_1_day").code == 0  # which only the text of today has
    assert wgen("cancel", run, "--no-undo").code == 0
    assert wgen("breaking", "--against", "wgen.db") == (0, "", "no open run\n")


def test_a_renamed_step_of_an_open_run(run: str, project: Path, wgen: Wgen) -> None:
    assert wgen("send", run, "approval", "--payload", "true").code == 0
    rewrite(project, "@Then reserve", "@Retry each task once\n@Retry wait period is 2 weeks\n@Then reserve")
    (project / "bank is closed").touch()
    assert wgen("worker", "flows", "--until-idle").code == 0
    rewrite(project, "@Then charge (amount)", "@Then charge card with (amount)")
    done = wgen("breaking", "--against", "wgen.db")
    assert done.code == 1
    assert 'error[WG602] step-renamed: 1 run stands at "charge_amount", and this sentence looks like it' in done.out
    assert 'it was line 6 of paying.flow; write (with id "charge_amount") into this sentence, and they' in done.out
    rewrite(project, "with (amount)", 'with (amount) (with id "charge_amount")')
    assert wgen("breaking", "--against", "wgen.db").code == 0


def test_what_an_open_run_lacks_can_be_set(run: str, project: Path, wgen: Wgen) -> None:
    assert wgen("run", "flows", "--input", '{"amount": 7}', "--json").code == 3
    new = "@Then look up customer giving (customer) as str\n@Receive"
    rewrite(project, "@Receive", new)
    rewrite(project, "@Finish", '@When (customer) is one of "Ada", "Grace"\n    @Status "known"\n@End\n@Finish')
    rewrite(project, "@Then charge (amount)", "@Then charge (amount) using (customer)")
    done = wgen("breaking", "--against", "wgen.db")
    assert "error[WG608] value-lacking: this reads (customer), which 2 runs do not know\n" in done.out
    assert done.err == "2 open runs: 2 need a mapping\n"
    sent = wgen("send", run, "approval", "--payload", "true", "--drive", "flows", "--json")
    told = json.loads(sent.out)
    assert (told["status"], told["error"]["type"]) == ("paused", "ValueMissing")
    assert wgen("why", run).out.splitlines()[1] == f"  unblock: wgen set {run} NAME=JSON, then wgen resume {run}"
    assert wgen("set", run, 'customer="Ada"').code == 0
    assert wgen("resume", run, "--drive", "flows").code == 0


@pytest.mark.usefixtures("run")
def test_values_are_read_by_the_types_of_today(project: Path, wgen: Wgen) -> None:
    assert wgen("run", "flows", "--input", '{"amount": 7}').code == 3
    (project / "flows" / "models.py").write_text(
        "from pydantic import BaseModel, Field\n\n\nclass Reservation(BaseModel):\n    amount: int = Field(gt=100)\n"
    )
    done = wgen("breaking", "--against", "wgen.db")
    told = "(reservation) of 1 run does not fit its type any more: amount: Input should be greater than 100\n"
    assert f"error[WG606] value-changed: {told}" in done.out
    assert done.err == "2 open runs: 1 goes on, 1 needs a mapping\n"
    rewrite(project, "(amount) as int", "(amount) as str")
    cases = shown(wgen("breaking", "--against", "wgen.db", "--json"))
    assert [case["class"] for case in cases] == ["must finish on the old version"] * 2


def test_a_value_of_a_branch_is_given_anew(folder: Path, wgen: Wgen) -> None:
    text = "@Together\n    @Branch one\n        @Then count giving (n) as int\n        @Receive (go)\n"
    text += "    @Branch two\n        @Then wait\n@End\n@Finish with (n)\n"
    (folder / "counting.flow").write_text(text)
    (folder / "handlers.py").write_text(
        "import json\nfrom pathlib import Path\n\n\ndef count():\n    return json.loads(Path('n').read_text())\n\n\n"
        "def wait(): ...\n"
    )
    (folder / "n").write_text("3")
    run = json.loads(wgen("run", "counting.flow", "--json").out)["id"]
    (folder / "counting.flow").write_text(text.replace("as int", "as str"))
    (folder / "n").write_text('"three"')
    (case,) = shown(wgen("breaking", "--against", "wgen.db", "--json"))
    assert (case["class"], rules(case)) == ("needs a mapping", ["value-changed"])
    assert case["findings"][0]["help"].startswith("`wgen retry RUN --from together` gives it anew")
    assert json.loads(wgen("resume", run, "--drive", ".", "--json").out)["error"]["type"] == "ValuesChanged"
    assert wgen("retry", run, "--from", "together", "--drive", ".").code == 3
    assert wgen("breaking", "--against", "wgen.db").code == 0
    assert wgen("send", run, "go", "--drive", ".").code == 0


def test_what_open_runs_have_done(run: str, project: Path, wgen: Wgen) -> None:
    rewrite(project, "@Undo release (reservation)", "@Undo release the (reservation)")
    (case,) = shown(wgen("breaking", "--against", "wgen.db", "--json"))
    (finding,) = case["findings"]
    assert (finding["name"], finding["line"], finding["at_once"]) == ("undo-changed", 4, False)
    assert wgen("cancel", run).code == 0
    (case,) = shown(wgen("breaking", "--against", "wgen.db", "--json"))
    assert (case["status"], case["findings"][0]["at_once"]) == ("undoing", True)
    assert wgen("worker", "flows", "--until-idle").code == 0
    paused = json.loads(wgen("show", run, "--json").out)
    assert (paused["status"], paused["error"]["type"]) == ("paused", "StepMissing")
    rewrite(project, "the (reservation)", 'the (reservation) (with id "release_reservation")')
    assert wgen("breaking", "--against", "wgen.db").code == 0
    assert wgen("resume", run, "--drive", "flows").code == 1
    assert json.loads(wgen("show", run, "--json").out)["status"] == "cancelled"


@pytest.mark.usefixtures("run")
def test_an_undo_that_reads_more(project: Path, wgen: Wgen) -> None:
    rewrite(project, "@Undo release (reservation)", "@Undo release (reservation) using (amount)")
    done = wgen("breaking", "--against", "wgen.db")
    told = 'what "reserve_amount" has done can\'t be undone any more: release_reservation reads (amount), which was not'
    assert f"error[WG609] undo-changed: {told}" in done.out


def test_a_flow_that_is_gone(run: str, project: Path, wgen: Wgen) -> None:
    rewrite(project, "@Flow paying", "@Flow buying")
    done = wgen("breaking", "--against", "wgen.db")
    assert done.code == 1
    assert 'error[WG601] flow-gone: no flow is called "paying" any more, and 1 run of it is open\n' in done.out
    assert "help: the flow (buying) has most of its sentences: name it `@Flow paying`\n" in done.out
    assert done.err == "1 open run: 1 must finish on the old version\n"
    (project / "flows" / "paying.flow").write_text("@Then do nothing of the kind\n")
    (project / "flows" / "paying.flow").rename(project / "flows" / "idle.flow")
    done = wgen("breaking", "--against", "wgen.db")
    assert " --> sqlite:///wgen.db\n  = help: keep a worker with the old text until they have ended, or" in done.out
    assert json.loads(wgen("show", run, "--json").out)["status"] == "waiting"


def test_a_child_flow_that_is_gone(folder: Path, wgen: Wgen) -> None:
    text = "@Flow order\n@Then run flow (shipping)\n"
    (folder / "order.flow").write_text(f"{text}\n@Flow shipping\n@Receive (parcel)\n")
    run = json.loads(wgen("run", "order.flow", "--flow", "order", "--json").out)["id"]
    (folder / "order.flow").write_text(text)
    parent, child = shown(wgen("breaking", "--against", "wgen.db", "--json"))
    assert (parent["run"], rules(parent), rules(child)) == (run, ["child-gone"], ["flow-gone"])
    assert {parent["class"], child["class"]} == {"must finish on the old version"}
    assert json.loads(wgen("resume", run, "--drive", "order.flow", "--json").out)["status"] == "waiting"


def test_sentences_of_other_versions(folder: Path, wgen: Wgen) -> None:
    (folder / "order.flow").write_text("@Receive (go)\n@Then ship\n")
    (folder / "handlers.py").write_text("def ship(): ...\ndef weigh(): ...\ndef note_weight(*, weight): ...\n")
    assert wgen("run", "order.flow").code == 3
    new = "@Flow order, version 2\n@Receive (go)\n@Then weigh giving (weight) (since version 2)\n@Then ship\n"
    (folder / "order.flow").write_text(f"{new}@Then note (weight) (since version 2)\n")
    assert wgen("breaking", "--against", "wgen.db").code == 0
    (folder / "order.flow").write_text(f"{new}@Then note (weight)\n")
    done = wgen("breaking", "--against", "wgen.db")
    assert "value-lacking: this reads (weight), which 1 run does not know\n" in done.out


def test_equal_sentences_of_open_runs(folder: Path, wgen: Wgen) -> None:
    (folder / "order.flow").write_text("@Then weigh\n@Receive (go)\n@Then ship\n")
    (folder / "handlers.py").write_text("def ship(): ...\ndef weigh(): ...\n")
    run = json.loads(wgen("run", "order.flow", "--json").out)["id"]
    (folder / "order.flow").write_text("@Then weigh\n@Receive (go)\n@Then ship\n@Receive (go)\n")
    assert wgen("breaking", "--against", "wgen.db").code == 0
    (folder / "order.flow").write_text("@Receive (go)\n@Then weigh\n@Receive (go)\n@Then ship\n")
    (case,) = shown(wgen("breaking", "--against", "wgen.db", "--json"))
    (finding,) = case["findings"]
    assert (finding["name"], finding["line"], finding["at_once"]) == ("step-shifted", 1, False)
    assert 'theirs is "receive_go_2" now' in finding["help"]
    assert wgen("send", run, "go", "--drive", "order.flow").code == 3  # as foretold: it waits once more


@pytest.mark.usefixtures("run")
def test_runs_that_are_too_old(project: Path, wgen: Wgen, monkeypatch: pytest.MonkeyPatch) -> None:
    rewrite(project, "@Given", "@Timeout flow after 3 days\n@Given")
    assert wgen("breaking", "--against", "wgen.db").code == 0
    later = time.time() + 4 * 86400
    monkeypatch.setattr("wgen.cli.breaking.time.time", lambda: later)
    done = wgen("breaking", "--against", "wgen.db")
    assert "WG615] time-shortened: 1 run is open for longer than 3 days, which is all that a run has now\n" in done.out
    assert done.err == "1 open run: 1 must finish on the old version\n"


# ---- wrong use -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("against", "said"),
    [
        ("nowhere", "--against nowhere: this is no folder, no store, and no revision of this git repository"),
        ("--output=x", "--against --output=x: this is no folder, no store, and no revision of this git repository"),
        ("none.db", "there is no store at sqlite:///none.db"),
        ("sqlite:///none.db", "there is no store at sqlite:///none.db"),
        ("nosql://x", "there is no store for nosql://; known are memory://, sqlite://"),
        ("", "--against is empty: name a git revision, a folder or a store"),
        ("empty", "no flow file (*.flow) in empty"),
        ("flows", "--against flows: all flows lie in this folder; name those to compare it with as PATH"),
        ("flows/paying_handlers.py", "flows/paying_handlers.py is no SQLite database, so no wgen store: choose an"),
    ],
)
def test_wrong_use(against: str, said: str, project: Path, wgen: Wgen) -> None:
    (project / "empty").mkdir()
    done = wgen("breaking", "--against", against, "flows")
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert done.err.startswith(f"wgen: {said}")


def test_no_repository_and_no_git(doubling: Path, wgen: Wgen, monkeypatch: pytest.MonkeyPatch) -> None:
    done = wgen("breaking", "--against", "HEAD")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("wgen: --against takes a folder or a store here, for git says: fatal: not a git repo")
    monkeypatch.setenv("PATH", str(doubling.parent / "nowhere"))
    told = "wgen: git can't be started, so --against takes a folder or a store only\n"
    assert wgen("breaking", "--against", "HEAD") == (2, "", told)


def test_paths_outside_of_the_repository(project: Path, wgen: Wgen, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "other.flow"
    outside.write_text("@Then begin\n")
    done = wgen("breaking", "--against", "HEAD", outside)
    assert (done.code, done.err) == (2, f"wgen: {outside} lies outside of the git repository {project}\n")


def test_two_flows_of_one_name(project: Path, wgen: Wgen) -> None:
    (project / "flows" / "copy.flow").write_text(FLOW)
    told = 'two flows are called "paying": flows/copy.flow and flows/paying.flow; rename one with @Flow'
    assert wgen("breaking", "--against", "HEAD") == (2, "", f"wgen: {told}\n")


def test_files_that_are_renamed_new_or_broken_before(project: Path, wgen: Wgen) -> None:
    (project / "flows" / "draft.flow").write_text("@Then ship (")
    (project / "flows" / "unnamed.flow").write_text("@Then ship\n")
    git("add", ".")
    git("commit", "--quiet", "--message", "a draft")
    (project / "flows" / "draft.flow").write_text("@Then weigh\n")
    (project / "flows" / "paying.flow").rename(project / "flows" / "named_paying.flow")
    left_out = "wgen: HEAD:flows/draft.flow has 1 error and is left out: today's wgen can't tell of its runs\n"
    done = wgen("breaking", "--against", "HEAD")
    assert done == (0, "", f"{left_out}5 steps of 2 flows: a run goes on at 5\n")  # @Flow names it
    (project / "flows" / "unnamed.flow").rename(project / "flows" / "renamed.flow")
    done = wgen("breaking", "--against", "HEAD")
    assert 'WG601] flow-gone: no flow is called "unnamed" any more, and runs of it may be open\n' in done.out
    assert "help: the flow (renamed) has most of its sentences: name it `@Flow unnamed`\n" in done.out
    assert done.err == f"{left_out}5 steps of 2 flows: a run goes on at 4, must finish on the old version at 1\n"


@pytest.mark.parametrize("keyword", ["@Then", "@Meanwhile"])
def test_a_child_further_on_that_is_gone(folder: Path, wgen: Wgen, keyword: str) -> None:
    text = f"@Flow order\n@Receive (go)\n{keyword} run flow (shipping)\n"
    (folder / "order.flow").write_text(f"{text}\n@Flow shipping\n@Receive (parcel)\n")
    run = json.loads(wgen("run", "order.flow", "--flow", "order", "--json").out)["id"]
    (folder / "order.flow").write_text(text)
    (case,) = shown(wgen("breaking", "--against", "wgen.db", "--json"))
    (finding,) = case["findings"]
    told = '1 run comes to "run_flow_shipping", and no flow is called "shipping" any more'
    assert (finding["name"], finding["message"], finding["at_once"]) == ("child-gone", told, False)
    assert wgen("send", run, "go", "--drive", "order.flow").code == 3
    paused = json.loads(wgen("show", run, "--json").out)
    assert (paused["status"], paused["error"]["type"]) == ("paused", "FlowMissing")


@pytest.fixture
def partial(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone of the project, current here, that has not fetched what files of before its last commit hold."""
    rewrite(project, "@Then charge", "@Then really charge")
    git("commit", "--quiet", "--all", "--message", "second")
    git("config", "uploadpack.allowFilter", "true")
    git("clone", "--quiet", "--filter=blob:none", (project / ".git").as_uri(), "clone")
    monkeypatch.chdir(project / "clone")
    return project / "clone"


def test_a_partial_clone_fetches_what_it_lacks(partial: Path, wgen: Wgen) -> None:
    done = wgen("breaking", "--against", "HEAD~1")
    assert (done.code, partial.joinpath("flows/paying.flow").exists()) == (1, True)
    assert 'runs can stand at "charge_amount", and this sentence looks like it under another name' in done.out


def test_a_partial_clone_that_can_not_fetch_says_so(partial: Path, wgen: Wgen) -> None:
    lacking = git("rev-parse", "HEAD~1:flows/paying.flow").strip()
    (partial.parent / ".git").rename(partial.parent / "away")
    code, out, err = wgen("breaking", "--against", "HEAD~1")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("wgen: --against HEAD~1: git can't read all of it: ")
    assert lacking in err


@pytest.fixture
def shallow(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clone of the project, current here, as actions/checkout makes it: of its last commit only."""
    git("tag", "v1")
    git("branch", "other")
    rewrite(project, "@Then charge", "@Then really charge")
    git("commit", "--quiet", "--all", "--message", "second")
    git("clone", "--quiet", "--depth=1", (project / ".git").as_uri(), "clone")
    monkeypatch.chdir(project / "clone")


@pytest.mark.parametrize("against", ["HEAD~1", "v1", "origin/other"])
@pytest.mark.usefixtures("shallow")
def test_a_shallow_clone_is_told_how_to_fetch_the_revision(against: str, wgen: Wgen) -> None:
    done = wgen("breaking", "--against", against)
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        f"wgen: --against {against}: this is no folder, no store, and no revision of this git repository; this clone "
        'is shallow: fetch the rest with git fetch --unshallow origin "+refs/heads/*:refs/remotes/origin/*", '
        "or check it out with fetch-depth: 0\n"
    )
    command = done.err.partition(" with git ")[2].partition(", or ")[0]
    git(*shlex.split(command))
    done = wgen("breaking", "--against", against)
    assert (done.code, done.err.count("shallow")) == (1, 0)
    assert 'runs can stand at "charge_amount"' in done.out


def test_a_revision_with_a_file_that_is_lost(project: Path, wgen: Wgen) -> None:
    lost = git("rev-parse", "HEAD:flows/paying.flow").strip()
    (project / ".git" / "objects" / lost[:2] / lost[2:]).unlink()
    told = "wgen: --against HEAD: git can't read all of it: flows/paying.flow is missing here\n"
    assert wgen("breaking", "--against", "HEAD") == (2, "", told)


def test_links_and_folders_of_a_revision_that_hold_no_text(project: Path, wgen: Wgen) -> None:
    (project / "flows" / "link.flow").symlink_to("paying.flow")
    git("add", ".")
    git("commit", "--quiet", "--message", "a link")
    (project / "flows" / "link.flow").unlink()
    assert wgen("breaking", "--against", "HEAD").code == 0
