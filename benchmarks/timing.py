"""Measures whole commands, each as often as told, in turns with bare Python, so that both meet the same machine.

Every figure is also a multiple of `python -c pass`, and a goal is such a multiple: so machines can be compared.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

Kind: TypeAlias = Literal["ours", "floor", "peer"]
"""Whose a figure is: wgen's, that of the least that does the job, or somebody else's."""

BARE = (sys.executable, "-c", "pass")

REFERENCE = 0.008
"""Seconds of bare Python on the machine for which goals were set in seconds."""


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


class Figure(NamedTuple):
    """One line of the table. A goal is a multiple of bare Python; `seconds` is what it was on the reference machine."""

    what: str
    timing: Timing
    goal: float | None = None
    seconds: float | None = None
    kind: Kind = "ours"

    def told(self) -> dict[str, Any]:
        """It as JSON."""
        more = {"ratio": self.timing.ratio, "goal": self.goal, "verdict": self.verdict(), "kind": self.kind}
        return {"what": self.what, **self.timing._asdict(), **more}

    def verdict(self) -> str:
        if self.goal is None:
            return "–"
        there = "" if self.seconds is None else f" ({self.seconds:g} s where bare Python takes {REFERENCE * 1000:g} ms)"
        return f"≤ {self.goal:.3g} ×{there}: {said(self.timing.ratio, self.goal)}"


def said(reached: float, goal: float) -> str:
    """Whether a goal is reached."""
    return "reached" if reached <= goal else f"missed by {reached / goal - 1:.0%}"


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


# ---- what comes of it ------------------------------------------------------------------------------------------------


def table(figures: Sequence[Mapping[str, Any]]) -> str:
    """The figures as they are written as JSON."""
    lines = [
        "| whole process | median, ms | processor time, ms | × bare Python | goal |",
        "| --- | ---: | ---: | ---: | --- |",
    ]
    for figure in figures:
        milliseconds = f"{figure['median'] * 1000:,.0f} | {figure['cpu'] * 1000:,.0f}"
        lines.append(f"| {figure['what']} | {milliseconds} | {figure['ratio']:.1f} | {figure['verdict']} |")
    return "\n".join(lines)


def machine() -> dict[str, Any]:
    """On what is measured."""
    return {"processors": os.cpu_count(), "python": platform.python_version(), "system": platform.system()}


def write(file: Path, figures: Sequence[Figure], load: Sequence[float], **more: object) -> None:
    found = {
        "machine": machine(),
        "load": load,
        "durability": None,
        "figures": [figure.told() for figure in figures],
        **more,
    }
    file.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
