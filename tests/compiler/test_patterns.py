"""Patterns that are kept as code match as those that are compiled anew, and need nothing of Python to be there."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from wgen.compiler.grammar import build
from wgen.compiler.patterns import Code, Patterns, _code_of, collect
from wgen.compiler.tree import TreeBuilder

if TYPE_CHECKING:
    import pytest

WORDS = r"(?P<WORD>[^\W\d]\w*)|(?P<NUMBER>\d+)|(?P<THEN>(?i:@then)(?!\w))"


def test_every_pattern_of_the_grammar_comes_back_as_it_was() -> None:
    kept = collect(build(TreeBuilder()))
    assert len(kept.codes) > 100
    for pattern, flags in kept.codes:
        assert kept.compile(pattern, flags) == re.compile(pattern, flags)


def test_a_kept_pattern_is_not_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = collect(build(TreeBuilder()))
    pattern, flags = next(iter(kept.codes))
    with monkeypatch.context() as patch:
        patch.setattr(re, "compile", None)
        assert kept.compile(pattern, flags).pattern == pattern


def test_where_the_code_does_not_fit_the_pattern_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    spoiled = Patterns({(WORDS, 0): Code(32, b"\xff\xff\xff\xff", 3, {}, (None,))})
    match = spoiled.match(WORDS, "12")
    assert match is not None
    assert match.lastgroup == "NUMBER"
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "_sre", None)
        assert spoiled.compile(WORDS).fullmatch("@THEN") is not None


def test_without_the_insides_of_re_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.delattr("re._compiler._code")
        assert _code_of(WORDS, 0) is None
