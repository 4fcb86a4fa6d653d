"""The proof as seen from outside: has a driver do it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any, Final

from wgen.testing import Verdict

ROOT: Final = Path(__file__).parents[2]
PATIENCE: Final = 300


def prove(variant: str, folder: Path) -> list[Verdict]:
    """A verdict for each point at which the runs of this variant were killed."""
    return [Verdict(**verdict) for verdict in _told("tests.crash.driver", variant, str(folder))]


def prove_stories(names: Collection[str], folder: Path, points: int | None = None) -> dict[str, list[Verdict]]:
    """The same for the stories of these names: at all of their points, or at so many of each."""
    told = _told("tests.crash.stories", str(folder), json.dumps(points), *names)
    return {name: [Verdict(**verdict) for verdict in verdicts] for name, verdicts in told.items()}


def _told(driver: str, *arguments: str) -> Any:
    """What a driver prints. Warnings are errors in it."""
    command = [sys.executable, "-W", "error", "-m", driver, *arguments]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False)
    if ended.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: the proof itself failed\n{ended.stderr}")
    return json.loads(ended.stdout)
