"""What flows compute with, in the IR: types, values, operands, conditions."""

from __future__ import annotations

from typing import Literal, TypeAlias

from wgen.compiler.records import record
from wgen.compiler.source import Span

NOWHERE = Span(0, 0)


@record
class Type:
    """A type: `any`, a `builtin` by name, a `named` class or `enum` of a module, or a `list` / `optional` of another.

    `beside` says that `module` is a file beside the flow and not an importable name of its own.
    """

    kind: Literal["any", "builtin", "named", "enum", "list", "optional"]
    name: str = ""
    module: str = ""
    beside: bool = False
    of: Type | None = None


ANY = Type("any")


@record
class Value:
    """A value that the flow knows at some place, under its Python name."""

    name: str
    words: str
    type: Type
    span: Span = NOWHERE


@record
class Field:
    """One dash of a path. `access` is how the field is read where the type tells it, else `any`."""

    words: str
    name: str
    access: Literal["attribute", "key", "any"]


@record
class Path:
    """A value, or a field of it at any depth."""

    value: str
    fields: tuple[Field, ...]
    type: Type
    span: Span = NOWHERE
    kind: Literal["path"] = "path"

    @property
    def words(self) -> str:
        return " - ".join([self.value.replace("_", " "), *(part.words for part in self.fields)])


@record
class Constant:
    """A literal. A decimal is its exact text, a duration milliseconds, a time `HH:MM`, a table its rows."""

    kind: Literal["text", "whole", "decimal", "duration", "time", "yes_no", "table"]
    value: str | int | bool | tuple[dict[str, str], ...]
    span: Span = NOWHERE


Operand: TypeAlias = Path | Constant

# ---- conditions ------------------------------------------------------------------------------------------------------

TestOp: TypeAlias = Literal[
    "true",
    "is",
    "more than",
    "less than",
    "at least",
    "at most",
    "before",
    "after",
    "contains",
    "starts with",
    "ends with",
    "one of",
    "empty",
    "missing",
    "given",
]


@record
class Test:
    """One comparison of a value."""

    left: Path
    op: TestOp
    right: tuple[Operand, ...]
    negated: bool
    span: Span = NOWHERE
    kind: Literal["test"] = "test"


@record
class AllOf:
    """True where every part is."""

    parts: tuple[Condition, ...]
    kind: Literal["all"] = "all"


@record
class AnyOf:
    """True where one part is."""

    parts: tuple[Condition, ...]
    kind: Literal["any"] = "any"


Condition: TypeAlias = Test | AllOf | AnyOf


def paths_in(condition: Condition) -> list[Path]:
    """The paths that a condition reads."""
    if isinstance(condition, Test):
        return [condition.left, *(operand for operand in condition.right if isinstance(operand, Path))]
    return [path for part in condition.parts for path in paths_in(part)]
