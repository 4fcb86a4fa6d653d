"""Reads a text with the grammar, straight into a syntax tree; the first thing that does not fit ends it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from wgen.compiler.lalr import Reader, Token
from wgen.compiler.tables import load_tables
from wgen.compiler.tree import TreeBuilder

if TYPE_CHECKING:
    from wgen.compiler import syntax


def read(text: str) -> syntax.File:
    """The tree of a text that ends in a newline. Raises Unreadable, or Misfit."""
    file: syntax.File = _reader().tree(text)
    return file


def tokens(text: str) -> list[Token]:
    """The tokens of a text that `read` can read: all but the blanks between them."""
    found: list[Token] = []
    _reader().tree(text, found)
    return found


@cache
def _reader() -> Reader:
    return Reader(load_tables(), TreeBuilder())
