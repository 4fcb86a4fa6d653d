"""What is told about blocks and about sentences that stand in the wrong place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wgen.compiler.blocks import opening_line
from wgen.compiler.diagnostics import Diagnostic, Edit, Fix, Related
from wgen.compiler.keywords import SPELLED
from wgen.compiler.rules import syntax as rules
from wgen.compiler.source import Span

if TYPE_CHECKING:
    from wgen.compiler.sentences import Chunk
    from wgen.compiler.source import Source

_OWNERS = {"together": "@Together", "when": "@When", "try": "@Try", "await": "@Await the first"}
_CLAUSES = {"together": "@Branch", "try": "@On failure", "await": "@On"}
_WITHOUT = {
    "together": "@Together has no @Branch",
    "try": "@Try has no @On failure",
    "await": "@Await the first has no @On",
}


def continues_nothing(source: Source, chunk: Chunk) -> Diagnostic:
    span = opening_line(source.text, chunk)
    help = "a line that begins with ... goes on with the sentence above it"
    return Diagnostic(rules.CONTINUES_NOTHING, "there is no sentence above to go on with", source, span, help)


def nothing_beside(source: Source, chunk: Chunk, above: str) -> Diagnostic:
    span = opening_line(source.text, chunk)
    message = "nothing stands above this @And that it could run beside"
    if above == "meanwhile":
        message = "@And runs beside a @Then, not beside a @Meanwhile"
    keyword = Span(chunk.start, chunk.start + len("@And"))
    help = "write @Then, or put it directly below the @Then that it runs beside"
    return Diagnostic(rules.NOTHING_BESIDE, message, source, span, help, Fix("unsafe", (Edit(keyword, "@Then"),)))


def misplaced(source: Source, chunk: Chunk, keyword: str, kind: str) -> Diagnostic:
    span = opening_line(source.text, chunk)
    owner = _OWNERS[kind]
    spelled = "@On failure" if kind == "try" else SPELLED[keyword]
    message = f"{spelled} stands outside of {owner}"
    return Diagnostic(rules.MISPLACED, message, source, span, f"{spelled} is a part of {owner} … @End")


def empty_block(source: Source, section: Chunk) -> Diagnostic:
    span = opening_line(source.text, section)
    help = "write a step below it, or take the block away"
    return Diagnostic(rules.EMPTY_BLOCK, "no step stands in this block", source, span, help)


def no_clause(source: Source, opening: Chunk, kind: str) -> Diagnostic:
    span = opening_line(source.text, opening)
    help = f"write {_CLAUSES[kind]} inside of it, above its @End"
    return Diagnostic(rules.NO_CLAUSE, _WITHOUT[kind], source, span, help)


def unclosed_block(source: Source, opening: Chunk, place: Chunk | None) -> Diagnostic:
    """`place` is the sentence in front of which the block seems to end."""
    span = opening_line(source.text, opening)
    word = source.text[opening.start : opening.end].split()[0]
    word = SPELLED.get(word[1:].lower(), word)
    diagnostic = Diagnostic(rules.UNCLOSED_BLOCK, f"{word} is never closed", source, span)
    diagnostic.help = "write @End where the block ends"
    if place is None:
        return diagnostic
    start = place.start - place.indent if place.start < len(source.text) else place.start
    indent = source.text[opening.start - opening.indent : opening.start]
    diagnostic.fix = Fix("unsafe", (Edit(Span(start, start), f"{indent}@End\n"),))
    if place.start < len(source.text):
        note = "by its indentation the block ends above this line"
        diagnostic.related.append(Related(opening_line(source.text, place), note))
    return diagnostic


def unclosed_text(source: Source, chunk: Chunk) -> Diagnostic:
    help = 'write """ on a line of its own below the text'
    return Diagnostic(
        rules.UNCLOSED_TEXT, "this text is never closed", source, Span(chunk.start, chunk.start + 3), help
    )


def without_line(source: Source, chunk: Chunk) -> Fix:
    """Takes the whole line away. A guess: the @End may be right and its block's opening missing."""
    return Fix("unsafe", (Edit(Span(chunk.start - chunk.indent, min(chunk.end + 1, len(source.text))), ""),))
