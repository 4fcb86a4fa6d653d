"""Fixtures that pytest finds by itself where wgen is installed. Nothing else is loaded until a test asks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from wgen.runtime import Engine
    from wgen.testing import HandClock


@pytest.fixture
def wgen_clock() -> HandClock:
    """A clock that stands still until the test moves it: `await wgen_clock.move(timedelta(days=3))`."""
    from wgen.testing import HandClock  # noqa: PLC0415 - only who uses it pays for it

    return HandClock()


@pytest.fixture
def wgen_engine(wgen_clock: HandClock) -> Engine:
    """An engine on a store in memory and on `wgen_clock`, without a worker: `tick()` does what is due by then.

    Open it with `async with`, as any other.
    """
    from wgen.runtime import Engine  # noqa: PLC0415 - likewise

    return Engine("memory://", clock=wgen_clock, worker=False)
