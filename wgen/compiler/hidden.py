"""Finds values that a `#` has made part of a comment. It looks at every text, so it loads nothing of the mistakes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wgen.compiler.diagnostics import Diagnostic, Edit, Fix
from wgen.compiler.rules import syntax as rules
from wgen.compiler.sentences import chunks, comment_start
from wgen.compiler.source import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wgen.compiler.sentences import Chunk
    from wgen.compiler.source import Source

# A `#` with no blank behind it and a value in its comment; the first is a quick look at the whole text.
_HIDDEN = re.compile(r"#[^\s#][^\n]*\)")
_HIDDEN_VALUE = re.compile(r"#(?=[^\s#])[^\n(]*\([^()\n]*\)")


def hidden_values(source: Source) -> list[Diagnostic]:
    """Comments such as `#(order)` that may have been meant as words: a `#` with a value right behind it."""
    if not _HIDDEN.search(source.text):
        return []
    return [found for chunk in chunks(source.text) if chunk.kind == "sentence" for found in _hidden_in(source, chunk)]


def _hidden_in(source: Source, chunk: Chunk) -> Iterator[Diagnostic]:
    start = chunk.start
    for line in source.text[chunk.start : chunk.end].split("\n"):
        at = comment_start(line)
        if line[:at].strip() and _HIDDEN_VALUE.match(line, at):
            span = Span(start + at, start + len(line.rstrip()))
            fix = Fix("unsafe", (Edit(Span(span.start, span.start), "\\"),))
            help = "write \\# for the sign itself, or put a blank behind the # of a comment"
            yield Diagnostic(rules.HIDDEN_VALUE, "this # makes a comment of a value", source, span, help, fix)
        start += len(line) + 1
