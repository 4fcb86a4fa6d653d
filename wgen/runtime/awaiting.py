"""Waits for what becomes of runs: until one has ended, or until something holds for it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from wgen.errors import RunCancelled, RunFailed
from wgen.runtime.codec import plain
from wgen.runtime.driving import POLL
from wgen.runtime.life import ENDED, RunStatus

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from wgen.runtime.codec import Coder
    from wgen.runtime.crew import Crew, Watch
    from wgen.runtime.reading import Reader
    from wgen.runtime.rows import RunRow, Stored


class _End(NamedTuple):
    """How a run has ended; the result and the error as the store keeps them."""

    flow: str
    status: RunStatus
    result: bytes | None
    error: bytes | None


class Awaiter:
    """Hears of the runs that a crew executes, and looks for the others.

    `drive` executes a run as far as it can be. It is what there is to do for a run where nobody `works`, claims runs
    here all the time.
    """

    def __init__(self, crew: Crew, reader: Reader, drive: Callable[[str], Awaitable[object]], *, works: bool) -> None:
        self._crew = crew
        self._reader = reader
        self._drive = drive
        self._works = works

    async def end_of(self, run: str) -> Any:
        """Waits until a run has ended, and returns its result. Raises RunFailed or RunCancelled."""
        with self._crew.watching(run) as watch:
            end = await self._end(watch, run)
        if end.status is RunStatus.FINISHED:
            return self.result(end.flow, end.result)
        told = plain(end.error) or {"type": "RunCancelled", "message": "", "step": None}
        failed = RunCancelled if end.status is RunStatus.CANCELLED else RunFailed
        raise failed(told["type"], told["message"], told["step"]) from watch.cause

    async def until(self, run: str, holds: Callable[[Stored], Awaitable[bool]]) -> Stored:
        """Waits until something holds for a run, or it has ended."""
        with self._crew.watching(run) as watch:
            while True:
                watch.news.clear()
                stored = await self._reader.load(run)
                if stored.row.status in ENDED or await holds(stored):
                    return stored
                await self._news(stored.row, watch)

    def result(self, flow: str, text: bytes | None) -> Any:
        """A result as it is stored, of its type where the flow is registered here."""
        bound = self._crew.bounds.get(flow)
        if text is None:
            return None
        coder: Coder | None = None if bound is None else bound.codec.result
        return plain(text) if coder is None else coder.decode(text)

    async def _end(self, watch: Watch, run: str) -> _End:
        """How a run has ended. One that ends here tells it as it was saved: the store need not be asked."""
        if self._works and self._crew.holds(run) is not None:
            await watch.news.wait()
        while watch.ended is None:
            watch.news.clear()
            row = await self._reader.row(run)
            if row.status in ENDED:
                return _End(row.flow, row.status, row.result, row.error)
            await self._news(row, watch)
        ended = watch.ended
        return _End(ended.bound.flow.name, ended.status, ended.result, ended.error)

    async def _news(self, row: RunRow, watch: Watch) -> None:
        """Waits for news of a run. Without a worker it does what there is to do, and looks from time to time."""
        if self._works:
            await watch.news.wait()
            return
        if row.flow in self._crew.bounds and self._crew.holds(row.id) is None:
            await self._drive(row.id)
        with suppress(TimeoutError):
            await asyncio.wait_for(watch.news.wait(), POLL)
