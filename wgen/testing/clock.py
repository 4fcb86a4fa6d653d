"""A clock that stands still until a test moves it."""

from __future__ import annotations

import asyncio
import heapq
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from wgen.runtime.ports import Timer

START: Final = 1_767_225_600.0
"""2026-01-01T00:00:00Z, a Thursday: when time begins in a test."""

TURNS: Final = 50
"""Turns of the event loop that a chain of tasks gets to come to rest."""


@dataclass(order=True, slots=True)
class _Call:
    when: float
    order: int
    callback: Callable[[], object] = field(compare=False)
    cancelled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        self.cancelled = True


class HandClock:
    """Time for tests. It starts at a fixed moment, 2026-01-01T00:00:00Z."""

    def __init__(self, start: float = START) -> None:
        self._now = start
        self._calls: list[_Call] = []
        self._order = count()

    def now(self) -> float:
        return self._now

    def call_at(self, when: float, callback: Callable[[], object], /) -> Timer:
        call = _Call(when, next(self._order), callback)
        if when <= self._now:
            asyncio.get_running_loop().call_soon(self._call, call)
        else:
            heapq.heappush(self._calls, call)
        return call

    async def move(self, by: float | timedelta) -> None:
        """Lets time pass, seconds or a timedelta, with everything in it that is due, one moment after the other."""
        until = self._now + (by.total_seconds() if isinstance(by, timedelta) else by)
        await self.settle()
        while self._calls and self._calls[0].when <= until:
            call = heapq.heappop(self._calls)
            if not call.cancelled:
                self._now = max(self._now, call.when)
                self._call(call)
                await self.settle()
        self._now = until
        await self.settle()

    async def settle(self) -> None:
        """Lets everything happen that happens now."""
        for _ in range(TURNS):
            await asyncio.sleep(0)

    def _call(self, call: _Call) -> None:
        if not call.cancelled:
            call.callback()
