"""What the engine needs from outside, a store and a clock, and the shapes that cross these ports.

Values, payloads, results, errors and positions cross as bytes of JSON: a store keeps them, it never reads them.
Times are seconds since the epoch.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, Protocol, TypeAlias

from wgen.runtime.life import RunStatus

if TYPE_CHECKING:
    import asyncio

    from wgen.runtime.history import Entry

EntryRow: TypeAlias = (
    "tuple[float, str, str | None, int | None, float | None, str | None, str | None, bytes | None] | Entry"
)
"""The fields of an `Entry`; the straight path writes plain tuples."""


class Timer(Protocol):
    """A callback that is still to come."""

    def cancel(self) -> None: ...


class Clock(Protocol):
    """Tells the time and calls back at one."""

    def now(self) -> float: ...

    def call_at(self, when: float, callback: Callable[[], object], /) -> Timer:
        """Calls back once, in the running event loop, when it is `when` or later."""
        ...


class Event(NamedTuple):
    """One event that a run keeps until a wait takes it. `number` gives the order of arrival within the run."""

    number: int
    name: str
    payload: bytes
    at: float


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


@dataclass(slots=True)
class Stored:
    """A run with everything that hangs on it but its history.

    `lost` is there when a claim took the run from a worker that let its lease run out: that worker's lease.
    """

    row: RunRow
    positions: Sequence[PositionRow] = ()
    values: Sequence[ValueRow] = ()
    events: Sequence[Event] = ()
    undos: Sequence[UndoRow] = ()
    lost: Lease | None = None


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

    Most saves carry one step and its values: the other fields cost nothing, they are the class's own empty ones.
    """

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
    left: Sequence[int] = ()  # positions that leave their gates; they go before `asks` come
    asks: Sequence[Ask] = ()

    def __init__(self, number: int, revision: int, fence: int, at: float, root: bytes, entries: list[EntryRow]) -> None:
        self.number = number
        self.revision = revision
        self.fence = fence
        self.at = at
        self.root = root
        self.entries = entries

    @property
    def more(self) -> bool:
        """Whether it holds more than a step and its values."""
        return not self.__dict__.keys() <= _STEP_FIELDS


_STEP_FIELDS: Final = frozenset({"number", "revision", "fence", "at", "root", "entries", "values"})


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

    @property
    def is_order(self) -> bool:
        return self.name.startswith(ORDER)


def folded(name: str) -> str:
    """How a flow's name is compared: case and blanks do not matter."""
    return " ".join(name.split()).casefold()


def child_event(id: str) -> str:
    """The name of the event by which a run tells its parent that it has ended; no event of a flow has such a name."""
    return f"run:{id}"


def gate_event(place: int) -> str:
    """The name of the event by which an attempt is let in; its payload is the time from which on it may begin."""
    return f"gate:{place}"


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


def refused_child(child: NewRun) -> NewEvent:
    """What a parent is told when the child it started is one too many for its business key."""
    said = f'an open run of "{child.flow}" has the key {child.key!r} already'
    name = child_event(child.id)
    failed = {"status": "failed", "result": None, "error": {"type": "RunIsOpen", "message": said}}
    return NewEvent(child.parent or "", name, json.dumps(failed).encode(), child.at, None)


class Store(Protocol):
    """Keeps runs. Whatever a method changes, it changes at once and for good, or not at all."""

    async def exists(self) -> bool:
        """Whether there is anything to open without creating it."""
        ...

    async def open(self, *, create: bool = True) -> None: ...

    async def close(self) -> None: ...

    async def create(self, new: NewRun, /) -> Created:
        """Stores a new run; where an open run of the flow has the same key, returns that one instead."""
        ...

    async def load(self, id: str, /) -> Stored | None: ...

    def save(self, change: Change, /) -> Awaitable[bool] | bool:
        """Writes a change if the run still has its revision and its fence, else raises LostLease.

        A run that ends with it tells its parent, by an event that `child_event` names, and leaves all its gates; one
        that is paused leaves those of its attempts. One that had ended may be opened again; RunIsOpen says that another
        run has its key by now. One that is pending behind a gate is due when it is let in, whatever `due` says.
        A word that it reaches is told to whoever watches for it, and a new watch at once of a word that was reached
        already; a word that is connected to a flow, and new to the run, leaves a signal. True: written.
        False: written, but the run is not released, because mail came that the change does not know.
        Answers at once where the store can, so that a step need not wait for the event loop.
        """
        ...

    async def claim(self, flows: Collection[str], now: float, lease: Lease, limit: int) -> list[Stored]:
        """Takes up to `limit` runs of these flows that are due, the longest due first."""
        ...

    async def claim_run(self, id: str, now: float, lease: Lease) -> Stored | Lease | None:
        """Takes this run, due or not. A Lease says that somebody holds it.

        None says that it has ended, isn't there, or is pending because of a limit.
        """
        ...

    async def renew(self, held: Collection[Held], until: float) -> dict[int, int]:
        """Prolongs the leases that still hold, and returns the mail counter of each such run."""
        ...

    async def release(self, held: Collection[Held], due: float) -> None:
        """Gives runs back as they stand, to be claimed when it is `due`."""
        ...

    async def events(self, number: int) -> tuple[int, list[Event]]:
        """The mail counter of a run and the events that it keeps, in order of arrival."""
        ...

    async def add_event(self, new: NewEvent) -> Accepted:
        """Keeps an event for a run and wakes it, if it waits. Changes nothing when the answer is not "added"."""
        ...

    async def next_due(self, flows: Collection[str], owner: str) -> Due:
        """The soonest time at which a run of these flows is due; leases of `owner` don't count."""
        ...

    async def runs(self, query: RunQuery) -> list[RunRow]:
        """The runs that fit, newest first."""
        ...

    async def history(self, number: int) -> list[Entry]: ...

    async def attempts(self, number: int) -> dict[str, int]:
        """Of each task that was tried, the number of its latest attempt."""
        ...

    async def erase(self, number: int, revision: int, entries: Sequence[Entry]) -> bool:
        """Forgets what an ended run knew: values, result, events, undos, its key, what its history and error say.

        `entries` are what is left to tell. False: the run has not ended, or has another revision by now.
        """
        ...

    async def delete(self, numbers: Collection[int]) -> int:
        """Removes those of these runs that have ended, with everything; returns how many."""
        ...

    async def words(self, number: int) -> list[str]:
        """The words that the run has reached, each once, the first reached first."""
        ...

    async def schedule(self, flow: str, words: str, now: float) -> float:
        """The slot of a schedule that was taken last. The slots of a schedule that is new count from `now` on."""
        ...

    async def take_slot(self, slot: SlotTaken) -> Created | None:
        """Takes a slot, and creates its run. None: somebody else has taken it, or it starts no run."""
        ...

    async def connect(self, starts: str, words: Sequence[tuple[str, str]]) -> None:
        """From now on these words, each with the `folded` name of its flow, start runs of a flow, and no others do."""
        ...

    async def signals(self, starts: Collection[str]) -> list[Signal]:
        """The signals that nobody has answered yet, for these flows, the oldest first."""
        ...

    async def answer(self, number: int, new: NewRun | None) -> Created | None:
        """Takes a signal away and creates the run that it starts. None: it is gone, or starts no run."""
        ...

    async def put_definition(self, digest: str, body: bytes) -> None: ...

    async def definition(self, digest: str) -> bytes | None: ...

    def changed(self) -> bool:
        """Whether somebody else may have written since the last call. Cheap: it is asked many times a second."""
        ...


@dataclass(slots=True)
class Surroundings:
    """What executions share.

    `late` holds attempts that were given up and have not ended yet, by run and step. `tell` gets the id of a run that
    reached a word. `define` has the store keep a flow's definition. `wake` has due runs looked for, and mail read by
    the run of an id. `make_room` gets the name of a flow of which a limited attempt is over.
    """

    store: Store
    clock: Clock
    observe: Callable[[Entry], object] | None = None
    late: dict[tuple[str, str], asyncio.Future[Any]] = field(default_factory=dict)
    tell: Callable[[str], object] | None = None
    define: Callable[[str], Awaitable[None]] | None = None
    wake: Callable[[str | None], object] | None = None
    make_room: Callable[[str], object] | None = None
