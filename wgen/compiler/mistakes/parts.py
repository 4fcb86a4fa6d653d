"""Mistakes in the parts of a sentence: names, markers, values without brackets, texts without quotes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wgen.compiler.keywords import SPELLED
from wgen.compiler.rules import syntax as rules

if TYPE_CHECKING:
    from wgen.compiler.diagnostics import Diagnostic
    from wgen.compiler.mistakes.broken import Broken

_TASKS = frozenset({"then", "and", "meanwhile", "undo"})
_FIRST_WORD = re.compile(r"@\w+[ \t]*")
_VERSION = re.compile(r",[ \t]*version(?!\w)[ \t]*", re.IGNORECASE)
_MARKER = re.compile(r"(?<!\w)((?i:using|giving)|Use)[ \t\n]*(?=[(\"])")
_NEXT_VALUE = re.compile(r"[^()\"]+")
# One word behind the last `as`: a name that lacks its brackets.
_NAME_WANTED = re.compile(r"\)[ \t]+as[ \t]+\w+[ \t.]*$", re.IGNORECASE)
_RUN_FLOW = re.compile(r"@\w+[ \t]+run[ \t]+flow[ \t]*\(", re.IGNORECASE)
_GIVING_TEXT = re.compile(r"giving[ \t]*\"", re.IGNORECASE)
_STOPS = re.compile(
    r"[ \t]*(?:,|\n|$|(?<!\w)(?:as|and|in|from|where|giving|using|with|into|is|reaches|reaching|for)(?!\w)|[(\"])",
    re.IGNORECASE,
)
_BARE_WORDS = re.compile(r"[^\W\d][\w' -]*")
# What stands in front of a value, or of a text.
_VALUE_WANTED = re.compile(
    r"(?:@(?:given|key|provide|receive|and)|@for[ \t]+each|(?<!\w)(?:in|into|collecting|with|giving|using|and|as|flow"
    r"|for|each|key|until))[ \t]*$",
    re.IGNORECASE,
)
_TEXT_WANTED = re.compile(
    r"(?:@(?:status|fail)|(?<!\w)(?:because|as|reaches|reaching|only[ \t]+on|never[ \t]+on|failure|schedule|in|id))"
    r"[ \t]*$",
    re.IGNORECASE,
)
# Nothing but a value stands behind these.
_ONLY_VALUES = frozenset({"given", "key", "provide", "receive"})
_TEXT_FIRST = frozenset({"status", "fail", "finish", "retry", "on", "start", "wait"})
_SINGLE_QUOTED = re.compile(r"['\u2018]([^'\u2019\n]*)['\u2019]")


def flow_line(broken: Broken) -> Diagnostic | None:
    if broken.keyword != "flow":
        return None
    version = _VERSION.search(broken.code)
    if version and version.end() <= broken.at:
        words = broken.code[version.end() :].strip()
        end = version.end() + len(words)
        message = f'"{words}" is no version' if words else "the number of the version is missing"
        help = "a version is a whole number: @Flow order fulfilment, version 2"
        return broken.diagnostic(rules.BAD_VERSION, message, (version.end(), end), help)
    end = len(broken.code.rstrip())
    return broken.diagnostic(
        rules.NO_NAME, "this flow has no name", (0, end), "write the name behind @Flow: @Flow order fulfilment"
    )


def no_words(broken: Broken) -> Diagnostic | None:
    """`@Then`, or `@Then using (a)`."""
    keyword = _FIRST_WORD.match(broken.code)
    if broken.keyword not in _TASKS or keyword is None:
        return None
    marker = _MARKER.match(broken.code, keyword.end())
    if not marker and broken.rest.strip():
        return None
    if not marker and broken.code[keyword.end() :].strip():
        return None
    spelled = SPELLED[broken.keyword]
    span = marker.span() if marker else (0, len(broken.code.rstrip()))
    span = (span[0], span[0] + len(broken.code[slice(*span)].rstrip()))
    message = f"{spelled} does not say what to do"
    help = f"write the task in words{' in front of ' + marker[1] if marker else ''}: {spelled} price (order)"
    return broken.diagnostic(rules.NO_WORDS, message, span, help)


def behind_marker(broken: Broken) -> Diagnostic | None:
    """Whatever does not belong behind `using`, `Use` or `giving`."""
    if broken.keyword not in _TASKS:
        return None
    markers = [found for found in _MARKER.finditer(broken.bare) if found.end() <= broken.at]
    if not markers or not broken.rest.strip():
        return _giving_text(broken) or _behind_run_flow(broken)
    marker = markers[-1]
    if broken.rest[0] == "(" and broken.before.rstrip().endswith(")"):
        return _no_and(broken)
    words = _NEXT_VALUE.match(broken.rest)
    if words is None or _NAME_WANTED.search(broken.before + broken.rest):
        return None
    return _words_behind(broken, marker[1], markers[0].start(), words.group().rstrip())


def _behind_run_flow(broken: Broken) -> Diagnostic | None:
    words = _NEXT_VALUE.match(broken.rest)
    if not _RUN_FLOW.match(broken.code) or words is None:
        return None
    said = words.group().rstrip()
    return broken.diagnostic(
        rules.WORDS_BEHIND_MARKER,
        f'"{said}" stands behind `run flow`, where only markers and modifiers stand',
        (broken.at, broken.at + len(said)),
        "leave it out, or begin the sentence with other words than `run flow`",
    )


def _giving_text(broken: Broken) -> Diagnostic | None:
    if not _GIVING_TEXT.match(broken.rest):
        return None
    start = broken.code.index('"', broken.at)
    end = broken.code.find('"', start + 1) + 1
    words = broken.code[start + 1 : end - 1]
    return broken.diagnostic(
        rules.NO_BRACKETS,
        "what a step gives is a value",
        (start, end),
        f"write ({words})",
        broken.fix("safe", (start, end, f"({words})")),
    )


def _no_and(broken: Broken) -> Diagnostic:
    """`using (a) (b)`."""
    return broken.diagnostic(
        rules.WORDS_BEHIND_MARKER,
        "values behind a marker are joined by `and`",
        (broken.at, broken.at + 1),
        "write (a) and (b)",
        broken.fix("safe", (len(broken.before.rstrip()), broken.at, " and ")),
    )


def _words_behind(broken: Broken, marker: str, first: int, words: str) -> Diagnostic:
    span = (broken.at, broken.at + len(words))
    edits = ((first, first, words + " "), (len(broken.before.rstrip()), span[1], ""))
    return broken.diagnostic(
        rules.WORDS_BEHIND_MARKER,
        f'"{words}" stands behind `{marker}`, where only values stand',
        span,
        f"move it in front of `{marker}`",
        broken.fix("unsafe", *edits) if re.fullmatch(r"[\w' -]+", words) else None,
    )


def no_quotes(broken: Broken) -> Diagnostic | None:
    """A text in the wrong quotes, or in none."""
    single = _SINGLE_QUOTED.match(broken.rest)
    if single:
        return _quote(broken, (broken.at, broken.at + single.end()), single[1])
    if broken.keyword not in _TEXT_FIRST or not _TEXT_WANTED.search(broken.before):
        return None
    words = broken.rest.split("\n")[0].rstrip() if broken.keyword in {"status", "fail"} else _words(broken)
    if not words or words[0] in '("@,':
        return None
    return _quote(broken, (broken.at, broken.at + len(words)), words)


def _quote(broken: Broken, span: tuple[int, int], words: str) -> Diagnostic:
    return broken.diagnostic(
        rules.NO_QUOTES,
        "a text stands in quotes",
        span,
        f'write "{words}"',
        broken.fix("safe", (*span, f'"{words}"')),
    )


def no_brackets(broken: Broken) -> Diagnostic | None:
    """A value that lacks its brackets."""
    if not _VALUE_WANTED.search(broken.before) or broken.keyword in {"when", "or", "condition", "repeat"}:
        return None
    words = _words(broken)
    if not words:
        return None
    span = (broken.at, broken.at + len(words))
    return broken.diagnostic(
        rules.NO_BRACKETS,
        "a value stands in brackets",
        span,
        f"write ({words})",
        broken.fix("safe" if broken.keyword in _ONLY_VALUES else "unsafe", (*span, f"({words})")),
    )


def _words(broken: Broken) -> str:
    """The words from here to whatever ends them."""
    words = _BARE_WORDS.match(broken.rest)
    if words is None:
        return ""
    stop = _STOPS.search(broken.rest, 1)
    return words.group()[: stop.start() if stop else None].rstrip(" -")


PARTS = (flow_line, no_words, behind_marker, no_quotes, no_brackets)
