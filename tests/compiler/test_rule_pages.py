"""Each rule has a page, and its examples are what they are said to be."""

from __future__ import annotations

from pathlib import Path

import pytest

from wgen.compiler import report
from wgen.compiler.catalogue import all_rules, closest_rule, find_rule, page_of
from wgen.compiler.compile import check
from wgen.compiler.diagnostics import Diagnostic, Rule
from wgen.compiler.settings import Settings
from wgen.compiler.source import Source
from wgen.compiler.upgrade.compare import compare
from wgen.compiler.upgrade.texts import Text

RULES = all_rules()
UPGRADES = [rule for rule in RULES if rule.code.startswith("WG6")]  # they compare two texts; all others look at one

COMES_WITH = {"child-gone": {"flow-gone"}}  # the child's own runs are open, too


def said(text: str, rule: Rule, folder: Path) -> list[Diagnostic]:
    """What is said of an example, beside the files of its page. That values have no types is left out."""
    for name, content in page_of(rule).files.items():
        (folder / name).write_text(content, encoding="utf-8")
    if rule in UPGRADES:
        standings = compare(texts(page_of(rule).files["before.flow"]), texts(text))
        return [finding.diagnostic for standing in standings for finding in standing.findings]
    found = check(Source(text, str(folder / "example.flow"))).diagnostics
    return [finding for finding in found if finding.rule == rule or finding.rule.name != "untyped-value"]


def texts(text: str) -> list[Text]:
    """The flows of a text, which have no errors."""
    source = Source(text, "example.flow")
    found = check(source)
    assert "\n".join(map(report.full, found.errors)) == ""
    return [Text(source, source.folder, Settings(), flow) for flow in found.module.flows]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_wrong_example_breaks_this_rule_only(rule: Rule, tmp_path: Path) -> None:
    found = said(page_of(rule).wrong, rule, tmp_path)
    names = {rule.name, *COMES_WITH.get(rule.name, ())}
    assert {finding.rule.name for finding in found} == names, "\n".join(map(report.full, found))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_right_example_breaks_none(rule: Rule, tmp_path: Path) -> None:
    found = said(page_of(rule).right, rule, tmp_path)
    assert "\n".join(map(report.full, found)) == ""


def test_no_page_is_left_over() -> None:
    pages = Path(__file__).parents[2] / "wgen" / "compiler" / "pages"
    assert sorted(path.stem for path in pages.iterdir()) == [rule.code for rule in RULES]


def test_codes_and_names_are_used_once() -> None:
    assert len({rule.code for rule in RULES}) == len({rule.name for rule in RULES}) == len(RULES)


def test_rules_are_found_by_code_and_name() -> None:
    found = find_rule("wg101")
    assert found is not None
    assert found == find_rule("Unknown-Value") == closest_rule("unkown-vlaue")
    assert find_rule("nothing") is closest_rule("nothing at all") is None
