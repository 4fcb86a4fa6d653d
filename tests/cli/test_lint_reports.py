"""`wgen lint`: its reports for services, and its fixes."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING

import fastjsonschema
import pytest

from tests.cli.conftest import wgen_process

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Outcome

WRONG = "@Given (customer) and (gift)\n@Then greet (customer)\n@Then pay 5%: using (custmer)\n"
TYPO = "@Given (customer) as str\n@Then greet (customer)\n@Then pay using (custmer)\n"
MENDED = TYPO.replace("custmer", "customer")
MISTAKES = Path(__file__).parents[1] / "mistakes"


@pytest.fixture
def wrong(folder: Path) -> Path:
    """A folder with a flow that has an error and a warning, and one without."""
    (folder / "a, b").mkdir()
    (folder / "a, b" / "pay.flow").write_text(WRONG)
    (folder / "fine.flow").write_text("@Then greet everybody\n")
    return folder


# ---- reports ---------------------------------------------------------------------------------------------------------


def test_github_shows_findings_beside_their_lines(wrong: Path, wgen: Callable[..., Outcome]) -> None:
    assert wrong.exists()
    code, out, _ = wgen("lint", "--output-format", "github", "--ignore", "untyped-value")
    assert code == 1
    warning, error = out.splitlines()
    assert warning.startswith("::warning file=a%2C b/pay.flow,line=1,col=23,endLine=1,endColumn=29,title=WG111 unused-")
    assert warning.endswith("::no sentence reads the input (gift) (use it, or remove it)")
    assert error.endswith('title=WG101 unknown-value::no earlier line provides "custmer" (did you mean (customer)?)')


def test_gitlab_knows_a_finding_again_when_lines_move(wrong: Path, wgen: Callable[..., Outcome]) -> None:
    def entries() -> list[dict[str, object]]:
        found: list[dict[str, object]] = json.loads(wgen("lint", "--output-format", "gitlab").out)
        return found

    before = entries()
    assert [entry["severity"] for entry in before if entry["severity"] != "info"] == ["minor", "major"]
    assert before[-1]["location"] == {"path": "a, b/pay.flow", "lines": {"begin": 3, "end": 3}}
    (wrong / "a, b" / "pay.flow").write_text("# moved\n" + WRONG)
    assert [entry["fingerprint"] for entry in entries()] == [entry["fingerprint"] for entry in before]
    assert len({entry["fingerprint"] for entry in before}) == len(before)


def test_junit_has_a_suite_for_each_file(wrong: Path, wgen: Callable[..., Outcome]) -> None:
    assert wrong.exists()
    root = ET.fromstring(wgen("lint", "--output-format", "junit").out)
    counts = {suite.get("name"): (suite.get("tests"), suite.get("failures")) for suite in root}
    assert counts == {"a, b/pay.flow": ("2", "2"), "fine.flow": ("1", "0")}
    failure = root.findall(".//failure")[1]
    assert failure.get("message") == 'no earlier line provides "custmer"'
    assert "did you mean (customer)?" in (failure.text or "")


def test_sarif_is_what_its_schema_says(wgen: Callable[..., Outcome]) -> None:
    validate = fastjsonschema.compile(json.loads(Path(__file__).with_name("sarif.json").read_text(encoding="utf-8")))
    report = json.loads(wgen("lint", MISTAKES, "--output-format", "sarif").out)
    validate(report)
    (run,) = report["runs"]
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    assert any("fixes" in result for result in run["results"])
    assert any("relatedLocations" in result for result in run["results"])


def test_several_reports_at_once(wrong: Path, wgen: Callable[..., Outcome]) -> None:
    written = wgen("lint", "--output", "sarif=out.sarif", "--output", "junit=out.xml", "--output-format", "json")
    assert json.loads(written.out)
    assert json.loads((wrong / "out.sarif").read_text())["version"] == "2.1.0"
    assert ET.fromstring((wrong / "out.xml").read_text()).tag == "testsuites"


@pytest.mark.parametrize("output", ["sarif", "sarif=", "pdf=x.pdf"])
def test_an_output_names_a_format_and_a_file(output: str, wrong: Path, wgen: Callable[..., Outcome]) -> None:
    code, out, err = wgen("lint", "--output", output)
    assert wrong.exists()
    assert (code, out) == (2, "")
    assert err.startswith(f"wgen: --output {output}: write FORMAT=FILE, with one of concise, full, json")


def test_a_thousand_flows_are_one_report(folder: Path, wgen: Callable[..., Outcome]) -> None:
    for number in range(1000):
        (folder / f"flow_{number}.flow").write_text(TYPO if number % 100 == 0 else MENDED)
    code, out, err = wgen("lint", "--output-format", "sarif")
    assert (code, err) == (1, "10 errors in 1000 files\n")
    (run,) = json.loads(out)["runs"]
    assert (len(run["artifacts"]), len(run["results"])) == (1000, 10)


# ---- fixes -----------------------------------------------------------------------------------------------------------


def test_fix_mends_files_and_reports_what_is_left(folder: Path, wgen: Callable[..., Outcome]) -> None:
    file = folder / "pay.flow"
    file.write_text(TYPO + "@Then send (nothing) using (something)\n")
    code, out, err = wgen("lint", "--fix", "--output-format", "concise", "--ignore", "WG113,WG114,WG115")
    assert code == 1
    assert out.count("\n") == out.count("unknown-value") == 1
    assert err == "mended pay.flow\n1 error in 1 file\n"
    assert file.read_text().startswith(MENDED)


def test_fix_is_done_when_it_is_done(folder: Path, wgen: Callable[..., Outcome]) -> None:
    file = folder / "pay.flow"
    file.write_text("@Given (customer) as str\n@Thn create a (parcel) using (custmer)\n@Then send (parcel)\n")
    assert wgen("lint", "--fix").code == 0
    text = "@Given (customer) as str\n@Then create a parcel using (customer) giving (parcel)\n@Then send (parcel)\n"
    assert file.read_text() == text
    before = file.stat().st_mtime_ns
    assert wgen("lint", "--fix").err == "1 note in 1 file\n"
    assert file.stat().st_mtime_ns == before


def test_fix_keeps_line_ends_and_byte_order_mark(folder: Path, wgen: Callable[..., Outcome]) -> None:
    file = folder / "pay.flow"
    file.write_bytes(b"\xef\xbb\xbf" + TYPO.replace("\n", "\r\n").encode())
    assert wgen("lint", "--fix").code == 0
    assert file.read_bytes() == b"\xef\xbb\xbf" + MENDED.replace("\n", "\r\n").encode()


def test_fix_mends_only_what_is_selected(folder: Path, wgen: Callable[..., Outcome]) -> None:
    (folder / "pay.flow").write_text(TYPO)
    assert wgen("lint", "--fix", "--ignore", "unknown-value").err == "no findings in 1 file\n"
    assert (folder / "pay.flow").read_text() == TYPO


def test_fix_changes_no_standard_input() -> None:
    ended = wgen_process("lint", "-", "--fix", input=TYPO)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("wgen: --fix changes files, and standard input is none")


# ---- comments that silence -------------------------------------------------------------------------------------------


def test_a_silenced_error_is_not_reported_and_not_compiled(folder: Path, wgen: Callable[..., Outcome]) -> None:
    (folder / "pay.flow").write_text(TYPO.replace("(custmer)", "(custmer) # wgen: ignore[WG101] on purpose"))
    assert wgen("lint") == (0, "", "no findings in 1 file\n")
    code, _, err = wgen("generate")
    assert code != 0
    assert "unknown-value" in err
    assert not (folder / "pay_flow.py").exists()


# ---- rules -----------------------------------------------------------------------------------------------------------


def test_rules_are_listed_and_explained(wgen: Callable[..., Outcome]) -> None:
    assert "WG101  error    unknown-value           a value is read that no earlier line provides\n" in wgen("rule").out
    assert [rule["code"] for rule in json.loads(wgen("rule", "--json").out)][:2] == ["WG001", "WG002"]
    text = wgen("rule", "wg101").out
    assert text.startswith("WG101 unknown-value (error): a value is read that no earlier line provides\n\n")
    assert "Wrong:\n\n    @Given" in text
    assert wgen("rule", "unknown-value").out == text
    assert set(json.loads(wgen("rule", "WG104", "--json").out)) == {
        *("code", "name", "severity", "about", "text", "wrong", "right", "files")
    }
    assert wgen("rule", "unkown-value").err == "wgen: no rule is called 'unkown-value'; did you mean unknown-value?\n"
