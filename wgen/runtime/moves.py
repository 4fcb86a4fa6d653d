"""How a run moves on: pure steps from one state to the next, collected into the one change that a save will write.

A `Move` is made when something happened (a task finished or failed, an event came, a time limit passed). It follows
the transient steps (decision, status, finish, fail, fork, join) until every position stands at a task or a wait, is
done, or the run has ended. `ready` are the positions whose task is to start once the change is saved, `timed` those
that may go on at a time, `lost` those whose attempt in flight is to be cancelled. What groups, loops and waits do
stands in modules of those names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from wgen.errors import FlowFailed
from wgen.runtime import children, ending, groups, limits, loops, undoing, waits
from wgen.runtime.codec import to_text
from wgen.runtime.flow import DONE
from wgen.runtime.history import What
from wgen.runtime.lacks import Lacking, asked, lack_of
from wgen.runtime.life import ENDED, RunStatus
from wgen.runtime.plan import Kind
from wgen.runtime.position import Failure, failure_of
from wgen.runtime.rows import Change, PositionRow, UndoRow, ValueRow

if TYPE_CHECKING:
    from collections.abc import Callable

    from wgen.runtime.flow import OnFailure
    from wgen.runtime.lacks import Lack
    from wgen.runtime.plan import Plan
    from wgen.runtime.position import Position
    from wgen.runtime.rows import Ask, EntryRow, Event, NewEvent, NewRun, WaitOver, WaitRow, Watch
    from wgen.runtime.state import RunState, Undo

DEATHS: Final = 3
"""So many attempts of one step may die with their worker; then the run is paused."""


_LISTS: Final = frozenset(
    {"children", "orders", "watches", "unwatched", "opened", "closed", "left", "asks"}
    | {"gone", "dropped", "undone", "words", "taken"}
)
"""What goes into a change as it was collected."""

_MADE: Final[dict[str, type]] = {
    **dict.fromkeys(_LISTS, list),
    "heard": list,
    **dict.fromkeys(("_positions", "_values", "_undos"), dict),
}


class Move:
    """One change of a run in the making. `error` is what failed the attempt that it comes from.

    Most moves change little, so each list of what is to be written is made when it is first asked for.
    """

    error: BaseException | None = None
    head_changed = False
    joined: Any = None
    _root_moved = False

    children: list[NewRun]
    orders: list[NewEvent]
    watches: list[Watch]
    unwatched: list[str]
    opened: list[WaitRow]
    closed: list[WaitOver]
    left: list[int]
    asks: list[Ask]
    gone: list[int]
    dropped: list[tuple[int, str]]
    undone: list[int]
    words: list[str]
    taken: list[int]
    heard: list[Event]
    _positions: dict[int, PositionRow]
    _values: dict[tuple[int, str], bytes]
    _undos: dict[int, UndoRow]

    def __init__(self, run: RunState, at: float, entries: list[EntryRow] | None = None) -> None:
        self.run = run
        self.at = at
        self.entries: list[EntryRow] = [] if entries is None else entries
        self.ready: list[Position] = []
        self.timed: list[Position] = []
        self.lost: list[Position] = []

    def __getattr__(self, name: str) -> Any:
        if name not in _MADE:
            raise AttributeError(name)
        made = self.__dict__[name] = _MADE[name]()
        return made

    def restart(self, at: float) -> None:
        """What there was is saved: collects the next change."""
        run, ready, timed, lost = self.run, self.ready, self.timed, self.lost
        self.__dict__.clear()
        self.__init__(run, at)  # type: ignore[misc]  # as new, but for what is still to be started
        self.ready, self.timed, self.lost = ready, timed, lost

    @property
    def empty(self) -> bool:
        """Whether there is nothing to write."""
        made = self.__dict__
        changed = any(made.get(name) for name in ("entries", "_positions", "gone", "taken", "orders"))
        return not (changed or self._root_moved or self.head_changed)

    def change(self) -> Change:
        """What the save has to write; the head is the caller's."""
        run = self.run
        change = Change(run.number, run.revision, run.fence, self.at, run.body, self.entries)
        made = self.__dict__
        for name in made.keys() & _LISTS:
            setattr(change, name, made[name])
        if "_positions" in made:
            change.positions = list(self._positions.values())
        if "_values" in made:
            change.values = [ValueRow(scope, name, text) for (scope, name), text in self._values.items()]
        if "_undos" in made:
            change.undos = list(self._undos.values())
        if self.joined is not None:
            change.joined = self.joined
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

    def keep_piece(self, position: Position, name: str, text: bytes) -> None:
        """A value that is collected, but none of the flow's yet."""
        self._values[position.id, name] = text

    def take_event(self, event: Event) -> None:
        """A kept event has found who waits for it, or is dropped."""
        self.run.mail.remove(event)
        self.taken.append(event.number)
        if event.trace is not None:
            self.heard.append(event)

    def can_undo(self, number: int) -> None:
        """A finished step that is to be undone if its branch or run fails."""
        self._undos[number] = self.run.undos[number].row(number)

    def is_undone(self, number: int) -> None:
        """A step that need not be undone any more."""
        del self.run.undos[number]
        self._undos.pop(number, None)
        self.undone.append(number)

    def drop(self, position: Position, name: str) -> None:
        """Forgets a stored value."""
        if self._values.pop((position.id, name), None) is None:
            self.dropped.append((position.id, name))

    def place(self, position: Position) -> None:
        """Writes where the position stands."""
        body = position.body()
        if position.parent is None:
            self.run.body = body
            self._root_moved = True
        else:
            self._positions[position.id] = PositionRow(position.id, position.parent.id, body)
        if position.waits or position.wake_at is not None:
            self.timed.append(position)

    # ---- going on ----

    def go(self, position: Position, to: Any) -> None:
        """Moves a position to a step and through all transient ones behind it."""
        while to is not None:
            if to is DONE:
                groups.branch_done(self, position)
                return
            plan = self.run.bound.plans[to]
            position.arrive(plan)
            if position.failing():
                self.halt(position)
                return
            try:
                to = self._enter(position, plan)
            except Lacking as lacking:
                self._pause_for(lacking.lack, position)
                return
            except Exception as error:  # noqa: BLE001 - comparing values is the user's data at work
                self.fail_step(position, _in_words(error, plan))
                return

    def _enter(self, position: Position, plan: Plan) -> Any:
        """Comes to a step; returns the next one where it is passed at once."""
        if plan.step.joins and not groups.joined(self, position, plan.step.joins):
            return None
        if plan.kind in (Kind.TASK, Kind.CHILD) and not plan.holds_for(self.run.version):
            return plan.to
        if self.run.older and self._lacks(position, plan):
            return None
        return _ENTER[plan.kind](self, position, plan)

    def _lacks(self, position: Position, plan: Plan) -> bool:
        """Whether a step lacks a value. No handler is called with one that is missing."""
        lack = lack_of(self.run, plan, position.known)
        if lack is not None:
            self._pause_for(lack, position)
        return lack is not None

    def _pause_for(self, lack: Lack, position: Position) -> None:
        self.place(position)
        self.pause("ValueMissing", str(lack), cast("Plan", position.plan).id)

    def halt(self, position: Position) -> None:
        """Stays here, because a group around the position has failed, and was perhaps waiting for just this one."""
        position.halted = True
        self.place(position)
        groups.conclude_around(self, position)

    def stand_at_task(self, position: Position, plan: Plan) -> None:
        if plan.limited and position.undo is None:
            limits.ask(self, position, plan)
        else:
            self.place(position)
            self.start(position)

    def start(self, position: Position) -> None:
        """Its task is to run as soon as the change is saved, unless the run is to be paused."""
        if self.run.pausing is not None:
            return
        self.run.make_busy(position)
        position.starts_in = self
        self.ready.append(position)

    def start_again(self, position: Position) -> None:
        """Its task is to run, after a pause or a crash: whoever is limited asks anew, its place may be gone."""
        plan = position.plan
        if plan is not None and self.run.older and position.undo is None and self._lacks(position, plan):
            return
        if plan is not None and plan.limited and position.undo is None:
            limits.ask(self, position, plan)
        elif not position.busy:
            self.start(position)

    def decide(self, position: Position, plan: Plan) -> Any:
        return plan.run(asked(position, plan))

    def reach(self, _position: Position, plan: Plan) -> Any:
        word = plan.step.word
        self.run.word = word
        self.head_changed = True
        self.words.append(word)
        self.note(What.WORD_REACHED, plan.id, reason=word)
        return plan.to

    def try_to(self, _position: Position, plan: Plan) -> Any:
        return plan.step.body

    def finish(self, position: Position, plan: Plan) -> None:
        if not groups.all_joined(self, position):
            return
        step = plan.step
        if step.result is not None:
            _, self.run.result = self.run.bound.codec.result.encode(step.result(position.known))
        self.run.outcome = step.outcome
        self.end_finished()

    def give_up(self, position: Position, plan: Plan) -> None:
        raise FlowFailed(str(plan.step.because(position.known)))

    def take_away(self, position: Position) -> None:
        """Removes a position and all below it; their attempts in flight are cancelled."""
        for child in list(position.children.values()):
            self.take_away(child)
        if position.waits:
            children.abandon(self, position, undo=True)
            waits.leave(self, position)
        if self.run.undos:
            undoing.hand_up(self, position)
        limits.leave(self, position)
        if position.busy:
            begun = position.starts_in is None
            self.run.make_idle(position)
            if begun:
                self.lost.append(position)
            elif position in self.ready:
                self.ready.remove(position)
        if position.parent is not None:
            del position.parent.children[position.id]
        del self.run.positions[position.id]
        position.plan = None
        made = self.__dict__
        if "_positions" in made:
            self._positions.pop(position.id, None)
        if "_values" in made:
            for key in [key for key in self._values if key[0] == position.id]:
                del self._values[key]
        self.gone.append(position.id)

    # ---- failing ----

    def fail_step(self, position: Position, error: BaseException) -> None:
        """A step that is no task fails; such a failure is not retried."""
        failure = failure_of(error, cast("Plan", position.plan))
        self.note(What.STEP_FAILED, failure.step, failure=failure)
        self.fail(position, failure)

    def fail(self, position: Position, failure: Failure) -> None:
        """The position has failed for good: a @Try takes it, or the group around it fails, or the run."""
        plan = cast("Plan", position.plan)
        if position.undo is not None:
            undoing.undo_failed(self, position, failure)
            return
        clause = self._clause(plan, failure)
        if clause is not None:
            self._catch(position, clause, failure)
            return
        position.halted = True
        self.place(position)
        if position.parent is None:
            self.end_failed(failure)
        else:
            groups.branch_failed(self, position, failure)

    def _clause(self, plan: Plan, failure: Failure) -> OnFailure | None:
        """The clause that takes a failure: of the innermost try first, and in it the first that fits."""
        catch = plan.step.catch
        while catch is not None:
            around = self.run.bound.plans[catch]
            for clause in around.step.clauses:
                if not clause.types or not set(clause.types).isdisjoint(failure.names):
                    return cast("OnFailure", clause)
            catch = around.step.catch
        return None

    def _catch(self, position: Position, clause: OnFailure, failure: Failure) -> None:
        plan = cast("Plan", position.plan)
        self.note(What.FAILURE_CAUGHT, plan.id, failure=failure)
        groups.disband(self, position)
        groups.forget_raised(self, failure)
        if clause.gives is not None:
            told = {"type": failure.type, "message": failure.message, "step": failure.step}
            value, text = self.run.bound.codec.coders[clause.gives].encode(told)
            setattr(position.known, clause.gives, value)
            self.keep(position, clause.gives, text)
        self.go(position, clause.to)

    def undo_by_child(self, position: Position, plan: Plan, undo: Undo) -> None:
        """Takes back what a child did, or has a child take a step back."""
        if undo.child is not None:
            children.undo(self, position, undo)
            return
        try:
            children.start_child(self, position, plan)
        except Exception as error:  # noqa: BLE001 - whatever keeps the flow from starting
            self.fail_step(position, error)

    def hold_back(self) -> None:
        """Nothing new starts in a group that has failed."""
        for position in [p for p in self.ready if p.failing()]:
            self.ready.remove(position)
            self.run.make_idle(position)
            position.halted = True
            self.place(position)

    # ---- ending ----

    @property
    def over(self) -> bool:
        """Whether the run has ended or is paused."""
        return self.run.status in ENDED or self.run.status is RunStatus.PAUSED

    def end_finished(self) -> None:
        ending.finish(self)

    def end_failed(self, failure: Failure) -> None:
        ending.fail(self, failure)

    def end_undone(self) -> None:
        ending.end_undone(self)

    def pause(self, type: str, reason: str, step: str | None) -> None:
        ending.pause(self, type, reason, step)


def _in_words(error: Exception, plan: Plan) -> Exception:
    """Python's own words for a comparison that can't be made say nothing of the flow."""
    compares = plan.kind in (Kind.DECISION, Kind.REPEAT)
    if not (compares and type(error) in (TypeError, AttributeError)):
        return error
    told = type(error)(f"the condition in line {plan.line} compares what can't be compared: {error}")
    return told.with_traceback(error.__traceback__)


_ENTER: Final[dict[Kind, Callable[[Move, Position, Plan], Any]]] = {
    Kind.TASK: Move.stand_at_task,
    Kind.PARALLEL: groups.fork,
    Kind.FOR_EACH: loops.for_each,
    Kind.REPEAT: loops.repeat,
    Kind.BREAK: loops.break_out,
    Kind.BACKGROUND: groups.start_beside,
    Kind.TRY: Move.try_to,
    Kind.WAIT: waits.wait,
    Kind.TIMER: waits.timer,
    Kind.DECISION: Move.decide,
    Kind.STATUS: Move.reach,
    Kind.FINISH: Move.finish,
    Kind.FAIL: Move.give_up,
    Kind.CHILD: children.start_child,
}
