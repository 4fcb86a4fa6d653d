"""The line and the words of each arrow."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from wgen.compiler.graph.drawing import Lane
from wgen.compiler.graph.sizes import ARRIVAL, BACK_LINE, TITLE, TRACK, Box, label_of
from wgen.compiler.graph.text import LINE, SIZE, width

if TYPE_CHECKING:
    from wgen.compiler.graph.drawing import Arrow
    from wgen.compiler.graph.place import Spot
    from wgen.compiler.graph.ways import Hop, Path, Ways

Point: TypeAlias = tuple[int, int]
Spots: TypeAlias = "dict[Path, Spot]"


class Words(NamedTuple):
    """Lines of text; `x` is the middle, or the left end, or the right end of each, `y` where the first one stands."""

    lines: list[str]
    x: int
    y: int
    anchor: str = "middle"

    @property
    def box(self) -> Box:
        """The room that the words take."""
        wide = max(map(width, self.lines))
        left = {"start": self.x, "middle": self.x - wide // 2, "end": self.x - wide}[self.anchor]
        return Box(left - 2, self.y - SIZE, left + wide + 2, self.y + LINE * (len(self.lines) - 1) + 4)


class Line(NamedTuple):
    """An arrow: the corners of its line, and its words."""

    arrow: Arrow
    corners: list[Point]
    words: Words | None


def route(ways: Ways, spots: Spots) -> list[Line]:
    router = _Router(ways, spots)
    return [Line(arrow, router.corners(hops), router.words(hops[0])) for arrow, hops in ways.hops]


class _Router:
    def __init__(self, ways: Ways, spots: Spots) -> None:
        self.ways = ways
        self.spots = spots

    def corners(self, hops: list[Hop]) -> list[Point]:
        points = [point for hop in hops for point in self.hop(hop)]
        kept: list[Point] = []
        for point in points:
            if kept and kept[-1] == point:
                continue
            if len(kept) > 1 and (kept[-2][0] == kept[-1][0] == point[0] or kept[-2][1] == kept[-1][1] == point[1]):
                kept.pop()
            kept.append(point)
        return kept

    def hop(self, hop: Hop) -> list[Point]:
        start, end = self.spots[hop.start], self.spots[hop.end]
        row = self.ways.row(hop.at)
        gap = self.ways.gap(hop)
        if gap is not None:
            track = self.track(hop, *gap)
            into = (end.axis, max(track, end.box.top))
            return [(start.axis, start.box.bottom), (start.axis, track), (end.axis, track), into]
        if hop.back:
            return self.back(hop, start, end)
        if self.ways.leaves_right(hop):
            return [(start.box.right, start.box.middle), (end.axis, start.box.middle), (end.axis, end.box.top)]
        if row is not None and row.come == "aside":
            # A lane begins where the arrow turns into it.
            x = end.axis if isinstance(self.ways.parts[hop.end], Lane) else end.box.left
            return [(start.box.right, start.box.middle), (x, start.box.middle)]
        if row is not None and row.come == "failure":
            track = self.spots[hop.at].box.top + TITLE
            return [(start.box.right, track), (end.axis, track), (end.axis, end.box.top)]
        # A bar is met wherever the arrow comes from, and left wherever it leads.
        axis = end.axis if row is not None and hop.source == 0 else start.axis
        return [(axis, start.box.bottom), (axis, end.box.top)]

    def track(self, hop: Hop, column: Path, number: int) -> int:
        tracks = self.ways.tracks(column, number)
        below = len(tracks) - 1 - tracks.index(hop.end)
        return self.spots[(*column, number + 1)].box.top - ARRIVAL - TRACK * below

    def back(self, hop: Hop, start: Spot, end: Spot) -> list[Point]:
        """Up to the head of a loop, left of all that is in it."""
        column = self.spots[hop.at].box
        lane = column.left + BACK_LINE
        into = [(lane, end.box.middle), (end.box.left, end.box.middle)]
        if self.ways.leaves_left(hop):
            return [(start.box.left, start.box.middle), (lane, start.box.middle), *into]
        track = column.bottom - BACK_LINE
        return [(start.axis, start.box.bottom), (start.axis, track), (lane, track), *into]

    def words(self, hop: Hop) -> Words | None:
        if not hop.label:
            return None
        start, end = self.spots[hop.start], self.spots[hop.end]
        if hop in self.ways.arriving(hop.at):
            lines = label_of(hop.label)
            top = self.spots[(*hop.at, hop.target)].box.top
            return Words(lines, end.axis, top - ARRIVAL - LINE * (len(lines) - 1) - 4)
        row = self.ways.row(hop.at)
        if self.ways.leaves_right(hop) or (row is not None and row.come == "aside"):
            return Words([hop.label], start.box.right + 6, start.box.middle - 6, "start")
        if self.ways.leaves_left(hop):
            return Words([hop.label], start.box.left - 6, start.box.middle - 6, "end")
        return Words([hop.label], start.axis + 6, start.box.bottom + 14, "start")
