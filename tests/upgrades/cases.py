"""Upgrades written out: one file each, with the texts before and after, and what `wgen breaking` says of them.

Parts of such a file begin with `--- NAME`; the names are files below `old/` and `new/`, and the last is `said`.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent / "cases"
CASES = sorted(path.stem for path in FOLDER.glob("*.txt"))

_PART = re.compile(r"^--- (\S+)\n", re.MULTILINE)


class Case(NamedTuple):
    """One upgrade. `files` are those of both texts, by their paths."""

    files: dict[str, str]
    said: str

    def write(self, folder: Path) -> None:
        """Writes the files of both texts."""
        for name, text in self.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")


def read(name: str) -> Case:
    """The case of a name."""
    _, *parts = _PART.split((FOLDER / f"{name}.txt").read_text(encoding="utf-8"))
    texts = dict(zip(parts[::2], parts[1::2], strict=True))
    return Case({path: text for path, text in texts.items() if path != "said"}, texts.get("said", ""))


def expect(name: str, said: str) -> str:
    """What is to be said; with WGEN_UPDATE_GOLDEN what is said now, which is written down."""
    file = FOLDER / f"{name}.txt"
    if os.environ.get("WGEN_UPDATE_GOLDEN"):
        before = file.read_text(encoding="utf-8").partition("--- said\n")[0]
        file.write_text(f"{before}--- said\n{said}", encoding="utf-8")
    return read(name).said
