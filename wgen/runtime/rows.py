"""The shapes that cross the ports: a run and what hangs on it, and what a save changes.

Values, payloads, results, errors and positions cross as bytes of JSON: a store keeps them, it never reads them. So it
does with a `trace`, the trace context of whoever has started or sent something. Times are seconds since the epoch.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from wgen.runtime.history import Entry
from wgen.runtime.life import RunStatus
from wgen.runtime.signs import child_event

EntryRow: TypeAlias = (
    "tuple[float, str, str | None, int | None, float | None, str | None, str | None, bytes | None] | Entry"
)
"""The fields of an `Entry`; the straight path writes plain tuples."""


class Event(NamedTuple):
    """One event that a run keeps until a wait takes it. `number` gives the order of arrival within the run."""

    number: int
    name: str
    payload: bytes
    at: float
    trace: str | None = None


class Lease(NamedTuple):
    """Who executes a run, and until when others keep away from it."""

    owner: str
    until: float


class Gate(NamedTuple):
    """A limit that a run passes: at most `size` of a gate's name are inside, or begin in `per` seconds."""

    name: str
    size: int
    per: float | None = None


class Ask(NamedTuple):
    """An attempt at the position `place` wants to pass some gates; it is told by the event that `gate_event` names.

    Who is inside already is told again; who waits keeps its turn.
    """

    place: int
    gates: Sequence[Gate]


class PositionRow(NamedTuple):
    """One place where a branch of a run stands. `id` is unique within the run, the root is 0 and has no row."""

    id: int
    parent: int
    body: bytes


class ValueRow(NamedTuple):
    """One value: `scope` is the id of the position that knows it."""

    scope: int
    name: str
    value: bytes


class UndoRow(NamedTuple):
    """How one finished step is undone. `number` gives the order; `scope` is the position that has to do it."""

    number: int
    scope: int
    body: bytes


class WaitRow(NamedTuple):
    """A position begins to wait for an event that may come without the run's id.

    `fields` and `key` are what the wait is found under, see `correlation.Mark`; `accepts` tells of a payload that is
    found under them whether it is meant for this wait. `source` is who is to be told of the wait, `about` what.
    """

    place: int
    event: str
    fields: str
    key: str
    accepts: Callable[[bytes], bool]
    source: str | None = None
    about: bytes = b""


class WaitOver(NamedTuple):
    """A position waits no more; the event of this name is what it waited for and got."""

    place: int
    event: str | None = None


class Watch(NamedTuple):
    """A run waits until a run of a flow reaches a word, later than `since`; with a key only a run of that key counts.

    `event` is the event that the waiting run gets for it.
    """

    event: str
    flow: str
    word: str
    key: str | None
    since: float


@dataclass(slots=True)
class RunRow:
    """A run without what hangs on it. `number` is the store's own key for it.

    `due` is when somebody must look at the run again: its lease's end while it has an `owner`, else the time it waits
    for, or None. `mail` counts the events that came. `fence` counts the claims.
    """

    number: int
    id: str
    flow: str
    version: int
    digest: str
    key: str | None
    status: RunStatus
    position: bytes
    created_at: float
    updated_at: float
    word: str | None = None
    outcome: str | None = None
    result: bytes | None = None
    error: bytes | None = None
    revision: int = 0
    fence: int = 0
    mail: int = 0
    owner: str | None = None
    due: float | None = None
    parent: str | None = None
    depth: int = 0
    trace: str | None = None

    def copy(self) -> RunRow:
        """The same, for somebody else; a third of what `dataclasses.replace` takes."""
        return RunRow(*_all_of(self))


_all_of: Final = attrgetter(*(field.name for field in fields(RunRow)))


@dataclass(slots=True)
class Stored:
    """A run with everything that hangs on it but its history.

    `lost` is there when a claim took the run from a worker that let its lease run out: that worker's lease. `was_due`
    is when a run that was claimed had been due.
    """

    row: RunRow
    positions: Sequence[PositionRow] = ()
    values: Sequence[ValueRow] = ()
    events: Sequence[Event] = ()
    undos: Sequence[UndoRow] = ()
    lost: Lease | None = None
    was_due: float | None = None


@dataclass(slots=True)
class NewRun:
    """A run to create. With a lease it is claimed from the start. A child has the id of its `parent`.

    `depth` counts the runs above it. While there is no room behind one of its `gates` it is pending and not due; it is
    inside until it has ended, and whoever waited longest comes next. `undoes` is an ended run whose undos it takes
    over: it is undoing from the start, because of its `error`.
    """

    id: str
    flow: str
    version: int
    digest: str
    key: str | None
    position: bytes
    at: float
    values: Sequence[ValueRow]
    entries: Sequence[EntryRow]
    lease: Lease | None = None
    parent: str | None = None
    depth: int = 0
    gates: Sequence[Gate] = ()
    undoes: str | None = None
    error: bytes | None = None
    trace: str | None = None


class Created(NamedTuple):
    """The run that `create` made, or the open one with the same key."""

    row: RunRow
    created: bool


@dataclass(slots=True)
class Head:
    """The part of a save that changes more of a run than its position.

    `release` gives the run back, to be looked at again at `due`; it holds only while the run's `mail` is still the
    one given here. `undoable` tells the run above one that ends whether it has steps that can be undone.
    """

    status: RunStatus
    word: str | None
    outcome: str | None
    result: bytes | None
    error: bytes | None
    release: bool = False
    due: float | None = None
    mail: int = 0
    undoable: bool = False


class Change:
    """What one save writes. `root` is where the root position stands; the rest is only what has changed.

    Most saves carry one step and its values, see `Step`: the other fields cost nothing, they are the class's own empty
    ones. `more` tells that there may be more than that.
    """

    more = True
    saves = 1  # that it stands for: the revision grows by as many
    values: Sequence[ValueRow | tuple[int, str, bytes]] = ()
    head: Head | None = None
    positions: Sequence[PositionRow] = ()
    gone: Sequence[int] = ()  # positions that are over, with their values; they go before `positions` come
    dropped: Sequence[tuple[int, str]] = ()  # values, by scope and name
    undos: Sequence[UndoRow] = ()
    undone: Sequence[int] = ()  # undos that need not be done any more, by their numbers
    children: Sequence[NewRun] = ()
    orders: Sequence[NewEvent] = ()  # for other runs; one that has ended takes none
    watches: Sequence[Watch] = ()
    unwatched: Sequence[str] = ()  # watches that are over, by their events
    words: Sequence[str] = ()
    taken: Sequence[int] = ()  # events, by their numbers
    joined: Any = None  # the transaction that the task has written to, and that this save commits
    opened: Sequence[WaitRow] = ()
    closed: Sequence[WaitOver] = ()  # waits that end; they go before those that are `opened` come
    left: Sequence[int] = ()  # positions that leave their gates; they go before `asks` come
    asks: Sequence[Ask] = ()
    trace: str | None = None  # of what makes the change, for the runs that hear of it or start because of it

    def __init__(self, number: int, revision: int, fence: int, at: float, root: bytes, entries: list[EntryRow]) -> None:
        self.number = number
        self.revision = revision
        self.fence = fence
        self.at = at
        self.root = root
        self.entries = entries


class Step(Change):
    """The save of a step on the straight path: where the root position stands now, its values, and an entry."""

    more = False


class Held(NamedTuple):
    """A run under a lease: the store's number of it, and the fence of the claim."""

    number: int
    fence: int


class Due(NamedTuple):
    """When a store must be looked at again: for a run that is given back, and for one that another worker holds."""

    wake: float | None
    lease: float | None


class RunQuery(NamedTuple):
    """Which runs to list. What is None does not matter; `children` lists the runs that others started, too.

    `parent` lists those that this run has started, and `ended_before` those that had ended by then.
    """

    flow: str | None = None
    status: RunStatus | None = None
    word: str | None = None
    key: str | None = None
    since: float | None = None
    limit: int | None = None
    children: bool = False
    parent: str | None = None
    ended_before: float | None = None


class SlotTaken(NamedTuple):
    """A slot of a schedule, taken if the one taken before it is still `since`.

    `new` is the run that it starts, unless a run is inside of the gate `unless`, or waits for it.
    """

    flow: str
    words: str
    since: float
    at: float
    new: NewRun | None
    unless: str | None


class Signal(NamedTuple):
    """A run has reached a word for the first time, and a run of the flow `starts` is to be started for that.

    `values` is a JSON object of what the run knew then, by name.
    """

    number: int
    starts: str
    flow: str
    run: str
    key: str | None
    word: str
    values: bytes
    trace: str | None = None


Accepted: TypeAlias = Literal["added", "duplicate", "ended"]

ORDER: Final = "order:"
"""How the names of orders begin: events by which operators, and runs above, tell a run what to do."""


@dataclass(slots=True)
class NewEvent:
    """An event for a run. `id` is the sender's own, by which it is taken at most once.

    An order wakes the run whatever it is, other events only one that waits or is undoing.
    """

    run: str
    name: str
    payload: bytes
    at: float
    entry: EntryRow | None
    id: str | None = None
    trace: str | None = None

    @property
    def is_order(self) -> bool:
        return self.name.startswith(ORDER)


def folded(name: str) -> str:
    """How a flow's name is compared: case and blanks do not matter."""
    return " ".join(name.split()).casefold()


def ended_as(head: Head) -> bytes:
    """The payload of that event: how the run has ended."""
    result, error = head.result or b"null", head.error or b"null"
    undoable = b"true" if head.undoable else b"false"
    return b'{"status":"%s","result":%s,"error":%s,"undoable":%s}' % (head.status.encode(), result, error, undoable)


def new_status(new: NewRun) -> RunStatus:
    """What a run is when it is created, as long as no gate keeps it back."""
    if new.undoes is not None:
        return RunStatus.UNDOING
    return RunStatus.PENDING if new.lease is None else RunStatus.RUNNING


def erased(error: bytes | None) -> bytes | None:
    """An error without what it says about the run's data: its message."""
    if error is None:
        return None
    told = json.loads(error)
    undo = [{**entry, "message": "erased"} for entry in told.get("undo", ())]
    kept = {name: told[name] for name in ("type", "step", "flow_line") if name in told}
    return json.dumps({**kept, "message": "erased", **({"undo": undo} if "undo" in told else {})}).encode()


def erased_about(about: bytes) -> bytes:
    """What a source is still to be told of a wait, without the values that its event had to hold."""
    return json.dumps({**json.loads(about), "correlation": None}).encode()


def refused_child(child: NewRun) -> NewEvent:
    """What a parent is told when the child it started is one too many for its business key."""
    said = f'an open run of "{child.flow}" has the key {child.key!r} already'
    name = child_event(child.id)
    failed = {"status": "failed", "result": None, "error": {"type": "RunIsOpen", "message": said}}
    return NewEvent(child.parent or "", name, json.dumps(failed).encode(), child.at, None)
