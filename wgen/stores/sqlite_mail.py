"""The mail that a SQLite file keeps for a run. What writes runs inside of a transaction."""

from __future__ import annotations

import sqlite3

from wgen.runtime.life import ENDED
from wgen.runtime.rows import Accepted, NewEvent
from wgen.stores.sqlite_journal import note

_MAIL = """UPDATE runs SET mail = mail + 1,
due = CASE WHEN owner IS NULL AND (status IN ('waiting', 'undoing') OR ?3) THEN min(coalesce(due, ?1), ?1) ELSE due END
WHERE number = ?2"""
_TO = "SELECT number, mail, status FROM runs WHERE id = ?"
_KEEP = "INSERT INTO events (run, number, name, payload, at, trace) VALUES (?, ?, ?, ?, ?, ?)"


def keep_event(db: sqlite3.Connection, new: NewEvent) -> Accepted:
    number, mail, status = db.execute(_TO, (new.run,)).fetchone()
    known = "SELECT 1 FROM event_ids WHERE run = ? AND id = ?"
    if new.id is not None and db.execute(known, (number, new.id)).fetchone():
        return "duplicate"
    if status in ENDED:
        return "ended"
    db.execute(_MAIL, (new.at, number, new.is_order))
    if new.id is not None:
        db.execute("INSERT INTO event_ids VALUES (?, ?)", (number, new.id))
    db.execute(_KEEP, (number, mail + 1, new.name, new.payload.decode(), new.at, new.trace))
    if new.entry is not None:
        note(db, number, [new.entry])
    return "added"
