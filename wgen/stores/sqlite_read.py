"""Reads runs from a SQLite connection."""

from __future__ import annotations

import sqlite3
from typing import Any

from wgen.runtime.history import Entry
from wgen.runtime.life import RunStatus
from wgen.runtime.rows import Event, PositionRow, RunQuery, RunRow, Stored, UndoRow, ValueRow

COLUMNS = """number, id, flow, version, digest, "key", status, position, created_at, updated_at, word, outcome, result,
error, revision, fence, mail, owner, due, parent, depth, trace"""
SELECT = f"SELECT {COLUMNS} FROM runs "  # noqa: S608 - columns only, here and wherever it is used
LOAD = SELECT + "WHERE id = ?"
ENDED_STATUSES = "('finished', 'failed', 'cancelled')"


def rows_of(db: sqlite3.Connection, sql: str, *arguments: Any) -> list[Any]:
    return db.execute(sql, arguments).fetchall()


def load_run(db: sqlite3.Connection, id: str) -> Stored | None:
    """All parts of a run as they were at one moment."""
    db.execute("BEGIN")
    try:
        found = db.execute(LOAD, (id,)).fetchone()
        return None if found is None else load_all(db, run_row(found))
    finally:
        db.execute("COMMIT")


def load_all(db: sqlite3.Connection, row: RunRow) -> Stored:
    number = row.number
    positions = rows_of(db, "SELECT id, parent, body FROM positions WHERE run = ?", number)
    values = rows_of(db, "SELECT scope, name, value FROM known WHERE run = ?", number)
    undos = rows_of(db, "SELECT number, scope, body FROM undos WHERE run = ? ORDER BY number", number)
    return Stored(
        row,
        [PositionRow(id, parent, body.encode()) for id, parent, body in positions],
        [ValueRow(scope, name, value.encode()) for scope, name, value in values],
        kept_events(db, number),
        [UndoRow(undo, scope, body.encode()) for undo, scope, body in undos],
    )


def kept_events(db: sqlite3.Connection, number: int) -> list[Event]:
    rows = rows_of(db, "SELECT number, name, payload, at, trace FROM events WHERE run = ? ORDER BY number", number)
    return [Event(event, name, payload.encode(), at, trace) for event, name, payload, at, trace in rows]


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


def history_of(db: sqlite3.Connection, number: int) -> list[Entry]:
    sql = "SELECT at, what, step, attempt, seconds, by, reason, error FROM history WHERE run = ? ORDER BY number"
    return [Entry(*row)._replace(error=as_bytes(row[7])) for row in rows_of(db, sql, number)]


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
