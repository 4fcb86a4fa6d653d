"""The lines of shapes and arrows, as SVG draws them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wgen.compiler.graph.drawing import Kind
    from wgen.compiler.graph.route import Point
    from wgen.compiler.graph.sizes import Box

_CORNER = 8
_HEAD = 8


def outline(kind: Kind, box: Box) -> str:
    """What stands around the words of a shape."""
    left, top, right, bottom = box
    match kind:
        case "question":
            return _polygon((left, box.middle), (left + 18, top), (right - 18, top), (right, box.middle),
                            (right - 18, bottom), (left + 18, bottom))  # fmt: skip
        case "loop":
            return _polygon((left + 12, top), (right - 12, top), (right, top + 12), (right, bottom), (left, bottom),
                            (left, top + 12))  # fmt: skip
        case "wait" | "trigger":
            return _polygon((left + 12, top), (right, top), (right - 12, bottom), (left, bottom))
        case "status":
            return _polygon((left, top), (right - 12, top), (right, box.middle), (right - 12, bottom), (left, bottom))
        case "point":
            return f'<circle cx="{box.axis}" cy="{box.middle}" r="{box.width // 2}"/>'
        case "flow":
            return f'{_rect(box, 3)}<path d="M{left + 8} {top}V{bottom}M{right - 8} {top}V{bottom}"/>'
        case "start" | "finish" | "fail" | "jump":
            return _rect(box, min(18, box.height // 2))
        case _:
            return _rect(box, 5)


def _polygon(*corners: Point) -> str:
    return f'<polygon points="{" ".join(f"{x},{y}" for x, y in corners)}"/>'


def _rect(box: Box, radius: int) -> str:
    return f'<rect x="{box.left}" y="{box.top}" width="{box.width}" height="{box.height}" rx="{radius}"/>'


def rounded(corners: list[Point]) -> str:
    """The path of a line, its corners rounded where there is room for that."""
    path = "M{} {}".format(*corners[0])
    for before, corner, after in zip(corners, corners[1:], corners[2:], strict=False):
        radius = min(_CORNER, _length(before, corner) // 2, _length(corner, after) // 2)
        into, out = _towards(corner, before, radius), _towards(corner, after, radius)
        path += "L{} {}Q{} {} {} {}".format(*into, *corner, *out)
    return path + "L{} {}".format(*corners[-1])


def arrow_head(before: Point, end: Point) -> str:
    """The tip of an arrow that comes from one point to another."""
    x, y = _towards(end, before, _HEAD)
    half = _HEAD // 2
    wings = ((x - half, y), (x + half, y)) if before[0] == end[0] else ((x, y - half), (x, y + half))
    return _polygon(end, *wings)


def _length(one: Point, other: Point) -> int:
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


def _towards(start: Point, end: Point, far: int) -> Point:
    """So far from a point on the way to another, which is upright or level."""
    length = _length(start, end) or 1
    return start[0] + (end[0] - start[0]) * far // length, start[1] + (end[1] - start[1]) * far // length
