"""What all rules of the tree builder share: places, tokens, and what only lives between two rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from wgen.compiler import syntax as s
from wgen.compiler.lalr import Token
from wgen.compiler.literals import (
    fold,
    unquoted,
    value_parts,
)
from wgen.compiler.rules import syntax as rules
from wgen.compiler.source import Span

if TYPE_CHECKING:
    from wgen.compiler.diagnostics import Rule

Parts = list[Any]

STEPS = (
    s.Group, s.Meanwhile, s.When, s.Together, s.ForEach, s.Repeat, s.Try, s.Receive, s.Wait, s.WaitFlow, s.Await,
    s.Status, s.Finish, s.Fail, s.Break, s.Continue,
)  # fmt: skip
CONDITIONS = (s.Test, s.AllOf, s.AnyOf)


class Misfit(Exception):
    """Something that reads well and can't be meant: a ragged table, half a retry. Ends the reading at once."""

    def __init__(self, rule: Rule, message: str, span: Span, help: str) -> None:
        super().__init__(message)
        self.rule = rule
        self.message = message
        self.span = span
        self.help = help


# ---- what only lives between two rules -------------------------------------------------------------------------------


class FlowLine(NamedTuple):
    name: str
    version: int
    span: Span


class Modifier(NamedTuple):
    settings: tuple[s.Setting, ...]
    span: Span


class Using(NamedTuple):
    arguments: tuple[s.Argument, ...]
    span: Span


class Giving(NamedTuple):
    outs: tuple[s.Out, ...]
    span: Span


class Option(NamedTuple):
    kind: str
    value: Any
    span: Span


# ---- helpers ---------------------------------------------------------------------------------------------------------


# A token of a text has its places; lark's types say that it may lack them, so parts are `Any` here.
def span_of(token: Any) -> Span:
    return Span(token.start_pos, token.end_pos)


def line_span(parts: Parts) -> Span:
    """From the keyword to the line end: of a sentence without a body, and of the first line of a block."""
    return Span(parts[0].start_pos, parts[line_end(parts)].start_pos)


def line_end(parts: Parts) -> int:
    return next(i for i, part in enumerate(parts) if type(part) is Token and part.type == "NL")


def ref_of(token: Any) -> s.Ref:
    # The blank behind a bracket is read with it.
    text = token.rstrip()
    return s.Ref(value_parts(text), Span(token.start_pos, token.start_pos + len(text)))


def quoted_of(token: Token) -> s.Quoted:
    return s.Quoted(unquoted(token), span_of(token))


def find(parts: Parts, kind: Any) -> Any:
    return next((part for part in parts if isinstance(part, kind)), None)


def words_of(parts: Parts, name: str) -> Parts:
    return [part for part in parts if type(part) is Token and part.type == name]


def whole(number: s.Number, least: int = 0) -> int:
    if not isinstance(number.value, int) or number.value < least:
        wanted = f"a whole number from {least}" if least else "a whole number"
        raise Misfit(rules.NOT_WHOLE, f"this must be {wanted}", number.span, "write a number such as 3 or three")
    return number.value


def joined(kind: type[s.AllOf | s.AnyOf], tests: Parts) -> s.Condition:
    """One condition of several, without a level of its own for what is joined the same way."""
    if len(tests) == 1:
        condition: s.Condition = tests[0]
        return condition
    return kind(tuple(part for test in tests for part in (test.tests if isinstance(test, kind) else (test,))))


def condition_of(parts: Parts) -> s.Condition:
    """The condition of a line and of the `@And` lines below it."""
    return joined(s.AllOf, [part for part in parts if isinstance(part, CONDITIONS)])


def options_of(options: list[Option]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for option in options:
        if option.kind in found:
            raise Misfit(
                rules.TWICE, f"{option.kind} is said twice", option.span, "keep one of the two: each option stands once"
            )
        found[option.kind] = option.value
    return found


def version_of(number: Token) -> int:
    if not number.isdecimal() or int(number) < 1:
        raise Misfit(
            rules.BAD_VERSION, f"a version is a whole number from 1, not {number}", span_of(number), "write `version 2`"
        )
    return int(number)


def only_out(giving: Giving | None) -> s.Out | None:
    """The one value of a place that gives one; another raises at its place."""
    if giving is None:
        return None
    if len(giving.outs) > 1:
        raise Misfit(
            rules.UNREADABLE,
            "only one value is given here",
            giving.outs[1].value.span,
            "keep one value; its fields are read as (value - field)",
        )
    return giving.outs[0]


def origin_of(words: Parts, address: Any) -> s.Origin:
    span = Span(words[0].start_pos, address.end_pos)
    return s.Origin(fold(" ".join(words)).lower(), quoted_of(address), span)


def time_of(token: Any) -> s.TimeOfDay:
    hour, minute = token.split(":")
    return s.TimeOfDay(int(hour), int(minute), span_of(token))
