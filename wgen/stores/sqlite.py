"""Keeps runs in a SQLite file: WAL, `synchronous=FULL` unless the URL says otherwise, grouped commits."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from wgen.errors import StoreError
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
from wgen.stores.sqlite_claims import (
    DUE,
    NEXT_LEASE,
    NEXT_WAKE,
    OWNERS,
    Claim,
    claim_due,
    claim_one,
    end_leases,
    release_runs,
    renew_leases,
)
from wgen.stores.sqlite_erase import Erasing, delete_families, erase_run
from wgen.stores.sqlite_file import as_it_is, connect, connect_reader, meaning, parse_url
from wgen.stores.sqlite_join import Joined
from wgen.stores.sqlite_journal import history_of
from wgen.stores.sqlite_mail import keep_event
from wgen.stores.sqlite_read import find_row, find_runs, load_run, mail_of, rows_of
from wgen.stores.sqlite_tellings import NEXT_TELLING, claim_tellings, settle_telling
from wgen.stores.sqlite_triggers import (
    SLOT,
    WORDS,
    answer_signal,
    connect_flow,
    find_signals,
    know_schedule,
    take_slot,
)
from wgen.stores.sqlite_waits import SOONEST, drop_unmatched, find_waiting, publish, unmatched
from wgen.stores.sqlite_write import create_run, keep_definition, save_change
from wgen.stores.sqlite_writer import Committed, Writer

if TYPE_CHECKING:
    from tempfile import TemporaryDirectory

A = TypeVar("A")
T = TypeVar("T")


class SqliteStore:
    """A store in one file. The URL is `sqlite:///file.db`, with `?synchronous=NORMAL` for speed over safety."""

    def __init__(self, url: str) -> None:
        self.place = parse_url(url)
        self._opened: tuple[Writer, sqlite3.Connection] | None = None
        self._held: set[int] = set()
        self._data_version = 0
        self._committed: Committed | None = None
        self._copy: TemporaryDirectory[str] | None = None

    async def exists(self) -> bool:
        return self.place.path.exists()

    async def open(self, *, create: bool = True, look: bool = False) -> None:
        if look:
            self.place, self._copy = as_it_is(self.place)
        db = connect(self.place, create=create)
        try:
            reader = connect_reader(self.place)
        except BaseException:
            db.close()
            raise
        self._opened = (Writer(db, self.place.path, self._committed), reader)
        self.changed()

    async def close(self) -> None:
        if self._opened is not None:
            writer, reader = self._opened
            self._opened = None
            reader.close()
            await writer.close()
        if self._copy is not None:
            self._copy.cleanup()

    def measure(self, committed: Committed) -> None:
        """Tells of each commit how many writes it holds and how many seconds it took."""
        self._committed = committed
        if self._opened is not None:
            self._writer.committed = committed

    @property
    def _writer(self) -> Writer:
        return self._both()[0]

    def _both(self) -> tuple[Writer, sqlite3.Connection]:
        if self._opened is None:
            raise StoreError(f"the store {self.place.path} is not open")
        return self._opened

    async def _write(self, function: Callable[[sqlite3.Connection, A], T], argument: A) -> T:
        """A lone run's write is committed at once, others together."""
        writer = self._writer
        if len(self._held) <= 1 and writer.free:
            return writer.at_once(function, argument)
        return await writer.submit(function, argument)

    def _read(self, function: Callable[..., T], *arguments: Any) -> T:
        """Reads what is committed; by the connection that writes where it can, for that knows its pages by heart."""
        writer, reader = self._both()
        try:
            return function(reader if writer.busy else writer.db, *arguments)
        except sqlite3.Error as error:
            raise meaning(error, self.place.path) from error

    # ---- runs ----

    async def create(self, new: NewRun, /) -> Created:
        created = await self._writer.submit(create_run, new)
        if created.created and new.lease is not None:
            self._held.add(created.row.number)
        return created

    async def row(self, id: str, /) -> RunRow | None:
        return self._read(find_row, id)

    async def load(self, id: str, /) -> Stored | None:
        return self._read(load_run, id)

    def save(self, change: Change, /) -> Awaitable[bool] | bool:
        writer = self._writer
        if change.head is not None and change.head.release:
            self._held.discard(change.number)
        if change.joined is not None:
            return writer.commit_joined(change.joined, save_change, change)
        branches = change.positions or change.gone  # which may end together
        lone = not self._held or (len(self._held) == 1 and not branches)
        if lone and writer.free:
            return writer.at_once(save_change, change)
        return writer.submit(save_change, change)

    async def join(self) -> Joined:
        """A transaction that the save of a step commits, for a task to write to."""
        return await self._writer.join()

    async def runs(self, query: RunQuery) -> list[RunRow]:
        return self._read(find_runs, query)

    async def history(self, number: int) -> list[Entry]:
        return self._read(history_of, number)

    async def attempts(self, number: int) -> dict[str, int]:
        told = self._read(history_of, number)
        return {entry.step: entry.attempt for entry in told if entry.step is not None and entry.attempt is not None}

    async def words(self, number: int) -> list[str]:
        return [row[0] for row in self._read(rows_of, "SELECT word FROM words WHERE run = ? ORDER BY at", number)]

    async def erase(self, number: int, revision: int, entries: Sequence[Entry]) -> bool:
        return await self._write(erase_run, Erasing(number, revision, entries))

    async def delete(self, families: Collection[Collection[RunRow]]) -> int:
        return await self._write(delete_families, families)

    # ---- leases ----

    async def claim(self, flows: Collection[str], now: float, lease: Lease, limit: int) -> list[Stored]:
        if not any(self._read(rows_of, DUE, flow, now) for flow in flows):
            return []  # without taking the lock for writing
        claimed = await self._write(claim_due, Claim(list(flows), now, lease, limit))
        self._held.update(stored.row.number for stored in claimed)
        return claimed

    async def claim_run(self, id: str, now: float, lease: Lease) -> Stored | Lease | None:
        claimed = await self._write(claim_one, (id, now, lease))
        if isinstance(claimed, Stored):
            self._held.add(claimed.row.number)
        return claimed

    async def renew(self, held: Collection[Held], until: float) -> dict[int, int]:
        return await self._write(renew_leases, (held, until))

    async def release(self, held: Collection[Held], due: float) -> None:
        await self._write(release_runs, (held, due))
        self._held.difference_update(number for number, _ in held)

    async def owners(self, flows: Collection[str]) -> list[str]:
        return sorted({row[0] for flow in flows for row in self._read(rows_of, OWNERS, flow)})

    async def end_leases(self, owner: str, now: float) -> None:
        await self._write(end_leases, (owner, now))

    async def next_due(self, flows: Collection[str], owner: str) -> Due:
        wakes = [row[0] for flow in flows for row in self._read(rows_of, NEXT_WAKE, flow)]
        leases = [row[0] for flow in flows for row in self._read(rows_of, NEXT_LEASE, flow, owner)]
        return Due(min(wakes, default=None), min(leases, default=None))

    def changed(self) -> bool:
        writer = self._writer
        if writer.in_thread:
            return False
        before, self._data_version = self._data_version, writer.db.execute("PRAGMA data_version").fetchone()[0]
        return before != self._data_version

    # ---- runs that nobody asks for ----

    async def schedule(self, flow: str, words: str, now: float) -> float:
        known = self._read(rows_of, SLOT, flow, words)
        return known[0][0] if known else await self._write(know_schedule, (flow, words, now))

    async def take_slot(self, slot: SlotTaken) -> Created | None:
        return await self._write(take_slot, slot)

    async def connect(self, starts: str, words: Sequence[tuple[str, str]]) -> None:
        if self._read(rows_of, WORDS, starts) != list(words):
            await self._write(connect_flow, (starts, words))

    async def signals(self, starts: Collection[str]) -> list[Signal]:
        return self._read(find_signals, starts)

    async def answer(self, number: int, new: NewRun | None) -> Created | None:
        return await self._write(answer_signal, (number, new))

    # ---- events and definitions ----

    async def events(self, number: int) -> tuple[int, list[Event]]:
        return self._read(mail_of, number)

    async def add_event(self, new: NewEvent) -> Accepted:
        return await self._writer.submit(keep_event, new)

    # ---- events that come without a run's id ----

    async def waiting(self, flow: str, event: str, payload: bytes) -> list[Waiting]:
        return self._read(find_waiting, flow, event, payload)

    async def publish(self, new: Publication) -> list[str] | None:
        return await self._writer.submit(publish, new)

    async def unmatched(self) -> list[Unmatched]:
        return self._read(unmatched)

    async def drop_unmatched(self, now: float) -> tuple[list[Unmatched], float | None]:
        soonest = self._read(rows_of, SOONEST)[0][0]
        dropped = [] if soonest is None or soonest > now else await self._write(drop_unmatched, now)
        return dropped, self._read(rows_of, SOONEST)[0][0] if dropped else soonest

    async def tellings(self, sources: Collection[str], now: float, until: float) -> tuple[list[Telling], float | None]:
        soonest = self._next_telling(sources)
        if soonest is None or soonest > now:
            return [], soonest
        return await self._write(claim_tellings, (sources, now, until)), self._next_telling(sources)

    def _next_telling(self, sources: Collection[str]) -> float | None:
        found = [self._read(rows_of, NEXT_TELLING, source) for source in sources]
        return min((row[0] for rows in found for row in rows), default=None)

    async def told(self, telling: Telling, now: float, again: float | None) -> None:
        await self._write(settle_telling, (telling, now, again))

    async def put_definition(self, digest: str, body: bytes) -> None:
        await self._write(keep_definition, (digest, body.decode()))

    async def definition(self, digest: str) -> bytes | None:
        rows = self._read(rows_of, "SELECT body FROM definitions WHERE digest = ?", digest)
        return rows[0][0].encode() if rows else None
