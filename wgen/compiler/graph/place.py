"""Where each part of a drawing stands: measured from the innermost out, then put down from the outermost in."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from wgen.compiler.graph.drawing import Column, Frame, Lane, Row, Shape
from wgen.compiler.graph.sizes import ARRIVAL, BACK, BAR, GAP, PADDING, TITLE, TRACK, WIDTH, Box, label_of, size_of
from wgen.compiler.graph.text import LINE, width

if TYPE_CHECKING:
    from wgen.compiler.graph.drawing import Part
    from wgen.compiler.graph.ways import Hop, Path, Ways


class Spot(NamedTuple):
    """Where a part stands, and its axis."""

    box: Box
    axis: int


@dataclass
class _Block:
    """A measured part: how far it reaches to the sides of its axis, and how far down its first shape has its middle."""

    path: Path
    left: int = 0
    right: int = 0
    height: int = 0
    entry: int = 0
    # Parts in it: how far right of its axis they have theirs, and how far down they begin.
    inner: list[tuple[int, int, _Block]] = field(default_factory=list)


def place(ways: Ways) -> dict[Path, Spot]:
    """The spots of all parts. The picture begins at 0, 0."""
    root = _Measure(ways).part(ways.parts[()], ())
    flows = [block for _, _, block in root.inner]
    if all(isinstance(ways.parts[flow.path], Frame) for flow in flows):
        for flow in flows:
            flow.left, flow.right = root.left, root.right
    spots: dict[Path, Spot] = {}
    _put(root, root.left, 0, spots)
    return spots


def _put(block: _Block, axis: int, top: int, spots: dict[Path, Spot]) -> None:
    spots[block.path] = Spot(Box(axis - block.left, top, axis + block.right, top + block.height), axis)
    for right, down, inner in block.inner:
        _put(inner, axis + right, top + down, spots)


class _Measure:
    def __init__(self, ways: Ways) -> None:
        self.ways = ways
        # How far right of the axis an arrow comes from that enters a part.
        self.origins: dict[Path, int] = {}

    def part(self, part: Part, path: Path) -> _Block:
        match part:
            case Shape():
                wide, high = size_of(part)
                return _Block(path, wide // 2, wide // 2, high, high // 2)
            case Lane():
                return _Block(path)
            case Column():
                return self.column(part, path)
            case Row():
                return self.row(part, path)
            case Frame():
                return self.frame(part, path)

    def frame(self, frame: Frame, path: Path) -> _Block:
        body = self.part(frame.body, (*path, 0))
        above = TITLE if frame.label else PADDING
        left, right = body.left + PADDING, body.right + PADDING
        right = max(right, width(frame.label) + 2 * PADDING - left)
        return _Block(path, left, right, above + body.height + TITLE, above + body.entry, [(0, above, body)])

    # ---- one below the other ----

    def column(self, column: Column, path: Path) -> _Block:
        made = _Block(path)
        leaving: dict[int, list[Hop]] = defaultdict(list)
        for hop in self.ways.crossing[path]:
            leaving[hop.source].append(hop)
        for number, part in enumerate(column.parts):
            if number:
                above = made.inner[-1][2]
                self.origins |= {hop.end: _axis(above, hop.start) for hop in leaving[number - 1]}
                made.height += GAP + TRACK * max(0, len(self.ways.tracks(path, number - 1)) - 1)
            block = self.part(part, (*path, number))
            made.inner.append((0, made.height, block))
            made.height += block.height
        made.left = max((block.left for _, _, block in made.inner), default=0)
        made.right = max((block.right for _, _, block in made.inner), default=0)
        made.entry = next((block.entry for _, _, block in made.inner), 0)
        return self.with_room_for_back(made)

    def with_room_for_back(self, made: _Block) -> _Block:
        """Arrows back to the head of a loop go up at its left; most of them come from below."""
        back = [hop for hop in self.ways.crossing[made.path] if hop.back]
        made.left += BACK if back else 0
        made.height += 0 if all(map(self.ways.leaves_left, back)) else BACK
        return made

    # ---- side by side ----

    def row(self, row: Row, path: Path) -> _Block:
        blocks = [self.part(column, (*path, row.first + number)) for number, column in enumerate(row.columns)]
        for block in blocks:
            self.widen(block)
        made = _Block(path, max(WIDTH // 2, blocks[0].left), max(WIDTH // 2, blocks[0].right))
        tops = self.tops(row, path, blocks)
        for top, block in zip(tops, blocks, strict=True):
            axis = self.next_axis(made, block) if made.inner else 0
            made.inner.append((axis, top, block))
            made.right = max(made.right, axis + block.right)
        made.height = max(top + block.height for top, block in zip(tops, blocks, strict=True))
        made.entry = tops[0] + blocks[0].entry
        for top, block in zip(tops, blocks, strict=True):
            if isinstance(self.ways.parts[block.path], Lane):
                block.height = made.height - top
        return _with_bars(row, made)

    def widen(self, block: _Block) -> None:
        """A column of a row is as wide as what is written above it."""
        words = [hop.label for hop in self.ways.arriving(block.path[:-1]) if hop.target == block.path[-1]]
        half = max((width(line) for label in words for line in label_of(label)), default=0) // 2
        block.left, block.right = max(block.left, half), max(block.right, half)

    def tops(self, row: Row, path: Path, blocks: list[_Block]) -> list[int]:
        """How far below the top of a row each of its columns begins."""
        if row.come == "aside":
            lowest = max(block.entry for block in blocks)
            return [lowest - block.entry for block in blocks]
        lines = max((len(label_of(hop.label)) for hop in self.ways.arriving(path)), default=0)
        room = LINE * lines + 8 if lines else 0
        if row.come == "failure":
            return [0, *(TITLE + ARRIVAL + room for _ in blocks[1:])]
        return [BAR + GAP + room if row.head else 0 for _ in blocks]

    def next_axis(self, made: _Block, block: _Block) -> int:
        """The axis of a further column of a row."""
        row = self.ways.row(made.path)
        words = [hop.label for hop in self.ways.crossing[made.path] if hop.target == block.path[-1]]
        room = 34 + width(words[0]) if words and row is not None and row.come == "aside" else 0
        axis = made.right + max(GAP, room) + block.left
        # An arrow that comes from further right goes straight down.
        return max(axis, self.origins.get(block.path, 0))


def _with_bars(row: Row, made: _Block) -> _Block:
    if row.head is not None:
        made.inner.append((0, 0, _Block((*made.path, 0), made.left, made.right, BAR)))
        made.entry = BAR // 2
    if row.foot is not None:
        foot = _Block((*made.path, row.first + len(row.columns)), made.left, made.right, BAR)
        made.inner.append((0, made.height + GAP, foot))
        made.height += GAP + BAR
    return made


def _axis(block: _Block, path: Path) -> int:
    """How far right of a block's axis that of a part inside it is."""
    for right, _, inner in block.inner:
        if inner.path == path[: len(inner.path)]:
            return right + _axis(inner, path)
    return 0
