"""Whatever the user brings: one clear line that names it, the exit code of use, and never a traceback."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import FLOW, wgen_process, without_root

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Outcome

INPUT = ("--input", '{"amount": 1}')


def refused(outcome: Outcome, *said: str) -> None:
    """The command did nothing, and its complaint says all of this."""
    assert outcome.code == 2, outcome
    assert outcome.out == ""
    assert "Traceback" not in outcome.err
    for words in said:
        assert words in outcome.err


# ---- flow files ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["lint", "fmt", "generate", "ir", "graph", "run", "start", "worker"])
@pytest.mark.parametrize(
    ("content", "said"),
    [(b"@Then caf\xe9\n", "x.flow is not UTF-8: byte 0xe9 in line 1"), (None, "x.flow: Is a directory")],
)
def test_unreadable_files(command: str, content: bytes | None, said: str, folder: Path, wgen: Callable[..., Outcome]) -> None:  # fmt: skip  # noqa: E501
    if content is None:
        (folder / "x.flow").mkdir()
        refused(wgen(command, "x.flow"), "x.flow")
        return
    (folder / "x.flow").write_bytes(content)
    refused(wgen(command, "x.flow"), said)


def test_a_file_without_permission(doubling: Path, public: Path, wgen: Callable[..., Outcome]) -> None:
    closed = Path(shutil.copy(doubling, public))
    assert wgen("lint", closed.name).code == 0
    closed.chmod(0)
    with without_root():
        refused(wgen("lint", closed.name), "can't read", "Permission denied")


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "@Given (amount) as int\n", "@Thn nothing\n"])
def test_flows_without_meaning(text: str, folder: Path, wgen: Callable[..., Outcome]) -> None:
    (folder / "x.flow").write_text(text)
    code, out, err = wgen("lint", "x.flow", "--output-format", "concise")
    assert code == 1
    assert err.startswith("1 error")
    assert out.startswith("x.flow:")
    assert wgen("generate").code == 1
    refused(wgen("run", "x.flow"), "x.flow", "error[WG0")


# ---- inputs ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "--input is not valid JSON"),
        ("[1]", "--input must be a JSON object"),
        ("21", "--input must be a JSON object"),
        ('{"amount": NaN}', "NaN is not a value of JSON"),
        ('{"amount": 1, "amount": 2}', "the key 'amount' stands there twice"),
        ('{"amount": 1, "Amount": 2}', "gives 'amount' twice"),
        ('{"amount": "many"}', "amount"),
        ('{"amount": null}', "amount"),
        ("{}", "(amount) is missing"),
        ('{"amount": 1, "amout": 2}', "did you mean 'amount'"),
        ('{"amount": 1, "weight": 2}', "no input 'weight'"),
        ("@nowhere.json", "nowhere.json: No such file or directory"),
    ],
)
@pytest.mark.parametrize("command", ["run", "start"])
def test_inputs(command: str, text: str, said: str, doubling: Path, wgen: Callable[..., Outcome]) -> None:
    refused(wgen(command, doubling, "--input", text), said)
    assert wgen("runs", "--json").out == "[]\n"


def test_the_line_of_many_inputs_is_named(doubling: Path, wgen: Callable[..., Outcome]) -> None:
    Path("in.jsonl").write_text('{"amount": 1}\n{"amount": \n')
    refused(wgen("start", doubling, "--input", "@in.jsonl"), "in.jsonl, line 2 is not valid JSON")
    Path("in.jsonl").write_text('{"amount": 1}\n{"amount": "2"}\n')
    refused(wgen("start", doubling, "--input", "@in.jsonl"), "in.jsonl, line 2: ", "amount")
    assert wgen("runs", "--json").out == "[]\n"


# ---- handlers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, ["double_amount"]),
        ("", ["double_amount"]),
        ("class Handlers:\n    pass\n", ["double_amount"]),
        ("double_amount = 5\n", ["doubling.flow line 5", "double_amount"]),
        ("def double_amount():\n    return 1\n", ["double_amount", "amount"]),
        ("def double_amount(*, amount, more):\n    return 1\n", ["double_amount", "more"]),
        ("import nowhere\n", ["doubling_handlers.py, line 1", "No module named 'nowhere'"]),
        ("def double_amount(:\n", ["doubling_handlers.py, line 1"]),
        ("raise SystemExit(3)\n", ["doubling_handlers.py, line 1: SystemExit: 3"]),
        ("class Handlers:\n    def __init__(self, db):\n        pass\n", ["can't make Handlers()", "db"]),
    ],
)
def test_handlers(text: str | None, said: list[str], doubling: Path, wgen: Callable[..., Outcome]) -> None:
    handlers = doubling.with_name("doubling_handlers.py")
    if text is None:
        handlers.unlink()
    else:
        handlers.write_text(text)
    refused(wgen("run", doubling, *INPUT), *said)
    assert not Path("wgen.db").exists()


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("nowhere", "no module or file is called 'nowhere'"),
        ("nowhere.handlers", "nowhere"),
        ("nowhere.py", "no such handlers file: nowhere.py"),
        ("doubling_handlers.py:Nothing", "doubling_handlers.py has no 'Nothing'"),
    ],
)
def test_named_handlers(spec: str, said: str, doubling: Path, wgen: Callable[..., Outcome]) -> None:
    refused(wgen("run", doubling, *INPUT, "--handlers", spec), said)


@pytest.mark.parametrize(
    ("name", "spec"),
    [
        ("mine.py", "mine.py"),
        ("mine.py", "mine"),
        ("mine.py", "mine:OTHER"),
        ("pack/inner.py", "pack.inner:Other"),
        ("pack/inner.py", "pack/inner.py:Other"),
    ],
)
def test_handlers_that_are_named_are_used(name: str, spec: str, doubling: Path, wgen: Callable[..., Outcome]) -> None:
    doubling.with_name("doubling_handlers.py").unlink()
    file = Path(name)
    file.parent.mkdir(exist_ok=True)
    if file.parent != Path():
        (file.parent / "__init__.py").touch()
    file.write_text(
        "class Other:\n    def double_amount(self, *, amount):\n        return 2 * amount\n"
        "OTHER = Other()\n\ndef double_amount(*, amount):\n    return 2 * amount\n"
    )
    assert wgen("run", doubling, *INPUT, "--handlers", spec).code == 0


def test_the_handlers_of_a_folder(doubling: Path, wgen: Callable[..., Outcome]) -> None:
    doubling.with_name("doubling_handlers.py").rename(doubling.with_name("handlers.py"))
    assert wgen("run", doubling, *INPUT).code == 0


def test_a_result_of_the_wrong_type_fails_the_run(doubling: Path, wgen: Callable[..., Outcome]) -> None:
    doubling.with_name("doubling_handlers.py").write_text("def double_amount(*, amount):\n    return 'much'\n")
    code, out, err = wgen("run", doubling, *INPUT)
    assert (code, err) == (1, "")
    assert "failed: ValueRejected: " in out
    assert "total" in out


def test_two_files_under_one_module_name(doubling: Path, folder: Path, wgen: Callable[..., Outcome]) -> None:
    other = folder / "other"
    other.mkdir()
    shutil.copy(doubling, other / "again.flow")
    for place in (folder, other):
        (place / "handlers.py").write_text(doubling.with_name("doubling_handlers.py").read_text())
    doubling.with_name("doubling_handlers.py").unlink()
    refused(wgen("worker", ".", "--until-idle"), "two modules are called 'handlers': other/handlers.py and handlers.py")


def test_two_flows_of_one_name(doubling: Path, folder: Path, wgen: Callable[..., Outcome]) -> None:
    assert doubling.exists()
    (folder / "b.flow").write_text("@Flow doubling\n" + FLOW)
    shutil.copy("doubling_handlers.py", "b_handlers.py")
    refused(wgen("worker", ".", "--until-idle"), 'two flows are called "doubling": b.flow and doubling.flow')


# ---- stores ----------------------------------------------------------------------------------------------------------


def test_a_file_that_is_no_store(doubling: Path, wgen: Callable[..., Outcome]) -> None:
    Path("text.db").write_text("certainly no database, but long enough to be taken for one" * 20)
    with closing(sqlite3.connect("other.db")) as other:
        other.execute("CREATE TABLE mine (x)")
    for name in ("text.db", "other.db"):
        before = Path(name).read_bytes()
        refused(wgen("run", doubling, *INPUT, "--store", f"sqlite:///{name}"), name)
        refused(wgen("runs", "--store", f"sqlite:///{name}"), name)
        assert Path(name).read_bytes() == before


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("wgen.db", "'wgen.db' is no store URL"),
        ("nosql://x", "there is no store for nosql://"),
        ("sqlite:///missing/x.db", "missing"),
        ("sqlite:///folder", "folder"),
    ],
)
def test_store_urls(url: str, said: str, doubling: Path, wgen: Callable[..., Outcome]) -> None:
    Path("folder").mkdir()
    refused(wgen("run", doubling, *INPUT, "--store", url), said)


def test_a_store_that_is_read_only(doubling: Path, public: Path, wgen: Callable[..., Outcome]) -> None:
    for name in (doubling.name, "doubling_handlers.py"):
        shutil.copy(doubling.with_name(name), public)
    assert wgen("run", doubling.name, *INPUT).code == 0
    Path("wgen.db").chmod(0o444)
    with without_root():
        refused(wgen("run", doubling.name, *INPUT), "the store wgen.db is read-only")
    assert len(json.loads(wgen("runs", "--json").out)) == 1


def test_a_store_that_another_process_locks(doubling: Path, wgen: Callable[..., Outcome]) -> None:
    wgen("run", doubling, *INPUT)
    with closing(sqlite3.connect("wgen.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        refused(wgen("run", doubling, *INPUT), "wgen.db")
        other.execute("ROLLBACK")


HALF = os.fsdecode(b"\xff")
"""What Python makes of a byte that is no UTF-8, in arguments and names of files."""


@pytest.mark.parametrize("option", ["--key", "--flow"])
def test_what_no_store_keeps_is_not_looked_for(option: str, doubling: Path, wgen: Callable[..., Outcome]) -> None:
    wgen("start", doubling, *INPUT)
    refused(wgen("runs", option, HALF), "half of a character")


@pytest.mark.parametrize("command", ["lint", "generate", "ir", "graph", "run", "start", "worker"])
def test_a_flow_file_whose_name_is_not_utf_8(command: str, doubling: Path, wgen: Callable[..., Outcome]) -> None:
    named = doubling.rename(f"{HALF}.flow")
    refused(wgen(command, named), "is not UTF-8: rename the file")


def test_folders_whose_names_are_not_utf_8(doubling: Path, wgen: Callable[..., Outcome]) -> None:
    folder = Path(HALF)
    folder.mkdir()
    doubling.rename(folder / doubling.name)
    wrong = folder / "wrong.flow"
    wrong.write_text("@Thn x\n")
    for format in ("full", "concise", "json", "gitlab", "github", "junit", "sarif"):
        outcome = wgen("lint", wrong, "--output-format", format)
        assert (outcome.code, "WG002" in outcome.out) == (1, True), outcome
    wrong.unlink()
    os.chdir(folder)
    assert wgen("generate").code == 0
    assert wgen("generate", "--check").code == 0


def test_no_traceback_in_a_process_of_its_own(doubling: Path) -> None:
    assert doubling.exists()
    for arguments in (["run", "doubling.flow"], ["show", "x"], ["lint", "nowhere"], ["send", "x", "y"]):
        refused(wgen_process(*arguments), "wgen: ")
