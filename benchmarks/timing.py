"""Measures whole commands, each as often as told, the fastest beside the median."""

from __future__ import annotations

import statistics
import subprocess
import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


class Timing(NamedTuple):
    """Seconds of one command, over several runs."""

    median: float
    fastest: float
    runs: int


def measure(
    command: Sequence[str], folder: Path, runs: int, *, before: Callable[[], object] = lambda: None, ok: int = 0
) -> Timing:
    """Runs a command once for nothing and then so many times. `before` prepares each run, unmeasured."""
    seconds = [_once(command, folder, before, ok) for _ in range(runs + 1)][1:]
    return Timing(statistics.median(seconds), min(seconds), runs)


def _once(command: Sequence[str], folder: Path, before: Callable[[], object], ok: int) -> float:
    before()
    begin = time.perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    seconds = time.perf_counter() - begin
    if done.returncode != ok:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr.decode()}")
    return seconds
