"""What sentences speak of, in the syntax tree: values, literals, types, conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from decimal import Decimal

    from wgen.compiler.source import Span


class Ref(NamedTuple):
    """A bracket: `(customer - email)`. `parts` are the words between the dashes, blanks folded, case kept."""

    parts: tuple[str, ...]
    span: Span


class Quoted(NamedTuple):
    """A quoted text, escapes resolved."""

    text: str
    span: Span


class Number(NamedTuple):
    """`42`, `9.99`, `5%` (0.05) or a number word. Whole numbers are int, others Decimal."""

    value: int | Decimal
    span: Span


class Duration(NamedTuple):
    """`90 seconds`, `one hour`, in milliseconds."""

    milliseconds: int
    span: Span


class TimeOfDay(NamedTuple):
    """`02:30`. Not yet checked: the hour may be 99."""

    hour: int
    minute: int
    span: Span


class Boolean(NamedTuple):
    """`yes`, `no`, `true`, `false`."""

    value: bool
    span: Span


Constant: TypeAlias = Quoted | Number | Duration | TimeOfDay | Boolean
Operand: TypeAlias = Ref | Constant


class TypeName(NamedTuple):
    """`list of optional shop.models.Item`: wrappers from the outside in, then the name as written."""

    wrappers: tuple[Literal["list", "optional"], ...]
    name: str
    span: Span


class Out(NamedTuple):
    """A value that a sentence provides, with the type the sentence names."""

    value: Ref
    type: TypeName | None


class Argument(NamedTuple):
    """One entry behind `using`: a value or literal, and the `as (name)` behind it."""

    value: Operand
    alias: Ref | None


# ---- conditions ------------------------------------------------------------------------------------------------------

TestOp: TypeAlias = Literal[
    "true",  # (x) alone, `is true` is "is" with a Boolean
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


class Test(NamedTuple):
    """One comparison: `(x) is [not] more than 3`. `not_` counts a `not` in front and one behind `is`."""

    left: Ref
    op: TestOp
    right: tuple[Operand, ...]
    negated: bool
    span: Span


class AllOf(NamedTuple):
    """Tests joined by `and`, or by lines that begin with `@And`."""

    tests: tuple[Condition, ...]


class AnyOf(NamedTuple):
    """Tests joined by `or`."""

    tests: tuple[Condition, ...]


Condition: TypeAlias = "Test | AllOf | AnyOf"
