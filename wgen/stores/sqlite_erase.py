"""Forgetting in a SQLite file: the data of an ended run, or the whole run. Each runs inside of a transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

from wgen.runtime.history import Entry
from wgen.runtime.rows import erased
from wgen.stores.sqlite_mail import write_history
from wgen.stores.sqlite_read import ENDED_STATUSES, as_bytes, as_text

_KNOWING: Final = ("positions", "known", "events", "undos", "gates")
_ALL: Final = (*_KNOWING, "event_ids", "words", "watches", "history")
_ERASE = f"""UPDATE runs
SET revision = revision + 1, "key" = NULL, result = NULL, position = '{{"step":null}}', error = ?, trace = NULL
WHERE number = ? AND revision = ? AND status IN {ENDED_STATUSES}"""  # noqa: S608 - statuses only


class Erasing(NamedTuple):
    number: int
    revision: int
    entries: Sequence[Entry]


def erase_run(db: sqlite3.Connection, wanted: Erasing) -> bool:
    number = wanted.number
    error = db.execute("SELECT error FROM runs WHERE number = ?", (number,)).fetchone()[0]
    if not db.execute(_ERASE, (as_text(erased(as_bytes(error))), number, wanted.revision)).rowcount:
        return False
    for table in _KNOWING:
        db.execute(f"DELETE FROM {table} WHERE run = ?", (number,))  # noqa: S608 - names of tables only
    told = db.execute("SELECT number, error FROM history WHERE run = ? AND error IS NOT NULL", (number,)).fetchall()
    db.execute("UPDATE history SET reason = NULL WHERE run = ?", (number,))
    for entry, text in told:
        kept = as_text(erased(as_bytes(text)))
        db.execute("UPDATE history SET error = ? WHERE run = ? AND number = ?", (kept, number, entry))
    write_history(db, number, wanted.entries)
    return True


def delete_runs(db: sqlite3.Connection, numbers: Collection[int]) -> int:
    deleted = 0
    for number in numbers:
        gone = f"DELETE FROM runs WHERE number = ? AND status IN {ENDED_STATUSES}"  # noqa: S608 - statuses only
        if db.execute(gone, (number,)).rowcount:
            deleted += 1
            for table in _ALL:
                db.execute(f"DELETE FROM {table} WHERE run = ?", (number,))  # noqa: S608 - names of tables only
    return deleted
