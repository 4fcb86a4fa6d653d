"""Blocks in blocks run as they read, in memory and on SQLite, also when they are killed at each of their commits."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.examples.corners import CORNERS
from tests.examples.test_examples import comes_out
from tests.examples.test_kills import kill_everywhere


@pytest.mark.parametrize("name", CORNERS)
def test_in_memory(name: str) -> None:
    comes_out(CORNERS[name], "memory://")


@pytest.mark.parametrize("name", CORNERS)
def test_on_sqlite(name: str, tmp_path: Path) -> None:
    comes_out(CORNERS[name], f"sqlite:///{tmp_path}/runs.db")


@pytest.mark.parametrize("name", CORNERS)
def test_killed(name: str) -> None:
    kill_everywhere(CORNERS[name])
