"""What is kept for a run in a SQLite file: its mail and its history. Each function runs inside of a transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection

from wgen.runtime.rows import Accepted, EntryRow, NewEvent
from wgen.stores.sqlite_read import ENDED_STATUSES, as_text

_ENTRY_OF_OTHERS = """INSERT INTO history SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9
FROM history WHERE run = ?1"""
_MAIL = f"""UPDATE runs SET mail = mail + 1,
due = CASE WHEN owner IS NULL AND (status IN ('waiting', 'undoing') OR ?3) THEN min(coalesce(due, ?1), ?1) ELSE due END
WHERE number = ?2 AND status NOT IN {ENDED_STATUSES}"""  # noqa: S608 - statuses only
_KEEP = """INSERT INTO events (run, number, name, payload, at, trace)
SELECT ?1, mail, ?2, ?3, ?4, ?5 FROM runs WHERE number = ?1"""


def write_history(db: sqlite3.Connection, number: int, entries: Collection[EntryRow]) -> None:
    """Entries that come with no save of the run."""
    for at, what, step, attempt, seconds, by, reason, error in entries:
        db.execute(_ENTRY_OF_OTHERS, (number, at, what, step, attempt, seconds, by, reason, as_text(error)))


def keep_event(db: sqlite3.Connection, new: NewEvent) -> Accepted:
    number = db.execute("SELECT number FROM runs WHERE id = ?", (new.run,)).fetchone()[0]
    known = "SELECT 1 FROM event_ids WHERE run = ? AND id = ?"
    if new.id is not None and db.execute(known, (number, new.id)).fetchone():
        return "duplicate"
    if db.execute(_MAIL, (new.at, number, new.is_order)).rowcount == 0:
        return "ended"
    if new.id is not None:
        db.execute("INSERT INTO event_ids VALUES (?, ?)", (number, new.id))
    db.execute(_KEEP, (number, new.name, new.payload.decode(), new.at, new.trace))
    write_history(db, number, [] if new.entry is None else [new.entry])
    return "added"
