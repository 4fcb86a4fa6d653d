"""The exact text that a user sees for each mistake: tests/mistakes/syntax/<name>.flow and <name>.txt."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.flows import flow_text
from wgen.compiler import report
from wgen.compiler.parse import parse
from wgen.compiler.rules.syntax import RULES
from wgen.compiler.source import Source

FOLDER = Path(__file__).parents[1] / "mistakes" / "syntax"
CASES = sorted(path.stem for path in FOLDER.glob("*.flow"))

SIGNS = '()"#@.,-| \n\tx\u2013\u201c\u201d\u00a0\u200b'


def _read(name: str) -> Source:
    return Source((FOLDER / f"{name}.flow").read_text(encoding="utf-8"), f"{name}.flow")


@pytest.mark.parametrize("name", CASES)
def test_text_of_the_mistake(name: str) -> None:
    shown = "\n\n".join(map(report.full, parse(_read(name)).diagnostics)) + "\n"
    expected = FOLDER / f"{name}.txt"
    if os.environ.get("WGEN_UPDATE_GOLDEN"):
        expected.write_text(shown, encoding="utf-8")
    assert shown == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [name for name in CASES if not name.startswith("mixed")])
def test_one_mistake_gives_one_diagnostic(name: str) -> None:
    assert len(parse(_read(name)).diagnostics) == 1


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith("mixed")])
def test_four_mistakes_give_four_diagnostics(name: str) -> None:
    assert len(parse(_read(name)).diagnostics) == 4


def test_every_rule_has_a_case() -> None:
    shown = {d.rule.code for name in CASES for d in parse(_read(name)).diagnostics}
    assert {rule.code for rule in RULES} - shown == set()


def test_rules_are_named_once() -> None:
    assert len({rule.code for rule in RULES}) == len({rule.name for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("name", CASES)
def test_a_safe_fix_mends_the_text(name: str) -> None:
    source = _read(name)
    edits = [e for d in parse(source).diagnostics if d.fix and d.fix.applicability == "safe" for e in d.fix.edits]
    text = source.text
    for edit in sorted(edits, reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    left = {d.rule.name for d in parse(Source(text)).diagnostics}
    safe = {d.rule.name for d in parse(source).diagnostics if d.fix and d.fix.applicability == "safe"}
    assert left & safe == set()


@pytest.mark.parametrize("name", CASES)
def test_messages_speak_of_the_text_and_not_of_the_grammar(name: str) -> None:
    for diagnostic in parse(_read(name)).diagnostics:
        said = f"{diagnostic.message} {diagnostic.help}"
        assert not re.search(r"\b[A-Z]{2,}_?[A-Z]*\b|[Tt]oken|terminal|Expected", said.replace("UTC", ""))


def _mutated(seed: int, cuts: list[tuple[int, int, str]]) -> str:
    text = flow_text(seed)
    for place, kind, sign in cuts:
        at = place % (len(text) + 1)
        if kind == 0:
            text = text[:at] + text[at + 1 :]
        elif kind == 1:
            text = text[:at] + sign + text[at:]
        elif kind == 2:
            text = text[:at] + sign + text[at + 1 :]
        else:
            lines = text.split("\n")
            del lines[place % len(lines)]
            text = "\n".join(lines)
    return text


_CUTS = st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 3), st.sampled_from(SIGNS)), min_size=1, max_size=5)


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32), cuts=_CUTS)
def test_a_spoiled_text_never_raises_and_says_what_is_wrong(seed: int, cuts: list[tuple[int, int, str]]) -> None:
    source = Source(_mutated(seed, cuts), "spoiled.flow")
    parsed = parse(source)
    for diagnostic in parsed.diagnostics:
        assert 0 <= diagnostic.span.start <= diagnostic.span.end <= len(source.text)
        assert report.full(diagnostic)
        assert "can't be read:" not in diagnostic.message, "found by the whole text only"
    assert parsed.file.flows or parsed.diagnostics


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet=SIGNS + "abThenGivn @#\r", max_size=80))
def test_any_text_at_all_is_read_or_refused(text: str) -> None:
    parsed = parse(Source(text))
    assert parsed.file.flows or parsed.diagnostics
