"""Performs a script on real engines while chance does its worst: crashes, lost and slow saves, operators, events twice.

Everything happens on one event loop and one clock that only this moves, so a seed tells the whole story.
"""

from __future__ import annotations

import asyncio
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.compiled import compiled
from tests.simulation.reference import result_of
from tests.simulation.scripts import Script, is_published
from wgen.errors import EventRefused, LostLease, NotAllowed, StoreError
from wgen.runtime import Engine, OpenWait, RunView, current
from wgen.runtime.clock import sleep_until
from wgen.runtime.ports import Store
from wgen.runtime.rows import Change, Lease, Stored
from wgen.testing.clock import HandClock

LEASE = 10.0
STEPS = 60
"""So often chance has its turn; then the runs are left in peace until they end."""

PATIENCE = 3_000
"""So many turns are enough for the longest script."""


class Trouble(AssertionError):
    """Something happened that must never happen."""


class FaultyStore:
    """A store as one engine sees it, until it crashes."""

    def __init__(self, store: Store, world: World) -> None:
        self._store = store
        self._world = world
        self.crashed = False
        self.stalled = False  # it does not get to renew its leases

    def __getattr__(self, name: str) -> Any:
        if self.crashed:
            raise StoreError("this engine is dead")
        return getattr(self._store, name)

    async def claim(self, *arguments: Any) -> list[Stored]:
        claimed: list[Stored] = await self.__getattr__("claim")(*arguments)
        for stored in claimed:
            self._world.know(stored.row.number, stored.row.id)
        return claimed

    async def claim_run(self, *arguments: Any) -> Stored | Lease | None:
        claimed: Stored | Lease | None = await self.__getattr__("claim_run")(*arguments)
        if isinstance(claimed, Stored):
            self._world.know(claimed.row.number, claimed.row.id)
        return claimed

    async def renew(self, *arguments: Any) -> dict[int, int]:
        if self.stalled:
            raise StoreError("no answer in time")
        return {} if self.crashed else await self._store.renew(*arguments)

    async def release(self, *arguments: Any) -> None:
        if not self.crashed:
            await self._store.release(*arguments)

    def save(self, change: Change, /) -> Awaitable[bool] | bool:
        if self.crashed:
            raise StoreError("this engine is dead")
        fault = self._world.next_fault()
        if fault == "lost save":
            raise StoreError("the disk is full")
        if fault == "slow save":
            return self._slowly(change)
        saved = self._save(change)
        if fault == "lost answer":
            raise StoreError("the connection broke")
        return saved

    async def _slowly(self, change: Change) -> bool:
        for _ in range(self._world.chance.randint(1, 6)):
            await asyncio.sleep(0)
        if self.crashed:
            raise StoreError("this engine is dead")
        return self._save(change)

    def _save(self, change: Change) -> bool:
        saved = self._store.save(change)
        assert isinstance(saved, bool)
        self._world.note_saved(change)
        return saved


@dataclass
class Machine:
    """One engine and what it sees of the store."""

    engine: Engine
    store: FaultyStore
    ticking: asyncio.Task[Any] | None = None


@dataclass
class Happened:
    """What came of it: the root's view, all views, their histories, and the calls of handlers."""

    root: RunView
    views: list[RunView]
    histories: dict[str, list[tuple[str, str | None]]]
    undone_with: Counter[tuple[str, int]]
    given: Counter[tuple[str, int]]
    told: list[tuple[str, str]]
    waits: int
    cancelled: bool


@dataclass
class World:
    """`faults` chooses what may go wrong."""

    script: Script
    store: Store
    chance: Random
    faults: bool = True
    clock: HandClock = field(default_factory=HandClock)
    machines: list[Machine] = field(default_factory=list)
    calls: dict[tuple[str, str, int], set[str]] = field(default_factory=dict)
    saved: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    undone_with: Counter[tuple[str, int]] = field(default_factory=Counter)
    given: Counter[tuple[str, int]] = field(default_factory=Counter)
    told: list[tuple[str, str]] = field(default_factory=list)
    waits: int = 0
    log: list[str] = field(default_factory=list)
    cancelled: bool = False
    _ids: dict[int, str] = field(default_factory=dict)
    _peace: bool = False
    _to_send: list[tuple[int, str, int]] = field(default_factory=list)
    _trouble: Exception | None = None

    # ---- the performance ----

    async def perform(self, start: int) -> Happened:
        self.machines = [self._machine() for _ in range(2)]
        self._to_send = [(number, *event) for number, event in enumerate(self.script.events)]
        items = list(self.script.items)
        root = (await self.machines[0].engine.start(self._flows()[0], start=start, items=items)).id
        try:
            for _ in range(STEPS if self.faults else 0):
                await self._one_thing(root)
            self._peace = True
            for machine in self.machines:
                machine.store.stalled = False
            await self._to_the_end(root)
            return await self._happened(root)
        finally:
            for machine in self.machines:
                await self._stop(machine)

    def _flows(self) -> list[Any]:
        flows = compiled(self.script.text)
        return sorted(flows, key=lambda flow: [known.name for known in self.script.flows].index(flow.name))

    def _machine(self) -> Machine:
        store = FaultyStore(self.store, self)
        return Machine(self._registered(store), store)

    def _registered(self, store: Any) -> Engine:
        engine = Engine(store, clock=self.clock, worker=False, lease=LEASE, sources={"door bell": Bell(self)})
        for flow in self._flows():
            engine.register(flow, Handlers(self))
        return engine

    async def _one_thing(self, root: str) -> None:
        chance = self.chance
        machine = chance.choice(self.machines)
        deeds: list[Callable[[], Awaitable[None]]] = [
            lambda: self._tick(machine),
            lambda: self._tick(machine),
            self._breathe,
            self._breathe,
            lambda: self._send(root),
            lambda: self._move(chance.choice([0.5, 2.0, 5.0, 11.0, 40.0])),
        ]
        deed = chance.choice(deeds)
        if chance.random() < 0.1:
            deed = chance.choice(
                [
                    lambda: self._crash(machine),
                    lambda: self._stall(machine),
                    lambda: self._operate(root),
                    lambda: self._send_again(root),
                ]
            )
        await deed()
        if self._trouble is not None:
            raise self._trouble

    async def _breathe(self) -> None:
        for _ in range(self.chance.randint(1, 10)):
            await asyncio.sleep(0)

    async def _tick(self, machine: Machine) -> None:
        if machine.ticking is None or machine.ticking.done():
            self._collect(machine)
            machine.ticking = asyncio.create_task(machine.engine.tick())
        await asyncio.sleep(0)

    def _collect(self, machine: Machine) -> None:
        """What went wrong in a tick: faults are expected, everything else is trouble."""
        task, machine.ticking = machine.ticking, None
        if task is None or task.cancelled() or (error := task.exception()) is None:
            return
        if not isinstance(error, StoreError | LostLease):
            told = "".join(traceback.format_exception(error))
            raise Trouble(f"a tick ended with {type(error).__name__}: {error}\n{told}") from error

    async def _move(self, seconds: float) -> None:
        self.log.append(f"{seconds:g} seconds pass")
        await self.clock.move(seconds)

    async def _send(self, root: str) -> None:
        if self._to_send:
            number, event, payload = self._to_send.pop(0)
            self.log.append(f"event {event}")
            await self._say(root, number, event, payload)

    async def _send_again(self, root: str) -> None:
        sent = len(self.script.events) - len(self._to_send)
        if sent:
            number = self.chance.randrange(sent)
            await self._say(root, number, *self.script.events[number])

    async def _say(self, root: str, number: int, event: str, payload: int) -> None:
        if is_published(event):
            engine = self._registered(self.store)
            await engine._publisher.publish(engine.crew.bounds.values(), event, payload, f"event {number}")
            return
        with suppress(EventRefused):  # the run has ended
            await self._outside().send(root, event, payload, id=f"event {number}")

    def _outside(self) -> Engine:
        """An engine that knows no flow: whoever sends events and operates."""
        return Engine(self.store, clock=self.clock, worker=False, lease=LEASE)

    async def _operate(self, root: str) -> None:
        engine = self._outside()
        deed = self.chance.choice(["pause", "resume", "pause", "resume", "cancel"])
        self.log.append(deed)
        with suppress(NotAllowed):
            if deed == "pause":
                await engine.pause(root)
            elif deed == "resume":
                await engine.resume(root)
            elif self.chance.random() < 0.3:
                await engine.cancel(root)
                self.cancelled = True

    async def _stall(self, machine: Machine) -> None:
        self.log.append("stall")
        machine.store.stalled = not machine.store.stalled

    async def _crash(self, machine: Machine) -> None:
        self.log.append("crash")
        machine.store.crashed = True
        await self._stop(machine)
        self.machines[self.machines.index(machine)] = self._machine()

    async def _stop(self, machine: Machine) -> None:
        tasks = [*machine.engine.crew._tasks.values(), *([machine.ticking] if machine.ticking else [])]
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(BaseException):
                await task

    async def _to_the_end(self, root: str) -> None:
        engine = self._outside()
        for _ in range(PATIENCE):
            if self._trouble is not None:
                raise self._trouble
            views = await engine.runs(children=True)
            if all(view.ended for view in views) and await self._all_told():
                return
            for view in views:
                if view.status == "paused":
                    if view.error is not None and view.error["type"] != "WorkerLost":
                        raise Trouble(f"paused: {view.error}")
                    if view.id == root or view.error is not None:
                        await engine.resume(view.id)
            if self._to_send:
                await self._send(root)
            for machine in self.machines:
                await self._tick(machine)
            await self.clock.move(2.0)
        raise Trouble(f"it does not end: {[(v.flow, v.status, v.steps, v.waiting_for) for v in views]}")

    async def _all_told(self) -> bool:
        """Whether no source has anything left to be told."""
        _, later = await self.store.tellings(["door bell"], 0.0, 0.0)
        return later is None

    # ---- what is looked at ----

    def next_fault(self) -> str | None:
        if self._peace or not self.faults or self.chance.random() > 0.04:
            return None
        fault = self.chance.choice(["lost save", "slow save", "slow save", "slow save", "lost answer"])
        self.log.append(fault)
        return fault

    def note_saved(self, change: Change) -> None:
        self.waits += sum(wait.source is not None for wait in change.opened)
        run = self._ids.get(change.number)
        for _, what, step, attempt, *_ in change.entries:
            if run is not None and what in ("task finished", "attempt failed") and step and attempt:
                self.saved[run, step, attempt] += 1

    def note_call(self) -> None:
        """A call of a handler. One whose attempt is saved already must never come."""
        attempt = current()
        unit = (attempt.run, attempt.step, attempt.attempt)
        keys = self.calls.setdefault(unit, set())
        if attempt.key in keys and self.saved[unit] >= len(keys):
            self._trouble = Trouble(f"{attempt.step}, attempt {attempt.attempt}, was saved and is executed again")
        keys.add(attempt.key)

    def know(self, number: int, run: str) -> None:
        self._ids[number] = run

    async def _happened(self, root: str) -> Happened:
        engine = self._outside()
        views = await engine.runs(children=True)
        histories = {
            view.id: [(str(entry.what), entry.step) for entry in await engine.history(view.id)] for view in views
        }
        return Happened(
            await engine.view(root),
            views,
            histories,
            self.undone_with,
            self.given,
            self.told,
            self.waits,
            self.cancelled,
        )


class Bell:
    """The source of every other event: it notes what it is told, which takes its time and may fail, by chance."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def setup(self, wait: OpenWait) -> None:
        await self._hear("setup", wait)

    async def teardown(self, wait: OpenWait, handled: bool) -> None:
        await self._hear("teardown" + (" handled" if handled else ""), wait)

    async def _hear(self, what: str, wait: OpenWait) -> None:
        chance = self._world.chance
        self._world.told.append((wait.id, what))
        for _ in range(chance.randint(0, 3)):
            await asyncio.sleep(0)
        if chance.random() < 0.1:
            raise ConnectionError("nobody hears")


class Handlers:
    """Does what the script says; each call takes its time, by chance."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)

        async def act(**numbers: int) -> int | None:
            self._world.note_call()
            await self._take_time()
            if name.startswith("do_"):
                return self._do(name.removeprefix("do_"), numbers)
            (number,) = numbers.values()
            self._world.undone_with[name.removeprefix("take_back_"), number] += 1
            return None

        return act

    def _do(self, name: str, numbers: dict[str, int]) -> int:
        task = self._world.script.tasks[name]
        if current().attempt <= task.fails:
            raise LookupError(f"{name} does not work")
        number = result_of(name, [numbers[read] for read in task.reads])
        self._world.given[name, number] += 1
        return number

    async def _take_time(self) -> None:
        chance = self._world.chance
        for _ in range(chance.randint(0, 3)):
            await asyncio.sleep(0)
        if chance.random() < 0.1:
            clock = self._world.clock
            await sleep_until(clock, clock.now() + chance.choice([1.0, 3.0, 12.0]))
