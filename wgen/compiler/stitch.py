"""A text sewn together from pieces of another, which knows for each place where it came from."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

from wgen.compiler.source import Span


class Stitched:
    """Pieces that were kept, and pieces put in: places in those become the place they were put at."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._starts: list[int] = []
        self._origins: list[tuple[int, bool]] = []
        self._length = 0

    def keep(self, text: str, origin: int) -> None:
        self._add(text, origin, kept=True)

    def insert(self, text: str, origin: int) -> None:
        self._add(text, origin, kept=False)

    def _add(self, text: str, origin: int, *, kept: bool) -> None:
        self._pieces.append(text)
        self._starts.append(self._length)
        self._origins.append((origin, kept))
        self._length += len(text)

    @property
    def text(self) -> str:
        return "".join(self._pieces)

    def origin(self, place: int) -> int:
        number = bisect_right(self._starts, place) - 1
        if number < 0:
            return 0
        origin, kept = self._origins[number]
        return origin + place - self._starts[number] if kept else origin

    def moved(self, tree: Any) -> Any:
        """The same syntax tree, with the places of the text that the pieces came from."""
        if type(tree) is Span:
            return Span(self.origin(tree.start), self.origin(tree.end))
        if not isinstance(tree, tuple):
            return tree
        parts = [self.moved(part) for part in tree]
        return type(tree)(*parts) if hasattr(tree, "_fields") else tuple(parts)
