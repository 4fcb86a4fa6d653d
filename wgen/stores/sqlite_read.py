"""Reads runs from a SQLite connection."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from wgen.runtime.life import RunStatus
from wgen.runtime.rows import Event, PositionRow, RunQuery, RunRow, Stored, UndoRow
from wgen.stores.sqlite_journal import known_of

COLUMNS = """number, id, flow, version, digest, "key", status, position, created_at, updated_at, word, outcome, result,
error, revision, fence, mail, owner, due, parent, depth, trace"""
SELECT = f"SELECT {COLUMNS} FROM runs "  # noqa: S608 - columns only, here and wherever it is used
SELECT_ALL = f"SELECT {COLUMNS}, journal FROM runs "  # noqa: S608 - likewise
LOAD = SELECT_ALL + "WHERE id = ?"
_EVENT = "number, name, payload, at, trace"
ENDED_STATUSES = "('finished', 'failed', 'cancelled')"


def rows_of(db: sqlite3.Connection, sql: str, *arguments: Any) -> list[Any]:
    return db.execute(sql, arguments).fetchall()


def find_row(db: sqlite3.Connection, id: str) -> RunRow | None:
    found = db.execute(SELECT + "WHERE id = ?", (id,)).fetchone()
    return None if found is None else run_row(found)


def load_run(db: sqlite3.Connection, id: str) -> Stored | None:
    """All parts of a run as they were at one moment."""
    db.execute("BEGIN")
    try:
        found = db.execute(LOAD, (id,)).fetchone()
        return None if found is None else load_all(db, [found])[0]
    finally:
        db.execute("COMMIT")


def load_all(db: sqlite3.Connection, found: Sequence[tuple[Any, ...]]) -> list[Stored]:
    """What hangs on the runs of these rows, which have all columns."""
    numbers = json.dumps([columns[0] for columns in found])
    positions = _of_each(db, "run, id, parent, body FROM positions", numbers)
    values = _of_each(db, "run, scope, name, value FROM known", numbers)
    events = _of_each(db, f"run, {_EVENT} FROM events", numbers, ordered=True)
    undos = _of_each(db, "run, number, scope, body FROM undos", numbers, ordered=True)
    return [
        Stored(
            run_row(columns[:-1]),
            [PositionRow(id, parent, body.encode()) for id, parent, body in positions[columns[0]]],
            known_of(values[columns[0]], columns[-1]),
            [_event(*row) for row in events[columns[0]]],
            [UndoRow(undo, scope, body.encode()) for undo, scope, body in undos[columns[0]]],
        )
        for columns in found
    ]


def _of_each(
    db: sqlite3.Connection, what: str, numbers: str, *, ordered: bool = False
) -> defaultdict[int, list[tuple[Any, ...]]]:
    """The rows of many runs, by the runs' numbers."""
    order = " ORDER BY run, number" if ordered else ""
    sql = f"SELECT {what} WHERE run IN (SELECT value FROM json_each(?)){order}"  # noqa: S608 - columns only
    rows = defaultdict(list)
    for run, *row in db.execute(sql, (numbers,)):
        rows[run].append(tuple(row))
    return rows


def kept_events(db: sqlite3.Connection, number: int) -> list[Event]:
    sql = f"SELECT {_EVENT} FROM events WHERE run = ? ORDER BY number"  # noqa: S608 - columns only
    return [_event(*row) for row in db.execute(sql, (number,))]


def _event(number: int, name: str, payload: str, at: float, trace: str | None) -> Event:
    return Event(number, name, payload.encode(), at, trace)


def mail_of(db: sqlite3.Connection, number: int) -> tuple[int, list[Event]]:
    """The counter is read first: an event that comes in between is then seen twice, never missed."""
    counter = db.execute("SELECT mail FROM runs WHERE number = ?", (number,)).fetchone()[0]
    return counter, kept_events(db, number)


def find_runs(db: sqlite3.Connection, query: RunQuery) -> list[RunRow]:
    wanted = {"flow": query.flow, "status": query.status, "word": query.word, '"key"': query.key}
    wanted["parent"] = query.parent
    tests: dict[str, Any] = {f"{column} = ?": value for column, value in wanted.items() if value is not None}
    if not query.children and query.parent is None:
        tests["parent IS NULL AND 1 = ?"] = 1
    if query.since is not None:
        tests["created_at >= ?"] = query.since
    if query.ended_before is not None:
        tests[f"status IN {ENDED_STATUSES} AND updated_at <= ?"] = query.ended_before
    where = f"WHERE {' AND '.join(tests)}" if tests else ""
    sql = SELECT + f"{where} ORDER BY number DESC LIMIT ?"
    return [run_row(row) for row in rows_of(db, sql, *tests.values(), -1 if query.limit is None else query.limit)]


def run_row(columns: tuple[Any, ...]) -> RunRow:
    row = RunRow(*columns)
    row.status = RunStatus(row.status)
    row.position = columns[7].encode()
    row.result, row.error = as_bytes(columns[12]), as_bytes(columns[13])
    return row


def as_bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode()


def as_text(text: bytes | None) -> str | None:
    return None if text is None else text.decode()
