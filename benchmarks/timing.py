"""Measures whole commands, each as often as told, in turns with bare Python, so that both meet the same machine."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

BARE = (sys.executable, "-c", "pass")


class Timing(NamedTuple):
    """Seconds of one command, over several runs: medians, but for the fastest.

    `cpu` is what all its processes took of all processors: on a busy machine it grows less than the time that passes.
    `bare` is the time of `python -c pass` between these runs.
    """

    median: float
    fastest: float
    cpu: float
    bare: float
    runs: int

    @property
    def ratio(self) -> float:
        return self.median / self.bare


def measure(
    command: Sequence[str], folder: Path, runs: int, *, before: Callable[[], object] = lambda: None, ok: int = 0
) -> Timing:
    """Runs a command once for nothing and then so many times. `before` prepares each run, unmeasured."""
    _once(command, folder, before, ok)
    pairs = [(_once(command, folder, before, ok), _once(BARE, folder, lambda: None, 0)) for _ in range(runs)]
    seconds = [passed for (passed, _), _ in pairs]
    return Timing(
        statistics.median(seconds),
        min(seconds),
        statistics.median(cpu for (_, cpu), _ in pairs),
        statistics.median(passed for _, (passed, _) in pairs),
        runs,
    )


def _once(command: Sequence[str], folder: Path, before: Callable[[], object], ok: int) -> tuple[float, float]:
    """The time that passed, and that of the processors."""
    before()
    spent = _spent()
    begin = time.perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    seconds = time.perf_counter() - begin
    if done.returncode != ok:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr.decode()}")
    return seconds, _spent() - spent


def _spent() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
