"""What the engine needs from outside: a store and a clock."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import asyncio

    from wgen.runtime.history import Entry
    from wgen.runtime.published import Publication, Telling, Unmatched, Waiting
    from wgen.runtime.rows import (
        Accepted,
        Change,
        Created,
        Due,
        Event,
        Held,
        Lease,
        NewEvent,
        NewRun,
        RunQuery,
        RunRow,
        Signal,
        SlotTaken,
        Stored,
    )
    from wgen.runtime.sharing import Writes
    from wgen.runtime.telemetry import Telemetry


class Timer(Protocol):
    """A callback that is still to come."""

    def cancel(self) -> None: ...


class Clock(Protocol):
    """Tells the time and calls back at one."""

    def now(self) -> float: ...

    def call_at(self, when: float, callback: Callable[[], object], /) -> Timer:
        """Calls back once, in the running event loop, when it is `when` or later."""
        ...


class Store(Protocol):
    """Keeps runs. Whatever a method changes, it changes at once and for good, or not at all."""

    async def exists(self) -> bool:
        """Whether there is anything to open without creating it."""
        ...

    async def open(self, *, create: bool = True, look: bool = False) -> None:
        """Opens the store, and brings its schema up to date; with `look` it is left as it is, and only to be read."""
        ...

    async def close(self) -> None: ...

    async def create(self, new: NewRun, /) -> Created:
        """Stores a new run; where an open run of the flow has the same key, returns that one instead."""
        ...

    async def row(self, id: str, /) -> RunRow | None:
        """A run without what hangs on it."""
        ...

    async def load(self, id: str, /) -> Stored | None: ...

    def save(self, change: Change, /) -> Awaitable[bool] | bool:
        """Writes a change if the run still has its revision and its fence, else raises LostLease.

        A run that ends with it tells its parent, by an event that `child_event` names, and leaves all its gates; one
        that is paused leaves those of its attempts. One that had ended may be opened again; RunIsOpen says that another
        run has its key by now. One that is pending behind a gate is due when it is let in, whatever `due` says.
        A wait that begins takes the oldest kept event that is meant for it. Waits end with their run, and when it
        begins to undo; sources that are told of a wait are told of its end, too.
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

    async def waiting(self, flow: str, event: str, payload: bytes) -> list[Waiting]:
        """The open waits that an event may be meant for, found by their marks, the oldest first."""
        ...

    async def publish(self, new: Publication) -> list[str] | None:
        """Gives an event to the runs that it fits, and returns their ids, or keeps it.

        None: nothing has changed, since there is a wait that it may be meant for and that was not judged.
        """
        ...

    async def unmatched(self) -> list[Unmatched]: ...

    async def drop_unmatched(self, now: float) -> tuple[list[Unmatched], float | None]:
        """Drops the kept events whose time is over, and counts them. Returns them, and when the next one's is."""
        ...

    async def tellings(self, sources: Collection[str], now: float, until: float) -> tuple[list[Telling], float | None]:
        """Claims what sources are to be told now, until a time. Returns it, and when there is more to tell."""
        ...

    async def told(self, telling: Telling, now: float, again: float | None) -> None:
        """A source was told; or it could not be, and is to be told `again` at a time."""
        ...

    async def owners(self, flows: Collection[str]) -> list[str]:
        """Who holds runs of these flows, each once."""
        ...

    async def end_leases(self, owner: str, now: float) -> None:
        """The leases of an owner that is gone end now, those that have not ended yet."""
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

        Its signals are gone with that: they hold its values. Who answers one of them just then starts nothing.
        Of its waits sources are still told, as `erased_about` says; likewise when the run is deleted.
        `entries` are what is left to tell. False: the run has not ended, or has another revision by now.
        """
        ...

    async def delete(self, families: Collection[Collection[RunRow]]) -> int:
        """Removes runs with everything, each family as a whole; returns how many runs.

        A family stays where one of its runs has not ended, has another revision by now, or is gone.
        """
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
    """What executions share. `writes` tells engines that have the same store object of each other.

    `late` holds attempts that were given up and have not ended yet, by run and step. `tell` gets the id of a run that
    reached a word. `define` has the store keep a flow's definition. `wake` has due runs looked for, and mail read by
    the run of an id. `make_room` gets the name of a flow of which a limited attempt is over. `on_end` gets the id of
    each run that has ended or was paused here, whoever did that.
    """

    store: Store
    clock: Clock
    writes: Writes
    observe: Callable[[Entry], object] | None = None
    late: dict[tuple[str, str], asyncio.Future[Any]] = field(default_factory=dict)
    tell: Callable[[str], object] | None = None
    define: Callable[[str], Awaitable[None]] | None = None
    wake: Callable[[str | None], object] | None = None
    make_room: Callable[[str], object] | None = None
    on_end: Callable[[str], object] | None = None
    telemetry: Telemetry | None = None

    def observed(self, entries: Iterable[Entry]) -> None:
        """Tells who observes of entries that are committed."""
        if self.observe is not None:
            for entry in entries:
                self.observe(entry)
