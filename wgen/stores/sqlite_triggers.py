"""Schedules and connected flows in a SQLite file. Each function runs inside of a transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence

from wgen.runtime.rows import Created, NewRun, Signal, SlotTaken
from wgen.stores.sqlite_gates import anybody_at
from wgen.stores.sqlite_write import create_run

SLOT = "SELECT slot FROM schedules WHERE flow = ? AND words = ?"
_TAKE = "UPDATE schedules SET slot = ? WHERE flow = ? AND words = ? AND slot = ?"
WORDS = "SELECT flow, word FROM connections WHERE starts = ? ORDER BY flow, word"


def know_schedule(db: sqlite3.Connection, new: tuple[str, str, float]) -> float:
    db.execute("INSERT OR IGNORE INTO schedules VALUES (?, ?, ?)", new)
    return float(db.execute(SLOT, new[:2]).fetchone()[0])


def take_slot(db: sqlite3.Connection, slot: SlotTaken) -> Created | None:
    if db.execute(_TAKE, (slot.at, slot.flow, slot.words, slot.since)).rowcount == 0:
        return None
    if slot.new is None or (slot.unless is not None and anybody_at(db, slot.unless)):
        return None
    return create_run(db, slot.new)


def connect_flow(db: sqlite3.Connection, connection: tuple[str, Sequence[tuple[str, str]]]) -> None:
    starts, words = connection
    db.execute("DELETE FROM connections WHERE starts = ?", (starts,))
    db.executemany("INSERT INTO connections VALUES (?, ?, ?)", [(flow, word, starts) for flow, word in words])


def find_signals(db: sqlite3.Connection, starts: Collection[str]) -> list[Signal]:
    marks = ", ".join("?" * len(starts))
    sql = f"""SELECT signals.number, starts, flow, id, "key", signals.word, "values", signals.trace FROM signals
    JOIN runs ON runs.number = run WHERE starts IN ({marks}) ORDER BY signals.number"""  # noqa: S608 - marks only
    rows = db.execute(sql, tuple(starts))
    return [Signal._make((*row, known.encode(), trace)) for *row, known, trace in rows]


def answer_signal(db: sqlite3.Connection, answer: tuple[int, NewRun | None]) -> Created | None:
    number, new = answer
    gone = db.execute("DELETE FROM signals WHERE number = ?", (number,)).rowcount == 0
    return None if gone or new is None else create_run(db, new)
