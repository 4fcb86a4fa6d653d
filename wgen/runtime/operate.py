"""What operators do to a run: pause, resume, cancel, retry, change a value.

None of it needs the flow's code. A run that somebody executes is told by an order; a run that nobody executes is
changed at once, as far as that goes without the code: what has to be undone waits for a worker. Every change is a save
that holds only as long as the run is as it was read, so it wins or loses against a worker as a whole.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from wgen.errors import InputError, NotAllowed, ValueRejected
from wgen.runtime.changing import Said, change_of, children_of, head_of, saved, to_children, without
from wgen.runtime.codec import plain, to_text
from wgen.runtime.correlation import OUTDATED
from wgen.runtime.definition import check_value, outline, value_schemas
from wgen.runtime.ending import PAUSED, before_pause, paused_error
from wgen.runtime.forgetting import refuse_erased
from wgen.runtime.history import Entry, What
from wgen.runtime.life import ENDED, RunStatus, came_to_rest
from wgen.runtime.orders import Order, is_above, lifted, new_order
from wgen.runtime.position import DONE_BODY
from wgen.runtime.rows import ORDER, Change, PositionRow, ValueRow, WaitOver
from wgen.runtime.state import CHILD

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from wgen.runtime.plan import Bound
    from wgen.runtime.ports import Surroundings
    from wgen.runtime.rows import Event, Stored

_ANEW: Final = ("halted", "attempt", "first_at", "wake_at", "deaths", "failure", "raised", "waits", "admitted")
"""What a position forgets when its step is begun anew."""

_TRIES: Final = 20
"""So often an operator's change is tried again when the run has moved in between."""


# ---- pause, resume, cancel -------------------------------------------------------------------------------------------


async def tell(around: Surroundings, id: str, order: Order, said: Said) -> None:
    """Gives an order to a run; it is kept until it is obeyed."""
    new = new_order(order, id, said.at, said.by, said.reason)
    if await around.store.add_event(new) == "added" and new.entry is not None:
        around.observed([Entry(*new.entry)])
    await _obey_unexecuted(around, id, said.at)


async def _obey_unexecuted(around: Surroundings, id: str, at: float) -> None:
    """Has a run that nobody executes obey its orders, as far as that goes without its code; then those below it."""
    for _ in range(_TRIES):
        stored = await around.store.load(id)
        if stored is None or stored.row.status in ENDED or _is_held(stored, at):
            return
        order = next((event for event in stored.events if event.name.startswith(ORDER)), None)
        change = None if order is None else _obedience(stored, order, at)
        if change is None:
            return
        await _carried_out(around, stored, change)


async def _carried_out(around: Surroundings, stored: Stored, change: Change) -> bool:
    """Saves a change, tells of a run that stands still or has ended with it, and has those below obey."""
    if not await saved(around, change):
        return False
    if around.telemetry is not None:
        around.telemetry.committed(stored.row.flow, change)
    head = change.head
    if around.on_end is not None and head is not None and came_to_rest(stored.row.status, head.status):
        around.on_end(stored.row.id)
    for told in change.orders:
        await _obey_unexecuted(around, told.run, change.at)
    return True


def _is_held(stored: Stored, at: float) -> bool:
    row = stored.row
    return row.owner is not None and row.due is not None and row.due > at


def _obedience(stored: Stored, order: Event, at: float) -> Change | None:
    """What an order changes in a run that nobody executes. None: that is for its worker to say."""
    told = plain(order.payload)
    said = Said(at, told["by"], told["reason"])
    match Order(order.name):
        case Order.PAUSE:
            return _paused(stored, order, said)
        case Order.RESUME:
            mine = not is_above(said.by) or (plain(stored.row.error) or {}).get("by") == said.by
            if stored.row.status is RunStatus.PAUSED:
                return _resumed(stored, said, order) if mine else _taking(stored, said, [order.number])
            pauses = [event.number for event in lifted(stored.events, said.by, order)]
            return _taking(stored, said, [order.number, *pauses])
        case Order.CANCEL:
            return _cancelled(stored, said, undo=True)
        case Order.CANCEL_WITHOUT_UNDO:
            return _cancelled(stored, said, undo=False)


def _taking(stored: Stored, said: Said, orders: Sequence[int]) -> Change:
    """The run stays as it is; these orders are done with."""
    row = stored.row
    change = change_of(stored, said.at, [])
    change.taken = orders
    change.head = head_of(stored, row.status, error=row.error, due=None if row.status is RunStatus.PAUSED else said.at)
    return change


def _paused(stored: Stored, order: Event, said: Said) -> Change | None:
    row = stored.row
    if row.status is RunStatus.PAUSED:
        above = is_above((plain(row.error) or {}).get("by"))
        if is_above(said.by) or not above:  # it stands still already
            return _taking(stored, said, [order.number])
    change = change_of(stored, said.at, [said.entry(What.RUN_PAUSED)])
    error = paused_error(row.status, row.error, {"type": PAUSED, "message": said.reason or "", "by": said.by})
    change.head = head_of(stored, RunStatus.PAUSED, error=error)
    change.taken = [order.number]
    change.orders = to_children(stored, Order.PAUSE, said)
    return change


async def resume(around: Surroundings, id: str, said: Said) -> None:
    """Lifts the pause of a run, if it has one: it is due at once, and lost workers are forgotten."""
    for _ in range(_TRIES):
        stored = await around.store.load(id)
        if stored is None:
            return
        if stored.row.status is not RunStatus.PAUSED:
            if lifted(stored.events, said.by):  # it is about to be paused
                await tell(around, id, Order.RESUME, said)
            return
        if await _carried_out(around, stored, _resumed(stored, said, None)):
            return


def _resumed(stored: Stored, said: Said, order: Event | None) -> Change:
    row = stored.row
    change = change_of(stored, said.at, [said.entry(What.RUN_RESUMED)])
    change.root = without(row.position, ("deaths",))
    change.positions = [PositionRow(p.id, p.parent, without(p.body, ("deaths",))) for p in stored.positions]
    status, error = before_pause(row.error)
    change.head = head_of(stored, status, error=error, due=said.at)
    pauses = [event.number for event in lifted(stored.events, said.by, order)]
    change.taken = pauses if order is None else [order.number, *pauses]
    change.orders = to_children(stored, Order.RESUME, said)
    return change


def _cancelled(stored: Stored, said: Said, *, undo: bool) -> Change | None:
    """A run with nothing to undo is cancelled at once, any other begins to undo with its next worker."""
    row = stored.row
    message = said.reason or ("cancelled" if said.by is None else f"cancelled by {said.by}")
    step = plain(row.position)["step"]
    told = {"type": "RunCancelled", "message": message, "step": step, "flow_line": None, "undo": []}
    error = to_text({**told, "ends": str(RunStatus.CANCELLED)})
    if list(children_of(stored)) or (undo and stored.undos):
        if row.status is RunStatus.UNDOING:
            return None
        change = change_of(stored, said.at, [])
        status, before = before_pause(row.error) if row.status is RunStatus.PAUSED else (row.status, None)
        change.head = head_of(
            stored, RunStatus.UNDOING, error=before if status is RunStatus.UNDOING else error, due=said.at
        )
        return change
    dropped = [event for event in stored.events if event.name.isidentifier()]
    entries = [Entry(said.at, What.EVENT_DROPPED, reason=event.name) for event in dropped]
    change = change_of(stored, said.at, [*entries, said.entry(What.RUN_CANCELLED, step, message)])
    change.root = DONE_BODY
    change.gone = [position.id for position in stored.positions]
    change.undone = [entry.number for entry in stored.undos]
    change.taken = [event.number for event in stored.events]
    change.head = head_of(stored, RunStatus.CANCELLED, error=error)
    return change


# ---- retry -----------------------------------------------------------------------------------------------------------


async def retry(
    around: Surroundings, bound: Bound | None, stored: Stored, step: str | None, said: Said, *, force: bool
) -> None:
    """Begins a failed or paused run anew: where it stands, at the first undone step, or at a step by its id."""
    row = stored.row
    if row.status not in (RunStatus.FAILED, RunStatus.PAUSED):
        raise NotAllowed(f"the run {row.id} is {row.status}; only a failed or paused run can be retried")
    await refuse_erased(around.store, stored)
    error = plain(row.error) or {}
    steps = await outline(around.store, bound, _definition_of(stored))
    undone = (error.get("before") or {}).get("error") or error  # of a run that was paused while it was undone
    again = undone.get("again")
    if step is not None:
        _check_step(step, steps, row.id, None if force else again)
    begin = step or again
    if begin is not None and begin not in steps:
        raise NotAllowed(f"the run {row.id} has undone what it did from {begin!r} on, which is gone: name a step")
    status, before = before_pause(row.error) if row.status is RunStatus.PAUSED else (RunStatus.PENDING, None)
    change = change_of(stored, said.at, [said.entry(What.RUN_RETRIED, begin or error.get("step"))])
    if begin is not None:
        status, before = RunStatus.PENDING, None
        change.root = to_text({"step": begin, "digest": steps[begin]["digest"]})
        change.gone = [position.id for position in stored.positions]
        change.undos = [entry._replace(scope=0) for entry in stored.undos]
        change.orders = to_children(stored, Order.CANCEL, said)
    elif plain(row.position)["step"] is None and not stored.positions:
        raise NotAllowed(f"the run {row.id} does not tell where to begin: name a step")
    else:
        change.root = _anew(row.position, steps)
        change.positions = [PositionRow(p.id, p.parent, _anew(p.body, steps)) for p in stored.positions]
        change.orders = to_children(stored, Order.RESUME, said)
    change.closed = [WaitOver(place) for place in (0, *(position.id for position in stored.positions))]
    change.head = head_of(stored, status, error=before, due=said.at)
    if not await _carried_out(around, stored, change):
        raise NotAllowed(f"the run {row.id} was changed by somebody else just now: look at it and try again")


def _check_step(step: str, steps: dict[str, Any], run: str, again: str | None) -> None:
    if step not in steps:
        close = get_close_matches(step, list(steps), 1)
        hint = f"did you mean {close[0]!r}?" if close else f"its steps are {', '.join(steps)}"
        raise NotAllowed(f"the flow of the run {run} has no step {step!r}; {hint}")
    begin = steps[step]["begin"]
    if begin != step:
        raise NotAllowed(f"the step {step!r} lies within {begin!r}: a run can only begin there, retry from {begin!r}")
    if again is not None and (again not in steps or steps[step]["line"] > steps[again]["line"]):
        raise NotAllowed(
            f"the run {run} has undone what it did from {again!r} on: retry from there, or force it to {step!r}"
        )


def _anew(body: bytes, steps: dict[str, Any]) -> bytes:
    """A position whose step is begun as if for the first time, by the definition of today."""
    position = plain(body)
    if position.get("halted"):
        position.get("rounds", {}).pop(position["step"], None)
    if position["step"] is None and position.get("halted"):  # it stood at its end, waiting for the background
        position["joining"] = True
    children = [wait for wait in position.get("waits", ()) if (wait["event"] or "").startswith(CHILD)]
    for name in _ANEW:
        position.pop(name, None)
    if children:  # they are at work, or paused with this run
        position["waits"] = children
    if position["step"] in steps:
        position["digest"] = steps[position["step"]]["digest"]
    return to_text(position)


# ---- values ----------------------------------------------------------------------------------------------------------


async def set_value(
    around: Surroundings, bound: Bound | None, stored: Stored, name: str, value: Any, said: Said
) -> None:
    """Changes a value of a paused or failed run; the history tells from what to what."""
    row, store = stored.row, around.store
    if row.status not in (RunStatus.FAILED, RunStatus.PAUSED):
        raise NotAllowed(f"the run {row.id} is {row.status}; pause it before you change a value")
    await refuse_erased(store, stored)
    schemas = await value_schemas(store, bound, _definition_of(stored))
    found = _value_name(name, schemas)
    try:
        text = check_value(bound, found, value, schemas)
    except ValueRejected as error:
        raise InputError(str(error)) from error
    before = next((known.value for known in stored.values if known.scope == 0 and known.name == found), None)
    was = "missing" if before is None else _short(before)
    told = f"{found}: {was} → {_short(text)}" + (f" ({said.reason})" if said.reason else "")
    change = change_of(stored, said.at, [said.entry(What.VALUE_CHANGED, reason=told)])
    change.values = [ValueRow(0, found, text)]
    change.root = _asked_anew(row.position)
    change.positions = [PositionRow(p.id, p.parent, _asked_anew(p.body)) for p in stored.positions]
    if not await saved(around, change):
        raise NotAllowed(f"the run {row.id} was changed by somebody else just now: look at it and try again")


def _asked_anew(body: bytes) -> bytes:
    """A position whose waits do not know any more what events have to hold: a value of that may be another now."""
    position = plain(body)
    for wait in position.get("waits", ()):
        wait["correlation"] = wait.get("correlation") and OUTDATED
    return to_text(position)


def _value_name(name: str, schemas: Collection[str]) -> str:
    folded = "_".join(name.split()).lower()
    for known in (name, folded):
        if known in schemas:
            return known
    close = get_close_matches(name, schemas, 1)
    hint = f"did you mean {close[0]!r}?" if close else f"it knows {', '.join(schemas) or 'none'}"
    raise InputError(f"the flow has no value {name!r}; {hint}")


def _short(text: bytes) -> str:
    shown = text.decode()
    return shown if len(shown) <= 200 else shown[:199] + "…"


def _definition_of(stored: Stored) -> str:
    """The text of the flow by which a run is mended: the one that it was paused by, else the one that it began by."""
    error = plain(stored.row.error) or {}
    return str(error.get("definition") or stored.row.digest)
