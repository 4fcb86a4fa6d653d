"""What the tests of the machine's faults share: a project, commands as users give them, and a small file system."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).parents[2]


class Ended(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def run(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found


class Project:
    """A flow with handlers in a folder, and the command line on it. `store` is the file of its store."""

    def __init__(self, folder: Path, flow: str, handlers: str, store: Path | None = None) -> None:
        self.folder = folder
        self.store = store or folder / "runs.db"
        folder.mkdir(exist_ok=True)
        (folder / "work.flow").write_text(flow)
        (folder / "work_handlers.py").write_text(handlers)

    def wgen(self, *arguments: str, before: Callable[[], None] | None = None) -> Ended:
        """A command in a process of its own; `before` is done in that process first."""
        ended = subprocess.run(
            [sys.executable, "-m", "wgen", *arguments, "--store", f"sqlite:///{self.store}"],
            cwd=self.folder, capture_output=True, text=True, timeout=120, check=False, preexec_fn=before,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        return Ended(ended.returncode, ended.stdout, ended.stderr)


@contextlib.contextmanager
def small_disk(folder: Path, kilobytes: int) -> Iterator[Path]:
    """A file system of that size. Only root may mount one, so the test is skipped for others, by name."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("needs the right to mount a small file system")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def grow(folder: Path, kilobytes: int) -> None:
    """Makes the file system larger."""
    subprocess.run(["mount", "-o", f"remount,size={kilobytes}k", str(folder)], check=True)
