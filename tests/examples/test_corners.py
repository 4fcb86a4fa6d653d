"""Blocks in blocks run as they read, in memory and on SQLite, also when they are killed at each of their commits."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.examples.corners import CORNERS
from tests.examples.test_examples import perform
from tests.examples.test_kills import kill_everywhere
from tests.runtime.support import go


@pytest.mark.parametrize("name", CORNERS)
def test_in_memory(name: str) -> None:
    go(perform(CORNERS[name], "memory://"))


@pytest.mark.parametrize("name", CORNERS)
def test_on_sqlite(name: str, tmp_path: Path) -> None:
    go(perform(CORNERS[name], f"sqlite:///{tmp_path}/runs.db"))


@pytest.mark.parametrize("written", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("name", CORNERS)
def test_killed(name: str, written: bool) -> None:
    go(kill_everywhere(CORNERS[name], written=written))
