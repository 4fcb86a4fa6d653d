"""Modifiers that can't be read: `(with …)`, `(since version …)`, `(until version …)`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wgen.compiler.literals import NUMBER_WORDS
from wgen.compiler.mistakes.durations import duration_at
from wgen.compiler.rules import syntax as rules

if TYPE_CHECKING:
    from wgen.compiler.diagnostics import Diagnostic
    from wgen.compiler.mistakes.broken import Broken

_OPENING = re.compile(r"\([ \t]*(?:with(?=[ \t])|(?:since|until)[ \t]+version(?!\w))", re.IGNORECASE)
_NUMBER = rf"(?:[0-9]+|{'|'.join(NUMBER_WORDS)})"
_UNIT = r"(?:millisecond|second|minute|hour|day|week)s?"
_SETTING = re.compile(
    rf"(?:no|{_NUMBER})\s+retr(?:y|ies)|(?:retry\s+wait|timeout)\s+{_NUMBER}(?:\.[0-9]+)?\s+{_UNIT}"
    r'|key\s*\([^()]+\)|id\s*"[^"]*"',
    re.IGNORECASE,
)
_TIMED = re.compile(r"(?:retry\s+wait|timeout)[ \t]*(?=\S|$)", re.IGNORECASE)
_HELP = 'settings are: no retry · 5 retries · retry wait 2 seconds · timeout 1 minute · key (order - id) · id "charge"'


def bad_modifier(broken: Broken) -> Diagnostic | None:
    """The modifier in which the sentence stops making sense, at the setting that is to blame."""
    opening = [found for found in _OPENING.finditer(broken.bare) if found.start() <= broken.at]
    if not opening:
        return None
    end = _closing(broken.bare, opening[-1].start())
    if end < broken.at:
        return None
    if not opening[-1].group().lower().endswith("with"):
        return _version(broken, opening[-1].end(), end)
    return _with(broken, opening[-1].end(), end)


def _closing(bare: str, start: int) -> int:
    """The closing bracket of a modifier: `key (…)` has one of its own."""
    depth = 0
    for at in range(start, len(bare)):
        depth += (bare[at] == "(") - (bare[at] == ")")
        if depth == 0:
            return at
    return len(bare)


def _version(broken: Broken, start: int, end: int) -> Diagnostic:
    words = broken.code[start:end].strip()
    at = broken.code.index(words, start) if words else end
    return broken.diagnostic(
        rules.BAD_VERSION,
        f'"{words}" is no version' if words else "the number of the version is missing",
        (at, at + len(words)),
        "a version is a whole number: (since version 2)",
    )


def _with(broken: Broken, start: int, end: int) -> Diagnostic | None:
    for begin, words in _settings(broken, start, end):
        if _SETTING.fullmatch(words):
            continue
        timed = _TIMED.match(words)
        found = duration_at(broken, _number_end(broken.code, begin + timed.end())) if timed else None
        return found or _no_setting(broken, begin, words, alone=broken.code[start:end].strip() == words)
    return None


def _number_end(code: str, at: int) -> int:
    """Where the unit of a duration should stand; `at` itself where no number stands."""
    number = re.compile(_NUMBER + r"(?:\.[0-9]+)?[ \t]+", re.IGNORECASE).match(code, at)
    return number.end() if number else at


def _settings(broken: Broken, start: int, end: int) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    at = start
    for part in broken.bare[start:end].split(","):
        words = broken.code[at : at + len(part)]
        found.append((at + len(words) - len(words.lstrip()), words.strip()))
        at += len(part) + 1
    return found


def _no_setting(broken: Broken, begin: int, words: str, *, alone: bool) -> Diagnostic:
    if not words:
        return broken.diagnostic(rules.BAD_MODIFIER, "a setting is missing here", (begin, begin), _HELP)
    help = _HELP
    if alone:
        help += "; a value can't begin with the word `with`"
    span = (begin, begin + len(words))
    return broken.diagnostic(rules.BAD_MODIFIER, f'"{words}" is no setting of a step', span, help)
