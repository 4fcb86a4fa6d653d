"""Runs the proof of one variant: `python -m tests.crash.driver VARIANT FOLDER` prints a verdict for each point as JSON.

This process loads the flow and then forks one child for each life.
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.crash.fork import lives
from tests.crash.life import Life
from tests.crash.points import Points
from tests.crash.variants import MUTATIONS, VARIANTS
from tests.crash.verdict import Kept, judge, kept_in
from wgen.cli.loading import load
from wgen.testing import Verdict

if TYPE_CHECKING:
    from tests.crash.variants import Variant
    from wgen.runtime import Flow


class Driver:
    """All cases of one variant, each in a folder of its own."""

    def __init__(self, variant: Variant, folder: Path) -> None:
        self._variant = variant
        self._flow: Flow[Any, Any] = load([variant.story.flow], None)[0].flow
        self._folder = folder

    def prove(self) -> list[Verdict]:
        """Counts the points, then kills at each of them once."""
        undisturbed = self._case([])
        if not undisturbed.right:
            raise AssertionError(f"without a kill: {undisturbed}")
        return [self._killed_at(point, number) for number, point in enumerate(self._points())]

    def _killed_at(self, point: str, number: int) -> Verdict:
        """One kill; where the variant wants it, another one hits who takes over, each time somewhere else."""
        verdict = self._case([point])
        points = self._points()
        if not (self._variant.again and verdict.right and points):
            return verdict
        return self._case([point, points[number % len(points)]])

    def _points(self) -> list[str]:
        points: list[str] = json.loads((self._case_folder / "points").read_text("utf-8"))
        return points

    def _case(self, kills: list[str]) -> Verdict:
        """One life for each kill, and one that is left alone."""
        self._case_folder = self._folder / (", ".join(kills) or "undisturbed")
        self._case_folder.mkdir()
        killed: list[str] = []
        after: list[Kept] = []
        for number, point in enumerate([*kills, None]):
            if self._life(number, point):
                killed.append(point or "")
            after.append(kept_in(self._case_folder / "store.db"))
        return judge(self._variant, self._case_folder, killed, after)

    def _life(self, number: int, kill_at: str | None) -> bool:
        """Whether the life was killed at its point; it is left alone when it does not come by there."""
        life = Life(self._variant, self._flow, self._case_folder, number, Points(kill_at))
        return lives(lambda: asyncio.run(life.live()), to_be_killed=kill_at is not None)


def main() -> None:
    name, folder = sys.argv[1:]
    variant = {**VARIANTS, **MUTATIONS}[name]
    verdicts = Driver(variant, Path(folder)).prove()
    print(json.dumps([asdict(verdict) for verdict in verdicts]))  # noqa: T201 - what it is for


if __name__ == "__main__":
    main()
