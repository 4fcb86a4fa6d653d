"""The journal of a run: what its last saves have added to its history and its values, as lines in the run's own row.

So a step writes one row, and what it adds is all that is encoded. From time to time the lines move to tables of their
own, where long values are from the start. What writes runs inside of a transaction.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

from wgen.runtime.codec import to_text
from wgen.runtime.history import Entry
from wgen.runtime.rows import Change, EntryRow, ValueRow

SHORT: Final = 200
"""Bytes that a value may have to stand in a journal."""

_OFTEN: Final = 16  # saves after which a journal is emptied
LONG: Final = 2_000
"""Characters after which a journal is emptied at once."""

KNOW: Final = "INSERT INTO known VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value"
_CHAPTER: Final = """INSERT INTO history
SELECT ?, coalesce(max(number), 0) + 1, ? FROM history WHERE run = ?"""
_ALL: Final = """SELECT lines FROM (
  SELECT number, lines FROM history WHERE run = ? UNION ALL SELECT 1 << 62, journal FROM runs WHERE number = ?
) ORDER BY number"""


Added: TypeAlias = tuple[str, list[tuple[int, str, str]]]
"""What a save adds to a run: lines of its journal, and the values that are too long for it, by scope and name."""


def added(entries: Iterable[EntryRow], values: Iterable[ValueRow | tuple[int, str, bytes]]) -> Added:
    lines, long = b"", []
    for entry in entries:
        ordinary = entry[7] is None and entry[6] is None and entry[5] is None
        lines += to_text(entry[:5] if ordinary else entry[:8]) + b"\n"
    for value in values:
        scope, name, text = value
        if scope == 0 and len(text) <= SHORT and b"\n" not in text and "=" not in name:
            lines += b"%b=%b\n" % (name.encode(), text)
        else:
            long.append((scope, name, text.decode()))
    return lines.decode(), long


def is_emptied_by(change: Change, new: Added) -> bool:
    """Whether the journal is to be emptied with a save: from time to time, and before the root gets a long value."""
    lines, long = new
    if change.revision % _OFTEN + change.saves >= _OFTEN or len(lines) > LONG:
        return True
    return bool(long) and any(scope == 0 for scope, _, _ in long)


def empty(db: sqlite3.Connection, number: int) -> None:
    """Moves the lines of a run's journal to where they stay."""
    found = db.execute("SELECT journal FROM runs WHERE number = ?", (number,)).fetchone()
    if found is None:  # the run is deleted; whoever saves it has lost it long ago
        return
    lines, values = _parts(found[0])
    db.executemany(KNOW, [(number, 0, name, text) for name, text in values.items()])
    write_chapter(db, number, "".join(f"{line}\n" for line in lines))
    db.execute("UPDATE runs SET journal = '' WHERE number = ?", (number,))


def write_chapter(db: sqlite3.Connection, number: int, lines: str) -> None:
    """Adds lines to the history of a run whose journal is empty."""
    if lines:
        db.execute(_CHAPTER, (number, lines, number))


def _parts(journal: str) -> tuple[list[str], dict[str, str]]:
    """The lines that are entries, and the values by their names; the later counts."""
    lines, values = [], {}
    for line in journal.split("\n"):  # and nowhere else: a text may hold other ends of lines
        if line.startswith("["):
            lines.append(line)
        elif line:
            name, _, text = line.partition("=")
            values[name] = text
    return lines, values


def known_of(rows: Sequence[tuple[int, str, str]], journal: str) -> list[ValueRow]:
    """What a run knows, by the rows of its values and its journal."""
    known = {(scope, name): text for scope, name, text in rows}
    known |= {(0, name): text for name, text in _parts(journal)[1].items()}
    return [ValueRow(scope, name, text.encode()) for (scope, name), text in known.items()]


def history_of(db: sqlite3.Connection, number: int) -> list[Entry]:
    chapters = [_parts(lines)[0] for (lines,) in db.execute(_ALL, (number, number))]
    return [_entry(line) for lines in chapters for line in lines]


def _entry(line: str) -> Entry:
    entry = Entry(*json.loads(line))
    return entry if entry.error is None else entry._replace(error=entry.error.encode())  # type: ignore[attr-defined]
