"""The exact text that a user sees for each mistake of meaning: tests/mistakes/<name>.flow and <name>.txt."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from wgen.compiler import report
from wgen.compiler.catalogue import all_rules
from wgen.compiler.compile import check
from wgen.compiler.diagnostics import Diagnostic
from wgen.compiler.fixes import apply_fixes
from wgen.compiler.rules.syntax import RULES as OF_SYNTAX
from wgen.compiler.source import Source

FOLDER = Path(__file__).parents[1] / "mistakes"
CASES = sorted(path.stem for path in FOLDER.glob("*.flow"))
# Said of files that the folder of mistakes does not have, or of two texts: these have cases of their own.
ELSEWHERE = {"WG502", "WG503", "WG510", *(rule.code for rule in all_rules() if rule.code.startswith("WG6"))}
# How many mistakes a case has, where it is not one.
MISTAKES = {"four_mistakes_of_meaning": 4, "unreachable_in_every_block": 3, "empty_words": 3}


def said(name: str) -> list[Diagnostic]:
    """All that is said of a case; that a value is untyped only where the case is about it."""
    found = check(Source.read(f"{name}.flow")).diagnostics
    return [finding for finding in found if finding.rule.name != "untyped-value" or "untyped" in name]


@pytest.fixture(autouse=True)
def _among_the_mistakes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER)


@pytest.mark.parametrize("name", CASES)
def test_text_of_the_mistake(name: str) -> None:
    shown = "\n\n".join(map(report.full, said(name))) + "\n"
    expected = FOLDER / f"{name}.txt"
    if os.environ.get("WGEN_UPDATE_GOLDEN"):
        expected.write_text(shown, encoding="utf-8")
    assert shown == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", CASES)
def test_one_mistake_gives_one_diagnostic(name: str) -> None:
    notable = [finding for finding in said(name) if finding.severity != "info"] or said(name)
    assert len(notable) == (0 if name.endswith("_is_fine") else MISTAKES.get(name, 1))


@pytest.mark.parametrize("name", CASES)
def test_a_safe_fix_mends_the_text(name: str) -> None:
    source = Source.read(f"{name}.flow")
    safe = {finding.rule.name for finding in said(name) if finding.fix and finding.fix.applicability == "safe"}
    mended = Source(apply_fixes(source, check), source.path)
    assert safe & {finding.rule.name for finding in check(mended).diagnostics} == set()
    assert (mended.text == source.text) == (not safe)


def test_every_rule_has_a_case() -> None:
    shown = {finding.rule.code for name in CASES for finding in check(Source.read(f"{name}.flow")).diagnostics}
    assert {rule.code for rule in all_rules()} - {rule.code for rule in OF_SYNTAX} - shown - ELSEWHERE == set()
