"""The grammar itself: no conflicts, no words that hide each other, the same from the cache as from its text."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest
from lark import Lark, Token
from lark.utils import TextSlice

from tests.compiler.corpus import BILLING, HEADER, LOAN, REFUSED, STEPS
from tests.flows import flow_text
from wgen.compiler import grammar, report
from wgen.compiler.data import data_folder
from wgen.compiler.format import format_text
from wgen.compiler.parse import parse
from wgen.compiler.read import parser
from wgen.compiler.source import Source
from wgen.compiler.tree import TreeBuilder

TEXTS = [
    LOAN,
    BILLING,
    *(line + "\n@Then go\n" for line in HEADER),
    *(f"@Given (a)\n{step}\n" for step in STEPS),
    *(flow_text(seed) for seed in range(150)),
]
BEHIND = ("\n", " x\n", " (x)\n", ' "x"\n', ", x\n", ") x\n")
# These fit only with certain words behind them, or (FIRST_USE) in front of them.
LOOKING_AROUND = {
    "_RUN_FLOW", "_USING", "_USE", "_GIVING", "_ON_SCHEDULE", "DAY", "WITH_OPEN", "FIRST_USE", "TEXT_BLOCK", "_DOT",
}  # fmt: skip


@pytest.mark.parametrize("text", TEXTS[: 2 + len(HEADER) + len(STEPS)])
def test_corpus_is_read(text: str) -> None:
    assert [report.concise(d) for d in parse(Source(text)).diagnostics] == []


@pytest.mark.parametrize(("text", "line"), REFUSED)
def test_corpus_is_refused(text: str, line: int) -> None:
    assert [d.place[1] for d in parse(Source(text)).diagnostics] == [line]


def test_the_flows_of_the_reference_are_laid_out_already() -> None:
    assert format_text(Source(LOAN)) == LOAN
    assert format_text(Source(BILLING)) == BILLING


@pytest.fixture(scope="module")
def strict() -> Lark:
    return grammar.build(None, strict=True)


def test_the_grammar_is_strict(strict: Lark) -> None:
    assert strict.options.strict


def _seen() -> dict[str, set[str]]:
    """All words of the texts, by their names."""
    seen: dict[str, set[str]] = defaultdict(set)
    for text in TEXTS:
        for token in parser().parse_interactive(Source(text).text).iter_parse():
            seen[token.type].add(str(token))
    return seen


def test_no_word_hides_another() -> None:
    """In every state of the parser: is a word that fits there taken for another word that fits there too?"""
    seen = _seen()
    lexers: Any = parser().parser.lexer.lexers
    states: Any = parser().parser.parser._parse_table.states
    known = {(word, text) for word, texts in seen.items() for text in texts}
    hidden = {
        (word, other)
        for state, accepted in states.items()
        for word, text in known
        if word in accepted and word not in LOOKING_AROUND
        for other in _taken_for(lexers[state], text)
        if other != word
    }
    assert hidden == set()


def _taken_for(lexer: Any, text: str) -> set[str]:
    found = set()
    for behind in BEHIND:
        match = lexer.match(TextSlice.cast_from(text + behind), 0)
        found.add(match[1] if match else "nothing")
    return found


def test_every_word_and_rule_is_in_the_corpus() -> None:
    seen = _seen()
    words = {terminal.name for terminal in parser().terminals} - {"_CONTINUED", "_BLANK"}
    assert words - set(seen) == set()
    builder = {name for name in dir(TreeBuilder) if not name.startswith("_")}
    rules = {rule.alias or rule.origin.name for rule in parser().rules}
    assert builder <= rules


def test_every_rule_has_its_method() -> None:
    for rule in parser().rules:
        name = rule.alias or rule.origin.name
        # Rules that begin with a sign are parts of the rules that use them; `?rules` with one part become that part.
        if name[0] != "_" and not rule.options.expand1:
            assert hasattr(TreeBuilder, name), name


def _words(lark: Lark, text: str) -> list[Token]:
    return list(lark.parse_interactive(text).iter_parse())


def test_cached_tables_read_as_the_text_does(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WGEN_CACHE_DIR", str(tmp_path))
    first = grammar.load(TreeBuilder())
    files = list(tmp_path.iterdir())
    assert len(files) == 1
    monkeypatch.setattr(grammar, "build", None)
    second = grammar.load(TreeBuilder())
    assert second.parse(LOAN) == first.parse(LOAN)
    assert _words(second, BILLING) == _words(first, BILLING)


@pytest.mark.parametrize("spoiled", [b"", b"not a pickle", b"\x80\x04N."])
def test_a_spoiled_cache_is_built_anew(tmp_path: Any, monkeypatch: pytest.MonkeyPatch, spoiled: bytes) -> None:
    monkeypatch.setenv("WGEN_CACHE_DIR", str(tmp_path))
    built = parser()
    monkeypatch.setattr(grammar, "build", lambda _: built)
    grammar.load(TreeBuilder())
    path = next(tmp_path.iterdir())
    good = path.read_bytes()
    path.write_bytes(spoiled)
    assert grammar.load(TreeBuilder()).parse(LOAN) == built.parse(LOAN)
    assert path.read_bytes() == good


def test_a_cache_that_cannot_be_written_is_no_hindrance(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("WGEN_CACHE_DIR", str(blocked / "below"))
    built = parser()
    monkeypatch.setattr(grammar, "build", lambda _: built)
    assert grammar.load(TreeBuilder()) is built


def test_where_the_cache_lies(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WGEN_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(grammar, "build", lambda _: parser())
    grammar.load(TreeBuilder())
    assert [path.name for path in tmp_path.iterdir()] == ["wgen"]


def test_data_lies_beside_the_package_in_a_checkout() -> None:
    assert (data_folder("grammar") / "flow.lark").is_file()
