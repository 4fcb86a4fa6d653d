"""Drives one run in this process, with its children: executes it until it has ended or waits for something outside."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, NamedTuple

from wgen.errors import NotAllowed
from wgen.runtime.clock import as_text, sleep_until
from wgen.runtime.life import ENDED, RunStatus
from wgen.runtime.rows import Lease, RunQuery
from wgen.runtime.state import CHILD
from wgen.runtime.view import waits_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from wgen.runtime.crew import Crew, Work
    from wgen.runtime.rows import Stored

POLL: Final = 0.05
"""Seconds between two looks at a run that is not executed here and whose store no worker here watches."""


def raise_trouble(at_work: Work) -> None:
    """Raises what went wrong in a run that is at work no more; nothing did where the lease was lost."""
    if not at_work.cancelled() and (trouble := at_work.result()) is not None:
        raise trouble


class _Standing(NamedTuple):
    """Whether a run waits for something from outside, and when it goes on by itself."""

    blocked: bool
    due: float | None


class Driver:
    """Executes runs one at a time. `load` reads a run, `need` raises where its flow is not registered here."""

    def __init__(self, crew: Crew, load: Callable[[str], Awaitable[Stored]], need: Callable[[str], object]) -> None:
        self._crew = crew
        self._clock = crew.around.clock
        self._load = load
        self._need = need

    async def execute(self, run: str) -> Lease | None:
        """Claims and executes a run until it is let go. Returns the lease of whoever else holds it."""
        at_work = self._crew.holds(run)
        if at_work is None:
            claimed = await self._crew.claim_run(run)
            if isinstance(claimed, Lease):
                await self._crew.end_leases_of_the_dead()
                claimed = await self._crew.claim_run(run)
            if claimed is None or isinstance(claimed, Lease):
                return claimed
            at_work = claimed
        try:
            await asyncio.wait([at_work])
        except asyncio.CancelledError:
            at_work.cancel()
            await asyncio.wait([at_work])
            raise
        raise_trouble(at_work)
        return None

    async def drive(self, run: str, *, wait: bool) -> None:
        """Executes one run until it has ended, is paused, or waits for an event; with `wait` through all times."""
        await self._to_a_stand(run, wait=wait)
        await self._let_children_obey(run)

    async def _to_a_stand(self, run: str, *, wait: bool) -> None:
        foreign: Lease | None = None
        while True:
            stored = await self._load(run)
            self._need(stored.row.flow)
            if stored.row.status in ENDED or stored.row.status is RunStatus.PAUSED:
                return
            lease = await self.execute(run)
            if lease is not None:
                if foreign is not None and lease.until > foreign.until:
                    raise _held_elsewhere(run, lease)
                foreign = foreign or lease
                await sleep_until(self._clock, min(lease.until, self._clock.now() + POLL))
                continue
            standing = await self._standing(run)
            if standing.blocked or not wait or standing.due is None:
                return
            await sleep_until(self._clock, standing.due)

    async def _standing(self, run: str) -> _Standing:
        """What keeps a run from going on, after its children have done what there is to do."""
        stored = await self._load(run)
        if stored.row.status in ENDED or stored.row.status is RunStatus.PAUSED:
            return _Standing(blocked=True, due=None)
        waits = [wait["event"] for wait in waits_of(stored) if wait["event"] is not None]
        children = [event.removeprefix(CHILD) for event in waits if event.startswith(CHILD)]
        blocked = len(children) < len(waits)
        due = [stored.row.due]
        for child in children:
            if (await self._load(child)).row.flow not in self._crew.bounds:  # somebody else's to execute
                blocked = True
                continue
            await self.execute(child)
            of_child = await self._standing(child)
            due.append(of_child.due)
            ended = (await self._load(child)).row.status in ENDED
            blocked = blocked or (of_child.blocked and not ended)
            if ended:
                due.append(self._clock.now())
        return _Standing(blocked, min((time for time in due if time is not None), default=None))

    async def _let_children_obey(self, run: str) -> None:
        """Children that nobody waits for have been told to end: they do so before this process goes."""
        now = self._clock.now()
        for row in await self._crew.around.store.runs(RunQuery(parent=run)):
            if row.status not in ENDED and row.owner is None and row.due is not None and row.due <= now:
                if row.flow in self._crew.bounds:
                    await self.execute(row.id)
                await self._let_children_obey(row.id)


def _held_elsewhere(run: str, lease: Lease) -> NotAllowed:
    return NotAllowed(
        f"the run {run} is executed by another process ({lease.owner}); its lease runs until {as_text(lease.until)}"
    )
