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
        lexers, actions, rules, ignored, end = self._lexers, self._actions, self._rules, self._ignored, self._end
        new = str.__new__
        state = self._start
        states = [state]
        values: list[Any] = []
        start = at = 0
        size = len(text)
        while True:
            if at < size:
                # Keywords are told apart by the letter behind their `@`.
                sign = text[at] if text[at] != "@" else text[at : at + 2]
                for kind, match in lexers[state][sign]:  # noqa: B007  (it is what was looked for)
                    found = match(text, at)
                    if found:
                        break
                else:
                    raise Unreadable(at)
                if kind in ignored:
                    at = found.end()
                    continue
                start, at = at, found.end()
            else:
                kind = END
            action = actions[state].get(kind)
            while action is not None and action < 0:
                # A rule is complete: its parts, the latest values, become one.
                name, count, chosen, build, single = rules[~action]
                parts = values[-count:] if count else []
                if count:
                    del values[-count:], states[-count:]
                if chosen is not None:
                    parts = _spread(parts, chosen)
                values.append(parts[0] if single and len(parts) == 1 else build(parts) if build else parts)
                state = actions[states[-1]][name]
                states.append(state)
                if state == end:
                    return values[0]
                action = actions[state].get(kind)
            if action is None:
                raise Unreadable(start)
            token = new(Token, text[start:at])
            token.type, token.start_pos, token.end_pos, token.text = kind, start, at, text
            if tokens is not None:
                tokens.append(token)
            values.append(token)
            state = action
            states.append(state)


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
