"""The proof of a variant as seen from outside: has a driver do it, and puts what came out into a table."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.crash.verdict import Verdict

ROOT: Final = Path(__file__).parents[2]
PATIENCE: Final = 300


def prove(variant: str, folder: Path) -> list[Verdict]:
    """A verdict for each point at which the runs of this variant were killed."""
    command = [sys.executable, "-W", "error", "-m", "tests.crash.driver", variant, str(folder)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False)
    if ended.returncode != 0:
        raise AssertionError(f"{variant}: the proof itself failed\n{ended.stderr}")
    return [Verdict(**verdict) for verdict in json.loads(ended.stdout)]


def table(found: Mapping[str, list[Verdict]]) -> str:
    """A line for each variant: at how many points it was killed, and what came of it."""
    head = ("", "points", "killed", "wrong results", "tasks run twice", "finished and run again", "tasks lost")
    rows = [head, *(_row(name, verdicts) for name, verdicts in found.items())]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(_aligned(row, widths)).rstrip() for row in rows)


def _row(name: str, verdicts: list[Verdict]) -> tuple[str, ...]:
    counts = (
        len(verdicts),
        sum(bool(verdict.killed) for verdict in verdicts),
        sum(not verdict.right for verdict in verdicts),
        sum(len(verdict.twice) for verdict in verdicts),
        sum(len(verdict.again) for verdict in verdicts),
        sum(len(verdict.lost) for verdict in verdicts),
    )
    return (name, *map(str, counts))


def _aligned(row: tuple[str, ...], widths: list[int]) -> list[str]:
    name, *counts = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
    return [name.strip().ljust(widths[0]), *counts]
