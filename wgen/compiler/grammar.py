"""From the grammar's text to the tables that texts are read by: lark's work, done once for each grammar."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wgen.compiler.data import data_folder

if TYPE_CHECKING:
    from lark import Lark
    from lark.grammar import Rule

    from wgen.compiler.lalr import Tables

_FILES = ("flow.lark", "words.lark")
# How patterns begin: with a fixed word or one of several in any case, with a sign or letter, or with one of a class.
_WORDS = re.compile(r"\(\?i:(?:\(\?:)?(@?\w\w+(?:\|\w\w+)*)")
_SIGN = re.compile(r'(?:\\([().|])|([,"A-Z]))(?![*+?{])')
_CLASSES = {"[ \t]+": " \t", "(?:[ \t]*(?:#[^\n]*)?\n)+": " \t#\n", "[0-9]": "0123456789", "-?[0-9]": "-0123456789"}


@cache
def grammar_text() -> str:
    """The rules, then the words they are made of."""
    folder = Path(data_folder("grammar"))
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in _FILES)


def build(**options: Any) -> Lark:
    """The text as lark's parser. With `strict` lark also proves that no two terminals are mixed up (slow)."""
    from lark import Lark  # noqa: PLC0415  (only this needs it, and the tables are kept)

    return Lark(grammar_text(), parser="lalr", lexer="contextual", maybe_placeholders=False, **options)


def tables_of(parser: Lark) -> Tables:
    """What of lark's parser is needed to read texts."""
    frontend: Any = parser.parser
    found = frontend.parser._parse_table  # noqa: SLF001  (lark's own name for its tables; it has no public one)
    of_state = frontend.lexer.lexers
    lexers = {id(lexer): lexer for lexer in of_state.values()}
    places = {key: number for number, key in enumerate(lexers)}
    rules = {rule: ~number for number, rule in enumerate(parser.rules)}

    def state(number: int) -> tuple[int, dict[str, int]]:
        actions = found.states[number].items()
        return places[id(of_state[number])], {name: rules.get(goal, goal) for name, (_, goal) in actions}

    patterns = {terminal.name: terminal.pattern.to_regexp() for terminal in parser.terminals}
    return {
        "patterns": {name: (pattern, beginning(pattern)) for name, pattern in patterns.items()},
        "ignored": list(parser.ignore_tokens),
        "lexers": [[terminal.name for terminal in lexer.terminals] for lexer in lexers.values()],
        "states": [state(number) for number in range(len(found.states))],
        "rules": [_rule(rule) for rule in parser.rules],
        "start": found.start_states["start"],
        "end": found.end_states["start"],
    }


def _rule(rule: Rule) -> tuple[str, int, str | None, list[int], bool]:
    # What begins with a sign (lark's own rules for `*` and `+` too) is a part of the rule that uses it.
    named = None if rule.origin.name.startswith("_") else rule.alias or rule.origin.name
    parts = [
        ~number if not part.is_term and part.name.startswith("_") else number
        for number, part in enumerate(rule.expansion)
        if not getattr(part, "filter_out", False)
    ]
    return rule.origin.name, len(rule.expansion), named, parts, rule.options.expand1 and not rule.alias


def beginning(pattern: str) -> list[str] | None:
    """What a pattern may begin with in ASCII, as far as its form tells: `@` with a letter, or one sign."""
    if words := _WORDS.match(pattern):
        found = {word[: 1 + (word[0] == "@")] for word in words[1].split("|")}
        return sorted({cased for word in found for cased in (word.lower(), word.upper())})
    if sign := _SIGN.match(pattern):
        return [sign[1] or sign[2]]
    return next((list(signs) for form, signs in _CLASSES.items() if pattern.startswith(form)), None)
