"""What these tests get: a place on each of the stores, and a telemetry in memory."""

from __future__ import annotations

import pytest

from tests.runtime.conftest import make
from tests.telemetry.recorded import Recorded

__all__ = ["make", "recorded"]


@pytest.fixture
def recorded() -> Recorded:
    return Recorded()
