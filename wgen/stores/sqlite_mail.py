"""The mail that a SQLite file keeps for a run. What writes runs inside of a transaction."""

from __future__ import annotations

import sqlite3

from wgen.runtime.rows import Accepted, NewEvent
from wgen.stores.sqlite_journal import LONG, added, empty
from wgen.stores.sqlite_read import ENDED_STATUSES

_MAIL = f"""UPDATE runs SET mail = mail + 1, journal = journal || ?3,
due = CASE WHEN owner IS NULL AND (status IN ('waiting', 'undoing') OR ?4) THEN min(coalesce(due, ?2), ?2) ELSE due END
WHERE id = ?1 AND status NOT IN {ENDED_STATUSES} RETURNING number, mail, length(journal)"""  # noqa: S608 - statuses only
_KNOWN = "SELECT 1 FROM event_ids JOIN runs ON runs.number = event_ids.run WHERE runs.id = ? AND event_ids.id = ?"
_KEEP = "INSERT INTO events (run, number, name, payload, at, trace) VALUES (?, ?, ?, ?, ?, ?)"


def keep_event(db: sqlite3.Connection, new: NewEvent) -> Accepted:
    if new.id is not None and db.execute(_KNOWN, (new.run, new.id)).fetchone():
        return "duplicate"
    lines = "" if new.entry is None else added([new.entry], ()).lines
    told = db.execute(_MAIL, (new.run, new.at, lines, new.is_order)).fetchone()
    if told is None:
        return "ended"
    number, mail, length = told
    if new.id is not None:
        db.execute("INSERT INTO event_ids VALUES (?, ?)", (number, new.id))
    db.execute(_KEEP, (number, mail, new.name, new.payload.decode(), new.at, new.trace))
    if length > LONG:
        empty(db, number)
    return "added"
