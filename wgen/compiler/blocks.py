"""The blocks of a text that the grammar can't read: what is open, and what indentation tells about their ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wgen.compiler.keywords import BLOCKS
from wgen.compiler.records import record
from wgen.compiler.sentences import Chunk, comment_start
from wgen.compiler.source import Span

if TYPE_CHECKING:
    from collections.abc import Iterable

_SECTIONS = frozenset({"or", "otherwise", "branch", "on", "and"})


@record
class Frame:
    """An open block, or at the bottom the flow."""

    kind: str
    chunk: Chunk
    # The sentence that opened the body being read; None where none may stand yet.
    section: Chunk | None = None
    # The body holds a step; or held one that could not be read.
    filled: bool = False
    dropped: bool = False
    may_be_empty: bool = False
    # How many sentences such as @Branch, @On or @Otherwise the block has.
    clauses: int = 0
    otherwise: Chunk | None = None
    # Of the flow: its first step.
    first: Chunk | None = None
    # Something was told about this block, and more would follow from it.
    quiet: bool = False


def imbalance(found: Iterable[tuple[str | None, bool]]) -> int:
    """How many more blocks are opened than closed, up to the next flow."""
    count = 0
    for keyword, opens in found:
        if keyword == "flow":
            break
        count += (keyword in BLOCKS or opens) - (keyword == "end")
    return count


def opening_line(text: str, chunk: Chunk) -> Span:
    """The first line of a sentence, without its comment."""
    line = text[chunk.start : chunk.end].split("\n", 1)[0]
    return Span(chunk.start, chunk.start + len(line[: comment_start(line)].rstrip()))


def ends_before(text: str, after: list[tuple[str, Chunk]], opening: Chunk) -> Chunk | None:
    """The first sentence behind an unclosed block that is not further in: there the block seems to end.

    None where nothing in the block is further in either: then indentation tells nothing.
    """
    if not after or after[0][1].indent <= opening.indent:
        return None
    for keyword, chunk in after:
        if chunk.indent <= opening.indent and keyword not in _SECTIONS:
            return chunk
    return Chunk("blank", len(text), len(text), opening.indent)
