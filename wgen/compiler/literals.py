"""From the words of a text to values: brackets, quotes, numbers, durations, cells, text blocks."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal

_UP_TO_TWENTY = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen twenty"
)
NUMBER_WORDS = {word: number for number, word in enumerate(_UP_TO_TWENTY.split(), 1)} | {
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
    "hundred": 100,
}
MILLISECONDS = {
    "millisecond": 1,
    "second": 1000,
    "minute": 60_000,
    "hour": 3_600_000,
    "day": 86_400_000,
    "week": 604_800_000,
}
# The line end inside of words that make one, with all that stands in front of the continuation.
BREAK = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\n)+[ \t]*(?:\.\.\.|\u2026)[ \t]*")
_ESCAPED = re.compile(r'\\(["\\])')
_CELL = re.compile(r"((?:[^|\\]|\\.)*)\|")


def fold(text: str) -> str:
    r"""One blank between words; `\#` is a plain `#`."""
    return " ".join(text.replace("\\#", "#").split())


def fixed_words(text: str) -> str:
    """Words of the language, as they are written in the reference."""
    return " ".join(BREAK.sub(" ", text).lower().split())


@lru_cache(maxsize=4096)
def value_parts(bracket: str) -> tuple[str, ...]:
    """`(customer - email)` → its words between the dashes."""
    return tuple(fold(bracket[1:-1]).split(" - "))


def unquoted(text: str) -> str:
    r"""The text between the quotes; `\"` and `\\` stand for the sign behind them, other signs for themselves."""
    return _ESCAPED.sub(r"\1", text[1:-1]) if "\\" in text else text[1:-1]


def number_value(text: str) -> int | Decimal:
    """`42`, `9.99`, `5%` or a number word."""
    word = text.lower()
    if word in NUMBER_WORDS:
        return NUMBER_WORDS[word]
    if text.isdecimal():
        return int(text)
    from decimal import Decimal  # noqa: PLC0415  (most flows have none)

    if text.endswith("%"):
        return Decimal(text[:-1]) / 100
    return Decimal(text) if "." in text else int(text)


def unit_milliseconds(unit: str) -> int:
    return MILLISECONDS[unit.lower().removesuffix("s")]


def row_cells(row: str) -> tuple[str, ...]:
    """`| a | b |` → its cells, stripped."""
    return tuple(cell.strip().replace("\\|", "|") for cell in _CELL.findall(row[1:]))


def block_text(block: str, indentation: int) -> str:
    """The lines between the quotes, without the indentation of the opening line and the last line end."""
    return "\n".join(deindented(block.split("\n")[1:-1], indentation))


def deindented(lines: list[str], indentation: int) -> list[str]:
    return [line[_indentation(line, indentation) :] for line in lines]


def _indentation(line: str, limit: int) -> int:
    return min(limit, len(line) - len(line.lstrip(" \t")))
