"""How large shapes are, and how much room is kept between them, in units of SVG."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wgen.compiler.graph.text import LINE, wrap

if TYPE_CHECKING:
    from wgen.compiler.graph.drawing import Shape

WIDTH = 220
BAR = 26
# Between one part and the next below it, and between columns.
GAP = 40
# What arrows need that go sideways in a gap: so far above the next part, and so far from each other.
ARRIVAL = 18
TRACK = 10
# The room for an arrow back to the head of a loop, and its place in it.
BACK = 40
BACK_LINE = 8
# Inside of a frame: to its sides, and above and below where something is written.
PADDING = 16
TITLE = 24

_JUMP = 130
_POINT = 10
# How much of its width the sides of a shape take from its words.
_SIDES = {"start": 18, "question": 36, "loop": 24, "wait": 26, "trigger": 26, "status": 26, "flow": 26}


class Box(NamedTuple):
    """A rectangle."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def middle(self) -> int:
        return (self.top + self.bottom) // 2

    @property
    def axis(self) -> int:
        return (self.left + self.right) // 2


def size_of(shape: Shape) -> tuple[int, int]:
    """Width and height."""
    match shape.kind:
        case "point":
            return _POINT, _POINT
        case "jump":
            return _JUMP, BAR
        case _:
            return WIDTH, LINE * len(words_of(shape)) + 19


def words_of(shape: Shape) -> list[str]:
    """The lines of a shape's words."""
    return wrap(shape.label, WIDTH - 24 - _SIDES.get(shape.kind, 0))


def label_of(label: str) -> list[str]:
    """The lines of an arrow's words."""
    return wrap(label, WIDTH - 20)
