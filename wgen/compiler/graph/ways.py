"""The ways of the arrows through the tree of a drawing: which column or row each of them has to cross, and where."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from wgen.compiler.graph.drawing import Frame, Lane, Row, Shape, parts_in

if TYPE_CHECKING:
    from wgen.compiler.graph.drawing import Arrow, Part

# The numbers that lead from the root of the tree to a part.
Path: TypeAlias = tuple[int, ...]


class Hop(NamedTuple):
    """A piece of an arrow, which leads from one part of a column or row to another one of the same.

    Only the first piece of an arrow bears its words.
    """

    start: Path
    end: Path
    label: str
    depth: int

    @property
    def at(self) -> Path:
        """The column or row."""
        return self.start[: self.depth]

    @property
    def source(self) -> int:
        return self.start[self.depth]

    @property
    def target(self) -> int:
        return self.end[self.depth]

    @property
    def back(self) -> bool:
        return self.target < self.source


class Ways:
    """All parts by their paths, and the pieces of each arrow."""

    def __init__(self, root: Part, arrows: tuple[Arrow, ...]) -> None:
        self.parts: dict[Path, Part] = {}
        self._paths: dict[str, Path] = {}
        self._walk(root, ())
        self.hops = [(arrow, self._hops(arrow)) for arrow in arrows]
        self.crossing: dict[Path, list[Hop]] = defaultdict(list)
        self.gaps: dict[tuple[Path, int], set[Path]] = defaultdict(set)
        for hop in (hop for _, hops in self.hops for hop in hops):
            self.crossing[hop.at].append(hop)
            gap = self.gap(hop)
            if gap is not None:
                self.gaps[gap].add(hop.end)

    def _walk(self, part: Part, path: Path) -> None:
        self.parts[path] = part
        if isinstance(part, (Shape, Lane, Frame)):
            self._paths[part.name] = path
        for number, inner in enumerate(parts_in(part)):
            self._walk(inner, (*path, number))

    def _hops(self, arrow: Arrow) -> list[Hop]:
        stops = [self._paths[name] for name in (arrow.start, *arrow.via, arrow.end)]
        labels = [arrow.label, *("" for _ in arrow.via)]
        return [Hop(*stop, _fork(*stop[:2])) for stop in zip(stops, stops[1:], labels, strict=False)]

    def row(self, path: Path) -> Row | None:
        part = self.parts[path]
        return part if isinstance(part, Row) else None

    def on_axis(self, path: Path, depth: int) -> bool:
        """Whether a part stands on the axis of what encloses it from some depth on."""
        rows = ((self.row(path[:end]), path[end]) for end in range(depth, len(path)))
        return not any(row is not None and row.is_beside(number) for row, number in rows)

    def leaves_right(self, hop: Hop) -> bool:
        """Whether an arrow leaves its shape at the right side, as the other answer of a question does."""
        forward = self.row(hop.at) is None and not hop.back
        return forward and self._answers(hop) and not self.on_axis(hop.end, hop.depth)

    def leaves_left(self, hop: Hop) -> bool:
        """Whether an arrow leaves its shape at the left side: back to the head of the loop around it."""
        frames = (isinstance(self.parts[hop.start[:end]], Frame) for end in range(hop.depth + 1, len(hop.start)))
        return hop.back and self._answers(hop) and self.on_axis(hop.start, hop.depth) and not any(frames)

    def _answers(self, hop: Hop) -> bool:
        start = self.parts[hop.start]
        return isinstance(start, Shape) and start.kind in ("question", "loop")

    def arriving(self, path: Path) -> list[Hop]:
        """The arrows of a row that have their words in front of a column: those from its head or out of its frame."""
        row = self.row(path)
        if row is None or (row.head is None and row.come != "failure"):
            return []
        return [hop for hop in self.crossing[path] if hop.source == 0 and hop.label]

    def gap(self, hop: Hop) -> tuple[Path, int] | None:
        """The column and the part of it below which an arrow goes sideways, if it needs to."""
        row = self.row(hop.at)
        if hop.back or self.leaves_right(hop) or (row is None and self._straight(hop)):
            return None
        if row is None:
            return hop.at, hop.source
        # From inside the first column to a lane beside it.
        beside = row.come == "above" and row.head is None
        return (hop.start[: hop.depth + 1], hop.start[hop.depth + 1]) if beside else None

    def tracks(self, path: Path, number: int) -> list[Path]:
        """Where the arrows lead that go sideways below a part of a column; the rightmost first."""
        return sorted(self.gaps[path, number], reverse=True)

    def _straight(self, hop: Hop) -> bool:
        return self.on_axis(hop.start, hop.depth) and self.on_axis(hop.end, hop.depth)


def _fork(one: Path, other: Path) -> int:
    """How far two paths are the same."""
    return next(number for number, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1])
