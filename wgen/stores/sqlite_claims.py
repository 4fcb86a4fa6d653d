"""Leases on runs in a SQLite file: claiming, renewing, giving back. Each function runs inside of a transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from typing import NamedTuple

from wgen.runtime.life import ENDED, RunStatus
from wgen.runtime.rows import Held, Lease, Stored
from wgen.stores.sqlite_read import LOAD, SELECT_ALL, load_all, run_row

DUE = "SELECT 1 FROM runs WHERE flow = ? AND due <= ? LIMIT 1"
_CLAIM = "UPDATE runs SET owner = ?, due = ?, fence = fence + 1, status = ? WHERE number = ?"
NEXT_WAKE = "SELECT due FROM runs WHERE flow = ? AND due IS NOT NULL AND owner IS NULL ORDER BY due LIMIT 1"
NEXT_LEASE = "SELECT due FROM runs WHERE flow = ? AND owner IS NOT NULL AND owner <> ? ORDER BY due LIMIT 1"
OWNERS = "SELECT DISTINCT owner FROM runs WHERE flow = ? AND owner IS NOT NULL"
_END = "UPDATE runs SET due = ? WHERE owner = ? AND owner IS NOT NULL AND due > ?"
_RENEW = "UPDATE runs SET due = ? WHERE number = ? AND fence = ? AND owner IS NOT NULL"
_RELEASE = """UPDATE runs SET owner = NULL, due = ?,
status = CASE WHEN status = 'running' THEN 'pending' ELSE status END
WHERE number = ? AND fence = ? AND owner IS NOT NULL"""


class Claim(NamedTuple):
    flows: list[str]
    now: float
    lease: Lease
    limit: int


def claim_due(db: sqlite3.Connection, wanted: Claim) -> list[Stored]:
    marks = ", ".join("?" * len(wanted.flows))
    sql = SELECT_ALL + f"WHERE flow IN ({marks}) AND due <= ? ORDER BY due LIMIT ?"
    found = db.execute(sql, (*wanted.flows, wanted.now, wanted.limit)).fetchall()
    return _claim(db, load_all(db, found), wanted.lease) if found else []


def claim_one(db: sqlite3.Connection, wanted: tuple[str, float, Lease]) -> Stored | Lease | None:
    id, now, lease = wanted
    found = db.execute(LOAD, (id,)).fetchone()
    if found is None:
        return None
    row = run_row(found[:-1])
    if row.status in ENDED:
        return None
    if row.owner is not None and row.due is not None and row.due > now:
        return Lease(row.owner, row.due)
    if row.status is RunStatus.PENDING and (row.due is None or row.due > now):
        return None  # a limit holds it back
    return _claim(db, load_all(db, [found]), lease)[0]


def _claim(db: sqlite3.Connection, wanted: list[Stored], lease: Lease) -> list[Stored]:
    """Takes these runs, and tells of each whose it was and when it had been due."""
    for stored in wanted:
        row = stored.row
        stored.lost = None if row.owner is None or row.due is None else Lease(row.owner, row.due)
        stored.was_due = row.due
        row.owner, row.due = lease
        row.fence += 1
        if row.status in (RunStatus.PENDING, RunStatus.WAITING):
            row.status = RunStatus.RUNNING
    db.executemany(_CLAIM, [(*lease, stored.row.status, stored.row.number) for stored in wanted])
    return wanted


def renew_leases(db: sqlite3.Connection, wanted: tuple[Collection[Held], float]) -> dict[int, int]:
    held, until = wanted
    kept = [number for number, fence in held if db.execute(_RENEW, (until, number, fence)).rowcount]
    return {number: db.execute("SELECT mail FROM runs WHERE number = ?", (number,)).fetchone()[0] for number in kept}


def release_runs(db: sqlite3.Connection, wanted: tuple[Collection[Held], float]) -> None:
    held, due = wanted
    for number, fence in held:
        db.execute(_RELEASE, (due, number, fence))


def end_leases(db: sqlite3.Connection, wanted: tuple[str, float]) -> None:
    owner, now = wanted
    db.execute(_END, (now, owner, now))
