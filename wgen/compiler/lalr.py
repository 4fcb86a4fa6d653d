"""Reads a text by the tables of a grammar: the loop of an LALR(1) parser, and a lexer that knows what fits where.

lark makes the tables (grammar.py) and has such a loop too; this one does only what flows need, so a command reads its
texts without loading lark, twice as fast. Both say the same of every text: tests/compiler/test_lalr.py.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    # A terminal, and what finds it at a place of a text.
    Fitting = tuple[str, Callable[[str, int], re.Match[str] | None]]

END = "$END"


class Tables(TypedDict):
    """What a grammar comes to, as plain data that JSON keeps.

    `patterns` are the terminals: each with its regular expression and what it may begin with, a sign or `@` and a
    letter (None: anything).
    `lexers` are lists of terminals, the first that matches counts. A state is its lexer and, by terminal or rule, what
    comes next: another state, or below zero a rule that is complete (~n is the nth). A rule is its name, how many parts
    it has, the method that builds it (None: it stays a list), which parts the method gets (~n: the nth is a list, of
    which it gets the entries), and whether one part alone stands for the whole.
    """

    patterns: dict[str, tuple[str, list[str] | None]]
    ignored: list[str]
    lexers: list[list[str]]
    states: list[tuple[int, dict[str, int]]]
    rules: list[tuple[str, int, str | None, list[int], bool]]
    start: int
    end: int


class Token(str):
    """A piece of a text that means one thing: a keyword, a bracket, a run of prose, the end of a line."""

    __slots__ = ("end_pos", "start_pos", "text", "type")

    type: str
    start_pos: int
    end_pos: int
    text: str

    @property
    def indentation(self) -> int:
        """How many signs stand in front of it in its line."""
        return self.start_pos - self.text.rfind("\n", 0, self.start_pos) - 1


class Unreadable(Exception):
    """A text that the grammar has no sense for, from the offset `at` on."""

    def __init__(self, at: int) -> None:
        super().__init__(at)
        self.at = at


class _Lexer(dict[str, "list[Fitting]"]):
    """The terminals that fit in a place, by what stands there, in the order in which they are tried.

    Most are never looked for: so a pattern is compiled when what it begins with is first met. One pattern of all that
    fits would be as fast to match, and make each start 20 ms longer.
    """

    def __init__(self, terminals: Sequence[str], patterns: dict[str, tuple[str, list[str] | None]]) -> None:
        super().__init__()
        self.terminals = terminals
        self.patterns = patterns

    def __missing__(self, sign: str) -> list[Fitting]:
        found: list[Fitting] = []
        for name in self.terminals:
            pattern, begins = self.patterns[name]
            # Upper and lower case of other scripts' letters is Python's to know.
            if begins is None or sign in begins or not sign.isascii():
                found.append((name, re.compile(pattern).match))
        self[sign] = found
        return found


class Reader:
    """Reads texts with the methods of a tree builder. It keeps nothing of a text, so one serves all."""

    def __init__(self, tables: Tables, builder: object) -> None:
        self._ignored = frozenset(tables["ignored"])
        self._start, self._end = tables["start"], tables["end"]
        lexers = [_Lexer(terminals, tables["patterns"]) for terminals in tables["lexers"]]
        self._lexers = [lexers[number] for number, _ in tables["states"]]
        self._actions = [actions for _, actions in tables["states"]]
        self._rules = [
            # Where the builder gets all parts as they are, there is nothing to choose.
            (name, size, None if parts == list(range(size)) else parts, getattr(builder, method or "", None), single)
            for name, size, method, parts, single in tables["rules"]
        ]

    def tree(self, text: str, tokens: list[Token] | None = None) -> Any:
        """What the builder makes of a text; its tokens are added to the list. Raises Unreadable."""
        lexers, actions, reduced, ignored = self._lexers, self._actions, self._reduced, self._ignored
        new = str.__new__
        states = [self._start]
        values: list[Any] = []
        at, size = 0, len(text)
        last = 0
        while at < size:
            state, sign = states[-1], text[at]
            # Keywords are told apart by the letter behind their `@`.
            for kind, match in lexers[state][sign if sign != "@" else text[at : at + 2]]:  # noqa: B007  (what is found)
                found = match(text, at)
                if found:
                    break
            else:
                raise Unreadable(at)
            start, at = at, found.end()
            if kind in ignored:
                continue
            last = start
            action = actions[state].get(kind)
            while action is not None and action < 0:
                reduced(action, states, values)
                action = actions[states[-1]].get(kind)
            if action is None:
                raise Unreadable(start)
            token = new(Token, found[0])
            token.type, token.start_pos, token.end_pos, token.text = kind, start, at, text
            if tokens is not None:
                tokens.append(token)
            states.append(action)
            values.append(token)
        while states[-1] != self._end:
            action = actions[states[-1]].get(END)
            if action is None:
                raise Unreadable(last)
            reduced(action, states, values)
        return values[-1]

    def _reduced(self, action: int, states: list[int], values: list[Any]) -> None:
        """Makes one of the parts of a rule that is complete."""
        name, size, chosen, build, single = self._rules[~action]
        parts = values[-size:] if size else []
        if size:
            del values[-size:]
            del states[-size:]
        if chosen is not None:
            parts = _spread(parts, chosen)
        states.append(self._actions[states[-1]][name])
        if single and len(parts) == 1:
            values.append(parts[0])
        else:
            values.append(build(parts) if build else parts)


def _spread(parts: list[Any], chosen: list[int]) -> list[Any]:
    found: list[Any] = []
    for number in chosen:
        if number >= 0:
            found.append(parts[number])
        elif found:
            found += parts[~number]
        else:
            # Of a list that grows by its last part, the front is not copied each time.
            found = parts[~number]
    return found
