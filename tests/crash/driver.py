"""Runs the proof of one variant: `python -m tests.crash.driver VARIANT FOLDER` prints a verdict for each point as JSON.

This process loads the flow and then forks one child for each life, so that a life costs milliseconds; the children are
killed for real, by SIGKILL, wherever they are.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import traceback
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tests.crash.life import Life
from tests.crash.points import Points
from tests.crash.variants import MUTATIONS, VARIANTS
from tests.crash.verdict import Kept, Verdict, judge, kept_in
from wgen.cli.loading import load

if TYPE_CHECKING:
    from tests.crash.variants import Variant
    from wgen.runtime import Flow

PATIENCE: Final = 20
"""Seconds after which a life that does not end is ended by the system."""


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
        child = os.fork()
        if child == 0:
            self._live(number, kill_at)
        _, status = os.waitpid(child, 0)
        if kill_at is not None and os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
            return True
        if status != 0:
            raise AssertionError(f"life {number} of {self._case_folder.name} ended with {status}")
        return False

    def _live(self, number: int, kill_at: str | None) -> None:
        signal.alarm(PATIENCE)
        code = 1
        try:
            asyncio.run(Life(self._variant, self._flow, self._case_folder, number, Points(kill_at)).live())
            code = 0
        except BaseException:  # noqa: BLE001 - the child must end here, whatever happens
            traceback.print_exc()
        finally:
            os._exit(code)


def main() -> None:
    name, folder = sys.argv[1:]
    variant = {**VARIANTS, **MUTATIONS}[name]
    verdicts = Driver(variant, Path(folder)).prove()
    print(json.dumps([asdict(verdict) for verdict in verdicts]))  # noqa: T201 - what it is for


if __name__ == "__main__":
    main()
