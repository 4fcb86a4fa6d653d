"""The values that an unreadable sentence mentions: nobody should miss them later, for their mistake is told already."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wgen.compiler.literals import value_parts
from wgen.compiler.source import Span
from wgen.compiler.syntax import Ref

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wgen.compiler.diagnostics import Diagnostic
    from wgen.compiler.sentences import Chunk

_BRACKET = re.compile(r"\(([^()\n]*)(\)?)")
_MODIFIER = re.compile(r"[ \t]*(?:with|since|until)[ \t]", re.IGNORECASE)
# What can't belong to the words of a bracket that is not closed.
_BEHIND = re.compile(r"[,\"#]|(?<!\w)(?:as|and|using|giving|in|from|where|is)(?!\w)", re.IGNORECASE)
_DASH = re.compile("[ \t]*[\u2013\u2014][ \t]*")


def mentioned(text: str, chunk: Chunk) -> list[Ref]:
    """The values of a sentence, also of brackets that are not closed or hold several."""
    sentence = text[chunk.start : chunk.end]
    found: list[Ref] = []
    for bracket in _BRACKET.finditer(sentence):
        span = Span(chunk.start + bracket.start(), chunk.start + bracket.end())
        if not _MODIFIER.match(bracket[1]):
            words = bracket[1] if bracket[2] else _BEHIND.split(bracket[1])[0]
            found += _refs(words, span)
    return found


def mended(diagnostic: Diagnostic) -> list[Ref]:
    """The values that the sentence would mention with the fix applied."""
    edits = diagnostic.fix.edits if diagnostic.fix else ()
    return [ref for edit in edits for bracket in _BRACKET.finditer(edit.text) for ref in _refs(bracket[1], edit.span)]


def _refs(words: str, span: Span) -> Iterator[Ref]:
    for part in words.split(","):
        plain = _DASH.sub(" - ", part).strip()
        if plain:
            yield Ref(value_parts(f"({plain})"), span)
