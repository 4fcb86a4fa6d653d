"""The loop whose time leaps: exact, in order, and as a clock."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime

import pytest

from wgen.testing.loop import leaping_loop, run_leaping

MOMENTS = [0.0, 1_767_225_600.0, datetime(2150, 1, 1, 0, 0, 0, 1, tzinfo=UTC).timestamp()]


@pytest.mark.parametrize("start", MOMENTS)
@pytest.mark.parametrize("seconds", [1e-6, 0.1, 7.0, 90_000.0, 3e8])
def test_a_timer_comes_at_its_time(start: float, seconds: float) -> None:
    async def main() -> list[float]:
        loop = leaping_loop()
        came: list[float] = []
        for when in (start + seconds, start + 2 * seconds, start):
            loop.call_at(when, lambda: came.append(loop.now()))
        await asyncio.sleep(3 * seconds)
        return came

    began = time.monotonic()
    came = run_leaping(start, main(), "test")
    assert time.monotonic() - began < 5
    wanted = [start, start + seconds, start + 2 * seconds]
    assert came == pytest.approx(wanted, rel=0, abs=1e-6)
    assert all(late >= when for late, when in zip(came, wanted, strict=True)), "never early"


def test_time_stands_still_while_something_happens() -> None:
    async def main() -> float:
        loop = leaping_loop()
        for _ in range(1000):
            await asyncio.sleep(0)
        time.sleep(0.01)  # noqa: ASYNC251 - a handler may be that slow
        return loop.now()

    assert run_leaping(5.0, main(), "test") == 5.0


def test_limits_of_time_hold() -> None:
    async def main() -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3600):
                await asyncio.Event().wait()
        return leaping_loop().now()

    assert run_leaping(0.0, main(), "test") == 3600.0


def test_a_thread_is_waited_for_as_long_as_a_timer_takes_outside() -> None:
    async def main() -> tuple[float, str]:
        quick = asyncio.to_thread(time.sleep, 0.02)
        async with asyncio.timeout(30):
            await quick
        after_quick = leaping_loop().now()
        try:
            async with asyncio.timeout(0.02):
                await asyncio.to_thread(time.sleep, 0.2)
        except TimeoutError:
            return after_quick, "too slow"
        return after_quick, "in time"

    assert run_leaping(0.0, main(), "test") == (0.0, "too slow")
