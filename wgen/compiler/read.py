"""Reads a text with the grammar, straight into a syntax tree; the first thing that does not fit ends it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from wgen.compiler.grammar import load
from wgen.compiler.tree import TreeBuilder

if TYPE_CHECKING:
    from lark import Lark

    from wgen.compiler import syntax


@cache
def parser() -> Lark:
    return load(TreeBuilder())


def read(text: str) -> syntax.File:
    """The tree of a text that ends in a newline. Raises lark's UnexpectedInput, or Misfit."""
    tree: Any = parser().parse(text)
    file: syntax.File = tree
    return file
