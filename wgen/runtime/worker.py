"""Claims the runs that are due and has them executed, until it is stopped or nothing is left to do."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

from wgen.errors import StoreError
from wgen.runtime.rows import Due

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from wgen.runtime.crew import Crew
    from wgen.runtime.ports import Timer
    from wgen.runtime.sources import Sources

_log: Final = logging.getLogger("wgen")

LOOK: Final = 0.01
"""Seconds between two looks at whether somebody else has written to the store."""

RARELY: Final = 0.1
"""The same where nobody has for a while: what does nothing is to cost nothing."""

_QUIET: Final = 50  # looks in vain, after which they become rare

PATIENCE: Final = 1.0
"""Seconds until the store is asked again after it failed."""


class Ended(NamedTuple):
    """How many runs ended here."""

    finished: int
    failed: int


class Worker:
    """One claiming loop over a crew; `concurrency` runs are executed at once.

    `chores` are what is to be done besides, at every look; each returns when it is to be done next.
    """

    def __init__(
        self, crew: Crew, concurrency: int, sources: Sources, chores: Sequence[Callable[[], Awaitable[float | None]]]
    ) -> None:
        self.crew = crew
        self.sources = sources
        self.chores = chores
        self.concurrency = concurrency
        self._news = asyncio.Event()
        self._next: float | None = None
        self._until_idle = False
        self._task: asyncio.Task[None] | None = None
        self._looking: asyncio.TimerHandle | None = None
        self._in_vain = 0

    @property
    def free(self) -> int:
        """How many more runs could be executed now."""
        return self.concurrency - len(self.crew)

    def start(self) -> None:
        """Begins to claim."""
        self.crew.on_free = self._on_free
        self._task = asyncio.create_task(self._forever())

    async def stop(self) -> None:
        """Claims nothing more; the runs at work are the crew's to end."""
        self.crew.on_free = lambda _due: None
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def wake(self) -> None:
        """Something may be due now."""
        self._news.set()

    async def run_until_idle(self) -> Ended:
        """Works until nothing is due any more and no other process holds an unfinished run of these flows."""
        crew = self.crew
        before = Ended(crew.finished, crew.failed)
        self.crew.on_free = self._on_free
        self._until_idle = True
        self._look()
        await crew.end_leases_of_the_dead()
        try:
            while (due := await self._round()) is not None:
                await self._pause(_soonest(due))
        finally:
            self._stop_looking()
            self._until_idle = False
            self.crew.on_free = lambda _due: None
        return Ended(crew.finished - before.finished, crew.failed - before.failed)

    async def _forever(self) -> None:
        self._look()
        new = True
        try:
            while True:
                try:
                    if new:
                        await self.crew.end_leases_of_the_dead()
                        new = False
                    due = await self._claim_all()
                except StoreError as error:
                    _log.warning("the store can't be asked for work: %s", error)
                    await asyncio.sleep(PATIENCE)
                    continue
                await self._pause(_soonest(due))
        finally:
            self._stop_looking()

    async def _round(self) -> Due | None:
        """Claims what is due. None: there is nothing left to work or to wait for."""
        due = await self._claim_all()
        now = self.crew.around.clock.now()
        if len(self.crew) or self.sources.busy or due.lease is not None or (due.wake is not None and due.wake <= now):
            return due
        return None

    async def _claim_all(self) -> Due:
        """Does the chores, and takes what is due, as much as there is room for."""
        crew = self.crew
        self._news.clear()
        times = [await chore() for chore in (*self.chores, self.sources.tell_due)]
        if (room := self.free) > 0:
            await crew.claim(room, log=True)
        # A lease of our own counts like a foreign one where nobody is at work under it.
        owner = "" if crew.dropped and not len(crew) else crew.owner
        due = await crew.around.store.next_due(crew.bounds, owner)
        return Due(min((time for time in (*times, due.wake) if time is not None), default=None), due.lease)

    async def _pause(self, until: float | None) -> None:
        """Returns when there is news, or at the given time if there is room by then."""
        self._next = until
        timer: Timer | None = None
        if until is not None and self.free > 0:
            timer = self.crew.around.clock.call_at(until, self._news.set)
        try:
            await self._news.wait()
        finally:
            if timer is not None:
                timer.cancel()

    def _on_free(self, due: float | None) -> None:
        """A run was let go: there is room again, or it comes back sooner than anything else."""
        sooner = due is not None and (self._next is None or due < self._next)
        if sooner or self.free == 1 or (self._until_idle and not len(self.crew)):
            self._news.set()

    def _look(self) -> None:
        """Looks, often and cheaply, whether another engine has written."""
        around = self.crew.around
        by_others = around.writes.by_others()
        if around.store.changed() or by_others:
            self._in_vain = 0
            self._news.set()
            self.crew.tell_all()
        else:
            self._in_vain += 1
        pause = LOOK if self._in_vain < _QUIET else RARELY
        self._looking = asyncio.get_running_loop().call_later(pause, self._look)

    def _stop_looking(self) -> None:
        if self._looking is not None:
            self._looking.cancel()


def _soonest(due: Due) -> float | None:
    return min((time for time in due if time is not None), default=None)
