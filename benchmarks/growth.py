"""What grows in W8, and how far."""

from __future__ import annotations

from typing import NamedTuple


class Series(NamedTuple):
    """What is done, what grows meanwhile, and the sizes at which it is measured, the least first."""

    name: str
    unit: str
    sizes: tuple[int, ...]

    def figure(self, size: int) -> str:
        """The name of its figure at a size."""
        return f"{self.name}, {size:,} {self.unit}"

    def short(self, size: int) -> str:
        """A size as a heading: 10, 1 k, 10 M."""
        return f"{size // 10**6} M" if size >= 10**6 else f"{size // 1000} k" if size >= 1000 else str(size)

    @property
    def figures(self) -> list[str]:
        return [self.figure(size) for size in self.sizes]


VALUES = Series("a step, values held", "bytes", (1_000, 100_000, 10_000_000))
HISTORY = Series("a step, history behind it", "steps", (10, 1_000, 100_000))

_RUNS = (10_000, 1_000_000)
START = Series("a start", "runs", _RUNS)
LOOK = Series("a look for what is due", "runs", _RUNS)
SEARCH = Series("a search by key", "runs", _RUNS)
LATEST = Series("the latest 20 that wait", "runs", _RUNS)

BY_WORKLOAD = {"W8": (VALUES, HISTORY), "W8store": (START, LOOK, SEARCH, LATEST)}
