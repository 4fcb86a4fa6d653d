"""How a run moves on: pure steps from one state to the next, collected into the one change that a save will write.

A `Move` is made when something happened (a task finished or failed, an event came, a time limit passed). It follows
the transient steps (decision, status, finish, fail, fork, join) until every position stands at a task or a wait, is
done, or the run has ended. `ready` are the positions whose task is to start once the change is saved, `timed` those
that may go on at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from wgen.errors import FlowFailed, FlowTimeout, WaitTimeout
from wgen.runtime.codec import to_text
from wgen.runtime.flow import DONE
from wgen.runtime.history import What
from wgen.runtime.life import ENDED, RunStatus, move
from wgen.runtime.plan import Kind
from wgen.runtime.ports import Change, PositionRow, ValueRow
from wgen.runtime.state import DONE_BODY, Failure, Wait, failure_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from wgen.runtime.plan import Plan
    from wgen.runtime.ports import EntryRow, Event
    from wgen.runtime.state import Position, RunState

DEATHS: Final = 3
"""So many attempts of one step may die with their worker; then the run is paused."""


class Move:
    """One change of a run in the making."""

    def __init__(self, run: RunState, at: float, entries: list[EntryRow] | None = None) -> None:
        self.run = run
        self.ready: list[Position] = []
        self.timed: list[Position] = []
        self.restart(at, entries)

    def restart(self, at: float, entries: list[EntryRow] | None = None) -> None:
        """What there was is saved: collects the next change."""
        self.at = at
        self.entries: list[EntryRow] = [] if entries is None else entries
        self.head_changed = False
        self._root_moved = False
        self._rows: dict[int, PositionRow] = {}
        self._values: dict[tuple[int, str], bytes] = {}
        self._gone: list[int] = []
        self._words: list[str] = []
        self._taken: list[int] = []

    @property
    def empty(self) -> bool:
        """Whether there is nothing to write."""
        return not (self.entries or self._rows or self._gone or self._root_moved or self.head_changed)

    def change(self) -> Change:
        """What the save has to write; the head is the caller's."""
        run = self.run
        change = Change(run.number, run.revision, run.fence, self.at, run.body, self.entries)
        change.positions = list(self._rows.values())
        change.gone = self._gone
        change.values = [ValueRow(scope, name, text) for (scope, name), text in self._values.items()]
        change.words = self._words
        change.taken = self._taken
        return change

    def note(
        self, what: What, step: str | None = None, *, reason: str | None = None, failure: Failure | None = None
    ) -> None:
        """One entry for the history."""
        error = None if failure is None else to_text({"type": failure.type, "message": failure.message})
        self.entries.append((self.at, what, step, None, None, None, reason, error))

    def keep(self, position: Position, name: str, text: bytes) -> None:
        """A value that the position's scope has from now on."""
        self._values[position.id, name] = text
        if position.parent is not None:
            position.given[name] = text

    def place(self, position: Position) -> None:
        """Writes where the position stands."""
        body = position.body()
        if position.parent is None:
            self.run.body = body
            self._root_moved = True
        else:
            self._rows[position.id] = PositionRow(position.id, position.parent.id, body)
        if position.waits or position.wake_at is not None:
            self.timed.append(position)

    # ---- going on ----

    def go(self, position: Position, to: Any) -> None:
        """Moves a position to a step and through all transient ones behind it."""
        while to is not None:
            if to is DONE:
                self._branch_done(position)
                return
            plan = self.run.bound.plans[to]
            position.arrive(plan)
            if position.failing():
                self._halt(position)
                return
            try:
                to = _ENTER[plan.kind](self, position, plan)
            except Exception as error:  # noqa: BLE001 - comparing values is the user's data at work
                self.fail_step(position, error)
                return

    def _halt(self, position: Position) -> None:
        """Stays here, because a group around the position has failed, and was perhaps waiting for just this one."""
        position.halted = True
        self.place(position)
        parent = position.parent
        while parent is not None and not self.over:
            self.conclude(parent)
            parent = parent.parent

    def stand_at_task(self, position: Position, _plan: Plan) -> None:
        self.place(position)
        self.start(position)

    def start(self, position: Position) -> None:
        """Its task is to run as soon as the change is saved."""
        self.run.make_busy(position)
        self.ready.append(position)

    def decide(self, position: Position, plan: Plan) -> Any:
        return plan.run(position.known)

    def reach(self, _position: Position, plan: Plan) -> Any:
        word = plan.step.word
        self.run.word = word
        self.head_changed = True
        self._words.append(word)
        self.note(What.WORD_REACHED, plan.id, reason=word)
        return plan.step.to[0]

    def fork(self, position: Position, plan: Plan) -> None:
        self.place(position)
        children = [self.run.add_child(position, self.run.bound.plans[first]) for first in plan.step.branches]
        position.open = len(children)
        for child, first in zip(children, plan.step.branches, strict=True):
            if not self.over:
                self.go(child, first)

    def finish(self, position: Position, plan: Plan) -> None:
        step = plan.step
        if step.result is not None:
            _, self.run.result = self.run.bound.codec.result.encode(step.result(position.known))
        self.run.outcome = step.outcome
        self._end_finished()

    def give_up(self, position: Position, plan: Plan) -> None:
        raise FlowFailed(str(plan.step.because(position.known)))

    # ---- branches ----

    def _branch_done(self, position: Position) -> None:
        position.arrive(None)
        parent = position.parent
        if parent is None:
            self._end_finished()
            return
        self._rows[position.id] = PositionRow(position.id, parent.id, DONE_BODY)
        parent.open -= 1
        if parent.failure is not None:
            self.conclude(parent)
        elif parent.open == 0:
            self._join(parent)

    def _join(self, parent: Position) -> None:
        """All branches are done: what they gave becomes the parent's."""
        for child in [p for p in self.run.positions.values() if p.parent is parent]:
            for name, text in child.given.items():
                setattr(parent.known, name, getattr(child.known, name))
                self.keep(parent, name, text)
            self._remove(child)
        group = cast("Plan", parent.plan)
        self.go(parent, group.step.to[0])

    def _remove(self, child: Position) -> None:
        del self.run.positions[child.id]
        self._rows.pop(child.id, None)
        for key in [key for key in self._values if key[0] == child.id]:
            del self._values[key]
        self._gone.append(child.id)

    # ---- failing ----

    def fail_step(self, position: Position, error: BaseException) -> None:
        """A step that is no task fails; such a failure is not retried."""
        failure = failure_of(error, cast("Plan", position.plan))
        self.note(What.STEP_FAILED, failure.step, failure=failure)
        self.fail(position, failure)

    def fail(self, position: Position, failure: Failure) -> None:
        """The position has failed for good: the run fails, or the group around it as soon as it is quiet."""
        parent = position.parent
        position.halted = True
        self.place(position)
        if parent is None:
            self._end_failed(failure)
            return
        if parent.failure is None:
            parent.failure = failure
            self.place(parent)
            self._hold_back()
        self.conclude(parent)

    def _hold_back(self) -> None:
        """Nothing new starts in a group that has failed."""
        for position in [p for p in self.ready if p.failing()]:
            self.ready.remove(position)
            self.run.make_idle(position)
            position.halted = True
            self.place(position)

    def conclude(self, parent: Position) -> None:
        """Hands the failure of a group outward once none of its attempts is in flight."""
        if parent.failure is not None and not any(p.busy for p in self.run.below(parent)):
            self.fail(parent, parent.failure)

    # ---- ending ----

    @property
    def over(self) -> bool:
        """Whether the run has ended or is paused."""
        return self.run.status in ENDED or self.run.status is RunStatus.PAUSED

    def _end_finished(self) -> None:
        self._end(RunStatus.FINISHED)
        self.run.body = DONE_BODY
        for child in [p for p in self.run.positions.values() if p.parent is not None]:
            self._remove(child)
        self.note(What.RUN_FINISHED, reason=self.run.outcome)

    def _end_failed(self, failure: Failure) -> None:
        self._end(RunStatus.FAILED)
        self.run.error = to_text({**failure.as_json(), "undo": []})
        self.run.cause = failure.cause
        self.note(What.RUN_FAILED, failure.step, failure=failure)

    def _end(self, status: RunStatus) -> None:
        self.run.status = move(self.run.status, status)
        self.ready.clear()
        self.head_changed = True
        self.drop_mail()

    def drop_mail(self) -> None:
        """What nobody took until the end is dropped."""
        for event in self.run.mail:
            self._taken.append(event.number)
            self.note(What.EVENT_DROPPED, reason=event.name)
        self.run.mail.clear()

    def pause(self, type: str, reason: str, step: str | None) -> None:
        """The machine can't go on with the run; an operator can."""
        plan = self.run.bound.plans.get(step or "")
        line = None if plan is None else plan.line
        self.run.status = move(self.run.status, RunStatus.PAUSED)
        self.run.error = to_text({"type": type, "message": reason, "step": step, "flow_line": line, "undo": []})
        self.ready.clear()
        self.head_changed = True
        self.note(What.RUN_PAUSED, step, reason=reason)

    def time_out(self) -> None:
        """The whole run took too long."""
        run = self.run
        plan = next((p.plan for p in run.leaves() if p.plan is not None), None)
        limit = duration(run.bound.flow.timeout or 0)
        error = FlowTimeout(f"the flow took longer than {limit}")
        step, line = (plan.id, plan.line) if plan is not None else ("", 0)
        self._end_failed(Failure("FlowTimeout", str(error), step, line, error))

    # ---- waiting ----

    def wait(self, position: Position, plan: Plan) -> Any:
        within = plan.step.within
        wait = Wait(plan.step.gives, self.at, None if within is None else self.at + within)
        position.waits.append(wait)
        event = self._kept_for(position, wait)
        if event is not None:
            return self._take(position, event)
        self.place(position)
        self.note(What.WAIT_BEGAN, plan.id, reason=wait.event)
        return None

    def deliver(self) -> None:
        """Gives the kept events to the waits that are open: the oldest event first, to the oldest wait."""
        waiting = [p for p in self.run.leaves() if p.waits and not p.halted]
        for position in sorted(waiting, key=lambda p: p.waits[0].since):
            event = self._kept_for(position, position.waits[0])
            if event is not None and not self.over:
                self.go(position, self._take(position, event))

    def _kept_for(self, position: Position, wait: Wait) -> Event | None:
        for event in [e for e in self.run.mail if e.name == wait.event]:
            if wait.until is not None and event.at > wait.until:
                return None
            if self._accepts(position, event):
                return event
        return None

    def _accepts(self, position: Position, event: Event) -> bool:
        """Whether the event is meant for this wait; one that can't be read is dropped."""
        plan = cast("Plan", position.plan)
        try:
            payload = self.run.bound.codec.coders[event.name].decode(event.payload)
            return plan.step.where is None or bool(plan.step.where(position.known, payload))
        except Exception as error:  # noqa: BLE001 - whatever the user's types and values raise
            self.run.mail.remove(event)
            self._taken.append(event.number)
            self.note(What.EVENT_DROPPED, plan.id, reason=event.name, failure=failure_of(error, plan))
            return False

    def _take(self, position: Position, event: Event) -> Any:
        plan = cast("Plan", position.plan)
        self.run.mail.remove(event)
        self._taken.append(event.number)
        setattr(position.known, event.name, self.run.bound.codec.coders[event.name].decode(event.payload))
        self.keep(position, event.name, event.payload)
        self.note(What.EVENT_DELIVERED, plan.id, reason=event.name)
        return plan.step.to[0]

    def expire(self) -> None:
        """Fails the waits whose time limit has passed."""
        for position in self.run.leaves():
            late = [w for w in position.waits if w.until is not None and w.until <= self.at]
            if late and not position.halted and not self.over:
                limit = duration(cast("Plan", position.plan).step.within)
                words = self.run.bound.flow.events.get(late[0].event, late[0].event)
                self.fail_step(position, WaitTimeout(f"({words}) did not come within {limit}"))


_ENTER: Final[dict[Kind, Callable[[Move, Position, Plan], Any]]] = {
    Kind.TASK: Move.stand_at_task,
    Kind.PARALLEL: Move.fork,
    Kind.RECEIVE: Move.wait,
    Kind.DECISION: Move.decide,
    Kind.STATUS: Move.reach,
    Kind.FINISH: Move.finish,
    Kind.FAIL: Move.give_up,
}


def duration(seconds: float) -> str:
    """A time span in words: 2 hours, 1 day, 1.5 seconds."""
    for name, size in (("week", 604800), ("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= size and seconds % size == 0:
            return _count(seconds / size, name)
    return _count(seconds, "second")


def _count(number: float, name: str) -> str:
    return f"{number:g} {name}" + ("" if number == 1 else "s")
