"""A reader of SVG pictures: what stands where."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, TypeAlias
from xml.etree import ElementTree as ET

from wgen.compiler.graph.text import width

if TYPE_CHECKING:
    from collections.abc import Iterable

Point: TypeAlias = tuple[float, float]

ARROWS = ("next", "failure", "aside")
_NAMESPACE = {"": "http://www.w3.org/2000/svg"}
_ASCENT, _DESCENT = 12, 4


class Area(NamedTuple):
    """A rectangle."""

    left: float
    top: float
    right: float
    bottom: float

    def holds(self, other: Area) -> bool:
        beside = self.left <= other.left and other.right <= self.right
        return beside and self.top <= other.top and other.bottom <= self.bottom

    def meets(self, other: Area) -> bool:
        """Whether they have more than a side in common. A line is an area without a width, or without a height."""
        beside = self.right <= other.left or other.right <= self.left
        return not (beside or self.bottom <= other.top or other.bottom <= self.top)

    def on_side(self, point: Point) -> bool:
        x, y = point
        upright = x in (self.left, self.right) and self.top <= y <= self.bottom
        return upright or (y in (self.top, self.bottom) and self.left <= x <= self.right)


class Words(NamedTuple):
    """A text, the room that it takes, and whether that is on both sides of where it is put."""

    text: str
    area: Area
    centred: bool


class Picture:
    """A picture by its parts: shapes and frames by name, what is written on them, and the corners of its lines."""

    def __init__(self, text: str) -> None:
        self.root = ET.fromstring(text)
        left, top, wide, high = map(float, self.root.attrib["viewBox"].split())
        self.view = Area(left, top, left + wide, top + high)
        self.lines: list[list[Point]] = []
        self.shapes: dict[str, Area] = {}
        self.frames: dict[str, Area] = {}
        self.words: dict[str, Words] = {}
        for group in self.root.findall("g", _NAMESPACE):
            self._add(group, group.attrib["class"])
        self.labels = [_words(text) for text in self.root.findall("text", _NAMESPACE)]

    def _add(self, group: ET.Element, kind: str) -> None:
        if kind in ARROWS:
            self.lines.append(_corners(group))
            return
        name = group.findtext("title", "", _NAMESPACE)
        assert name not in self.shapes | self.frames
        (self.frames if kind == "frame" else self.shapes)[name] = _outline(group)
        text = group.find("text", _NAMESPACE)
        if text is not None:
            self.words[name] = _words(text)


def _outline(group: ET.Element) -> Area:
    """The room of the first rectangle, polygon or circle."""
    rect, circle = group.find("rect", _NAMESPACE), group.find("circle", _NAMESPACE)
    if rect is not None:
        left, top, wide, high = (float(rect.attrib[name]) for name in ("x", "y", "width", "height"))
        return Area(left, top, left + wide, top + high)
    if circle is not None:
        x, y, radius = (float(circle.attrib[name]) for name in ("cx", "cy", "r"))
        return Area(x - radius, y - radius, x + radius, y + radius)
    polygon = group.find("polygon", _NAMESPACE)
    assert polygon is not None
    return _around(_pairs(polygon.attrib["points"]))


def _around(points: Iterable[Point]) -> Area:
    across, down = zip(*points, strict=True)
    return Area(min(across), min(down), max(across), max(down))


def _pairs(text: str) -> list[Point]:
    numbers = [float(number) for number in re.findall(r"-?\d+", text)]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def _corners(group: ET.Element) -> list[Point]:
    """The line without its roundings: of a curve the corner that it avoids."""
    path = group.find("path", _NAMESPACE)
    assert path is not None
    data = re.sub(r"L[-\d ]+Q", "Q", path.attrib["d"])
    return [_pairs(piece)[0] for piece in re.findall(r"[MLQ][-\d ]+", data)]


def _words(text: ET.Element) -> Words:
    lines = [(line.text or "", float(line.attrib["x"]), float(line.attrib["y"])) for line in text]
    shift = {"start": 0.0, "middle": 0.5, "end": 1.0}[text.attrib["text-anchor"]]
    areas = [
        Area(x - shift * width(line), y - _ASCENT, x + (1 - shift) * width(line), y + _DESCENT) for line, x, y in lines
    ]
    room = _around(corner for area in areas for corner in (area[:2], area[2:]))
    return Words(" ".join(line for line, _, _ in lines), room, text.attrib["text-anchor"] == "middle")
