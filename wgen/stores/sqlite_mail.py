"""The mail that a SQLite file keeps for a run. What writes runs inside of a transaction."""

from __future__ import annotations

import sqlite3

from wgen.runtime.life import ENDED, RunStatus
from wgen.runtime.rows import Accepted, NewEvent
from wgen.stores.sqlite_journal import LONG, added, empty

_TO = "SELECT number, mail, status, owner, due, length(journal) FROM runs WHERE id = ?"
_MAIL = "UPDATE runs SET mail = ?, due = ?, journal = journal || ? WHERE number = ?"
_KNOWN = "SELECT 1 FROM event_ids WHERE run = ? AND id = ?"
_KEEP = "INSERT INTO events (run, number, name, payload, at, trace) VALUES (?, ?, ?, ?, ?, ?)"
_WAKES = (RunStatus.WAITING, RunStatus.UNDOING)


def keep_event(db: sqlite3.Connection, new: NewEvent) -> Accepted:
    found = db.execute(_TO, (new.run,)).fetchone()
    if found is None:  # it had ended, and was deleted
        return "ended"
    number, mail, status, owner, due, length = found
    if new.id is not None and db.execute(_KNOWN, (number, new.id)).fetchone():
        return "duplicate"
    if status in ENDED:
        return "ended"
    if owner is None and (new.is_order or status in _WAKES):
        due = new.at if due is None else min(due, new.at)
    lines = "" if new.entry is None else added([new.entry], ())[0]
    db.execute(_MAIL, (mail + 1, due, lines, number))
    if new.id is not None:
        db.execute("INSERT INTO event_ids VALUES (?, ?)", (number, new.id))
    db.execute(_KEEP, (number, mail + 1, new.name, new.payload.decode(), new.at, new.trace))
    if length + len(lines) > LONG:
        empty(db, number)
    return "added"
