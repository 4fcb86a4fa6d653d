"""Lays out conditions: `if` statements that formatters leave alone, however long the condition is.

A condition that fits stands on one line. One that does not is put in brackets, one part a line, where formatters agree
on that form; where they would rather break a call inside it, it becomes `if` statements inside and below each other,
and an operand that is still too long gets a name of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from wgen.compiler.layout import assigned, exploded, fits, indented


class Call(NamedTuple):
    """A function call, or a tuple, in pieces: `head`, the entries between, `tail`. A method has an `owner` in front."""

    head: str
    entries: tuple[str, ...]
    tail: str = ")"
    owner: str | Call = ""

    def __str__(self) -> str:
        lone = "," if len(self.entries) == 1 and self.head == "(" else ""
        return f"{self.owner}{self.head}{', '.join(self.entries)}{lone}{self.tail}"


Operand: TypeAlias = str | Call


class Test(NamedTuple):
    """One comparison; without a sign it is its left side alone, negated where `not_` says so."""

    left: Operand
    sign: str = ""
    right: Operand = ""
    not_: bool = False

    def __str__(self) -> str:
        text = f"{self.left} {self.sign} {self.right}" if self.sign else str(self.left)
        return f"not {text}" if self.not_ else text


class Joined(NamedTuple):
    """Parts joined by `and` or `or`."""

    word: str
    parts: tuple[Condition, ...]

    def __str__(self) -> str:
        return f" {self.word} ".join(f"({part})" if isinstance(part, Joined) else str(part) for part in self.parts)


Condition: TypeAlias = Test | Joined


Action: TypeAlias = Callable[[int], list[str]]
"""Makes the lines that stand below an `if`, for the column at which they will stand. They must leave the function."""


def branch(condition: Condition, action: Action, column: int) -> list[str]:
    """`if condition:` with the action below it, at a column."""
    line = f"if {condition}:"
    if fits(line, column):
        return [line, *indented(action(column + 4))]
    if _agreed(condition, column + 4):
        return ["if (", *indented(_parts(condition)), "):", *indented(action(column + 4))]
    if isinstance(condition, Test):
        return _named(condition, action, column)
    if condition.word == "or":
        return [line for part in condition.parts for line in branch(part, action, column)]
    first, *rest = condition.parts
    others = rest[0] if len(rest) == 1 else Joined("and", tuple(rest))
    return branch(first, lambda inner: branch(others, action, inner), column)


def returned(condition: Condition, column: int) -> list[str]:
    """`return condition`, or the `if` statements that come to the same."""
    line = f"return {condition}"
    if fits(line, column):
        return [line]
    return [*branch(condition, lambda _column: ["return True"], column), "return False"]


def _agreed(condition: Condition, column: int) -> bool:
    """Whether all formatters put this in brackets, one part a line."""
    if isinstance(condition, Test):
        return bool(condition.sign) and "(" not in str(condition) and "[" not in str(condition)
    if any(isinstance(part, Joined) for part in condition.parts):
        return False
    texts = [str(part) for part in condition.parts]
    plain = not any("(" in text or "[" in text for text in texts)
    fit = all(fits(f"{condition.word} {text}", column) for text in texts)
    return fit and (len(texts) > 2 or plain)


def _parts(condition: Condition) -> list[str]:
    if isinstance(condition, Test):
        begin = "not " if condition.not_ else ""
        return [f"{begin}{condition.left}", f"{condition.sign} {condition.right}"]
    first, *rest = [str(part) for part in condition.parts]
    return [first, *(f"{condition.word} {part}" for part in rest)]


def _named(test: Test, action: Action, column: int) -> list[str]:
    """Gives the operands names of their own; what is still too long then can't be made shorter."""
    begin = "not " if test.not_ else ""
    if not test.sign:
        return [*name_operand("holds", test.left, column), f"if {begin}holds:", *indented(action(column + 4))]
    lines = name_operand("left", test.left, column)
    head = f"if {begin}left {test.sign} "
    right = str(test.right)
    if not fits(f"{head}{right}:", column):
        lines += name_operand("right", test.right, column)
        right = "right"
    return [*lines, f"{head}{right}:", *indented(action(column + 4))]


def name_operand(name: str, operand: Operand, column: int) -> list[str]:
    line = f"{name} = {operand}"
    if fits(line, column) or isinstance(operand, str):
        return assigned(name, str(operand), column)
    head = f"{name} = {operand.owner}{operand.head}"
    if operand.owner and not fits(head, column):
        lines = name_operand("owner", operand.owner, column)
        return [*lines, *name_operand(name, operand._replace(owner="owner"), column)]
    return exploded(head, operand.entries, operand.tail)
