"""Our reader says of every text what lark says of it: the same tokens and tree, or the same place where it gives up."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from interegular import Unsupported, parse_pattern
from lark.exceptions import UnexpectedInput

from tests.compiler.corpus import BILLING, HEADER, LOAN, REFUSED, STEPS
from tests.flows import flow_text
from wgen.compiler import grammar
from wgen.compiler.lalr import Reader, Tables, Token, Unreadable
from wgen.compiler.source import Source
from wgen.compiler.tree import Misfit, TreeBuilder

if TYPE_CHECKING:
    from lark import Lark

ROOT = Path(__file__).parents[2]
FILES = sorted(file for folder in ("examples", "tests") for file in (ROOT / folder).rglob("*.flow"))
SENTENCES = [*(line + "\n@Then go\n" for line in HEADER), *(f"@Given (a)\n{step}\n" for step in STEPS)]
SIGNS = [*'()"#@.,-| \n\tx3', "and", "using", "@End", "...", "\u2013", "\u201c", "\u00a0", "\u200b", "\u017f", "\u212a"]
ASCII = [chr(number) for number in range(128)]
NOTHING = ("", "\n", " ", " \n", "\t\n\n", "# note\n", "\n# note\n  ", "...\n", "\n ... \n")


class OfLark(TreeBuilder):
    """Builds the same trees of what lark finds."""

    def __init__(self) -> None:
        self.text = ""
        self.tokens: list[Token] = []

    def __getattr__(self, name: str) -> Any:
        # lark calls the method that is named like a terminal, where there is one, with each token of it.
        if name.lstrip("_").isupper():
            return self._token
        raise AttributeError(name)

    def _token(self, theirs: Any) -> Token:
        token = Token(theirs)
        token.type, token.start_pos, token.end_pos = theirs.type, theirs.start_pos, theirs.end_pos
        token.text = self.text
        assert token.indentation == theirs.column - 1
        self.tokens.append(token)
        return token


class Both:
    """lark's parser and ours, made from the same grammar."""

    def __init__(self) -> None:
        self.builder = OfLark()
        self.lark: Lark = grammar.build(transformer=self.builder)
        self.tables: Tables = grammar.tables_of(self.lark)
        self.reader = Reader(self.tables, TreeBuilder())

    def theirs(self, text: str) -> Any:
        self.builder.text, self.builder.tokens = text, []
        try:
            return self.lark.parse(text), _places(self.builder.tokens)
        except UnexpectedInput as error:
            return getattr(error, "pos_in_stream", None) or 0
        except Misfit as error:
            return error.message, error.span

    def ours(self, text: str) -> Any:
        tokens: list[Token] = []
        try:
            return self.reader.tree(text, tokens), _places(tokens)
        except Unreadable as error:
            return error.at
        except Misfit as error:
            return error.message, error.span

    def agree(self, text: str) -> bool:
        """Whether the text is read; AssertionError where the two don't say the same of it."""
        ours = self.ours(text)
        assert ours == self.theirs(text)
        return not isinstance(ours, int)


def _places(tokens: list[Token]) -> list[tuple[str, str, int, int]]:
    return [(token.type, str(token), token.start_pos, token.end_pos) for token in tokens]


@pytest.fixture(scope="module")
def both() -> Both:
    with pytest.MonkeyPatch.context() as patch:
        # Where it is installed, lark first compares all terminals of each state, for ten seconds.
        patch.setattr("lark.lexer.has_interegular", False)
        return Both()


def test_the_corpus(both: Both) -> None:
    assert all(both.agree(text) for text in (LOAN, BILLING, *SENTENCES))
    assert not any(both.agree(text) for text, _ in REFUSED)


def test_flow_files(both: Both) -> None:
    read = [both.agree(Source.read(file).text) for file in FILES]
    # The mistakes of meaning are read; those of syntax are not.
    assert read.count(True) > 100
    assert read.count(False) > 80


def test_texts_without_sentences(both: Both) -> None:
    for text in NOTHING:
        both.agree(text)


def test_letters_that_python_takes_for_others(both: Both) -> None:
    """The long s and the Kelvin sign are s and k where capitals don't matter."""
    assert both.agree("@Given (a)\n@Then pay (with \u212aey (a))\n")
    assert both.agree("@\u017ftart every hour\n@Then go\n")


@pytest.mark.parametrize("first", range(0, 400, 50))
def test_random_flows(both: Both, first: int) -> None:
    assert all(both.agree(flow_text(seed)) for seed in range(first, first + 50))


@pytest.mark.parametrize("first", range(0, 400, 50))
def test_random_mistakes(both: Both, first: int) -> None:
    """Signs are put in, left out or doubled anywhere, and texts end early."""
    read = [both.agree(_spoiled(text, random.Random(seed))) for seed, text in _texts(first)]
    assert 10 < read.count(False) < len(read)


def _texts(first: int) -> list[tuple[int, str]]:
    some = SENTENCES[first // 50 :: 8]
    return list(enumerate([*(flow_text(seed) for seed in range(first, first + 50)), *some, *some], first))


def _spoiled(text: str, choose: random.Random) -> str:
    at = choose.randrange(len(text))
    end = at + choose.choice([0, 0, 1, 3])
    if choose.random() < 0.1:
        return text[:at] + "\n"
    put: str = choose.choice(["", *SIGNS, text[at:end] * 2])
    return text[:at] + put + text[end:]


def test_lark_knows_nothing_else_of_a_token(both: Both) -> None:
    """A fixed word that a pattern of the same rank matches too would be a token of its own in lark."""
    for lexer in both.lark.parser.lexer.lexers.values():
        lexer._build_scanner()
        assert all(callback == both.builder._token for callback in lexer.callback.values())


def test_patterns_begin_as_is_said(both: Both) -> None:
    """Proved with the automaton of each pattern; the corpus speaks for those that look around too far for one."""
    unproved = set()
    for name, (pattern, begins) in both.tables["patterns"].items():
        if begins is not None:
            try:
                assert _beginnings(pattern) <= set(begins), name
            except Unsupported:
                unproved.add(name)
    assert unproved == {"DAY", "NUMBER", "TEXT_BLOCK", "VALUE"}


def _beginnings(pattern: str) -> set[str]:
    automaton = parse_pattern(pattern).to_fsm()
    found = {sign for sign in ASCII if _goes_on(automaton, automaton.initial, sign)}
    if "@" not in found:
        return found
    assert found == {"@"}
    behind = automaton.map[automaton.initial][automaton.alphabet["@"]]
    return {f"@{sign}" for sign in ASCII if _goes_on(automaton, behind, sign)}


def _goes_on(automaton: Any, state: Any, sign: str) -> bool:
    goal = automaton.map.get(state, {}).get(automaton.alphabet[sign])
    return goal is not None and bool(automaton.islive(goal))


def test_only_patterns_that_may_fit_are_compiled(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str] = []
    real = re.compile
    reader = Reader(both.tables, TreeBuilder())

    def noted(pattern: str) -> Any:
        compiled.append(pattern)
        return real(pattern)

    monkeypatch.setattr("wgen.compiler.lalr.re.compile", noted)
    reader.tree("@Then greet (customer)\n")
    assert 0 < len(compiled) < 25
    compiled.clear()
    reader.tree("@Then greet (customer)\n")
    assert compiled == []


def test_tables_are_plain_data(both: Both) -> None:
    """What JSON makes of them reads as they do."""
    import json

    again = Reader(json.loads(json.dumps(both.tables)), TreeBuilder())
    assert again.tree(LOAN) == both.reader.tree(LOAN)


def test_a_long_body_takes_time_in_proportion(both: Both) -> None:
    """A body grows by one step at a time: it is not copied for each."""
    flow = both.reader.tree("@Then go\n" * 5000).flows[0]
    assert len(flow.body) == 5000
