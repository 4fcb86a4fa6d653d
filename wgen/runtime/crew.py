"""The runs that this engine holds: executes them, keeps their leases alive and tells who waits for their news."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Self, TypeAlias, TypeVar

from wgen.errors import LostLease, StoreError
from wgen.runtime.execution import Execution
from wgen.runtime.life import ENDED, RunStatus, came_to_rest
from wgen.runtime.log import about, log_failure, logger
from wgen.runtime.owners import is_gone, new_owner
from wgen.runtime.restore import load, load_unfit
from wgen.runtime.rows import Held, Lease, Stored
from wgen.runtime.state import RunState, Unfit

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from wgen.runtime.plan import Bound
    from wgen.runtime.ports import Surroundings, Timer
    from wgen.runtime.rows import RunRow

T = TypeVar("T")

Work: TypeAlias = "asyncio.Task[Exception | None]"
"""A run at work; the task returns what went wrong in it, for whoever waits for that."""

LAST_WORD: Final = 1.0
"""Seconds that a cancelled attempt has to come to its end."""

_GOES_ON: Final = (RunStatus.PENDING, RunStatus.WAITING, RunStatus.UNDOING)


class Watch:
    """Who waits for news of a run, as long as it is entered: `cause` is the exception that failed it here, if one did.

    `ended` is the run as it has ended here.
    """

    def __init__(self, of_run: str, watches: dict[str, list[Watch]]) -> None:
        self._of_run = of_run
        self._watches = watches
        self.news = asyncio.Event()
        self.cause: BaseException | None = None
        self.ended: RunState | None = None

    def __enter__(self) -> Self:
        self._watches.setdefault(self._of_run, []).append(self)
        return self

    def __exit__(self, *_: object) -> None:
        here = self._watches[self._of_run]
        here.remove(self)
        if not here:
            del self._watches[self._of_run]


class Crew:
    """`bounds` are the flows that can be executed here; `finished` and `failed` count the runs that ended here.

    `dropped` are runs that the store failed under: they are ours by their lease, and at work nowhere until it ends.
    """

    def __init__(self, around: Surroundings, lease: float) -> None:
        self.around = around
        around.tell = self.tell
        around.make_room = self._on_room
        self.owner = new_owner()
        self.bounds: dict[str, Bound] = {}
        self.finished = 0
        self.failed = 0
        self.dropped: set[str] = set()
        self.on_free: Callable[[float | None], None] = lambda _due: None
        self._lease = lease
        self._tasks: dict[str, Work] = {}
        self._executions: dict[str, Execution] = {}
        self._watches: dict[str, list[Watch]] = {}
        self._claiming = 0
        self._missed: set[str] = set()
        self._beat: Timer | None = None
        self._renewing: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._tasks)

    def lease(self) -> Lease:
        """A lease that starts now."""
        return Lease(self.owner, self.around.clock.now() + self._lease)

    def holds(self, id: str) -> Work | None:
        """The task that executes this run here."""
        return self._tasks.get(id)

    # ---- taking runs ----

    async def end_leases_of_the_dead(self) -> None:
        """Has nobody wait for the leases of workers on this machine whose processes are gone."""
        store = self.around.store
        for owner in await store.owners(self.bounds):
            if owner != self.owner and is_gone(owner):
                logger.info(
                    "the worker %s is gone: its runs go on", owner, extra={"run": None, "flow": None, "step": None}
                )
                await store.end_leases(owner, self.around.clock.now())

    async def claim(self, limit: int, *, log: bool = False) -> list[Work]:
        """Claims runs that are due and executes them. `log`: nobody waits for the tasks, the log tells of trouble."""
        claiming = self.around.store.claim(self.bounds, self.around.clock.now(), self.lease(), limit)
        claimed = await self._unless_cancelled(claiming, lambda claimed: claimed)
        return [self.take(stored, log=log) for stored in claimed]

    async def claim_run(self, id: str) -> Work | Lease | None:
        """Claims one run, due or not, and executes it. A Lease says who else does, None that it has ended."""
        claiming = self.around.store.claim_run(id, self.around.clock.now(), self.lease())
        claimed = await self._unless_cancelled(claiming, lambda it: [it] if isinstance(it, Stored) else [])
        return self.take(claimed) if isinstance(claimed, Stored) else claimed

    async def _unless_cancelled(self, claiming: Awaitable[T], taken: Callable[[T], list[Stored]]) -> T:
        """Awaits a claim. One that comes in spite of a cancellation is given back: nobody would execute it."""
        claim = asyncio.ensure_future(claiming)
        self._claiming += 1
        try:
            return await asyncio.shield(claim)
        except asyncio.CancelledError:
            held = [Held(stored.row.number, stored.row.fence) for stored in taken(await claim)]
            if held:
                await self.around.store.release(held, self.around.clock.now())
            raise
        finally:
            self._claiming -= 1

    def take(self, stored: Stored, *, log: bool = False) -> Work:
        """Executes a run that was claimed."""
        self.dropped.discard(stored.row.id)
        bound = self.bounds[stored.row.flow]
        lost = stored.lost if stored.lost is not None and stored.lost.owner != self.owner else None
        try:
            execution = Execution(self.around, load(bound, stored), lost)
        except Unfit as error:
            execution = Execution(self.around, load_unfit(bound, stored), trouble=error)
        return self._execute(execution, stored.was_due, log=log)

    def take_new(self, bound: Bound, row: RunRow, known: object) -> Work:
        """Executes a run that was created under our lease."""
        state = RunState(bound, row, known)
        state.root.plan = bound.first
        return self._execute(Execution(self.around, state, new=True), row.created_at, log=True)

    def _execute(self, execution: Execution, was_due: float | None, *, log: bool) -> Work:
        id = execution.state.id
        if id in self._missed:
            execution.mail_came = True
            self._missed.discard(id)
        self._executions[id] = execution
        self._tasks[id] = task = asyncio.create_task(self._guard(execution, was_due, log=log), name=id)
        if self._beat is None:
            self._beat = self.around.clock.call_at(self.around.clock.now() + self._lease / 3, self._on_beat)
        return task

    async def _guard(self, execution: Execution, was_due: float | None, *, log: bool) -> Exception | None:
        state, telemetry = execution.state, self.around.telemetry
        before = state.status
        trouble: Exception | None = None
        try:
            if telemetry is None:
                await execution.run()
            else:
                await telemetry.execute(state, self._lag(was_due), execution.run)
        except LostLease as error:
            logger.warning("%s", error, extra=about(state))
        except Exception as error:  # noqa: BLE001 - it is given on
            trouble = error
            if isinstance(error, StoreError):
                self.dropped.add(state.id)
            if log:
                logger.error("run %s stopped: %s", state.id, error, extra={"run": state.id, "flow": None, "step": None})
        finally:
            self._let_go(execution, before)
        return trouble

    def _let_go(self, execution: Execution, before: RunStatus) -> None:
        """A run is at work here no more."""
        state = execution.state
        if self._executions.get(state.id) is execution:  # else it was parked, and claimed again before it came here
            del self._tasks[state.id], self._executions[state.id]
        self.finished += execution.let_go and state.status is RunStatus.FINISHED
        self.failed += execution.let_go and state.status is RunStatus.FAILED
        log_failure(state)
        if self.around.on_end is not None and execution.let_go and came_to_rest(before, state.status):
            self.around.on_end(state.id)
        self.tell(state.id, state, ended=execution.let_go and state.status in ENDED)
        self.on_free(state.due() if state.status in _GOES_ON else None)

    def _lag(self, due: float | None) -> float | None:
        """How long ago it was due; None for what was claimed before its time."""
        lag = -1.0 if due is None else self.around.clock.now() - due
        return lag if lag >= 0 else None

    def _on_room(self, flow: str) -> None:
        """A limited attempt is over: runs at work may have another one that waits for its place."""
        for execution in self._executions.values():
            state = execution.state
            if state.bound.flow.name == flow and any(position.at_gate for position in state.leaves()):
                execution.poke()
        self.on_free(self.around.clock.now())

    def poke(self, id: str) -> None:
        """Mail has come for a run."""
        if (execution := self._executions.get(id)) is not None:
            execution.poke()
        elif self._claiming:  # it may be about to come here, with the mail as it was before
            self._missed.add(id)

    # ---- news ----

    def watching(self, id: str) -> Watch:
        """Collects the news of a run from when it is entered."""
        return Watch(id, self._watches)

    def tell(self, id: str, state: RunState | None = None, *, ended: bool = False) -> None:
        """There is news of a run; with `state` it is at work here no more."""
        for watch in self._watches.get(id, ()):
            if state is not None:
                watch.cause = state.cause or watch.cause
                watch.ended = state if ended else None
            watch.news.set()

    def tell_all(self) -> None:
        """Another engine has written: there may be news of any run."""
        for id in self._watches:
            self.tell(id)

    # ---- leases ----

    def _on_beat(self) -> None:
        self._beat = None
        if self._executions:
            self._renewing = asyncio.create_task(self._renew())
            self._beat = self.around.clock.call_at(self.around.clock.now() + self._lease / 3, self._on_beat)

    async def _renew(self) -> None:
        executions = list(self._executions.values())
        try:
            mail = await self.around.store.renew([e.held for e in executions], self.lease().until)
        except StoreError as error:
            logger.warning("leases could not be renewed: %s", error)
            return
        for execution in executions:
            state = execution.state
            if state.number not in mail:
                self._lose(execution)
            elif mail[state.number] != state.mail_seen:
                execution.poke()

    def _lose(self, execution: Execution) -> None:
        """Another worker has the run now: ours stops, whatever it is doing."""
        task = self._tasks.get(execution.state.id)
        if task is not None and not execution.parked and self._executions.get(execution.state.id) is execution:
            task.cancel()

    # ---- the end ----

    def hold(self) -> None:
        """Has nothing new begin in the runs at work."""
        for execution in self._executions.values():
            execution.stop()

    async def stop(self, grace: float) -> None:
        """Lets attempts finish for `grace` seconds, then cancels them, and gives every run back."""
        self.hold()
        if self._tasks:
            await asyncio.wait(list(self._tasks.values()), timeout=grace)
        for task in self._tasks.values():
            task.cancel()
        if self._tasks:
            await asyncio.wait(list(self._tasks.values()), timeout=LAST_WORD)
        if self._executions:  # handlers that do not let themselves be cancelled
            held = [execution.held for execution in self._executions.values()]
            await self.around.store.release(held, self.around.clock.now())
            self.around.writes.note()
        if self._beat is not None:
            self._beat.cancel()
        if self._renewing is not None:
            self._renewing.cancel()
            with suppress(asyncio.CancelledError):
                await self._renewing
