"""Forgetting in a SQLite file: the data of an ended run, or the whole run. Each runs inside of a transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

from wgen.runtime.history import Entry
from wgen.runtime.rows import RunRow, erased, erased_about
from wgen.stores.sqlite_journal import added, history_of, write_chapter
from wgen.stores.sqlite_read import ENDED_STATUSES, as_bytes, as_text

_KNOWING: Final = ("positions", "known", "events", "undos", "gates", "history", "signals")
_ALL: Final = (*_KNOWING, "event_ids", "words", "watches")
_ERASE = f"""UPDATE runs
SET revision = revision + 1, "key" = NULL, result = NULL, position = '{{"step":null}}', error = ?, trace = NULL,
journal = ''
WHERE number = ? AND revision = ? AND status IN {ENDED_STATUSES}"""  # noqa: S608 - statuses only

_STILL_ENDED = f"SELECT 1 FROM runs WHERE id = ? AND revision = ? AND status IN {ENDED_STATUSES}"  # noqa: S608 - statuses only


class Erasing(NamedTuple):
    number: int
    revision: int
    entries: Sequence[Entry]


def erase_run(db: sqlite3.Connection, wanted: Erasing) -> bool:
    number = wanted.number
    told = [entry._replace(reason=None, error=erased(entry.error)) for entry in history_of(db, number)]
    error = db.execute("SELECT error FROM runs WHERE number = ?", (number,)).fetchone()[0]
    if not db.execute(_ERASE, (as_text(erased(as_bytes(error))), number, wanted.revision)).rowcount:
        return False
    for table in _KNOWING:
        db.execute(f"DELETE FROM {table} WHERE run = ?", (number,))  # noqa: S608 - names of tables only
    _erase_abouts(db, number)
    write_chapter(db, number, added([*told, *wanted.entries], ())[0])
    return True


def _erase_abouts(db: sqlite3.Connection, number: int) -> None:
    """Sources are still told that the waits of the run are over, whenever they are there."""
    abouts = db.execute("SELECT number, about FROM announcements WHERE run = ?", (number,)).fetchall()
    kept = [(erased_about(about.encode()).decode(), announcement) for announcement, about in abouts]
    db.executemany("UPDATE announcements SET about = ? WHERE number = ?", kept)


def delete_families(db: sqlite3.Connection, families: Collection[Collection[RunRow]]) -> int:
    deleted = 0
    for family in families:
        if all(db.execute(_STILL_ENDED, (row.id, row.revision)).fetchone() for row in family):
            deleted += len(family)
            for row in family:
                _delete(db, row.number)
    return deleted


def _delete(db: sqlite3.Connection, number: int) -> None:
    _erase_abouts(db, number)
    db.execute("DELETE FROM runs WHERE number = ?", (number,))
    for table in _ALL:
        db.execute(f"DELETE FROM {table} WHERE run = ?", (number,))  # noqa: S608 - names of tables only
