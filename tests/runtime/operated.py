"""A place for flows written as text: a store, a clock and handlers that note what they did, to be operated on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from tests.compiled import compiled
from wgen.runtime import Engine, RunView
from wgen.runtime.finding import find_store
from wgen.testing.clock import HandClock

Make = Callable[..., "Place"]

PATIENCE = 15.0
"""Seconds until a test gives up: much more than it needs on a busy machine, less than a test may take."""


class Noting:
    """Has every handler: it notes each call, waits for what `holds` names, fails while `fails` names it, and gives what
    `gives` says."""

    def __init__(self, gives: dict[str, Any] | None = None) -> None:
        self.gives = gives or {}
        self.fails: set[str] = set()
        self.holds: dict[str, asyncio.Event] = {}
        self.seen: list[str] = []
        self.stopped: list[str] = []

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)

        async def act(**arguments: Any) -> Any:
            self.seen.append(name)
            try:
                if name in self.holds:
                    await self.holds[name].wait()
            except asyncio.CancelledError:
                self.stopped.append(name)
                raise
            if name in self.fails:
                raise LookupError(f"{name} does not work")
            given = self.gives.get(name)
            return given(**arguments) if callable(given) else given

        return act


class Place:
    """Engines on one store, with these flows. `engine()` is one without worker, `bare()` one without any flow."""

    def __init__(self, text: str, url: str, handlers: Any = None) -> None:
        self.flows = compiled(text)
        self.handlers = Noting() if handlers is None else handlers
        self.clock = HandClock()
        self.store = find_store(url)

    @asynccontextmanager
    async def engine(self, *, worker: bool = False, bare: bool = False, **options: Any) -> AsyncIterator[Engine]:
        async with Engine(self.store, clock=self.clock, worker=worker, lease=10, **options) as engine:
            for flow in () if bare else self.flows:
                engine.register(flow, self.handlers)
            yield engine

    @asynccontextmanager
    async def opened(self, **options: Any) -> AsyncIterator[Engine]:
        """The store, open, and an engine without worker."""
        await self.store.open()
        try:
            async with self.engine(**options) as engine:
                yield engine
        finally:
            await self.store.close()

    async def until(self, engine: Engine, run: str, *statuses: str) -> RunView:
        """How the run stands when it has one of these statuses."""
        give_up = time.monotonic() + PATIENCE
        while (view := await engine.view(run)).status not in statuses:
            await self.clock.settle()
            await asyncio.sleep(0.001)  # what a thread does takes real time
            if time.monotonic() > give_up:
                told = "\n".join(map(str, await engine.history(run)))
                stored = await self.store.load(run)
                raise AssertionError(f"the run does not become {statuses}: {view}\n{told}\n{stored}")
        return view


BOOKING = """
@Flow booking
@Given (trip)
@Then book a flight for (trip)
@Undo cancel the flight for (trip)
@Then book a hotel for (trip)
@Undo cancel the hotel for (trip)
@Receive (approval)
@Then pay for (trip) using (approval) giving (receipt)
@Finish with (receipt)
"""
BOOKED = ["book_a_flight_for_trip", "book_a_hotel_for_trip"]
TAKEN_BACK = ["cancel_the_hotel_for_trip", "cancel_the_flight_for_trip"]


async def booked(engine: Engine, place: Place) -> str:
    """A run of the first flow, where it waits for the approval."""
    run = (await engine.start(place.flows[0], trip="Rome")).id
    assert (await engine.drive(run)).status == "waiting"
    return run


async def whats(engine: Engine, run: str) -> list[str]:
    return [str(entry.what) for entry in await engine.history(run)]


PARENT = """
@Flow parent
@Then prepare
@Undo clean up
@Then run flow (child) giving (answer)
@Finish with (answer)

@Flow child
@Then begin
@Undo take back
@Receive (news)
@Finish with (news)
"""


async def waiting_child(engine: Engine, place: Place) -> tuple[str, str]:
    run = (await engine.start(place.flows[0])).id
    await engine.drive(run)
    return run, (await engine.runs(children=True))[0].id


PLAIN = """
@Given (order)
@Then check (order) giving (price)
@Then charge (order) using (price) giving (receipt)
@Finish with (receipt)
"""
