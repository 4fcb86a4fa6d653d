"""What a picture of a flow holds, apart from any format: shapes, how they stand to each other, and arrows.

Every picture is read like this: the way through a flow goes straight down one line, its axis; what happens besides, or
only sometimes, stands to the right of it. So a `Column` has one axis, and a `Row` that of its first column.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

Kind: TypeAlias = Literal[
    "trigger",
    "start",
    "task",
    "undo",
    "flow",
    "question",
    "loop",
    "wait",
    "status",
    "bar",
    "point",
    "jump",
    "finish",
    "fail",
]


class Shape(NamedTuple):
    """One thing with its words.

    A `bar` begins or ends what runs side by side, a `jump` leaves a round of a loop, a `point` begins something else.
    """

    name: str
    kind: Kind
    label: str = ""


class Lane(NamedTuple):
    """Room for an arrow that passes by what stands beside it."""

    name: str


class Column(NamedTuple):
    """One part below the other."""

    parts: tuple[Part, ...]


class Row(NamedTuple):
    """Columns side by side. Bars, its `head` and `foot`, stand across all of them.

    Arrows come to the columns from `above`, from the first shape of the column `aside`, or on `failure` out of the
    frame that is the first column.
    """

    columns: tuple[Column | Lane, ...]
    come: Literal["above", "aside", "failure"] = "above"
    head: Shape | None = None
    foot: Shape | None = None

    @property
    def first(self) -> int:
        """The number of the first column among the parts of the row."""
        return 0 if self.head is None else 1

    def is_beside(self, number: int) -> bool:
        """Whether a part of the row is a column right of the first."""
        return self.first < number < self.first + len(self.columns)


class Frame(NamedTuple):
    """A line around what belongs together."""

    name: str
    label: str
    body: Column


Part: TypeAlias = Shape | Lane | Column | Row | Frame


class Arrow(NamedTuple):
    """Leads from a shape or a frame to a shape, through lanes. What lies `aside` is not waited for.

    While a drawing is made, an arrow without an end waits for its target.
    """

    start: str
    label: str = ""
    kind: Literal["next", "failure", "aside"] = "next"
    via: tuple[str, ...] = ()
    end: str = ""


class Drawing(NamedTuple):
    """The picture of one file: a frame for each flow, and what it is about."""

    flows: tuple[Frame, ...]
    arrows: tuple[Arrow, ...]
    about: str = ""

    @property
    def title(self) -> str:
        return ", ".join(flow.label for flow in self.flows)

    @property
    def parts(self) -> tuple[Part, ...]:
        """What stands in the picture: a flow that is alone needs no frame."""
        return self.flows[0].body.parts if len(self.flows) == 1 else self.flows


def parts_in(part: Part) -> tuple[Part, ...]:
    """The parts that stand directly in a part, from top to bottom and from left to right."""
    match part:
        case Column():
            return part.parts
        case Row():
            return tuple(inner for inner in (part.head, *part.columns, part.foot) if inner is not None)
        case Frame():
            return (part.body,)
        case _:
            return ()


def shapes_in(part: Part) -> Iterator[Shape]:
    """The shapes of a part at any depth."""
    if isinstance(part, Shape):
        yield part
    for inner in parts_in(part):
        yield from shapes_in(inner)
