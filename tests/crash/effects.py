"""What the handlers did, line by line in a file that outlives every kill: it is what the proof goes by."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Literal, NamedTuple


class Unit(NamedTuple):
    """One attempt of one task of one run: what is to happen once, and again only if it died."""

    run: str
    step: str
    attempt: int


class Line(NamedTuple):
    """A handler began or ended, or the store has acknowledged that an attempt is saved.

    `life` counts the processes that worked on the runs. `run` is an id; in "saved" lines it is the store's own number.
    """

    life: int
    what: Literal["begin", "end", "saved"]
    run: str
    step: str
    attempt: int
    key: str = ""

    @property
    def unit(self) -> Unit:
        return Unit(self.run, self.step, self.attempt)


class Effects:
    """Appends lines. Each is in the file, for good, before the call returns."""

    def __init__(self, path: Path, life: int) -> None:
        self.life = life
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def note(self, what: Literal["begin", "end", "saved"], unit: Unit, key: str = "") -> None:
        os.write(self._file, (json.dumps(Line(self.life, what, *unit, key)) + "\n").encode())
        os.fsync(self._file)


def read_effects(path: Path) -> list[Line]:
    """All lines, in the order in which things happened."""
    return [Line(*json.loads(line)) for line in path.read_text("utf-8").splitlines()] if path.exists() else []
