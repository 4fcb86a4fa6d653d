"""The grammar itself: no conflicts, no words that hide each other; its tables, kept or made anew."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from lark import Lark
from lark.utils import TextSlice

from tests.compiler.corpus import BILLING, HEADER, LOAN, REFUSED, STEPS
from tests.flows import flow_text
from wgen.compiler import grammar, report, tables
from wgen.compiler.data import data_folder
from wgen.compiler.format import format_text
from wgen.compiler.lalr import Reader
from wgen.compiler.parse import parse
from wgen.compiler.read import tokens
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
    return grammar.build(strict=True)


def test_the_grammar_is_strict(strict: Lark) -> None:
    assert strict.options.strict


def _seen() -> dict[str, set[str]]:
    """All words of the texts, by their names."""
    seen: dict[str, set[str]] = defaultdict(set)
    for text in TEXTS:
        for token in tokens(Source(text).text):
            seen[token.type].add(str(token))
    return seen


def test_no_word_hides_another(strict: Lark) -> None:
    """In every state of the parser: is a word that fits there taken for another word that fits there too?"""
    seen = _seen()
    lexers: Any = strict.parser.lexer.lexers
    states: Any = strict.parser.parser._parse_table.states
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


def test_every_word_and_rule_is_in_the_corpus(strict: Lark) -> None:
    seen = _seen()
    words = {terminal.name for terminal in strict.terminals} - {"_CONTINUED", "_BLANK"}
    assert words - set(seen) == set()
    builder = {name for name in dir(TreeBuilder) if not name.startswith("_")}
    rules = {rule.alias or rule.origin.name for rule in strict.rules}
    assert builder <= rules


def test_every_rule_has_its_method(strict: Lark) -> None:
    for rule in strict.rules:
        name = rule.alias or rule.origin.name
        # Rules that begin with a sign are parts of the rules that use them; `?rules` with one part become that part.
        if name[0] != "_" and not rule.options.expand1:
            assert hasattr(TreeBuilder, name), name


class Cache:
    """A folder for the tables, and how often they were made."""

    def __init__(self, folder: Path, made: list[str]) -> None:
        self.folder = folder
        self.made = made

    def load(self) -> Reader:
        return Reader(tables.load_tables(), TreeBuilder())


@pytest.fixture
def cache(tmp_path: Path, strict: Lark, monkeypatch: pytest.MonkeyPatch) -> Cache:
    monkeypatch.setenv("WGEN_CACHE_DIR", str(tmp_path / "cache"))
    made: list[str] = []

    def build() -> Lark:
        made.append("lark")
        return strict

    monkeypatch.setattr(grammar, "build", build)
    return Cache(tmp_path / "cache", made)


def test_the_tables_are_made_once(cache: Cache) -> None:
    first, second = cache.load(), cache.load()
    assert cache.made == ["lark"]
    assert len(list(cache.folder.iterdir())) == 1
    assert second.tree(LOAN) == first.tree(LOAN)


@pytest.mark.parametrize("spoiled", [b"", b"\xff", b"nothing\n", b"{}", b"nothing\n{}"])
def test_a_spoiled_cache_is_made_anew(cache: Cache, spoiled: bytes) -> None:
    cache.load()
    (path,) = cache.folder.iterdir()
    good = path.read_bytes()
    path.write_bytes(spoiled)
    assert cache.load().tree(LOAN)
    assert path.read_bytes() == good
    assert cache.made == ["lark"] * 2


def test_a_single_sign_that_is_another_spoils_it(cache: Cache) -> None:
    cache.load()
    (path,) = cache.folder.iterdir()
    good = path.read_bytes()
    for at in (0, len(good) // 2, len(good) - 1):
        path.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
        cache.load()
    path.write_bytes(good[:-1])
    cache.load()
    assert cache.made == ["lark"] * 5


def test_a_cache_that_cannot_be_written_is_no_hindrance(cache: Cache) -> None:
    cache.folder.write_text("no folder")
    assert cache.load().tree(LOAN)


@pytest.mark.parametrize("changed", ["grammar/words.lark", "grammar.py", "lark/__init__.py"])
def test_tables_of_another_grammar_are_not_used(cache: Cache, changed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name of the file that keeps them is a digest of all that has made them."""
    cache.load()
    real = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: real(path) + b" " * path.as_posix().endswith(changed))
    cache.load()
    assert cache.made == ["lark"] * 2
    assert len(list(cache.folder.iterdir())) == 2


def test_where_the_cache_lies(tmp_path: Path, cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WGEN_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    cache.load()
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["wgen"]


def test_data_lies_beside_the_package_in_a_checkout() -> None:
    assert Path(data_folder("grammar"), "flow.lark").is_file()
