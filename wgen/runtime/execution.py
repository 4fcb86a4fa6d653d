"""Executes one claimed run until it waits, ends, or is given back.

Each attempt in flight is one walk: it runs its task, saves what came of it, and goes on with the next task. A run
without branches is walked in the caller's own coroutine, branches get a task each. Saves are handed to the store in
the order of their revisions, so walks need not wait for one another.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

from wgen.runtime import ending, obeying, waits
from wgen.runtime.attempt import within
from wgen.runtime.beginning import begin, hear
from wgen.runtime.context import executing
from wgen.runtime.handlers import pass_on
from wgen.runtime.history import Entry
from wgen.runtime.life import ENDED, RunStatus
from wgen.runtime.log import log_entries
from wgen.runtime.moves import Move
from wgen.runtime.outcome import failed, succeeded
from wgen.runtime.passing import task_behind
from wgen.runtime.rows import Head, Held, Step
from wgen.runtime.tasks import Tasks

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from wgen.runtime.plan import Plan
    from wgen.runtime.ports import Surroundings, Timer
    from wgen.runtime.position import Position
    from wgen.runtime.rows import Change, Lease
    from wgen.runtime.state import RunState, Unfit


class Execution:
    """One claimed run at work. When `run()` returns, the run is not held any more.

    `new`: it was created just now. `let_go`: it was saved as one that waits, is paused or has ended. `mail_came`: while
    the run was claimed, so that there is more than the claim has brought.
    """

    def __init__(
        self,
        around: Surroundings,
        state: RunState,
        lost: Lease | None = None,
        trouble: Unfit | None = None,
        *,
        new: bool = False,
    ) -> None:
        self.around = around
        self.state = state
        self.held = Held(state.number, state.fence)
        self._lost = lost
        self._trouble = trouble
        self._new = new
        self._now = around.clock.now
        self._save = around.store.save
        self._telemetry = around.telemetry
        state.store = around.store
        self._tasks = Tasks()
        self._timers: list[Timer] = []
        self.mail_came = False
        self.let_go = False
        self._parked = False
        self._stopping = False
        self._inline: asyncio.Task[Any] | None = None
        self._interrupted = False

    async def run(self) -> None:
        """Executes until nothing is at work.

        Raises LostLease or StoreError when a save fails; nothing of that save was kept.
        """
        token = executing.set(self.state.root)
        try:
            await self._begin()
            if self._tasks:
                await self._tasks.over()
            if self._tasks.broken is not None:
                raise self._tasks.broken
        except asyncio.CancelledError:
            self._stopping = True
            raise
        finally:
            if not self._parked:
                await self._leave()
            executing.reset(token)

    @property
    def parked(self) -> bool:
        """Whether the run was saved as one that waits or has ended."""
        return self._parked

    def stop(self) -> None:
        """Starts nothing new; `run()` returns when the attempts in flight are done."""
        self._stopping = True

    def poke(self) -> None:
        """Mail has come: has it read, if attempts keep the run from being parked."""
        self._react(hear, read_mail=True)

    async def _leave(self) -> None:
        self._disarm()
        self._tasks.cancel()
        await self._tasks.over()
        if self._stopping:
            await self.around.store.release([self.held], self._now())
            self.around.writes.note()

    # ---- the beginning ----

    async def _begin(self) -> None:
        """Finds what is to do at the start of a claim, saves what that changes, and starts it."""
        state = self.state
        if self._new and state.bound.begins_plainly and not self.mail_came:
            state.make_busy(state.root)
            await self._walk_here(state.root)
            return
        if self.mail_came:
            await self._read_mail()
        move = begin(state, self._now(), self._lost, self._trouble)
        if move.empty and move.ready:
            self._arm(state.leaves())
        else:
            await self._commit(move)
        if state.deadline is not None and not self._parked:
            self._call_at(state.deadline, lambda: self._react(ending.time_out))
        root = self._spawn_walks(move, inline=True)
        if root is not None:
            await self._walk_here(root)

    # ---- the walk ----

    async def _walk_here(self, root: Position) -> None:
        """Walks the root in the caller's own coroutine. Whoever cancels the run can interrupt it all the same."""
        self._inline = task = asyncio.current_task()
        try:
            await self._walk(root, inline=True)
        except asyncio.CancelledError:
            if not self._interrupted or task is None or task.uncancel() > 0:
                raise
        finally:
            self._inline = None

    def _interrupt_lost(self, move: Move) -> None:
        """Cancels the attempts in flight whose positions are gone."""
        for position in move.lost:
            if position.walk is not None:
                position.walk.cancel()
            elif self._inline is not None and not self._interrupted:
                self._interrupted = True
                self._inline.cancel()
        move.lost.clear()

    async def _walk(self, position: Position, *, inline: bool) -> None:
        """Task after task, until nothing is left for this coroutine; `inline` stands for the caller of `run()`."""
        going: Position | None = position
        attempt, telemetry = self._straight, self._telemetry
        while going is not None:
            executing.set(going)
            going.walk = None if inline else asyncio.current_task()
            try:
                move = await (attempt(going) if telemetry is None else telemetry.attempt(going, attempt))
                await self._commit(move)
            finally:
                _leave_transaction(going)
            going = self._spawn_walks(move, inline=inline)

    async def _straight(self, position: Position) -> Move:
        """Walks the straight path, a task behind a task of the root, and returns the first move that is any other.

        It is kept free of all that it does not need: it decides what a step costs.
        """
        state, now, late = self.state, self._now, self.around.late
        plans, handlers, known = state.bound.plans, state.bound.handlers, position.known
        copy, save = state.bound.copy, self._save
        ordinary = self.around.observe is None and self._telemetry is None and not state.older
        straight = ordinary and position.parent is None
        while True:
            plan: Plan = position.plan  # type: ignore[assignment]  # a walk stands at a task
            before = plan.read(known)
            began = now()
            lent = plan.lend(known, copy) if plan.lends else known
            try:
                if plan.limit is None and not late:
                    to = await plan.run(lent, handlers)
                else:
                    to = await within(plan, position, lent, self.around)
                if lent is not known:
                    plan.take_back(lent, known)
                values = [row(known, position.id) for row in plan.rows] if plan.rows else ()
            except BaseException as error:  # noqa: BLE001 - whatever a handler raises fails its attempt
                _leave_transaction(position)
                pass_on(error)
                self._check_place(position, plan)
                plan.restore(known, before)
                return failed(position, plan, (began, self._now()), error)
            if self._parked or position.plan is not plan:
                self._check_place(position, plan)
            turns = self._stopping or state.pausing is not None or position.joined is not None
            following = None if plan.more or turns or not straight else plans.get(to)
            if following is not None and not following.plain:
                following = task_behind(position, following)
            if following is None:
                return succeeded(position, plan, to, (began, self._now()), values)
            at = now()
            entry = (at, "task finished", plan.id, position.attempt + 1, at - began, None, None, None)
            if position.attempt or position.deaths or position.rounds:
                position.arrive(following)
            else:
                position.plan = following
            body = state.body = position.body() if position.rounds else following.fresh
            step = Step(state.number, state.revision, state.fence, at, body, [entry])
            step.values = values
            state.revision += 1
            saved = save(step)
            if saved is not True:
                await saved  # type: ignore[misc]  # a step releases nothing, so the answer is never False

    def _check_place(self, position: Position, plan: Plan) -> None:
        """Ends the walk of a handler that did not let itself be cancelled: its position is somewhere else by now."""
        if self._parked or position.plan is not plan:
            raise asyncio.CancelledError

    # ---- saving ----

    async def _commit(self, move: Move) -> None:
        """Saves a move, and as long as unread mail keeps the run from being parked, reads it and goes on."""
        store, state = self.around.store, self.state
        while True:
            if state.older or "children" in vars(move):
                await self._define(move)
            self._interrupt_lost(move)  # now: what ended while this is saved would neither count nor be undone
            change = self._change_of(move)
            if self._telemetry is not None:
                self._telemetry.trace(state, change, move.heard)
            state.revision += 1
            saved = self._observed(change, store.save(change))
            if not isinstance(saved, bool):
                saved = await saved
            self._spread(change)
            if saved:
                break
            self._parked = False
            await self._read_mail()
            move.restart(self._now())
            if state.status in (RunStatus.WAITING, RunStatus.PENDING):
                state.status = RunStatus.RUNNING
                move.head_changed = True
            if state.status in ENDED:
                ending.drop_mail(move)
            else:
                hear(move)
        self.let_go = self._parked
        if self._stopping:
            self._hold(move)
        if not self._parked:
            self._arm(move.timed)
            if change.asks or change.left:
                self.poke()

    async def _define(self, move: Move) -> None:
        """Has the store keep the definitions of children, and the one by which an operator mends a paused run."""
        state = self.state
        flows = [child.flow for child in move.children]
        if state.older and state.status is RunStatus.PAUSED:
            flows.append(state.bound.flow.name)
        if self.around.define is not None:
            for flow in flows:
                await self.around.define(flow)

    def _spread(self, change: Change) -> None:
        """Tells those in this process whom a change concerns besides the run itself, and the log."""
        log_entries(self.state, change.entries)
        around = self.around
        around.writes.note()
        if change.words and around.tell is not None:
            around.tell(self.state.id)
        if around.wake is not None and (
            change.children
            or change.orders
            or change.words
            or change.watches
            or change.opened
            or change.closed
            or (change.head is not None and (self.state.parent or self.state.bound.gated))
        ):
            around.wake(self.state.parent)
        if change.left and around.make_room is not None:
            around.make_room(self.state.bound.flow.name)

    def _observed(self, change: Change, saved: Awaitable[bool] | bool) -> Awaitable[bool] | bool:
        """Tells who observes of a change once it is committed, also where nobody waits for the commit any more."""
        observe, telemetry = self.around.observe, self._telemetry
        if observe is None and telemetry is None:
            return saved

        def tell() -> None:
            if telemetry is not None:
                telemetry.committed(self.state.bound.flow.name, change)
            if observe is not None:
                for row in change.entries:
                    observe(Entry(*row))

        if isinstance(saved, bool):
            tell()
            return saved
        commit = asyncio.ensure_future(saved)
        commit.add_done_callback(lambda done: None if done.cancelled() or done.exception() else tell())
        return asyncio.shield(commit)

    def _change_of(self, move: Move) -> Change:
        """The change with its head, if it needs one. Nothing at work any more: the run is to be released."""
        state = self.state
        if not state.busy:
            obeying.complete_pause(move)
        change = move.change()
        release = move.over or not state.busy
        undoes = state.status is RunStatus.UNDOING
        waiting = RunStatus.PENDING if state.bound.gated and state.held_back() else RunStatus.WAITING
        status = state.status if move.over or undoes else waiting if release else RunStatus.RUNNING
        if release or move.head_changed or status is not state.status:
            state.status = status
            change.head = Head(status, state.word, state.outcome, state.result, state.error)
            change.head.undoable = status is RunStatus.FINISHED and bool(state.undos)
        if release and change.head is not None:
            self._park(change.head, None if move.over else state.due())
        return change

    def _park(self, head: Head, due: float | None) -> None:
        head.release, head.due, head.mail = True, due, self.state.mail_seen
        self._parked = True
        self._disarm()
        self._tasks.cancel()

    def _hold(self, move: Move) -> None:
        """The execution is to stop: what is ready stays where it is."""
        for position in move.ready:
            self.state.make_idle(position)
        move.ready.clear()

    async def _read_mail(self) -> None:
        counter, events = await self.around.store.events(self.state.number)
        self.state.receive(events, counter)

    # ---- what happens beside the walks ----

    def _spawn_walks(self, move: Move, *, inline: bool) -> Position | None:
        """Starts a task for each position, but returns a lone one: the caller walks it.

        The caller of `run()` walks a lone root without a deadline, nothing that could have to be cancelled. Positions
        that another move has taken away or started anew, while this one was saved, are not this one's any more; nor
        are those that a walk has taken away which was started before them, and began at once.
        """
        ready = [position for position in move.ready if position.starts_in is move]
        if len(ready) == 1 and (not inline or (ready[0].parent is None and self.state.deadline is None)):
            ready[0].starts_in = None
            return ready[0]
        for position in ready:
            if position.starts_in is move and self._tasks.broken is None:
                self._start_walk(position)
        return None

    def _start_walk(self, position: Position) -> None:
        position.walk = None
        task = self._tasks.begin_at_once(partial(self._walk_apart, position, position.starts_in))
        if position.walk is None:  # it has not begun yet
            position.walk = task

    async def _walk_apart(self, position: Position, start: object) -> None:
        """Walks in a task of its own, unless the position was taken away or started anew before that could begin."""
        if position.starts_in is start:
            position.starts_in = None
            await self._walk(position, inline=False)

    def _react(self, look: Callable[[Move], None], *, read_mail: bool = False) -> None:
        """Something came from outside: has the run look at it, and keeps it from being parked meanwhile."""
        if not self._parked and not self._stopping:
            self.state.busy += 1
            self._tasks.begin(partial(self._look, look, read_mail=read_mail))

    async def _look(self, look: Callable[[Move], None], *, read_mail: bool) -> None:
        if read_mail:
            await self._read_mail()
        self.state.busy -= 1
        if self._parked:
            return
        move = Move(self.state, self._now())
        look(move)
        if not move.empty or not self.state.busy:
            await self._commit(move)
        going = self._spawn_walks(move, inline=False)
        if going is not None:
            await self._walk(going, inline=False)

    def _arm(self, positions: Iterable[Position]) -> None:
        """While attempts are in flight, positions that wait for a time are woken from here."""
        for position in positions:
            when = None if position.busy else position.next_time()
            if when is not None:
                self._call_at(when, partial(self._on_time, position))

    def _call_at(self, when: float, callback: Callable[[], None]) -> None:
        self._timers.append(self.around.clock.call_at(when, callback))

    def _on_time(self, position: Position) -> None:
        due = position.next_time()
        holds = self._parked or self._stopping or self.state.pausing is not None
        if position.busy or due is None or due > self._now() or holds:
            return
        if position.waits:
            self._react(waits.expire)
        elif position.plan is not None and position.plan.limited:
            self._react(partial(Move.start_again, position=position))
        elif not position.failing():
            self.state.make_busy(position)
            position.starts_in = self
            self._start_walk(position)

    def _disarm(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()


def _leave_transaction(position: Position) -> None:
    """The attempt is over: what it has written and no save has committed is gone."""
    if position.joined is not None:
        position.joined.roll_back()
        position.joined = None
