"""The SQLite store as the crash proof uses it: one that tells what it has acknowledged, and two that lie."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Collection
from typing import TYPE_CHECKING

from tests.crash.effects import Effects, Unit
from wgen.stores.sqlite import SqliteStore

if TYPE_CHECKING:
    from wgen.runtime.rows import Change, Lease, Stored

_SAVED = ("task finished", "attempt failed")


class NotingStore(SqliteStore):
    """Notes each attempt whose save the engine was told to be done."""

    def __init__(self, url: str, effects: Effects) -> None:
        super().__init__(url)
        self._effects = effects
        self.finished: set[str] = set()

    def save(self, change: Change, /) -> Awaitable[bool] | bool:
        saved = super().save(change)
        if isinstance(saved, bool):
            self._acknowledged(change)
            return saved
        future = asyncio.ensure_future(saved)
        future.add_done_callback(lambda done: self._acknowledged(change) if done.exception() is None else None)
        return future

    def _acknowledged(self, change: Change) -> None:
        for _, what, step, attempt, *_ in change.entries:
            if what in _SAVED and step is not None and attempt is not None:
                self._effects.note("saved", Unit(str(change.number), step, attempt))
            if what == "task finished" and step is not None:
                self.finished.add(step)


class HastyStore(NotingStore):
    """The mutation: acknowledges a save before it is committed, which happens a little later."""

    def save(self, change: Change, /) -> Awaitable[bool] | bool:
        asyncio.get_running_loop().call_soon(self._save_late, change)
        self._acknowledged(change)
        return True

    def _save_late(self, change: Change) -> None:
        SqliteStore.save(self, change)


class ForgetfulStore(NotingStore):
    """The other mutation: when it hands out a run whose worker died, it forgets how far the branches have got."""

    async def claim(self, flows: Collection[str], now: float, lease: Lease, limit: int) -> list[Stored]:
        claimed = await super().claim(flows, now, lease, limit)
        for stored in claimed:
            if stored.lost is not None:
                stored.positions = ()
        return claimed
