"""What is found but not said: echoes of an error, and what a comment silences: `# wgen: ignore[unknown-value] reason`.

Such a comment speaks of its own line; on a line of its own it speaks of the next line that is no comment.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from wgen.compiler.catalogue import closest_rule, find_rule
from wgen.compiler.diagnostics import Diagnostic, Edit, Fix
from wgen.compiler.rules import suppressions as rules
from wgen.compiler.rules import values
from wgen.compiler.rules.syntax import RULES
from wgen.compiler.sentences import chunks, comment_start
from wgen.compiler.source import Source, Span

_IGNORE = re.compile(r"#[ \t]*wgen:[ \t]*ignore(?!\w)[ \t]*(?:\[(?P<rules>[^\]\n]*)\])?", re.IGNORECASE)
_UNREAD = (values.UNUSED_INPUT, values.UNREAD_VALUE)
_WORD = re.compile(r"[^\s,]+")


class Silence(NamedTuple):
    """One rule that a comment silences in one line."""

    rule: str
    line: int
    span: Span


def without_echoes(found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Without what an error explains.

    That is what is only worth knowing at the place of an error, and, where a sentence could not be read, that nobody
    reads a value: that sentence may.
    """
    found = list(found)
    wrong = {finding.span for finding in found if finding.severity == "error"}
    unreadable = any(finding.rule in RULES for finding in found)
    return [
        finding
        for finding in found
        if not (finding.severity == "info" and finding.span in wrong) and not (unreadable and finding.rule in _UNREAD)
    ]


def silence(source: Source, found: list[Diagnostic]) -> tuple[list[Diagnostic], list[Diagnostic]]:
    """What is left to say, comments that silence nothing included, and what the comments of the text silence."""
    if "wgen:" not in source.text.lower():
        return found, []
    silences, problems = _silences(source)
    places = {(entry.rule, entry.line) for entry in silences}
    said = list(problems)
    silenced: list[Diagnostic] = []
    for finding in found:
        quiet = (finding.rule.code, finding.place[1]) in places
        (silenced if quiet else said).append(finding)
    used = {(finding.rule.code, finding.place[1]) for finding in silenced}
    return said + [_unused(source, entry) for entry in silences if (entry.rule, entry.line) not in used], silenced


def _unused(source: Source, entry: Silence) -> Diagnostic:
    written = source.text[entry.span.start : entry.span.end]
    message = f"{written} is not found in line {entry.line}, so there is nothing to ignore"
    return Diagnostic(rules.UNUSED, message, source, entry.span, "remove it from the comment")


def _silences(source: Source) -> tuple[list[Silence], list[Diagnostic]]:
    silences: list[Silence] = []
    problems: list[Diagnostic] = []
    for comment, line in _comments(source):
        match = _IGNORE.match(source.text, comment.start, comment.end)
        if match is None:
            continue
        names = list(_WORD.finditer(source.text, *match.span("rules"))) if match["rules"] else []
        if not names:
            problems.append(_names_nothing(source, Span(*match.span())))
        for name in names:
            rule = find_rule(name[0])
            if rule is None:
                problems.append(_unknown(source, name[0], Span(*name.span())))
            else:
                silences.append(Silence(rule.code, line, Span(*name.span())))
    return silences, problems


def _names_nothing(source: Source, span: Span) -> Diagnostic:
    help = "name the rules to ignore: `# wgen: ignore[unused-input] reason`"
    return Diagnostic(rules.UNKNOWN, "this comment does not say what to ignore", source, span, help)


def _unknown(source: Source, name: str, span: Span) -> Diagnostic:
    meant = closest_rule(name)
    return Diagnostic(
        rules.UNKNOWN,
        f"no rule is called {name}",
        source,
        span,
        f"did you mean {meant.name}?" if meant else "`wgen rule` lists them all",
        Fix("safe", (Edit(span, meant.name),)) if meant else None,
    )


def _comments(source: Source) -> Iterator[tuple[Span, int]]:
    """The comments of a text, each with the line that it speaks of. Texts and tables hold none."""
    waiting: list[Span] = []
    for chunk in chunks(source.text):
        if chunk.kind == "comment":
            waiting.append(Span(chunk.start, chunk.end))
        elif chunk.kind != "blank":
            line = source.position(chunk.start)[0]
            yield from ((span, line) for span in waiting)
            waiting = []
        if chunk.kind in ("sentence", "other", "dots"):
            yield from _in_lines(source, chunk.start, chunk.end)
    yield from ((span, source.position(span.start)[0]) for span in waiting)


def _in_lines(source: Source, start: int, end: int) -> Iterator[tuple[Span, int]]:
    """The comments behind the lines of a sentence."""
    at = start
    for text in source.text[start:end].split("\n"):
        hidden = comment_start(text)
        if hidden < len(text):
            yield Span(at + hidden, at + len(text)), source.position(at)[0]
        at += len(text) + 1
