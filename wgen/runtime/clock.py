"""Time as the engine sees it: the system's clock, waiting until a moment, and times as text."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from wgen.runtime.ports import Clock, Timer


class SystemClock:
    """The clock of the machine."""

    now = staticmethod(time.time)

    def call_at(self, when: float, callback: Callable[[], object], /) -> Timer:
        return asyncio.get_running_loop().call_later(max(0.0, when - time.time()), callback)


async def sleep_until(clock: Clock, when: float) -> None:
    """Returns when it is `when` or later."""
    while clock.now() < when:
        moment: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        timer = clock.call_at(when, partial(settle, moment))
        try:
            await moment
        finally:
            timer.cancel()


def settle(moment: asyncio.Future[None]) -> None:
    """Marks a moment as come."""
    if not moment.done():
        moment.set_result(None)


def as_text(moment: float) -> str:
    """RFC 3339 in UTC with milliseconds: 2026-03-01T09:30:00.000Z."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def duration(seconds: float) -> str:
    """A time span in words: 2 hours, 1 day, 1.5 seconds."""
    for name, size in (("week", 604800), ("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= size and seconds % size == 0:
            return _count(seconds / size, name)
    return _count(seconds, "second")


def _count(number: float, name: str) -> str:
    return f"{number:g} {name}" + ("" if number == 1 else "s")
