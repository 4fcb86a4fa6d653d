"""Performs a story: starts its runs, tells them what they wait for, lets time pass, and comes back after a kill."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable
from contextlib import suppress
from functools import wraps
from typing import TYPE_CHECKING, Any

from wgen.errors import StoreError
from wgen.runtime import Engine, current
from wgen.testing.clock import HandClock

if TYPE_CHECKING:
    from tests.examples.stories import Story, Told
    from wgen.runtime.ports import Store
    from wgen.runtime.rows import Change
    from wgen.runtime.view import RunView

LEASE = 10.0
SATURDAY = 1_767_398_400.0
"""2026-01-03T00:00:00Z: a story begins at the weekend, when nothing starts by a schedule for working days."""

LONGEST = 400
"""So many looks at a story are enough for the longest one."""


class Mortal:
    """A store as one worker sees it: at the commit of this number the worker dies, before or after it is written.

    What is dead reads and writes nothing any more. `finished` counts the commits of attempts by run and step.
    """

    def __init__(
        self, store: Store, finished: Counter[tuple[int, str]], die_at: int = 0, *, written: bool = True
    ) -> None:
        self._store = store
        self._finished = finished
        self._die_at = die_at
        self._written = written
        self.commits = 0
        self.dead = False

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)
        if not self.dead:
            return method
        if name in ("renew", "release"):
            return _nothing
        raise StoreError("this worker is dead")

    def save(self, change: Change, /) -> Awaitable[bool] | bool:
        if self.dead:
            raise StoreError("this worker is dead")
        self.commits += 1
        dies = self.commits == self._die_at
        if dies and not self._written:
            self._die()
        saved = self._store.save(change)
        for _, what, step, attempt, *_ in change.entries:
            if what in ("task finished", "attempt failed") and step is not None and attempt is not None:
                self._finished[change.number, step] += 1
        if dies:
            if isinstance(saved, bool):
                self._die()
            return self._die_after(saved)
        return saved

    async def _die_after(self, saved: Awaitable[bool] | bool) -> bool:
        if not isinstance(saved, bool):
            await saved
        self._die()
        return False

    def _die(self) -> None:
        self.dead = True
        raise StoreError("killed")


async def _nothing(*_: object) -> dict[int, int]:
    return {}


class Noting:
    """Handlers that note each call, with the key of its attempt."""

    def __init__(self, handlers: Any, calls: list[tuple[str, str]]) -> None:
        self._handlers = handlers
        self._calls = calls

    def __getattr__(self, name: str) -> Any:
        handler = getattr(self._handlers, name)

        @wraps(handler)
        async def noting(**arguments: Any) -> Any:
            self._calls.append((name, current().key))
            return await handler(**arguments)

        return noting


class Stage:
    """One performance of a story on a store."""

    def __init__(self, story: Story, store: Store, die_at: int = 0, *, written: bool = True) -> None:
        self.story = story
        self.store = store
        self.clock = HandClock(SATURDAY)
        self.calls: list[tuple[str, str]] = []
        self.finished: Counter[tuple[int, str]] = Counter()
        self.mortal = Mortal(store, self.finished, die_at, written=written)
        self.engine = self._engine(self.mortal)
        self.runs: list[str] = []
        self.to_tell = list(story.told)
        self.killed = False
        self.at_work = 0

    def _engine(self, store: Any) -> Engine:
        engine = Engine(store, clock=self.clock, worker=False, lease=LEASE)
        for flow, handlers in self.story.flows:
            engine.register(flow, Noting(handlers(), self.calls))
        return engine

    # ---- the performance ----

    async def perform(self) -> RunView:
        """From the start until nothing happens any more. Returns how the run that the story is about stands."""
        for flow, inputs in self.story.starts:
            found = next(pair.flow for pair in self.story.flows if pair.flow.name == flow)
            self.runs.append((await self.engine.start(found, inputs=inputs)).id)
        for _ in range(LONGEST):
            try:
                if not await self._go_on():
                    return await self.engine.view(self.runs[0])
            except StoreError:
                await self._come_back()
        waits = (await self.engine.view(self.runs[0])).waiting_for
        raise AssertionError(f"the story does not end; it waits for {waits}")

    async def _go_on(self) -> bool:
        """Does what is due, tells what is waited for, else lets time pass. False when there is nothing left."""
        await self._tell(early=True)
        due = await self.engine.tick()
        self._check_alive()
        if await self._tell(early=False):
            self._check_alive()
            return True
        if due is None or await self._all_ended():
            return False
        await self.clock.move(max(0.0, due - self.clock.now()))
        return True

    async def _all_ended(self) -> bool:
        return all(run.ended for run in await self.engine.runs(children=True))

    async def _tell(self, *, early: bool) -> bool:
        for told in list(self.to_tell):
            if told.early is early and (early or await self._is_awaited(told)):
                self.to_tell.remove(told)
                number = self.story.told.index(told)
                await self.engine.send(self._run_of(told), told.event, told.payload, id=f"told {number}")
                if not early:
                    return True
        return False

    async def _is_awaited(self, told: Told) -> bool:
        waits = (await self.engine.view(self._run_of(told))).waiting_for
        return told.event.replace(" ", "_") in [wait["event"] for wait in waits]

    def _run_of(self, told: Told) -> str:
        return self.runs[[start.flow for start in self.story.starts].index(told.flow)]

    # ---- after a kill ----

    def _check_alive(self) -> None:
        if self.mortal.dead and not self.killed:
            raise StoreError("killed")

    async def _come_back(self) -> None:
        """Another worker opens the same store, when the lease of the dead one is over."""
        assert self.mortal.dead, "only a kill stops a story"
        assert not self.killed
        self.killed = True
        for task in list(self.engine.crew._tasks.values()):
            task.cancel()
            with suppress(BaseException):
                await task
        self.at_work = len(self.calls) - sum(self.finished.values())
        await self.clock.move(LEASE + 1)
        self.engine = self._engine(Mortal(self.store, self.finished))
