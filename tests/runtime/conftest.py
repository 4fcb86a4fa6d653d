"""What the tests of operators get: a place on each of the stores."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.runtime.operated import Make, Place


@pytest.fixture(params=["memory", "sqlite"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    url = "memory://" if request.param == "memory" else f"sqlite:///{tmp_path}/runs.db"
    return lambda text, handlers=None: Place(text, url, handlers)
