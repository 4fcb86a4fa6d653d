"""Cuts a text into its sentences without understanding them: what the grammar does, for texts it can't read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

Kind = Literal["sentence", "other", "dots", "text", "unclosed text", "row", "comment", "blank"]

KEYWORDS = (
    "flow about import given key start retry timeout limit then and meanwhile provide undo when or otherwise together"
    " branch for repeat break continue try on wait await receive status finish fail end"
)
KEYWORD = re.compile(r"@(\w+)")
_KNOWN = re.compile(rf"[ \t]*@(?:{KEYWORDS.replace(' ', '|')})(?!\w)", re.IGNORECASE)
_QUOTES = re.compile(r'[ \t]*"""[ \t]*(?:#.*)?')
_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')


class Chunk(NamedTuple):
    """One sentence with its continuation lines, one text block, or one other line.

    `start` is its first sign that is no blank, `end` the end of its last line (without the line end).
    """

    kind: Kind
    start: int
    end: int
    indent: int


def chunks(text: str) -> list[Chunk]:
    """All there is in a text, in order. Between two chunks are line ends and indentation only."""
    found: list[Chunk] = []
    for line in _lines(text):
        if line.kind == "dots":
            _continue(found, line)
        else:
            found.append(line)
    return found


def _continue(found: list[Chunk], line: Chunk) -> None:
    """A continuation belongs to the sentence above it, over comments and empty lines."""
    at = len(found) - 1
    while at >= 0 and found[at].kind in {"comment", "blank"}:
        at -= 1
    if at >= 0 and found[at].kind in {"sentence", "other", "dots"}:
        found[at:] = [found[at]._replace(end=line.end)]
    else:
        found.append(line)


def _lines(text: str) -> Iterator[Chunk]:
    lines = text.split("\n")[:-1]
    closing = _text_blocks(lines)
    number = offset = 0
    while number < len(lines):
        kind, last = closing.get(number, (_kind(lines[number].lstrip(" \t")), number))
        line = lines[number]
        size = sum(len(part) + 1 for part in lines[number : last + 1])
        indent = len(line) - len(line.lstrip(" \t"))
        yield Chunk(kind, offset + indent, offset + size - 1, indent)
        offset += size
        number = last + 1


def _kind(line: str) -> Kind:
    if not line:
        return "blank"
    if line[0] == "#":
        return "comment"
    if line.startswith(("...", "\u2026")):
        return "dots"
    if line[0] == "|":
        return "row"
    return "sentence" if KEYWORD.match(line) else "other"


def _text_blocks(lines: list[str]) -> dict[int, tuple[Kind, int]]:
    '''What begins at the line of each opening `"""`, and its last line: an unclosed one goes on to the next sentence.

    Where the quotes do not come in pairs, the first block with a sentence in it is taken for the unclosed one.
    '''
    quotes = [number for number, line in enumerate(lines) if _QUOTES.fullmatch(line)]
    blocks: dict[int, tuple[Kind, int]] = {}
    odd = len(quotes) % 2 == 1
    while quotes:
        opening = quotes.pop(0)
        closing = quotes[0] if quotes else len(lines)
        sentence = next((n for n in range(opening + 1, closing) if _KNOWN.match(lines[n])), closing)
        if odd and (not quotes or sentence < closing):
            blocks[opening] = ("unclosed text", sentence - 1)
            odd = False
        else:
            blocks[opening] = ("text", quotes.pop(0))
    return blocks


def without_comments(text: str) -> str:
    """The same text with its comments turned into blanks, so that places stay."""
    return "\n".join(line[: comment_start(line)].ljust(len(line)) for line in text.split("\n"))


def comment_start(line: str) -> int:
    """Where the comment of a line begins; its length, where there is none."""
    at = 0
    while at < len(line):
        sign = line[at]
        if sign == "#" and (at == 0 or line[at - 1] in ' \t)"'):
            return at
        quoted = _STRING.match(line, at) if sign == '"' else None
        at = quoted.end() if quoted else at + 1
    return len(line)
