"""One worker's life on a store: it starts the runs of a scene, does what is due, sends what is waited for.

It is over when the time has come that the test has named, when nothing will happen any more, or when the worker dies.
The next worker is the same code: it starts nothing that is there.
"""

from __future__ import annotations

import asyncio
from contextlib import closing
from itertools import count
from typing import TYPE_CHECKING, Final, Protocol

from wgen.errors import EventRefused
from wgen.runtime import Engine
from wgen.runtime.clock import duration, sleep_until
from wgen.runtime.life import ENDED
from wgen.runtime.pool import Pool
from wgen.runtime.rows import RunQuery
from wgen.runtime.view import leaves_of
from wgen.testing.loop import leaping_loop
from wgen.testing.scene import awaits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wgen.runtime.ports import Store
    from wgen.runtime.rows import Stored
    from wgen.testing.recorder import Recorder
    from wgen.testing.scene import Scene

LEASE: Final = 1.0
"""Seconds until another worker takes over; few, for a flow may wait no longer for something."""

HANGS: Final = 86_400.0
"""Seconds after which an attempt without a time limit is taken for one that will never end."""

ENDLESS: Final = 10_000
"""Looks at what is due that are enough for whatever comes to an end by itself."""


class Until(Protocol):
    """When a life is over: `moment` is the latest time for it."""

    @property
    def moment(self) -> float | None: ...

    async def reached(self, life: Life, runs: Sequence[Stored]) -> bool: ...


class AllEnded:
    """Until all runs have ended."""

    moment = None

    async def reached(self, _life: Life, runs: Sequence[Stored]) -> bool:
        return bool(runs) and all(run.row.status in ENDED for run in runs)


class Life:
    """`store` is how this worker sees it. `sent` are the numbers of the events that it need not send any more."""

    def __init__(self, scene: Scene, store: Store, recorder: Recorder, sent: set[int]) -> None:
        self.scene = scene
        self.store = store
        self.recorder = recorder
        self.sent = sent
        self.refused: dict[int, EventRefused] = {}
        self.engine = Engine(store, clock=leaping_loop(), worker=False, lease=LEASE, grace=0)
        self._pool = Pool(32)
        for number, part in enumerate(scene.parts):
            self.engine.register(part.flow, recorder.handlers(number, self._pool))

    async def live(self, until: Until) -> None:
        """Raises StoreError when the worker dies."""
        with closing(self._pool):
            async with self.engine:
                await self._start()
                for look in count():
                    if not await self._go_on(until):
                        return
                    if look == ENDLESS and until.moment is None:
                        name = self.scene.flow.name
                        raise AssertionError(f'"{name}" goes on and on: say until when, with until=timedelta(…)')

    async def runs(self) -> list[Stored]:
        """All runs, the oldest first."""
        rows = await self.store.runs(RunQuery(children=True))
        return [stored for row in reversed(rows) if (stored := await self.store.load(row.id)) is not None]

    async def _start(self) -> None:
        there = {run.row.flow for run in await self.runs() if run.row.parent is None}
        for part in self.scene.parts:
            if part.inputs is not None and part.flow.name not in there:
                await self.engine.start(part.flow, inputs=part.inputs)

    async def _go_on(self, until: Until) -> bool:
        """Does what is due, sends what is waited for, lets time pass. False when the life is over."""
        await self._send_due()
        due = await self._do_what_is_due()
        self.recorder.points.check()
        runs = await self.runs()
        if await self._send_awaited(runs):
            return True
        if await until.reached(self, runs):
            return False
        times = [time for time in (due, until.moment, *self._times()) if time is not None]
        if not times:
            return False
        await sleep_until(leaping_loop(), min(times))
        return True

    async def _do_what_is_due(self) -> float | None:
        try:
            async with asyncio.timeout(HANGS):
                return await self.engine.tick()
        except TimeoutError:
            hang = dict.fromkeys(call.handler for call in self.recorder.calls if not call.ended)
            raise AssertionError(f"at work for {duration(HANGS)} and not done: {', '.join(hang)}") from None

    # ---- events ----

    @property
    def _unsent(self) -> list[int]:
        return [number for number in range(len(self.scene.events)) if number not in self.sent]

    def _times(self) -> list[float]:
        """When events are to be sent, of those that do not wait until they are waited for."""
        now = leaping_loop().now()
        times = (self.scene.time_of(self.scene.events[number]) for number in self._unsent)
        return [time for time in times if time is not None and time > now]

    async def _send_due(self) -> None:
        """Sends the events whose time has come, each to the first open run whose flow knows it."""
        now = leaping_loop().now()
        for number in self._unsent:
            event = self.scene.events[number]
            time = self.scene.time_of(event)
            if time is not None and time <= now:
                flows = [part.flow.name for part in self.scene.parts if awaits(part.flow, event.name)]
                open_runs = [run for run in await self.runs() if run.row.status not in ENDED]
                await self._send(number, [run for run in open_runs if run.row.flow in flows])

    async def _send_awaited(self, runs: Sequence[Stored]) -> bool:
        """Sends one event that a run waits for."""
        for number in self._unsent:
            event = self.scene.events[number]
            if event.at is None and await self._send(number, [run for run in runs if event.name in _awaited(run)]):
                return True
        return False

    async def _send(self, number: int, runs: Sequence[Stored]) -> bool:
        """Sends an event to the first of the runs that takes it."""
        event = self.scene.events[number]
        for run in runs:
            self.sent.add(number)  # before, for the worker may die of what the event sets going
            try:
                await self.engine.send(run.row.id, event.name, event.payload, id=f"event {number}")
            except EventRefused as error:
                self.sent.remove(number)
                self.refused[number] = error
            else:
                self.refused.pop(number, None)
                return True
        return False


def _awaited(run: Stored) -> set[str]:
    """The events that a run waits for now."""
    if run.row.status in ENDED:
        return set()
    return {wait["event"] for leaf in leaves_of(run) for wait in leaf.get("waits", ())}
