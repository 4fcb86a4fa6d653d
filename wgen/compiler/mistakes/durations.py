"""Durations that can't be read, and what they were meant to be."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from wgen.compiler.literals import MILLISECONDS, NUMBER_WORDS, number_value
from wgen.compiler.names import closest, edit_distance
from wgen.compiler.rules import syntax as rules

if TYPE_CHECKING:
    from wgen.compiler.diagnostics import Diagnostic
    from wgen.compiler.mistakes.broken import Broken

_SHORT = {
    "ms": "millisecond", "msec": "millisecond", "s": "second", "sec": "second", "secs": "second", "m": "minute",
    "min": "minute", "mins": "minute", "h": "hour", "hr": "hour", "hrs": "hour", "d": "day", "w": "week", "wk": "week",
    "wks": "week",
}  # fmt: skip
_NUMBER = rf"(-?[0-9]+(?:\.[0-9]+)?|(?i:{'|'.join(NUMBER_WORDS)})(?!\w))"
_GLUED = re.compile(r"([0-9]+(?:\.[0-9]+)?)([^\W\d_]+)(?!\w)")
_SPACED = re.compile(_NUMBER + r"[ \t]+([^\W\d_]+)(?!\w)")
_NUMBER_BEHIND = re.compile(_NUMBER + r"[ \t]+$")
_DURATION = re.compile(_NUMBER + r"[ \t]+((?i:millisecond|second|minute|hour|day|week)s?)(?!\w)")
_JOINED = re.compile(r"[ \t]*(?:and[ \t]+)?", re.IGNORECASE)
_WANTED = re.compile(r"(?:\bafter|\bevery|@wait|\bperiod is|\bat most|\bretry wait|\btimeout)[ \t]+$", re.IGNORECASE)
_DAYS = ("weekday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_HELP = "write a number and a unit: 90 seconds, one hour, 500 milliseconds"


def bad_duration(broken: Broken) -> Diagnostic | None:
    """`20min`, `1 secound`, `1 hour 30 minutes`, or other words where a duration is wanted."""
    return duration_at(broken, broken.at)


def duration_at(broken: Broken, at: int) -> Diagnostic | None:
    code = broken.code
    glued = _GLUED.match(code, at)
    if glued:
        return _unit(broken, glued.span(), glued[1], glued[2], certain=True)
    behind = _NUMBER_BEHIND.search(code, 0, at)
    spaced = _SPACED.match(code, behind.start()) if behind else None
    if spaced and spaced[2].lower() not in {"times", "time", "retry", "retries"}:
        return _unit(broken, spaced.span(), spaced[1], spaced[2], certain=False)
    return _two_units(broken, at) or _words(broken, at)


def _unit(broken: Broken, span: tuple[int, int], number: str, word: str, *, certain: bool) -> Diagnostic | None:
    unit = unit_meant(word)
    if unit is None and not _WANTED.search(broken.code, 0, span[0]):
        return None
    message = f'"{broken.code[slice(*span)]}" is no duration'
    if unit is None:
        return broken.diagnostic(rules.BAD_DURATION, message, span, _HELP)
    right = f"{number} {_in_number(unit, number)}"
    fix = broken.fix("safe" if certain or unit[:1] == word[:1].lower() else "unsafe", (*span, right))
    return broken.diagnostic(rules.BAD_DURATION, message, span, f"did you mean {right}?", fix)


def unit_meant(word: str) -> str | None:
    word = word.lower()
    if word in _SHORT:
        return _SHORT[word]
    units = [unit + ending for unit in MILLISECONDS for ending in ("", "s")]
    distance, unit = min((edit_distance(word, unit, 2), unit) for unit in units)
    return unit.removesuffix("s") if distance <= 2 and len(word) > 3 else None


def _in_number(unit: str, number: str) -> str:
    return unit if number.lower() in {"1", "one"} else unit + "s"


def _two_units(broken: Broken, at: int) -> Diagnostic | None:
    second = _DURATION.match(broken.code, at) or _DURATION.match(broken.code, _JOINED.match(broken.code, at).end())  # type: ignore[union-attr]  # matches always
    first = [found for found in _DURATION.finditer(broken.code, 0, at) if not broken.code[found.end() : at].strip()]
    if second is None or not first:
        return None
    total = Decimal(0) + sum(
        Decimal(number_value(part[1])) * MILLISECONDS[_singular(part[2])] for part in (first[0], second)
    )
    unit = _singular(second[2])
    amount = (total / MILLISECONDS[unit]).normalize()
    right = f"{amount:f} {_in_number(unit, str(amount))}"
    span = (first[0].start(), second.end())
    return broken.diagnostic(
        rules.BAD_DURATION,
        f'"{broken.code[slice(*span)]}" has two units',
        span,
        f"a duration has one number and one unit: write {right}",
        broken.fix("safe", (*span, right)),
    )


def _singular(unit: str) -> str:
    return unit.lower().removesuffix("s")


def _words(broken: Broken, at: int) -> Diagnostic | None:
    """Anything else behind `after`, `every` and the like."""
    if not _WANTED.search(broken.code, 0, at):
        return None
    words = re.split(r"[,)\n#]", broken.code[at:])[0].rstrip()
    if not words:
        end = len(broken.code.rstrip())
        return broken.diagnostic(rules.BAD_DURATION, "a duration is missing here", (end, end), _HELP)
    span = (at, at + len(words))
    first = words.split()[0].lower()
    day = first if first in _DAYS else closest(first, _DAYS)
    if day is not None and broken.keyword == "start":
        message = f'"{words}" does not say when the flow starts'
        return broken.diagnostic(rules.BAD_DURATION, message, span, f"a day has a time: every {day} at 09:00")
    return broken.diagnostic(rules.BAD_DURATION, f'"{words}" is no duration', span, _HELP)
