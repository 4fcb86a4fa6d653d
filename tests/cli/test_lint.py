"""`wgen lint`, `wgen fmt`, `wgen ir` and `wgen graph`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import FLOW, wgen_process

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Outcome

UNKNOWN = "@Given (customer) as str\n@Then greet (customer)\n@Then pay using (custmer)\n"
KEYS = ["code", "name", "severity", "message", "file", "line", "column", "end_line", "end_column", "help", "fix", "related"]  # fmt: skip  # noqa: E501


def test_a_clean_flow(doubling: Path, wgen: Callable[..., Outcome]) -> None:
    assert wgen("lint", doubling) == (0, "", "no findings in 1 file\n")
    assert wgen("lint", doubling, "--output-format", "json").out == "[]\n"


def test_findings_in_full_concise_and_as_json(folder: Path, wgen: Callable[..., Outcome]) -> None:
    (folder / "pay.flow").write_text(UNKNOWN)
    code, out, err = wgen("lint")
    assert (code, err) == (1, "1 error in 1 file\n")
    assert out.startswith("error[WG101] unknown-value: ")
    assert " --> pay.flow:3:17\n" in out
    line = wgen("lint", "--output-format", "concise").out
    assert line.startswith("pay.flow:3:17: error[WG101] unknown-value: ")
    assert line.count("\n") == 1
    (finding,) = json.loads(wgen("lint", "--output-format", "json").out)
    assert list(finding) == KEYS
    assert (finding["code"], finding["name"], finding["severity"]) == ("WG101", "unknown-value", "error")
    assert (finding["file"], finding["line"], finding["column"]) == ("pay.flow", 3, 17)


def test_many_files_are_linted_at_once(doubling: Path, folder: Path, wgen: Callable[..., Outcome]) -> None:
    for name in ("a", "b"):
        (folder / f"{name}.flow").write_text(UNKNOWN)
    code, out, err = wgen("lint", "--output-format", "concise")
    assert doubling.exists()
    assert code == 1
    assert [line.split(":")[0] for line in out.splitlines()] == ["a.flow", "b.flow"]
    assert err == "2 errors in 3 files\n"


@pytest.mark.parametrize("word", ["WG101", "unknown-value", "WG1", "wg1"])
def test_rules_are_chosen_by_code_name_or_family(word: str, folder: Path, wgen: Callable[..., Outcome]) -> None:
    (folder / "pay.flow").write_text(UNKNOWN)
    assert wgen("lint", "--ignore", word) == (0, "", "no findings in 1 file\n")
    assert wgen("lint", "--select", f"WG2,{word}").code == 1
    assert wgen("lint", "--select", "WG2").code == 0


def test_the_project_chooses_rules_too(folder: Path, wgen: Callable[..., Outcome]) -> None:
    (folder / "pay.flow").write_text(UNKNOWN)
    (folder / "wgen.toml").write_text('ignore = ["unknown-value"]\n')
    assert wgen("lint").code == 0
    assert wgen("lint", "--select", "WG101").code == 0


def test_an_unknown_rule_is_an_error_of_use(doubling: Path, wgen: Callable[..., Outcome]) -> None:
    code, _, err = wgen("lint", doubling, "--ignore", "nothing")
    assert code == 2
    assert err.startswith("wgen: no rule is called 'nothing'")


def test_strict_counts_warnings(folder: Path, wgen: Callable[..., Outcome]) -> None:
    (folder / "wait.flow").write_text("@Given (unused) as str\n@Then begin\n")
    assert wgen("lint").err == "1 warning in 1 file\n"
    assert wgen("lint").code == 0
    assert wgen("lint", "--strict").code == 1


def test_colour_only_where_it_is_wanted(
    folder: Path, wgen: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "pay.flow").write_text(UNKNOWN)
    assert "\x1b[" not in wgen("lint").out
    assert "\x1b[" in wgen("lint", "--color", "always").out
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in wgen("lint").out


def test_standard_input() -> None:
    assert wgen_process("lint", "-", input=FLOW).code == 0
    ended = wgen_process("lint", "-", "--output-format", "concise", input=UNKNOWN)
    assert ended.code == 1
    assert ended.out.startswith("<stdin>:3:17: error")


def test_the_intermediate_representation_is_json_with_a_schema(doubling: Path, wgen: Callable[..., Outcome]) -> None:
    module = json.loads(wgen("ir", doubling).out)
    assert module["schema"].startswith("wgen.ir/")
    assert [flow["name"] for flow in module["flows"]] == ["doubling"]


def test_the_graph(doubling: Path, wgen: Callable[..., Outcome]) -> None:
    code, out, err = wgen("graph", doubling)
    assert (code, err) == (0, "")
    assert out.startswith("flowchart TD\n")
    assert 'double_amount_["double (amount)"]' in out


@pytest.mark.parametrize(
    ("format", "begin", "task"),
    [
        ("dot", 'digraph "doubling" {\n', '"double_amount" [label="double (amount)", '),
        ("svg", "<svg ", ">double (amount)<"),
    ],
)
def test_the_graph_in_other_formats(
    format: str, begin: str, task: str, doubling: Path, wgen: Callable[..., Outcome]
) -> None:
    code, out, err = wgen("graph", doubling, "--format", format)
    assert (code, err) == (0, "")
    assert out.startswith(begin)
    assert task in out


def test_the_graph_has_all_formats_that_are_written(wgen: Callable[..., Outcome]) -> None:
    from wgen.compiler.graph.formats import FORMATS

    assert f"[{'|'.join(FORMATS)}]" in wgen("graph", "--help").out


@pytest.mark.parametrize("command", ["ir", "graph"])
def test_a_flow_with_errors_has_no_meaning(command: str, folder: Path, wgen: Callable[..., Outcome]) -> None:
    (folder / "pay.flow").write_text(UNKNOWN)
    code, out, err = wgen(command, "pay.flow")
    assert (code, out) == (1, "")
    assert err.startswith("error[WG101]")


# ---- fmt -------------------------------------------------------------------------------------------------------------

CROOKED = "@given  (amount)\n@then   double (amount)\n"
STRAIGHT = "@Given (amount)\n@Then double (amount)\n"


def test_fmt_writes_the_canonical_form_once(folder: Path, wgen: Callable[..., Outcome]) -> None:
    file = folder / "x.flow"
    file.write_text(CROOKED)
    assert wgen("fmt") == (0, "changed x.flow\n", "1 file: 1 changed, 0 unchanged\n")
    assert file.read_text() == STRAIGHT
    before = file.stat().st_mtime_ns
    assert wgen("fmt") == (0, "", "1 file: 0 changed, 1 unchanged\n")
    assert file.stat().st_mtime_ns == before


def test_fmt_check_and_diff_write_nothing(folder: Path, wgen: Callable[..., Outcome]) -> None:
    file = folder / "x.flow"
    file.write_text(CROOKED)
    assert wgen("fmt", "--check")[:2] == (1, "would change x.flow\n")
    code, out, _ = wgen("fmt", "--diff")
    assert code == 0
    assert "-@then   double (amount)\n+@Given (amount)\n+@Then double (amount)\n" in out
    assert file.read_text() == CROOKED


def test_fmt_of_standard_input() -> None:
    assert wgen_process("fmt", "-", input=CROOKED) == (0, STRAIGHT, "")
    assert wgen_process("fmt", "-", "--check", input=CROOKED).code == 1


def test_fmt_leaves_a_flow_with_errors_alone_and_does_the_others(folder: Path, wgen: Callable[..., Outcome]) -> None:
    (folder / "bad.flow").write_text("@Thn nothing\n")
    (folder / "good.flow").write_text(CROOKED)
    code, out, err = wgen("fmt")
    assert (code, out) == (1, "changed good.flow\n")
    assert "bad.flow:1" in err
    assert (folder / "bad.flow").read_text() == "@Thn nothing\n"


@pytest.mark.parametrize("command", [["lint"], ["fmt", "--check"]])
def test_a_file_that_cannot_be_read_hides_nothing_of_the_others(
    folder: Path, wgen: Callable[..., Outcome], command: list[str]
) -> None:
    (folder / "a.flow").write_bytes(b"@Then \xff\n")
    (folder / "b.flow").write_text("@Then use (nothing\n")
    told = wgen(*command)
    assert told.code == 2
    assert "a.flow is not UTF-8" in told.err
    assert "unclosed-bracket" in told.out + told.err


def test_a_handlers_file_that_is_no_python_is_told_of(folder: Path, wgen: Callable[..., Outcome]) -> None:
    (folder / "a.flow").write_text("@Then go\n@Then stop\n")
    (folder / "a_handlers.py").write_text("def go(:\n")
    told = wgen("lint", "--output-format", "concise")
    assert told.code == 0
    said = "a_handlers.py can't be read as Python, so nobody knows what it holds"
    assert told.out == f"a.flow:1:1: warning[WG502] missing-handler: {said}\n"
