"""The lexer's patterns, kept as what Python compiles them to: compiling them anew is a sixth of a start.

Python has no public way to keep a compiled pattern. So this uses what `re` itself is made of, and wherever that is not
as known, patterns are compiled as ever. What is kept belongs to one version of Python: the cache's name says which.
"""

from __future__ import annotations

import re
from array import array
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from lark import Lark


class Code(NamedTuple):
    """A compiled pattern: its program for the engine, and its groups."""

    flags: int
    program: bytes
    groups: int
    numbers: dict[str, int]
    names: tuple[str | None, ...]


class Patterns:
    """What the lexer uses of the module `re`, with the code of patterns that are known."""

    error = re.error

    def __init__(self, codes: dict[tuple[str, int], Code]) -> None:
        self.codes = codes

    def compile(self, pattern: str, flags: int = 0) -> re.Pattern[str]:
        code = self.codes.get((pattern, int(flags)))
        return (code and _revived(pattern, code)) or re.compile(pattern, flags)

    def match(self, pattern: str, text: str, flags: int = 0) -> re.Match[str] | None:
        return self.compile(pattern, flags).match(text)


class _Collecting(Patterns):
    """Keeps the code of every pattern that it is asked for."""

    def compile(self, pattern: str, flags: int = 0) -> re.Pattern[str]:
        compiled = re.compile(pattern, flags)
        code = _code_of(pattern, int(flags))
        if code is not None:
            self.codes[pattern, int(flags)] = code
        return compiled


def collect(parser: Lark) -> Patterns:
    """The patterns of all places in a text."""
    collecting = _Collecting({})
    for lexer in use(parser, collecting):
        # What the lexer else does when it first comes to a place.
        lexer._build_scanner()  # noqa: SLF001
    patterns = Patterns(collecting.codes)
    use(parser, patterns)
    return patterns


def use(parser: Lark, patterns: Patterns) -> list[Any]:
    """Lets a parser's lexers, whose list this returns, take their patterns from here."""
    contextual: Any = parser.parser.lexer
    lexers = list({id(lexer): lexer for lexer in (*contextual.lexers.values(), contextual.root_lexer)}.values())
    for lexer in lexers:
        lexer.re = patterns
    return lexers


def _code_of(pattern: str, flags: int) -> Code | None:
    try:
        from re import _compiler, _parser  # type: ignore[attr-defined]  # noqa: PLC0415  (they may be gone one day)

        tree = _parser.parse(pattern, flags)
        program = array("I", _compiler._code(tree, flags))  # noqa: SLF001
        names: list[str | None] = [None] * tree.state.groups
        for name, at in tree.state.groupdict.items():
            names[at] = name
        all_flags = int(flags | tree.state.flags)
        return Code(all_flags, program.tobytes(), tree.state.groups - 1, dict(tree.state.groupdict), tuple(names))
    except (ImportError, AttributeError, TypeError, OverflowError):
        return None


def _revived(pattern: str, code: Code) -> re.Pattern[str] | None:
    try:
        import _sre  # type: ignore[import-not-found]  # noqa: PLC0415  (it may be gone one day)

        program = array("I", code.program).tolist()
        compiled: re.Pattern[str] = _sre.compile(pattern, code.flags, program, code.groups, code.numbers, code.names)
    except (ImportError, AttributeError, TypeError, ValueError, RuntimeError):
        return None
    return compiled
