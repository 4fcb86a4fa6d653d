"""Keeps runs in a SQLite file: WAL, `synchronous=FULL` unless the URL says otherwise, grouped commits."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from wgen.errors import LostLease, StoreError
from wgen.runtime.history import Entry, What
from wgen.runtime.life import ENDED, RunStatus
from wgen.runtime.ports import (
    Created,
    Due,
    Event,
    Held,
    Lease,
    NewEvent,
    PositionRow,
    RunRow,
    Stored,
    UndoRow,
    ValueRow,
    child_event,
    ended_as,
    refused_child,
)
from wgen.stores.sqlite_file import connect, connect_reader, meaning, parse_url
from wgen.stores.sqlite_writer import Writer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from wgen.runtime.ports import Accepted, Change, EntryRow, Head, NewRun, RunQuery

T = TypeVar("T")
A = TypeVar("A")

_ROW = """number, id, flow, version, digest, "key", status, position, created_at, updated_at, word, outcome, result,
error, revision, fence, mail, owner, due, parent, depth"""
_ENDED = "('finished', 'failed', 'cancelled')"

_CREATE = """INSERT INTO runs
(id, flow, version, digest, "key", status, position, created_at, updated_at, owner, due, parent, depth)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"""
_SELECT = f"SELECT {_ROW} FROM runs "  # noqa: S608 - columns only, here and wherever it is used
_OPEN = _SELECT + f'WHERE flow = ? AND "key" = ? AND status NOT IN {_ENDED}'
_LOAD = _SELECT + "WHERE id = ?"
_LOAD_NUMBER = _SELECT + "WHERE number = ?"

_STEP = """UPDATE runs SET revision = revision + 1, position = ?, updated_at = ?
WHERE number = ? AND revision = ? AND fence = ?"""
_HOLD = """UPDATE runs SET revision = revision + 1, position = ?, updated_at = ?, status = ?, word = ?, outcome = ?,
result = ?, error = ? WHERE number = ? AND revision = ? AND fence = ?"""
_LET_GO = """UPDATE runs SET revision = revision + 1, position = ?, updated_at = ?, status = ?, word = ?, outcome = ?,
result = ?, error = ?, owner = NULL, due = ? WHERE number = ? AND revision = ? AND fence = ? AND mail = ?"""

_HISTORY = """INSERT INTO history SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9
FROM history WHERE run = ?1"""
_KNOW = "INSERT OR REPLACE INTO known VALUES (?, ?, ?, ?)"

_DUE = "SELECT 1 FROM runs WHERE flow = ? AND due <= ? LIMIT 1"
_CLAIM = """UPDATE runs SET owner = ?, due = ?, fence = fence + 1,
status = CASE WHEN status IN ('pending', 'waiting') THEN 'running' ELSE status END WHERE number = ?"""
_NEXT_WAKE = "SELECT due FROM runs WHERE flow = ? AND due IS NOT NULL AND owner IS NULL ORDER BY due LIMIT 1"
_NEXT_LEASE = "SELECT due FROM runs WHERE flow = ? AND owner IS NOT NULL AND owner <> ? ORDER BY due LIMIT 1"
_RENEW = "UPDATE runs SET due = ? WHERE number = ? AND fence = ? AND owner IS NOT NULL"
_RELEASE = """UPDATE runs SET owner = NULL, due = CASE WHEN status = 'paused' THEN NULL ELSE ? END,
status = CASE WHEN status = 'running' THEN 'pending' ELSE status END
WHERE number = ? AND fence = ? AND owner IS NOT NULL"""
_MAIL = f"""UPDATE runs SET mail = mail + 1,
due = CASE WHEN owner IS NULL AND status = 'waiting' THEN min(coalesce(due, ?1), ?1) ELSE due END
WHERE number = ?2 AND status NOT IN {_ENDED}"""  # noqa: S608 - statuses only


class SqliteStore:
    """A store in one file. The URL is `sqlite:///file.db`, with `?synchronous=NORMAL` for speed over safety."""

    def __init__(self, url: str) -> None:
        self.place = parse_url(url)
        self._opened: tuple[Writer, sqlite3.Connection] | None = None
        self._held: set[int] = set()
        self._data_version = 0

    async def exists(self) -> bool:
        return self.place.path.exists()

    async def open(self, *, create: bool = True) -> None:
        db = connect(self.place, create=create)
        self._opened = (Writer(db, self.place.path), connect_reader(self.place))
        self.changed()

    async def close(self) -> None:
        if self._opened is not None:
            writer, reader = self._opened
            self._opened = None
            reader.close()
            await writer.close()

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
        try:
            return function(self._both()[1], *arguments)
        except sqlite3.Error as error:
            raise meaning(error, self.place.path) from error

    # ---- runs ----

    async def create(self, new: NewRun, /) -> Created:
        created = await self._writer.submit(_create, new)
        if created.created and new.lease is not None:
            self._held.add(created.row.number)
        return created

    async def load(self, id: str, /) -> Stored | None:
        return self._read(_load, id)

    def save(self, change: Change, /) -> Awaitable[bool] | bool:
        writer = self._writer
        if change.head is not None and change.head.release:
            self._held.discard(change.number)
        lone = not self._held or (len(self._held) == 1 and not change.positions)
        if lone and writer.free:
            return writer.at_once(_save, change)
        return writer.submit(_save, change)

    async def runs(self, query: RunQuery) -> list[RunRow]:
        return self._read(_runs, query)

    async def history(self, number: int) -> list[Entry]:
        return self._read(_history, number)

    async def attempts(self, number: int) -> dict[str, int]:
        sql = "SELECT step, attempt FROM history WHERE run = ? AND attempt IS NOT NULL ORDER BY number"
        return dict(self._read(_all, sql, number))

    async def words(self, number: int) -> list[str]:
        return [row[0] for row in self._read(_all, "SELECT word FROM words WHERE run = ? ORDER BY at", number)]

    # ---- leases ----

    async def claim(self, flows: Collection[str], now: float, lease: Lease, limit: int) -> list[Stored]:
        if not any(self._read(_all, _DUE, flow, now) for flow in flows):
            return []  # without taking the lock for writing
        claimed = await self._write(_claim_due, _Claim(list(flows), now, lease, limit))
        self._held.update(stored.row.number for stored in claimed)
        return claimed

    async def claim_run(self, id: str, now: float, lease: Lease) -> Stored | Lease | None:
        claimed = await self._write(_claim_one, (id, now, lease))
        if isinstance(claimed, Stored):
            self._held.add(claimed.row.number)
        return claimed

    async def renew(self, held: Collection[Held], until: float) -> dict[int, int]:
        return await self._write(_renew, (held, until))

    async def release(self, held: Collection[Held], due: float) -> None:
        await self._write(_release, (held, due))
        self._held.difference_update(number for number, _ in held)

    async def next_due(self, flows: Collection[str], owner: str) -> Due:
        wakes = [row[0] for flow in flows for row in self._read(_all, _NEXT_WAKE, flow)]
        leases = [row[0] for flow in flows for row in self._read(_all, _NEXT_LEASE, flow, owner)]
        return Due(min(wakes, default=None), min(leases, default=None))

    def changed(self) -> bool:
        writer = self._writer
        if writer.in_thread:
            return False
        before, self._data_version = self._data_version, writer.db.execute("PRAGMA data_version").fetchone()[0]
        return before != self._data_version

    # ---- events and definitions ----

    async def events(self, number: int) -> tuple[int, list[Event]]:
        return self._read(_mail, number)

    async def add_event(self, new: NewEvent) -> Accepted:
        return await self._writer.submit(_add_event, new)

    async def put_definition(self, digest: str, body: bytes) -> None:
        await self._write(_put_definition, (digest, body.decode()))

    async def definition(self, digest: str) -> bytes | None:
        rows = self._read(_all, "SELECT body FROM definitions WHERE digest = ?", digest)
        return rows[0][0].encode() if rows else None


class _Claim(NamedTuple):
    flows: list[str]
    now: float
    lease: Lease
    limit: int


# ---- writing; each runs inside of a transaction ----


def _create(db: sqlite3.Connection, new: NewRun) -> Created:
    lease = new.lease
    status = RunStatus.PENDING if lease is None else RunStatus.RUNNING
    owner, due = (None, new.at) if lease is None else lease
    made = (
        new.id,
        new.flow,
        new.version,
        new.digest,
        new.key,
        status,
        new.position.decode(),
        new.at,
        new.at,
        owner,
        due,
        new.parent,
        new.depth,
    )
    cursor = db.execute(_CREATE, made)
    if cursor.rowcount == 0:
        return Created(_row(db.execute(_OPEN, (new.flow, new.key)).fetchone()), created=False)
    number = cursor.lastrowid or 0
    db.executemany(_KNOW, [(number, scope, name, text.decode()) for scope, name, text in new.values])
    _write_history(db, number, new.entries)
    row = RunRow(
        number, new.id, new.flow, new.version, new.digest, new.key, status, new.position, new.at, new.at,
        owner=owner, due=due, parent=new.parent, depth=new.depth,
    )  # fmt: skip
    return Created(row, created=True)


def _save(db: sqlite3.Connection, change: Change) -> bool:
    number, head = change.number, change.head
    held = (number, change.revision, change.fence)
    moved = (change.root.decode(), change.at)
    released = True
    if head is None:
        rows = db.execute(_STEP, moved + held).rowcount
    else:
        named = (str(head.status), head.word, head.outcome, _text(head.result), _text(head.error))
        rows = 0
        if head.release:
            rows = db.execute(_LET_GO, (*moved, *named, head.due, *held, head.mail)).rowcount
        if rows == 0:
            released = not head.release
            rows = db.execute(_HOLD, moved + named + held).rowcount
    if rows == 0:
        raise LostLease("another worker executes the run now, or somebody changed it: this save is dropped")
    if change.gone or change.positions or change.taken or change.words or change.dropped:
        _save_rest(db, change)
    if change.undos or change.undone:
        _save_undos(db, change)
    for child in change.children:
        if not _create(db, child).created:
            _add_event(db, refused_child(child))
    if head is not None and head.status in ENDED:
        _tell_parent(db, number, head, change.at)
    for scope, name, text in change.values:
        db.execute(_KNOW, (number, scope, name, text.decode()))
    _write_history(db, number, change.entries)
    return released


def _save_rest(db: sqlite3.Connection, change: Change) -> None:
    """The parts of a change that only branches, events and words have."""
    number = change.number
    for id in change.gone:
        db.execute("DELETE FROM positions WHERE run = ? AND id = ?", (number, id))
        db.execute("DELETE FROM known WHERE run = ? AND scope = ?", (number, id))
    for scope, name in change.dropped:
        db.execute("DELETE FROM known WHERE run = ? AND scope = ? AND name = ?", (number, scope, name))
    for id, parent, body in change.positions:
        db.execute("INSERT OR REPLACE INTO positions VALUES (?, ?, ?, ?)", (number, id, parent, body.decode()))
    for event in change.taken:
        db.execute("DELETE FROM events WHERE run = ? AND number = ?", (number, event))
    for word in change.words:
        db.execute("INSERT OR IGNORE INTO words VALUES (?, ?, ?)", (number, word, change.at))


def _tell_parent(db: sqlite3.Connection, number: int, head: Head, at: float) -> None:
    """A child has ended: its parent is told in the same transaction."""
    id, parent = db.execute("SELECT id, parent FROM runs WHERE number = ?", (number,)).fetchone()
    if parent is None:
        return
    told = Entry(at, What.EVENT_RECEIVED, reason=child_event(id))
    _add_event(db, NewEvent(parent, child_event(id), ended_as(head), at, told))


def _save_undos(db: sqlite3.Connection, change: Change) -> None:
    for undo, scope, body in change.undos:
        db.execute("INSERT OR REPLACE INTO undos VALUES (?, ?, ?, ?)", (change.number, undo, scope, body.decode()))
    for undo in change.undone:
        db.execute("DELETE FROM undos WHERE run = ? AND number = ?", (change.number, undo))


def _write_history(db: sqlite3.Connection, number: int, entries: Collection[EntryRow]) -> None:
    for at, what, step, attempt, seconds, by, reason, error in entries:
        db.execute(_HISTORY, (number, at, what, step, attempt, seconds, by, reason, _text(error)))


def _claim_due(db: sqlite3.Connection, wanted: _Claim) -> list[Stored]:
    marks = ", ".join("?" * len(wanted.flows))
    sql = _SELECT + f"WHERE flow IN ({marks}) AND due <= ? ORDER BY due LIMIT ?"
    rows = db.execute(sql, (*wanted.flows, wanted.now, wanted.limit)).fetchall()
    return [_claim(db, _row(row), wanted.lease) for row in rows]


def _claim_one(db: sqlite3.Connection, wanted: tuple[str, float, Lease]) -> Stored | Lease | None:
    id, now, lease = wanted
    found = db.execute(_LOAD, (id,)).fetchone()
    if found is None:
        return None
    row = _row(found)
    if row.status in ENDED:
        return None
    if row.owner is not None and row.due is not None and row.due > now:
        return Lease(row.owner, row.due)
    return _claim(db, row, lease)


def _claim(db: sqlite3.Connection, row: RunRow, lease: Lease) -> Stored:
    db.execute(_CLAIM, (*lease, row.number))
    stored = _stored(db, _row(db.execute(_LOAD_NUMBER, (row.number,)).fetchone()))
    if row.owner is not None and row.due is not None:
        stored.lost = Lease(row.owner, row.due)
    return stored


def _renew(db: sqlite3.Connection, wanted: tuple[Collection[Held], float]) -> dict[int, int]:
    held, until = wanted
    kept = [number for number, fence in held if db.execute(_RENEW, (until, number, fence)).rowcount]
    return {number: db.execute("SELECT mail FROM runs WHERE number = ?", (number,)).fetchone()[0] for number in kept}


def _release(db: sqlite3.Connection, wanted: tuple[Collection[Held], float]) -> None:
    held, due = wanted
    for number, fence in held:
        db.execute(_RELEASE, (due, number, fence))


def _add_event(db: sqlite3.Connection, new: NewEvent) -> Accepted:
    number = db.execute("SELECT number FROM runs WHERE id = ?", (new.run,)).fetchone()[0]
    known = "SELECT 1 FROM event_ids WHERE run = ? AND id = ?"
    if new.id is not None and db.execute(known, (number, new.id)).fetchone():
        return "duplicate"
    if db.execute(_MAIL, (new.at, number)).rowcount == 0:
        return "ended"
    if new.id is not None:
        db.execute("INSERT INTO event_ids VALUES (?, ?)", (number, new.id))
    db.execute(
        "INSERT INTO events SELECT ?1, mail, ?2, ?3, ?4 FROM runs WHERE number = ?1",
        (number, new.name, new.payload.decode(), new.at),
    )
    _write_history(db, number, [new.entry])
    return "added"


def _put_definition(db: sqlite3.Connection, definition: tuple[str, str]) -> None:
    db.execute("INSERT OR IGNORE INTO definitions VALUES (?, ?)", definition)


# ---- reading ----


def _all(db: sqlite3.Connection, sql: str, *arguments: Any) -> list[Any]:
    return db.execute(sql, arguments).fetchall()


def _load(db: sqlite3.Connection, id: str) -> Stored | None:
    """All parts of a run as they were at one moment."""
    db.execute("BEGIN")
    try:
        found = db.execute(_LOAD, (id,)).fetchone()
        return None if found is None else _stored(db, _row(found))
    finally:
        db.execute("COMMIT")


def _stored(db: sqlite3.Connection, row: RunRow) -> Stored:
    number = row.number
    positions = _all(db, "SELECT id, parent, body FROM positions WHERE run = ?", number)
    values = _all(db, "SELECT scope, name, value FROM known WHERE run = ?", number)
    undos = _all(db, "SELECT number, scope, body FROM undos WHERE run = ? ORDER BY number", number)
    return Stored(
        row,
        [PositionRow(id, parent, body.encode()) for id, parent, body in positions],
        [ValueRow(scope, name, value.encode()) for scope, name, value in values],
        _events(db, number),
        [UndoRow(undo, scope, body.encode()) for undo, scope, body in undos],
    )


def _events(db: sqlite3.Connection, number: int) -> list[Event]:
    rows = _all(db, "SELECT number, name, payload, at FROM events WHERE run = ? ORDER BY number", number)
    return [Event(event, name, payload.encode(), at) for event, name, payload, at in rows]


def _mail(db: sqlite3.Connection, number: int) -> tuple[int, list[Event]]:
    """The counter is read first: an event that comes in between is then seen twice, never missed."""
    counter = db.execute("SELECT mail FROM runs WHERE number = ?", (number,)).fetchone()[0]
    return counter, _events(db, number)


def _runs(db: sqlite3.Connection, query: RunQuery) -> list[RunRow]:
    wanted = {"flow": query.flow, "status": query.status, "word": query.word, '"key"': query.key}
    tests: dict[str, Any] = {f"{column} = ?": value for column, value in wanted.items() if value is not None}
    if not query.children:
        tests["parent IS NULL AND 1 = ?"] = 1
    if query.since is not None:
        tests["created_at >= ?"] = query.since
    where = f"WHERE {' AND '.join(tests)}" if tests else ""
    sql = _SELECT + f"{where} ORDER BY number DESC LIMIT ?"
    return [_row(row) for row in _all(db, sql, *tests.values(), -1 if query.limit is None else query.limit)]


def _history(db: sqlite3.Connection, number: int) -> list[Entry]:
    sql = "SELECT at, what, step, attempt, seconds, by, reason, error FROM history WHERE run = ? ORDER BY number"
    return [Entry(*row)._replace(error=_bytes(row[7])) for row in _all(db, sql, number)]


def _row(columns: tuple[Any, ...]) -> RunRow:
    row = RunRow(*columns)
    row.status = RunStatus(row.status)
    row.position = columns[7].encode()
    row.result, row.error = _bytes(columns[12]), _bytes(columns[13])
    return row


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode()


def _text(text: bytes | None) -> str | None:
    return None if text is None else text.decode()
