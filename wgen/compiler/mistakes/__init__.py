"""Names the mistake in a sentence that can't be read: one detector a mistake, the first that knows it speaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wgen.compiler.diagnostics import Diagnostic
from wgen.compiler.keywords import FORMS, SPELLED
from wgen.compiler.mistakes.broken import Broken
from wgen.compiler.mistakes.conditions import condition
from wgen.compiler.mistakes.durations import bad_duration
from wgen.compiler.mistakes.modifiers import bad_modifier
from wgen.compiler.mistakes.parts import PARTS
from wgen.compiler.mistakes.signs import SIGNS
from wgen.compiler.rules import syntax as rules
from wgen.compiler.source import Span
from wgen.compiler.tree import Misfit

if TYPE_CHECKING:
    from wgen.compiler.sentences import Chunk
    from wgen.compiler.source import Source

_DETECTORS = (*SIGNS, bad_modifier, bad_duration, *PARTS, condition)


def explain(source: Source, chunk: Chunk, keyword: str, failure: Misfit | int) -> Diagnostic:
    """What is wrong with a sentence. `failure` is where it stops making sense, or what can't be meant.

    `keyword` is "condition" for an `@And` below a condition.
    """
    if isinstance(failure, Misfit):
        return Diagnostic(failure.rule, failure.message, source, failure.span, failure.help)
    broken = Broken.of(source, chunk, keyword, failure)
    for detector in _DETECTORS:
        found = detector(broken)
        if found is not None:
            return found
    return _unreadable(broken)


def explain_row(source: Source, chunk: Chunk, failure: Misfit | int) -> Diagnostic:
    """What is wrong with a table."""
    if isinstance(failure, Misfit):
        return explain(source, chunk, "row", failure)
    start = source.text.rfind("\n", 0, chunk.start + failure + 1) + 1
    line = source.text[start : source.text.index("\n", start)]
    span = Span(start + len(line) - len(line.lstrip()), start + len(line.rstrip()))
    help = "close the last cell with | (a | inside a cell is written \\|)"
    return Diagnostic(rules.UNCLOSED_ROW, "this row of a table does not end with |", source, span, help)


def _unreadable(broken: Broken) -> Diagnostic:
    keyword = "when" if broken.keyword == "condition" else broken.keyword
    word = broken.word_at()
    message = f'{SPELLED[keyword]} can\'t be read from "{word}" on' if word else f"{SPELLED[keyword]} ends too early"
    if broken.at == 0:
        message = f"{word} is half a keyword"
    forms = FORMS[keyword]
    help = f"write {forms[0]}" if len(forms) == 1 else "its forms are: " + " · ".join(forms)
    return broken.diagnostic(rules.UNREADABLE, message, broken.word_span(), help)
