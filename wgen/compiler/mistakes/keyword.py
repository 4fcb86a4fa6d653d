"""Lines whose keyword is missing, misspelled or another language's: what they were meant to be."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from wgen.compiler.diagnostics import Diagnostic, Edit, Fix
from wgen.compiler.keywords import FOREIGN, OPENS_FOREIGN_BLOCK, SPELLED, nearest
from wgen.compiler.mistakes.signs import INVISIBLE, ODD_BLANK
from wgen.compiler.rules import syntax as rules
from wgen.compiler.sentences import KEYWORD
from wgen.compiler.source import Span

if TYPE_CHECKING:
    from wgen.compiler.diagnostics import Rule
    from wgen.compiler.sentences import Chunk
    from wgen.compiler.source import Source

# Where the keyword alone would not say what the foreign word says.
_FOREIGN_SPELLED = {
    "while": "@Repeat while",
    "until": "@Repeat until",
    "unless": "@When not",
    "catch": "@On failure",
    "except": "@On failure",
    "rescue": "@On failure",
    "every": "@Start every",
    "return": "@Finish with",
    "throw": "@Fail because",
    "raise": "@Fail because",
}
_INSTEAD = {
    "goto": "a flow has no jumps: use @Repeat or @When",
    "jump": "a flow has no jumps: use @Repeat or @When",
    "switch": "write @When … @Or when … @Otherwise … @End",
    "match": "write @When … @Or when … @Otherwise … @End",
    "case": "write @When, and @Or when for the further cases",
    "finally": "write the steps behind the @End of the @Try",
    "let": "a value is provided by the step that gives it: @Then … giving (value)",
    "set": "a value is provided by the step that gives it: @Then … giving (value)",
    "var": "a value is provided by the step that gives it: @Then … giving (value)",
    "use": "write it in the sentence of the step: … using (value)",
    "using": "write it in the sentence of the step: … using (value)",
}
_ELSE_IF = re.compile(r"@else[ \t]+if(?!\w)", re.IGNORECASE)
_LOOSE_AT = re.compile(r"@[ \t]+(\w+)")
_WORD = re.compile(r"[^\W\d_]+")
_ODD_START = re.compile(rf"(?:[^\S\n]|[{INVISIBLE}])+")


class Guess(NamedTuple):
    """A line that does not begin with a keyword: what it says instead, and what is told about it.

    `spelled` stands for the first `length` signs. Without `keyword` the line is left out.
    """

    keyword: str | None
    spelled: str
    length: int
    diagnostic: Diagnostic
    opens_block: bool = False


def guess_keyword(source: Source, chunk: Chunk) -> str | Guess:
    """The keyword of a line, in the first word's small letters, or what is taken for it."""
    text = source.text[chunk.start : chunk.end]
    word = KEYWORD.match(text)
    if word is None:
        return _no_keyword(source, chunk, text)
    name = word[1].lower()
    if name in SPELLED:
        return name
    if name in FOREIGN:
        return _foreign(source, chunk, text, name)
    return _unknown(source, chunk, word.group(), name)


def instead_of_and(source: Source, chunk: Chunk, keyword: str) -> Guess:
    """An `@And` that is read as another keyword, for what it would join is lost; its mistake is told elsewhere."""
    diagnostic = Diagnostic(rules.NOTHING_BESIDE, "", source, Span(chunk.start, chunk.start))
    return Guess(keyword, SPELLED[keyword], len("@And"), diagnostic)


def _foreign(source: Source, chunk: Chunk, text: str, name: str) -> Guess:
    keyword, length = FOREIGN[name], len(name) + 1
    else_if = _ELSE_IF.match(text)
    if else_if:
        keyword, length = "or", else_if.end()
    written = text[:length]
    if keyword is None:
        help = _INSTEAD[name]
        diagnostic = _told(source, chunk, length, rules.FOREIGN_KEYWORD, f"there is no keyword {written}", help)
        return Guess(None, "", 0, diagnostic, name in OPENS_FOREIGN_BLOCK)
    spelled = _FOREIGN_SPELLED.get(name, SPELLED[keyword])
    message = f"{written} is a keyword of another language"
    diagnostic = _told(source, chunk, length, rules.FOREIGN_KEYWORD, message, f"write {spelled}", spelled)
    return Guess(keyword, spelled, length, diagnostic)


def _unknown(source: Source, chunk: Chunk, written: str, name: str) -> Guess:
    keyword = nearest(name)
    message = f"there is no keyword {written}"
    if keyword is None:
        help = "the keywords of steps are " + " ".join(
            SPELLED[known] for known in ("then", "and", "when", "together", "for", "repeat", "wait", "receive")
        )
        return Guess(None, "", 0, _told(source, chunk, len(written), rules.UNKNOWN_KEYWORD, message, help))
    spelled = SPELLED[keyword].split()[0]
    help = f"did you mean {SPELLED[keyword]}?"
    diagnostic = _told(source, chunk, len(written), rules.UNKNOWN_KEYWORD, message, help, spelled)
    return Guess(keyword, spelled, len(written), diagnostic)


def _no_keyword(source: Source, chunk: Chunk, text: str) -> Guess:
    odd = _odd_start(source, chunk, text) or _loose_at(source, chunk, text)
    if odd:
        return odd
    word = _WORD.match(text)
    first = word.group() if word else ""
    keyword = first.lower()
    if keyword not in SPELLED:
        return _plain_line(source, chunk, text, first)
    spelled = SPELLED[keyword].split()[0]
    diagnostic = _told(
        source, chunk, len(first), rules.NO_KEYWORD, f'"{first}" lacks its @', f"write {spelled}", spelled
    )
    return Guess(keyword, spelled, len(first), diagnostic)


def _plain_line(source: Source, chunk: Chunk, text: str, first: str) -> Guess:
    line = text.split("\n", 1)[0].rstrip()
    help = "begin a sentence with a @Keyword, a further line of it with ..., a comment with #"
    if line.startswith('"""'):
        help = '""" stands on a line of its own, the text between two of them'
    message = f'"{first}" is no keyword' if first else "this line does not begin with a keyword"
    return Guess(None, "", 0, _told(source, chunk, len(first or line), rules.NO_KEYWORD, message, help))


def _loose_at(source: Source, chunk: Chunk, text: str) -> Guess | None:
    loose = _LOOSE_AT.match(text)
    keyword = loose[1].lower() if loose else ""
    if loose is None or keyword not in SPELLED:
        return None
    spelled = SPELLED[keyword].split()[0]
    message = "a blank between @ and its keyword"
    diagnostic = _told(source, chunk, loose.end(), rules.NO_KEYWORD, message, f"write {spelled}", spelled)
    return Guess(keyword, spelled, loose.end(), diagnostic)


def _odd_start(source: Source, chunk: Chunk, text: str) -> Guess | None:
    """A sentence behind a no-break or invisible blank."""
    odd = _ODD_START.match(text)
    word = KEYWORD.match(text, odd.end()) if odd else None
    if odd is None or word is None or word[1].lower() not in SPELLED:
        return None
    first = ODD_BLANK.match(text)
    sign = ord(first.group() if first else text[0])
    diagnostic = _told(
        source,
        chunk,
        odd.end(),
        rules.ODD_BLANK,
        f"a blank that is none stands here (U+{sign:04X}), as word processors write it",
        "take it away",
        "",
    )
    return Guess(word[1].lower(), word.group(), word.end(), diagnostic)


def _told(
    source: Source, chunk: Chunk, length: int, rule: Rule, message: str, help: str, right: str | None = None
) -> Diagnostic:
    span = Span(chunk.start, chunk.start + length)
    fix = Fix("safe", (Edit(span, right),)) if right is not None else None
    return Diagnostic(rule, message, source, span, help, fix)
