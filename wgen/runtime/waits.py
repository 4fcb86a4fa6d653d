"""Waiting: for events, for time limits, and for a time alone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from wgen.errors import ValueRejected, WaitTimeout
from wgen.runtime.children import child_ended, find_flow
from wgen.runtime.clock import duration
from wgen.runtime.correlation import OUTDATED, correlation_of
from wgen.runtime.flow import OnEvent, OnFlow, OnTimeout
from wgen.runtime.history import What
from wgen.runtime.limits import let_in
from wgen.runtime.open_waits import close_here, open_here
from wgen.runtime.plan import Kind
from wgen.runtime.position import Wait, failure_of
from wgen.runtime.rows import Watch
from wgen.runtime.signs import Watched, watch_event

if TYPE_CHECKING:
    from wgen.runtime.moves import Move
    from wgen.runtime.plan import Plan
    from wgen.runtime.position import Position
    from wgen.runtime.rows import Event

# ---- beginning to wait -----------------------------------------------------------------------------------------------


def wait(move: Move, position: Position, plan: Plan) -> Any:
    """Waits for the first of several things; an event that is kept already is taken at once."""
    step = plan.step
    for number, on in enumerate(step.on):
        if isinstance(on, OnTimeout):
            position.waits.append(Wait(None, move.at, move.at + on.after, number))
        elif isinstance(on, OnEvent):
            correlation = correlation_of(on.where, position.known)
            position.waits.append(Wait(on.gives, move.at, _limit(plan, move.at), number, correlation=correlation))
        else:
            position.waits.append(_watch(move, position, on, Wait(None, move.at, _limit(plan, move.at), number)))
    taken = _kept_for(move, position)
    if taken is not None:
        return _take(move, position, *taken)
    move.place(position)
    open_here(move, position, plan)
    names = ", ".join(wait.event for wait in position.waits if wait.event is not None)
    move.note(What.WAIT_BEGAN, plan.id, reason=names)
    return None


def correlate_anew(move: Move) -> None:
    """Waits whose values an operator has changed are found, and told to sources, by what they wait for now."""
    for position in move.run.leaves():
        plan = position.plan
        outdated = [wait for wait in position.waits if wait.correlation == OUTDATED]
        if not outdated or plan is None or position.halted or move.over:
            continue
        for wait in outdated:
            wait.correlation = correlation_of(plan.step.on[wait.on].where, position.known)
        close_here(move, position, None)
        open_here(move, position, plan)
        move.place(position)


def _limit(plan: Plan, now: float) -> float | None:
    return None if plan.step.within is None else now + plan.step.within


def _watch(move: Move, position: Position, on: OnFlow[Any], wait: Wait) -> Wait:
    """Has the store tell this run when a run of the other flow reaches the word; what is reached already counts."""
    key = None if on.key is None else str(on.key(position.known))
    other = find_flow(move.run.bound, on.flow)
    wait.flow = other.flow.name if other is not None else " ".join(on.flow.split())
    # Each position is told by an event of its own: several may wait for the same, and stop at different times.
    wait.event = watch_event(Watched(wait.flow, on.word, key), position.id)
    move.watches.append(Watch(wait.event, wait.flow, on.word, key, move.run.created_at))
    return wait


def leave(move: Move, position: Position, taken: str | None = None) -> None:
    """The waiting is over, by the event `taken` if there is one: no flow is watched for it any more."""
    waits = [wait for wait in position.waits if wait.flow is not None and wait.on is not None]
    move.unwatched += [wait.event for wait in waits if wait.event is not None]
    close_here(move, position, taken)


def timer(move: Move, position: Position, plan: Plan) -> Any:
    """Waits until a time; one in the past is passed at once."""
    until = _moment(plan, position, move.at)
    if until <= move.at:
        return plan.to
    pause_until(move, position, until)
    return None


def pause_until(move: Move, position: Position, moment: float) -> None:
    position.waits.append(Wait(None, move.at, moment))
    move.place(position)
    move.note(What.WAIT_BEGAN, position.plan.id if position.plan else None)


def _moment(plan: Plan, position: Position, now: float) -> float:
    step = plan.step
    if step.seconds is not None:
        return float(now + step.seconds)
    zone = ZoneInfo(step.zone)
    value = time.fromisoformat(step.at) if step.by is None else step.by(position.known)
    match value:
        case timedelta():
            return now + value.total_seconds()
        case datetime():
            return (value if value.tzinfo else value.replace(tzinfo=zone)).timestamp()
        case date():
            return datetime.combine(value, time(), zone).timestamp()
        case time():
            return _next_time(value, datetime.fromtimestamp(now, UTC).astimezone(zone))
        case int() | float() if not isinstance(value, bool):
            return now + value
        case str():
            return _from_text(value, zone)
        case _:
            raise ValueRejected(f"{type(value).__name__} says neither how long to wait nor until when")


def _next_time(wanted: time, here: datetime) -> float:
    """The next time a clock of the zone shows this; where it is skipped, the moment that the clock is set forward."""
    day = here.replace(hour=wanted.hour, minute=wanted.minute, second=0, microsecond=0, fold=0)
    if day <= here:
        day += timedelta(days=1)
    return day.timestamp()


def _from_text(text: str, zone: ZoneInfo) -> float:
    """A moment as an untyped value holds it."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueRejected(f"{text!r} is no moment such as 2030-01-31T09:00") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp()


# ---- events ----------------------------------------------------------------------------------------------------------


def deliver(move: Move) -> None:
    """Gives the kept events to the waits that are open: the oldest event first, to the oldest wait."""
    if not move.run.mail:
        return
    waiting = [p for p in move.run.leaves() if p.waits and not p.halted]
    for position in sorted(waiting, key=lambda p: p.waits[0].since):
        if position.id not in move.run.positions or move.over:
            continue
        if position.plan is not None and position.plan.kind is Kind.CHILD:
            ended = next((event for event in move.run.mail if event.name == position.waits[0].event), None)
            if ended is not None:
                child_ended(move, position, ended)
            continue
        if position.at_gate:
            place = next((event for event in move.run.mail if event.name == position.waits[0].event), None)
            if place is not None:
                let_in(move, position, place)
            continue
        taken = _kept_for(move, position)
        if taken is not None:
            move.go(position, _take(move, position, *taken))


def _kept_for(move: Move, position: Position) -> tuple[Event, OnEvent[Any] | OnFlow[Any]] | None:
    """The oldest event that one of the position's waits accepts."""
    plan: Plan = position.plan  # type: ignore[assignment]  # a waiting position stands at a step
    waits = {w.event: w for w in position.waits if w.event is not None and w.on is not None}
    limits = [w.until for w in position.waits if w.until is not None]
    for event in list(move.run.mail):
        waited = waits.get(event.name)
        if waited is None or any(event.at > limit for limit in limits):
            continue
        on = plan.step.on[waited.on]
        if isinstance(on, OnFlow) or accepts(move, position, event, on):
            return event, on
    return None


def accepts(move: Move, position: Position, event: Event, on: OnEvent[Any]) -> bool:
    """Whether the event is meant for this wait; one that can't be read is dropped."""
    plan: Plan = position.plan  # type: ignore[assignment]  # a waiting position stands at a step
    try:
        payload = move.run.bound.codec.coders[event.name].decode(event.payload)
        return on.where is None or bool(on.where(position.known, payload))
    except Exception as error:  # noqa: BLE001 - whatever the user's types and values raise
        move.take_event(event)
        move.note(What.EVENT_DROPPED, plan.id, reason=event.name, failure=failure_of(error, plan))
        return False


def _take(move: Move, position: Position, event: Event, on: OnEvent[Any] | OnFlow[Any]) -> Any:
    plan: Plan = position.plan  # type: ignore[assignment]  # a waiting position stands at a step
    leave(move, position, event.name)
    move.take_event(event)
    if isinstance(on, OnFlow):
        move.note(What.EVENT_DELIVERED, plan.id, reason=event.name)
        return on.to
    setattr(position.known, event.name, move.run.bound.codec.coders[event.name].decode(event.payload))
    move.keep(position, event.name, event.payload)
    move.note(What.EVENT_DELIVERED, plan.id, reason=event.name)
    return on.to


# ---- times -----------------------------------------------------------------------------------------------------------


def expire(move: Move) -> None:
    """Ends the waits whose time has come."""
    for position in move.run.leaves():
        late = [w for w in position.waits if w.until is not None and w.until <= move.at]
        if late and not position.halted and not move.over and position.id in move.run.positions:
            _time_is_up(move, position, min(late, key=lambda w: w.until or 0))


def _time_is_up(move: Move, position: Position, passed: Wait) -> None:
    plan: Plan = position.plan  # type: ignore[assignment]  # a waiting position stands at a step
    leave(move, position)
    if plan.kind is Kind.TIMER:
        move.go(position, plan.to)
    elif plan.kind is Kind.REPEAT:
        move.go(position, plan.step.body)
    elif passed.event is None:
        move.note(What.TIME_PASSED, plan.id)
        move.go(position, plan.step.on[passed.on].to)
    else:
        missed = _what_missed(move, position, plan.step.on[passed.on])
        move.fail_step(position, WaitTimeout(f"{missed} within {duration(plan.step.within)}"))


def _what_missed(move: Move, position: Position, on: OnEvent[Any] | OnFlow[Any]) -> str:
    if isinstance(on, OnEvent):
        return f"({move.run.bound.flow.events.get(on.gives, on.gives)}) did not come"
    of_key = "" if on.key is None else f' with the key "{on.key(position.known)}"'
    return f'no run of "{on.flow}"{of_key} reached "{on.word}"'
