"""Conditions and literals."""

from __future__ import annotations

from typing import Any

from wgen.compiler import syntax as s
from wgen.compiler.lalr import Token
from wgen.compiler.literals import (
    fixed_words,
    number_value,
    unit_milliseconds,
)
from wgen.compiler.rules import syntax as rules
from wgen.compiler.source import Span
from wgen.compiler.tree.parts import (
    Misfit,
    Parts,
    joined,
    quoted_of,
    ref_of,
    span_of,
    time_of,
)


class ConditionRules:
    """The rules of what is compared, and of values that are written down."""

    def any_of(self, parts: Parts) -> s.Condition:
        return joined(s.AnyOf, parts)

    def all_of(self, parts: Parts) -> s.Condition:
        return joined(s.AllOf, parts)

    def is_true(self, parts: Parts) -> s.Test:
        value = ref_of(parts[0])
        return s.Test(value, "true", (), False, value.span)

    def negated(self, parts: Parts) -> s.Test:
        test: s.Test = parts[1]
        return test._replace(negated=not test.negated, span=Span(parts[0].start_pos, test.span.end))

    def equals(self, parts: Parts) -> s.Test:
        return _test(parts, "is", parts[-1:])

    def ordered(self, parts: Parts) -> s.Test:
        return _test(parts, fixed_words(parts[-2]), parts[-1:])

    def in_state(self, parts: Parts) -> s.Test:
        span = Span(parts[0].start_pos, parts[-1].end_pos)
        op: Any = fixed_words(parts[-1])
        return s.Test(ref_of(parts[0]), op, (), len(parts) == 3, span)

    def one_of(self, parts: Parts) -> s.Test:
        return _test(parts, "one of", [part for part in parts if type(part) is not Token])

    def operand(self, parts: Parts) -> s.Operand:
        operand: s.Operand = ref_of(parts[0]) if type(parts[0]) is Token else parts[0]
        return operand

    def quoted(self, parts: Parts) -> s.Quoted:
        return quoted_of(parts[0])

    def number(self, parts: Parts) -> s.Number:
        return s.Number(number_value(parts[0]), span_of(parts[0]))

    def duration(self, parts: Parts) -> s.Duration:
        number, unit = parts
        span = Span(number.span.start, unit.end_pos)
        milliseconds = number.value * unit_milliseconds(unit)
        if milliseconds < 0 or milliseconds != int(milliseconds):
            raise Misfit(
                rules.BAD_DURATION,
                "a duration is a whole number of milliseconds, and not below zero",
                span,
                "write a duration such as 90 seconds or 1.5 hours",
            )
        return s.Duration(int(milliseconds), span)

    def time(self, parts: Parts) -> s.TimeOfDay:
        return time_of(parts[0])

    def boolean(self, parts: Parts) -> s.Boolean:
        return s.Boolean(parts[0].lower() in {"yes", "true"}, span_of(parts[0]))


def _test(parts: Parts, op: Any, right: Parts) -> s.Test:
    span = Span(parts[0].start_pos, right[-1].span.end)
    negated = len(parts) > 2 and type(parts[1]) is Token and parts[1].type == "NOT"
    return s.Test(ref_of(parts[0]), op, tuple(right), negated, span)
