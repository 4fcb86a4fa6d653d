"""Open waits: what the store knows of waits for events that may come without the run's id, and whom they are told to.

Those are the waits with a condition, by which a run is found, and those from a source, which may know no runs at all.
Any other is met by an event for the run alone.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from wgen.runtime.codec import plain, to_text
from wgen.runtime.correlation import mark_of
from wgen.runtime.flow import OnEvent
from wgen.runtime.rows import WaitOver, WaitRow

if TYPE_CHECKING:
    from wgen.runtime.codec import Coder
    from wgen.runtime.moves import Move
    from wgen.runtime.plan import Plan
    from wgen.runtime.position import Position, Wait


@dataclass(frozen=True, slots=True)
class OpenWait:
    """A wait as a source is told of it, by the words of its sentence: `from door bell "front"` is `source`, `address`.

    `id` is the same whenever the source is told of this wait. `event` is the name that the event is to be sent by;
    `correlation` are the values that it has to hold, where the condition says just that. `until` is when the wait ends
    by itself. Times are epoch seconds.
    """

    id: str
    run: str
    flow: str
    step: str
    event: str
    source: str
    address: str
    correlation: dict[str, Any] | None
    since: float
    until: float | None


def is_open(on: object) -> bool:
    """Whether an event that comes without a run's id can meet this."""
    return isinstance(on, OnEvent) and (on.where is not None or on.source is not None)


def open_here(move: Move, position: Position, plan: Plan) -> None:
    """A position begins to wait: has the store know of it."""
    for wait in position.waits:
        if wait.on is not None and is_open(on := plan.step.on[wait.on]):
            move.opened.append(_row(move, position, plan, wait, on))


def close_here(move: Move, position: Position, taken: str | None) -> None:
    """A position waits no more; `taken` is the event that it has got."""
    on = () if position.plan is None else getattr(position.plan.step, "on", ())
    if any(wait.on is not None and is_open(on[wait.on]) for wait in position.waits):
        move.opened = [row for row in move.opened if row.place != position.id]
        move.closed.append(WaitOver(position.id, taken))


def _row(move: Move, position: Position, plan: Plan, wait: Wait, on: OnEvent[Any]) -> WaitRow:
    bound = move.run.bound
    mark = mark_of(on.where, wait.correlation)
    accepts = partial(_is_for, on, position.known, bound.codec.coders[on.gives])
    row = WaitRow(position.id, on.gives, *mark, accepts)
    if on.source is None or on.source[0] not in bound.sources:
        return row
    told = OpenWait(
        id=f"{move.run.id}/{plan.id}/{on.gives}/{move.run.revision}.{position.id}",
        run=move.run.id,
        flow=bound.flow.name,
        step=plan.id,
        event=on.gives,
        source=on.source[0],
        address=on.source[1],
        correlation=wait.correlation,
        since=wait.since,
        until=min((other.until for other in position.waits if other.until is not None), default=None),
    )
    return row._replace(source=on.source[0], about=to_text(asdict(told)))


def as_told(about: bytes) -> OpenWait:
    """What the store has kept for a source."""
    return OpenWait(**plain(about))


def _is_for(on: OnEvent[Any], known: Any, coder: Coder, payload: bytes) -> bool:
    try:
        event = coder.decode(payload)
    except Exception:  # noqa: BLE001 - it was kept for a flow whose type is another one by now
        return False
    return is_meant(on, known, event)


def is_meant(on: OnEvent[Any], known: Any, payload: Any) -> bool:
    """Whether an event is meant for a wait. What can't be compared is not."""
    try:
        return on.where is None or bool(on.where(known, payload))
    except Exception:  # noqa: BLE001 - whatever the user's types and values raise
        return False
