"""Reads cron texts as far as it takes to tell whether a calendar can follow them."""

from __future__ import annotations

from typing import NamedTuple

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


class _Part(NamedTuple):
    """One of the five parts: its lowest and highest number, and names for numbers from the lowest on."""

    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()


_PARTS = (
    _Part("minute", 0, 59),
    _Part("hour", 0, 23),
    _Part("day", 1, 31),
    _Part("month", 1, 12, _MONTHS),
    _Part("weekday", 0, 7, _DAYS),
)


def cron_problem(text: str) -> str | None:
    """What is wrong with a cron text; None for a good one."""
    fields = text.split()
    if len(fields) != len(_PARTS):
        return f"a schedule has five parts, and this one has {len(fields)}"
    for field, part in zip(fields, _PARTS, strict=True):
        for entry in field.split(","):
            if not _fits(entry.lower(), part):
                return f"{entry or 'nothing'} is no {part.name}: it goes from {part.low} to {part.high}"
    return None


def _fits(entry: str, part: _Part) -> bool:
    """Whether `*`, `5`, `1-5`, each also with `/2` behind, is within the part's limits."""
    span, slash, step = entry.partition("/")
    if slash and not (step.isascii() and step.isdigit() and int(step)):
        return False
    if span == "*":
        return True
    first, dash, last = span.partition("-")
    low, high = _number(first, part), _number(last, part) if dash else None
    return low is not None and (not dash or (high is not None and low <= high))


def _number(word: str, part: _Part) -> int | None:
    if word in part.names:
        return part.names.index(word) + part.low
    number = int(word) if word.isascii() and word.isdigit() else -1
    return number if part.low <= number <= part.high else None
