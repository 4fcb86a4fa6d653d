"""The engine: starts runs, sends them events, has them executed, and tells how they stand."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar

from wgen.errors import InputError, NotAllowed, RunIsOpen, UsageError
from wgen.runtime import forgetting, operate
from wgen.runtime.awaiting import Awaiter
from wgen.runtime.changing import Said
from wgen.runtime.clock import SystemClock
from wgen.runtime.crew import Crew
from wgen.runtime.definition import definition
from wgen.runtime.driving import Driver, raise_trouble
from wgen.runtime.finding import find_store
from wgen.runtime.handle import RunHandle
from wgen.runtime.handlers import bind_handlers
from wgen.runtime.history import Entry, What
from wgen.runtime.inputs import business_key, take_inputs, why_not_kept
from wgen.runtime.life import ENDED, RunStatus, new_run_id
from wgen.runtime.limits import run_gates
from wgen.runtime.log import logger
from wgen.runtime.mail import Letter, send
from wgen.runtime.orders import Order
from wgen.runtime.plan import Bound
from wgen.runtime.pool import Pool
from wgen.runtime.ports import Surroundings
from wgen.runtime.published import Unmatched
from wgen.runtime.publishing import DAY, Publisher
from wgen.runtime.reading import Reader
from wgen.runtime.rows import NewRun, RunQuery
from wgen.runtime.sharing import Writes
from wgen.runtime.sources import Source, Sources
from wgen.runtime.triggers import Triggers
from wgen.runtime.view import RunView
from wgen.runtime.why import Why, why
from wgen.runtime.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import ModuleType, TracebackType

    from wgen.runtime.flow import Flow
    from wgen.runtime.ports import Clock, Store
    from wgen.runtime.rows import Stored
    from wgen.runtime.telemetry import Telemetry

T = TypeVar("T")
V = TypeVar("V")
H = TypeVar("H")


class Engine:
    """A store with the flows that can be executed here.

    With `worker` (the default) due runs are claimed and executed while the engine is open, `concurrency` at once.
    Without, nothing happens by itself: `drive`, `tick`, `resume` and `send` do all there is to do and return. A store
    given as an object is its owner's to open and close. `lease` is for how long, in seconds, a run stays with a worker
    that does not answer any more; `grace` for how long attempts may go on when the engine is closed. `observe` gets
    each entry of a run's history after it was committed. `on_end`, a function or a coroutine function, gets each run
    that has finished, failed, or was cancelled or paused in this engine, by whomever; a process that dies may not come
    to it. `telemetry` measures and traces what happens here, such as `wgen.telemetry.OpenTelemetry()`.

    `sources` are told of the waits for their events, by the words that flows name them with: `@Receive (ring) from door
    bell "front"` is told to `{"door bell": …}`. `unmatched` is for how long, in seconds, a published event that no run
    waits for is kept.
    """

    def __init__(
        self,
        store: str | Store = "sqlite:///wgen.db",
        *,
        clock: Clock | None = None,
        lease: float = 10.0,
        concurrency: int = 100,
        worker: bool = True,
        grace: float = 10.0,
        observe: Callable[[Entry], object] | None = None,
        on_end: Callable[[RunView], object] | None = None,
        telemetry: Telemetry | None = None,
        sources: Mapping[str, Source] | None = None,
        unmatched: float = DAY,
    ) -> None:
        self.store: Store = find_store(store) if isinstance(store, str) else store
        self.clock: Clock = SystemClock() if clock is None else clock
        self._owns_store = isinstance(store, str)
        self._around = Surroundings(
            self.store,
            self.clock,
            Writes(self.store),
            observe,
            define=self._define_by_name,
            wake=self._wake,
            telemetry=telemetry,
        )
        self._telemetry = telemetry
        if telemetry is not None and (measure := getattr(self.store, "measure", None)) is not None:
            measure(telemetry.wrote)
        self.crew = Crew(self._around, lease)
        self.triggers = Triggers(self._around)
        self.sources = Sources(self._around, sources or {}, lease)
        self._publisher = Publisher(self._around, unmatched)
        self.worker = Worker(
            self.crew, concurrency, self.sources, chores=(self.triggers.start_due, self._publisher.drop)
        )
        self.sources.wake = self.worker.wake
        self._works = worker
        self._reader = Reader(self.store)
        self._driver = Driver(self.crew, self._reader.load, self._bound)
        self.awaiter = Awaiter(self.crew, self._reader, self.drive, works=worker)
        self._grace = grace
        self._pool = Pool(max(32, concurrency))
        self._defined: set[str] = set()
        self._on_end = on_end
        self._telling: set[asyncio.Task[None]] = set()
        if on_end is not None:
            self._around.on_end = self._tell_end

    async def __aenter__(self) -> Self:
        if self._owns_store:
            await self.store.open()
        if self._works:
            self.worker.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.crew.hold()
        await self.worker.stop()
        await self.crew.stop(self._grace)
        await self.sources.stop(self._grace)
        if self._telling:
            await asyncio.wait(self._telling)
        self._pool.close()
        if self._owns_store:
            await self.store.close()

    def _tell_end(self, run: str) -> None:
        task = asyncio.create_task(self._call_on_end(run))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _call_on_end(self, run: str) -> None:
        """A hook that fails is the user's to mend: it is logged, and nothing else."""
        try:
            told = self._on_end(await self.view(run)) if self._on_end is not None else None
            if inspect.isawaitable(told):
                await told
        except Exception:  # noqa: BLE001 - whatever the hook raises
            logger.exception("the hook for the end of runs failed", extra={"run": run, "flow": None, "step": None})

    def register(self, flow: Flow[V, H], handlers: H | ModuleType) -> None:
        """Makes a flow executable here. Raises HandlersError with everything that is wrong with the handlers."""
        bound = Bound(flow, bind_handlers(flow, handlers, self._pool), self.crew.bounds, self.sources.by_words)
        self.triggers.add(bound)
        self.crew.bounds[flow.name] = bound
        self.worker.wake()

    # ---- starting ----

    async def start(
        self,
        flow: Flow[Any, Any],
        /,
        *,
        key: str | None = None,
        inputs: Mapping[str, Any] | None = None,
        if_open: Literal["return", "error"] = "return",
        **values: Any,
    ) -> RunHandle:
        """Stores a new run of the flow; inputs are given by name, in `inputs` also by their words.

        While a run of the flow with the same business key is open, that run is returned with `created` False, or
        RunIsOpen is raised. Raises InputError with everything that is wrong with the inputs.
        """
        bound = self._bound(flow.name)
        known, rows = take_inputs(bound, {**(inputs or {}), **values})
        if key is not None and (reason := why_not_kept(key)) is not None:
            raise InputError(f"the key of a run {reason}")
        if flow.digest not in self._defined:
            await self._define(bound)
        await self.triggers.connect()
        now = self.clock.now()
        new = NewRun(
            id=new_run_id(),
            flow=flow.name,
            version=flow.version,
            digest=flow.digest,
            key=business_key(bound, known) if key is None else key,
            position=bound.first.fresh,
            at=now,
            values=rows,
            entries=[Entry(now, What.RUN_CREATED)],
            lease=self.crew.lease() if self._works and self.worker.free > 0 else None,
            gates=run_gates(bound, known),
        )
        create, telemetry = self.store.create, self._telemetry
        row, created = await (create(new) if telemetry is None else telemetry.start(new, create))
        self._around.writes.note()
        if not created and if_open == "error":
            raise RunIsOpen(f'the run {row.id} of "{flow.name}" with the key {row.key!r} is still open')
        if created and row.owner is not None:
            self.crew.take_new(bound, row, known)
        if created and self._around.observe is not None:
            self._around.observe(Entry(now, What.RUN_CREATED))
        return RunHandle(self, row.id, created=created)

    def _bound(self, flow: str) -> Bound:
        bound = self.crew.bounds.get(flow)
        if bound is None:
            raise UsageError(f'the flow "{flow}" is not registered with this engine: call engine.register() with it')
        return bound

    async def _define_by_name(self, flow: str) -> None:
        await self._define(self._bound(flow))

    def _wake(self, parent: str | None) -> None:
        """A run has started another one, or has ended: whoever is concerned has something to do."""
        if parent is not None:
            self.crew.poke(parent)
        self.worker.wake()

    async def _define(self, bound: Bound) -> None:
        """Has the store keep the flow's definition, for those who have not its code."""
        digest = bound.flow.digest
        if digest in self._defined:
            return
        if await self.store.definition(digest) is None:
            await self.store.put_definition(digest, definition(bound))
        self._defined.add(digest)

    # ---- acting on a run ----

    async def send(
        self, run: str, event: str, payload: Any = None, *, id: str | None = None, strict: bool = False
    ) -> float | None:
        """Sends an event, named by its words or identifier, to a run.

        The payload is checked first; EventRefused says what is wrong with it, and nothing has changed. `id` is the
        sender's own name for it: a second event with that id is acknowledged and dropped. `strict` refuses what the
        run does not wait for right now. An engine without worker then does what there is to do, and returns when the
        run is due next.
        """
        row = await self._reader.row(run)
        bound = self.crew.bounds.get(row.flow)
        await send(self._around, bound, row, Letter(event, payload, id, strict))
        self._around.writes.note()
        self.crew.poke(run)
        if self._works:
            self.worker.wake()
            return None
        return None if bound is None else await self._go_on(run)

    async def publish(
        self, event: str, payload: Any = None, *, flow: str | None = None, id: str | None = None
    ) -> list[str]:
        """Gives an event, named by its words or identifier, to all runs that wait for it, and returns their ids.

        For who does not know the run: the `where` of the wait tells which are meant. It is for the flows that are
        registered here and wait for it with a `where` or from a source, or for `flow` alone. The payload is checked
        first; EventRefused says what is wrong with it, and nothing has changed. An event that no run of a flow waits
        for is kept for one that will, as long as `unmatched` says. `id` is the sender's own name for it: a second event
        with that id is acknowledged and dropped. An engine without worker then does what there is to do.
        """
        bounds = [self._bound(flow)] if flow is not None else list(self.crew.bounds.values())
        runs = await self._publisher.publish(bounds, event, payload, id)
        self._around.writes.note()
        for run in runs:
            self.crew.poke(run)
        self.worker.wake()
        for run in () if self._works else runs:
            await self._go_on(run)
        return runs

    async def unmatched(self) -> list[Unmatched]:
        """The published events that no run waits for: of each flow and name, how many are kept and were dropped."""
        return await self.store.unmatched()

    async def resume(self, run: str, *, by: str | None = None, reason: str | None = None) -> float | None:
        """Lifts the pause of a run. An engine without worker then does what there is to do.

        Returns when the run is due next, None when it is not due by itself.
        """
        stored = await self._open_run(run, "resume")
        await operate.resume(self._around, run, self._said(by, reason))
        return await self._changed(stored)

    async def pause(self, run: str, *, by: str | None = None, reason: str | None = None) -> None:
        """Has a run stand still, with those below it, until it is resumed. Attempts at work are finished."""
        stored = await self._open_run(run, "pause")
        await operate.tell(self._around, run, Order.PAUSE, self._said(by, reason))
        await self._changed(stored)

    async def cancel(
        self, run: str, *, undo: bool = True, by: str | None = None, reason: str | None = None
    ) -> float | None:
        """Cancels a run with those below it, and undoes what they have done, unless `undo` is False.

        `async` attempts at work are stopped, the result of others is ignored.
        """
        stored = await self._open_run(run, "cancel")
        order = Order.CANCEL if undo else Order.CANCEL_WITHOUT_UNDO
        await operate.tell(self._around, run, order, self._said(by, reason))
        return await self._changed(stored)

    async def retry(
        self,
        run: str,
        *,
        step: str | None = None,
        force: bool = False,
        by: str | None = None,
        reason: str | None = None,
    ) -> float | None:
        """Begins a failed or paused run anew: where it stands, or where its undos begin, or at a step by its id.

        A step behind the first undone one is refused unless `force` is True: what was undone would not be there.
        """
        stored = await self._reader.load(run)
        bound = self.crew.bounds.get(stored.row.flow)
        await operate.retry(self._around, bound, stored, step, self._said(by, reason), force=force)
        return await self._changed(stored)

    async def set(self, run: str, name: str, value: Any, *, by: str | None = None, reason: str | None = None) -> None:
        """Changes a value of a paused or failed run, named by its words or identifier. The history tells of it."""
        stored = await self._reader.load(run)
        bound = self.crew.bounds.get(stored.row.flow)
        await operate.set_value(self._around, bound, stored, name, value, self._said(by, reason))

    async def erase(self, run: str, *, by: str | None = None, reason: str | None = None) -> None:
        """Forgets what an ended run and those below it knew: values, results, payloads, keys, messages of errors."""
        await forgetting.erase(self._around, await self._reader.load(run), self._said(by, reason))

    async def delete(self, *, ended_before: float, flow: str | None = None) -> int:
        """Removes the runs that had ended by that time, with those below them. Returns how many."""
        return await forgetting.delete(self.store, ended_before, flow)

    async def why(self, run: str) -> Why:
        """Why a run does not go on, and what would make it."""
        return await why(self.store, await self._reader.load(run), self.clock.now())

    def _said(self, by: str | None, reason: str | None) -> Said:
        for told, what in ((by, "whoever does something"), (reason, "the reason")):
            if told is not None and (problem := why_not_kept(told)) is not None:
                raise InputError(f"{what} {problem}")
        return Said(self.clock.now(), by, reason)

    async def _open_run(self, run: str, verb: str) -> Stored:
        stored = await self._reader.load(run)
        if stored.row.status in ENDED:
            raise NotAllowed(f"the run {run} is {stored.row.status}, there is nothing to {verb}")
        return stored

    async def _changed(self, stored: Stored) -> float | None:
        """Somebody has told a run to do something: it does so here, or at its worker's next look."""
        run = stored.row.id
        self._around.writes.note()
        self.crew.poke(run)
        self.crew.tell(run)
        if not self._works and stored.row.flow in self.crew.bounds:
            return await self._go_on(run)
        self.worker.wake()
        return (await self._reader.row(run)).due

    async def _go_on(self, run: str) -> float | None:
        """Executes what there is to do now, unless somebody else does."""
        await self._driver.execute(run)
        await self.sources.tell_all()
        return (await self._reader.row(run)).due

    async def drive(self, run: str, *, wait: bool = True) -> RunView:
        """Executes one run here until it has ended, is paused, or waits for an event.

        While it waits for nothing but time, this waits too, unless `wait` is False. A run that another process holds is
        waited for until the lease ends; NotAllowed is raised when it was prolonged. Cancelled, it gives the run back.
        """
        await self.triggers.connect()
        await self._driver.drive(run, wait=wait)
        while await self.sources.tell_all():
            await self._driver.drive(run, wait=wait)
        return await self.view(run)

    async def tick(self) -> float | None:
        """Does everything that is due now, and returns when something is due next."""
        await self.crew.end_leases_of_the_dead()
        while True:
            times = [await chore() for chore in self.worker.chores]
            tasks = await self.crew.claim(self.worker.concurrency)
            told = await self.sources.tell_all()
            if not tasks and not told:
                break
            await asyncio.gather(*tasks, return_exceptions=True)
            for task in tasks:
                raise_trouble(task)
        times.append(await self.sources.tell_due())
        due = await self.store.next_due(self.crew.bounds, self.crew.owner)
        return min((time for time in (*due, *times) if time is not None), default=None)

    # ---- looking ----

    def handle(self, run: str) -> RunHandle:
        """A run by its id."""
        return RunHandle(self, run, created=False)

    async def view(self, run: str) -> RunView:
        """How a run stands."""
        return await self._reader.view(run)

    async def runs(
        self,
        *,
        flow: str | None = None,
        status: str | None = None,
        word: str | None = None,
        key: str | None = None,
        since: float | None = None,
        limit: int | None = None,
        children: bool = False,
    ) -> list[RunView]:
        """The runs that fit, newest first. `status` is one of a run's life, `word` a business status.

        With `children` also the runs that others started. Raises InputError for what can't be looked for.
        """
        if status is not None and status not in (known := [str(one) for one in RunStatus]):
            raise InputError(f"no run is {status!r}; a run is one of {', '.join(known)}")
        of_life = None if status is None else RunStatus(status)
        return await self._reader.find(RunQuery(flow, of_life, word, key, since, limit, children))

    async def history(self, run: str) -> list[Entry]:
        """Everything that happened to a run."""
        return await self._reader.history(run)
