"""Mistakes that a sign gives away, whatever the sentence: blanks, quotes, brackets, comments."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wgen.compiler.diagnostics import Related
from wgen.compiler.keywords import SPELLED
from wgen.compiler.rules import syntax as rules
from wgen.compiler.sentences import comment_start

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wgen.compiler.diagnostics import Diagnostic
    from wgen.compiler.mistakes.broken import Broken

INVISIBLE = "\u200b\u2060\ufeff\u00ad"
ODD_BLANK = re.compile(rf"[^\S \t\n]|[{INVISIBLE}]")
_CURLY = re.compile("[\u201c\u201d\u201e\u201f\u00ab\u00bb]")
_CURLY_MARKER = re.compile("(?:(?i:using|giving)|Use)\\s*[\u201c\u201d\u201e]")
_MODIFIER = re.compile(r"\s*(?:with\s|(?:since|until)\s+version(?!\w))", re.IGNORECASE)
_NESTED_KEY = re.compile(r"key\s*$", re.IGNORECASE)
_DASH = re.compile("[ \t]*[\u2013\u2014][ \t]*")
_AT_WORD = re.compile(r"(?<![^\s()\"])@(\w*)")
_PROSE = frozenset({"then", "and", "meanwhile", "undo"})


def odd_blank_words(sign: str) -> str:
    return f"a blank that is none stands here (U+{ord(sign):04X}), as word processors write it"


def odd_blank(broken: Broken) -> Diagnostic | None:
    found = list(ODD_BLANK.finditer(broken.bare))
    if not found:
        return None
    first = found[0]
    edits = [(sign.start(), sign.end(), "" if sign.group() in INVISIBLE else " ") for sign in found]
    return broken.diagnostic(
        rules.ODD_BLANK,
        odd_blank_words(first.group()),
        first.span(),
        "put a plain blank in its place" if edits[0][2] else "take it away",
        broken.fix("safe", *edits),
    )


def curly_quote(broken: Broken) -> Diagnostic | None:
    found = list(_CURLY.finditer(broken.bare))
    if not found or (broken.keyword in _PROSE and not _stops_at_curly(broken)):
        return None
    edits = [(sign.start(), sign.end(), '"') for sign in found]
    sure = len(found) % 2 == 0 and '"' not in broken.bare[found[0].start() : found[-1].end()]
    first = next((sign for sign in found if sign.start() >= broken.at), found[0])
    return broken.diagnostic(
        rules.CURLY_QUOTE,
        f"{first.group()} is a quote of a word processor",
        first.span(),
        'put plain quotes (") in place of all of them in this sentence',
        broken.fix("safe" if sure else "unsafe", *edits),
    )


def _stops_at_curly(broken: Broken) -> bool:
    rest = broken.rest
    if _CURLY.match(rest) or _CURLY_MARKER.match(rest):
        return True
    return rest.startswith("(") and _CURLY.search(rest.split(")")[0]) is not None


def swallowed(broken: Broken) -> Diagnostic | None:
    """A `#` inside a bracket, with the rest of the bracket behind it."""
    for start, line in _lines(broken.text):
        comment = comment_start(line)
        code = line[:comment]
        opening = code.rfind("(")
        if opening > code.rfind(")") and ")" in line[comment:]:
            at = start + comment
            found = broken.diagnostic(
                rules.SWALLOWED,
                "this # begins a comment, which takes the rest of the bracket away",
                (at, at + 1),
                "write \\# for the sign itself",
                broken.fix("safe", (at, at, "\\")),
            )
            bracket = broken.span(start + opening, start + len(code.rstrip()))
            found.related.append(Related(bracket, "the bracket that is cut"))
            return found
    return None


def unclosed_quote(broken: Broken) -> Diagnostic | None:
    for start, line in _lines(broken.bare):
        if line.count('"') % 2 == 0:
            continue
        quote = start + line.rfind('"')
        end = start + len(line.rstrip())
        return broken.diagnostic(
            rules.UNCLOSED_QUOTE,
            "this quote is not closed on its line",
            (quote, end),
            'close it with "; a quote inside is written \\"',
            broken.fix("unsafe", (end, end, '"')),
        )
    return None


def at_word(broken: Broken) -> Diagnostic | None:
    at = broken.at
    word = _AT_WORD.match(broken.bare, at) if at else None
    if word is None:
        return None
    if word[1].lower() in SPELLED:
        help = f"begin a new line with {word.group()}: a line holds one sentence"
    else:
        help = "write it without @, or in quotes: only a keyword begins with @"
    return broken.diagnostic(rules.AT_WORD, f"{word.group()} stands in the middle of a sentence", word.span(), help)


def brackets(broken: Broken) -> Diagnostic | None:
    """The first bracket of a line that is not closed, not opened, or holds another."""
    for start, line in _lines(broken.bare):
        found = _brackets_of_line(broken, start, line)
        if found is not None:
            return found
    return None


def _brackets_of_line(broken: Broken, start: int, line: str) -> Diagnostic | None:
    opened: list[int] = []
    balanced = line.count("(") <= line.count(")")
    for at, sign in enumerate(line):
        if sign == "(":
            if opened and not _in_key(line, opened[-1], at):
                return (
                    _nested(broken, start + opened[-1], start + at)
                    if balanced
                    else _open(broken, start, line, opened[0])
                )
            opened.append(at)
        elif sign == ")":
            if not opened:
                return _stray(broken, start + at)
            opened.pop()
    return _open(broken, start, line, opened[0]) if opened else None


def _in_key(line: str, outer: int, inner: int) -> bool:
    return _MODIFIER.match(line, outer + 1) is not None and _NESTED_KEY.search(line[:inner]) is not None


def _nested(broken: Broken, outer: int, inner: int) -> Diagnostic:
    end = broken.bare.index(")", inner) + 1
    found = broken.diagnostic(
        rules.NESTED_BRACKET,
        "a bracket inside a bracket",
        (inner, end),
        "close the outer bracket first; the field of a value is read as (value - field)",
    )
    found.related.append(Related(broken.span(outer, outer + 1), "the outer bracket"))
    return found


def _open(broken: Broken, start: int, line: str, opening: int) -> Diagnostic:
    end = len(line.rstrip())
    last = "(" not in line[opening + 1 :]
    return broken.diagnostic(
        rules.UNCLOSED_BRACKET,
        "this bracket is not closed on its line",
        (start + opening, start + end),
        "close it with ) behind the value",
        broken.fix("unsafe", (start + end, start + end, ")")) if last else None,
    )


def _stray(broken: Broken, at: int) -> Diagnostic:
    return broken.diagnostic(
        rules.STRAY_BRACKET,
        "this bracket closes nothing",
        (at, at + 1),
        "put ( in front of the value, or take the ) away",
    )


def bracket_content(broken: Broken) -> Diagnostic | None:
    """The bracket at which the sentence stops making sense, if its words can't be a value."""
    rest = broken.rest
    if not rest.startswith("(") or _MODIFIER.match(rest, 1):
        return None
    end = rest.find(")")
    content = rest[1:end]
    span = (broken.at, broken.at + end + 1)
    if not content.strip():
        return broken.diagnostic(rules.EMPTY_BRACKET, "this bracket is empty", span, "write the value's words in it")
    return _long_dash(broken, content, span) or _sign_in_bracket(broken, content, span)


def _long_dash(broken: Broken, content: str, span: tuple[int, int]) -> Diagnostic | None:
    dashes = list(_DASH.finditer(content))
    if not dashes:
        return None
    inside = span[0] + 1
    edits = [(inside + dash.start(), inside + dash.end(), " - ") for dash in dashes]
    return broken.diagnostic(
        rules.LONG_DASH,
        f"a long dash ({dashes[0].group().strip()}) in a value",
        span,
        "a field is read with a hyphen: (value - field)",
        broken.fix("safe", *edits),
    )


def _sign_in_bracket(broken: Broken, content: str, span: tuple[int, int]) -> Diagnostic | None:
    if "," in content:
        message, help = "a comma in a bracket", "a bracket holds one value; write (a) and (b) for two"
    elif '"' in content:
        message, help = "a quote in a bracket", "a value's words stand in the bracket without quotes"
    elif any(word != "-" and (word[0] == "-" or word[-1] == "-") for word in content.split()):
        message, help = "a hyphen that touches only one word", "write (value - field), with blanks on both sides"
    elif "-" in content.split():
        message, help = "a hyphen that leads to no field", "write (value - field), with words on both sides"
    else:
        return None
    return broken.diagnostic(rules.BRACKET_SIGN, message, span, help)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for line in text.split("\n"):
        yield start, line
        start += len(line) + 1


SIGNS = (odd_blank, curly_quote, swallowed, unclosed_quote, brackets, bracket_content, at_word)
