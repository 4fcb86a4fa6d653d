"""Parts of the IR back in the words of the language, for pictures."""

from __future__ import annotations

from wgen.compiler import ir

_UNITS = (
    (86_400_000, "day"),
    (3_600_000, "hour"),
    (60_000, "minute"),
    (1000, "second"),
    (1, "millisecond"),
)


def duration_words(milliseconds: int) -> str:
    """The duration in the largest unit that it is a whole number of: `90 seconds`, `1 hour`."""
    size, unit = next(entry for entry in _UNITS if milliseconds % entry[0] == 0)
    count = milliseconds // size
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def operand_words(operand: ir.Operand) -> str:
    if isinstance(operand, ir.Path):
        return operand.words
    if operand.kind == "text":
        return f'"{operand.value}"'
    if operand.kind == "duration" and isinstance(operand.value, int):
        return duration_words(operand.value)
    if operand.kind == "yes_no":
        return "true" if operand.value else "false"
    return str(operand.value)


def condition_words(condition: ir.Condition) -> str:
    """`risk score is more than 80 or identity check - passed is false`."""
    match condition:
        case ir.Test():
            return _test_words(condition)
        case ir.AllOf():
            return " and ".join(_inner_words(part) for part in condition.parts)
        case ir.AnyOf():
            return " or ".join(condition_words(part) for part in condition.parts)


def _inner_words(part: ir.Condition) -> str:
    """`and` binds tighter than `or`, so an `or` inside an `and` is put in brackets."""
    return f"({condition_words(part)})" if isinstance(part, ir.AnyOf) else condition_words(part)


def _test_words(test: ir.Test) -> str:
    right = ", ".join(operand_words(operand) for operand in test.right)
    left = test.left.words
    if test.op == "true":
        return f"not {left}" if test.negated else left
    if test.op in ("contains", "starts with", "ends with"):
        return f"{'not ' if test.negated else ''}{left} {test.op} {right}"
    verb = "is not" if test.negated else "is"
    words = "" if test.op == "is" else f" {test.op}"
    return f"{left} {verb}{words} {right}".rstrip()
