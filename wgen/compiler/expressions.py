"""Writes values, literals and conditions as Python expressions over what a run knows."""

from __future__ import annotations

from typing import NamedTuple

from wgen.compiler import ir
from wgen.compiler.imports import Names
from wgen.compiler.layout import WIDTH, indented, text_literal

_SIGNS = {"more than": ">", "less than": "<", "at least": ">=", "at most": "<=", "before": "<", "after": ">"}


class Expressions:
    """Expressions over `known`. `event` is the value of an event that is not known yet but a parameter of its own."""

    def __init__(self, names: Names, event: str | None = None) -> None:
        self._names = names
        self._event = event

    # ---- operands --------------------------------------------------------------------------------------------------

    def path(self, path: ir.Path) -> str:
        text = path.value if path.value == self._event else f"known.{path.value}"
        owner = path.value.replace("_", " ")
        for number, part in enumerate(path.fields):
            if part.access == "any":
                words = " - ".join([owner, *(rest.words for rest in path.fields[number:])])
                return self._call("field", text, text_literal(words))
            text += f".{part.name}" if part.access == "attribute" else f"[{text_literal(part.name)}]"
            owner = part.words
        return text

    def operand(self, operand: ir.Operand) -> str:
        return self.path(operand) if isinstance(operand, ir.Path) else self.constant(operand)

    def constant(self, constant: ir.Constant, beside: ir.Type = ir.ANY) -> str:
        """A literal; an exact number beside a float is a float."""
        match constant.kind, constant.value:
            case "text", str(text):
                return text_literal(text)
            case "decimal", str(number):
                is_float = beside.kind == "builtin" and beside.name == "float"
                return repr(float(number)) if is_float else self._call("Decimal", text_literal(number))
            case "duration", int(milliseconds):
                return self._call("timedelta", duration_argument(milliseconds))
            case "time", str(time):
                hour, minute = time.split(":")
                return self._call("time", str(int(hour)), str(int(minute)))
            case "table", tuple(rows):
                return f"[{', '.join(_row(row) for row in rows)}]"
            case _, value:
                return repr(value)

    def _call(self, name: str, *arguments: str) -> str:
        return f"{self._names.use(name)}({', '.join(arguments)})"

    # ---- conditions ------------------------------------------------------------------------------------------------

    def condition(self, condition: ir.Condition) -> Condition:
        match condition:
            case ir.Test():
                return Condition(None, (self._test(condition),))
            case ir.AllOf():
                return Condition("and", tuple(self.condition(part) for part in condition.parts))
            case ir.AnyOf():
                return Condition("or", tuple(self.condition(part) for part in condition.parts))

    def _test(self, test: ir.Test) -> str:
        match test.op:
            case "given" | "missing" | "empty":
                call = self._call("empty" if test.op == "empty" else "given", self.path(test.left))
                return f"not {call}" if test.negated != (test.op == "missing") else call
            case "true":
                left = self.path(test.left)
                if test.left.type.name != "bool":
                    left = self._call("yes", left, text_literal(test.left.words))
                return f"not {left}" if test.negated else left
            case "is":
                return f"{self._plain(test.left)} {_equals(test)} {self._right(test, test.right[0])}"
            case "one of":
                entries = [self._right(test, operand) for operand in test.right]
                entries_text = f"({', '.join(entries)}{',' if len(entries) == 1 else ''})"
                return f"{self._plain(test.left)} {_in(test)} {entries_text}"
            case "contains":
                return f"{self._right(test, test.right[0])} {_in(test)} {self._needed(test.left)}"
            case _:
                ordered = self._ordered(test)
                return f"not {ordered}" if test.negated else ordered

    def _ordered(self, test: ir.Test) -> str:
        left, right = self._needed(test.left), self._right(test, test.right[0])
        if test.op in _SIGNS:
            return f"{left} {_SIGNS[test.op]} {right}"
        return f"{left}.{'startswith' if test.op == 'starts with' else 'endswith'}({right})"

    def _plain(self, path: ir.Path) -> str:
        """One side; an enum's member is compared by its value."""
        return self.path(path) + (".value" if path.type.kind == "enum" else "")

    def _needed(self, path: ir.Path) -> str:
        """One side where null has no meaning: an optional value must be there."""
        if path.type.kind == "optional":
            return self._call("needed", self.path(path), text_literal(path.words))
        return self._plain(path)

    def _right(self, test: ir.Test, operand: ir.Operand) -> str:
        if isinstance(operand, ir.Path):
            return self._needed(operand) if test.op in _SIGNS else self._plain(operand)
        text = self.constant(operand, test.left.type)
        if operand.kind == "decimal" and test.left.type.kind == "any":
            # Only the run shows whether the value is a float or a Decimal.
            return self._call("like", self.path(test.left), text)
        return text


def _equals(test: ir.Test) -> str:
    right = test.right[0]
    if isinstance(right, ir.Constant) and right.kind == "yes_no":
        return "is not" if test.negated else "is"
    return "!=" if test.negated else "=="


def _in(test: ir.Test) -> str:
    return "not in" if test.negated else "in"


class Condition(NamedTuple):
    """A condition as text: one test, or several joined by `and` or `or`."""

    joined: str | None
    parts: tuple[str | Condition, ...]

    def line(self) -> str:
        """On one line."""
        return f" {self.joined} ".join(_nested(part) for part in self.parts)

    def lines(self, head: str, tail: str, column: int) -> list[str]:
        """Behind `head`, on one line where that fits, else in brackets with one part a line."""
        line = f"{head}{self.line()}{tail}"
        if column + len(line) <= WIDTH:
            return [line]
        inner = self.part_lines(column + 4) if self.joined else _split_test(self.line())
        return [f"{head}(", *indented(inner), f"){tail}"]

    def part_lines(self, column: int) -> list[str]:
        lines: list[str] = []
        for number, part in enumerate(self.parts):
            word = f"{self.joined} " if number else ""
            line = word + _nested(part)
            if column + len(line) <= WIDTH:
                lines.append(line)
            elif isinstance(part, Condition) and part.joined:
                lines += [f"{word}(", *indented(part.part_lines(column + 4)), ")"]
            else:
                lines += _split_test(line)
        return lines


def _nested(part: str | Condition) -> str:
    if isinstance(part, str):
        return part
    return f"({part.line()})" if part.joined else part.line()


def _split_test(text: str) -> list[str]:
    """A comparison that is too long breaks in front of its sign."""
    for sign in ("== ", "!= ", ">= ", "<= ", "> ", "< ", "not in ", "in ", "is not ", "is "):
        left, found, right = text.partition(f" {sign}")
        if found:
            return [left, sign + right]
    return [text]


_UNITS = (("weeks", 604_800_000), ("days", 86_400_000), ("hours", 3_600_000), ("minutes", 60_000), ("seconds", 1000))


def duration_argument(milliseconds: int) -> str:
    """A duration as an argument of `timedelta`, in the largest unit that says it exactly."""
    for unit, size in _UNITS:
        if milliseconds and milliseconds % size == 0:
            return f"{unit}={milliseconds // size}"
    return f"milliseconds={milliseconds}"


def _row(row: dict[str, str]) -> str:
    return "{" + ", ".join(f"{text_literal(key)}: {text_literal(cell)}" for key, cell in row.items()) + "}"
