"""From text to syntax tree."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from lark.exceptions import UnexpectedInput

from wgen.compiler import syntax
from wgen.compiler.diagnostics import Diagnostic
from wgen.compiler.grammar import load
from wgen.compiler.rules import syntax as rules
from wgen.compiler.source import Span
from wgen.compiler.tree import Misfit, TreeBuilder

if TYPE_CHECKING:
    from lark import Lark

    from wgen.compiler.source import Source


class Parsed(NamedTuple):
    """What a text says. `loose` are the values of sentences that could not be read: who misses one keeps silent."""

    file: syntax.File
    diagnostics: list[Diagnostic]
    loose: tuple[syntax.Ref, ...]


@cache
def parser() -> Lark:
    return load(TreeBuilder())


def parse(source: Source) -> Parsed:
    """The tree of a text and all mistakes in it. Never raises for what a user wrote."""
    try:
        file: syntax.File = parser().parse(source.text)  # type: ignore[assignment]  # the tree builder makes Files
    except UnexpectedInput as error:
        at = min(error.pos_in_stream, len(source.text) - 1)
        problem = Diagnostic(rules.UNREADABLE, "this can't be read", source, Span(at, at + 1))
    except Misfit as misfit:
        problem = Diagnostic(misfit.rule, misfit.message, source, misfit.span, misfit.help)
    else:
        return Parsed(file, [], ())
    return Parsed(syntax.File((), ()), [problem], ())
