"""Events that come without a run's id, in a SQLite file: who waits for them, and which are kept for those who will.

What writes runs inside of a transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final, NamedTuple

from wgen.runtime.correlation import key_in
from wgen.runtime.published import Publication, Unmatched, Waiting, oldest_of_each_run
from wgen.runtime.rows import NewEvent, WaitOver, WaitRow
from wgen.stores.sqlite_mail import keep_event

COMPARED: Final = "SELECT fields FROM compared WHERE flow = ? AND event = ?"
FIND: Final = """SELECT waits.number, runs.id, place, fields FROM waits JOIN runs ON runs.number = waits.run
WHERE waits.flow = ? AND event = ? AND fields = ? AND waits."key" = ?"""
KEPT: Final = """SELECT unmatched.number, unmatched.id, payload, trace FROM unmatched_keys AS keys
JOIN unmatched ON unmatched.number = keys.number
WHERE keys.flow = ? AND keys.event = ? AND keys.fields = ? AND keys."key" = ? ORDER BY keys.number"""
DUE: Final = "SELECT number, flow, event FROM unmatched WHERE until <= ?"
SOONEST: Final = "SELECT min(until) FROM unmatched"
_BEGIN = 'INSERT INTO waits (run, place, flow, event, fields, "key") VALUES (?, ?, ?, ?, ?, ?)'
_ANNOUNCE = "INSERT INTO announcements (run, place, event, source, about, due) VALUES (?, ?, ?, ?, ?, ?)"
WITHDRAW_ALL: Final = """UPDATE announcements SET handled = (event IS ?), due = CASE WHEN held THEN due ELSE ? END
WHERE run = ? AND handled IS NULL"""
_WITHDRAW = f"{WITHDRAW_ALL} AND place = ?"
_KEEP = "INSERT INTO unmatched (flow, event, id, payload, until, trace) VALUES (?, ?, ?, ?, ?, ?)"
_KEY = "INSERT INTO unmatched_keys VALUES (?, ?, ?, ?, ?)"
KNOWN: Final = "SELECT 1 FROM published WHERE flow = ? AND id = ? AND until > ?"
_FORGET_IDS = """DELETE FROM published WHERE (flow, id) IN (
  SELECT flow, id FROM published WHERE until <= ? ORDER BY until LIMIT 10)"""
_COUNT = "INSERT INTO dropped VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET number = number + excluded.number"
_UNMATCHED = """SELECT flow, event, sum(kept), sum(dropped) FROM (
  SELECT flow, event, 1 AS kept, 0 AS dropped FROM unmatched UNION ALL SELECT flow, event, 0, number FROM dropped
) GROUP BY flow, event ORDER BY flow, event"""

# ---- waits -----------------------------------------------------------------------------------------------------------


def begin_waits(db: sqlite3.Connection, run: int, waits: Sequence[WaitRow], at: float) -> None:
    """A run waits; what is kept for it comes at once."""
    id, flow = db.execute("SELECT id, flow FROM runs WHERE number = ?", (run,)).fetchone()
    for wait in waits:
        db.execute(_BEGIN, (run, wait.place, flow, wait.event, wait.fields, wait.key))
        if wait.source is not None:
            db.execute(_ANNOUNCE, (run, wait.place, wait.event, wait.source, wait.about.decode(), at))
        if db.execute("INSERT OR IGNORE INTO compared VALUES (?, ?, ?)", (flow, wait.event, wait.fields)).rowcount:
            _find_under(db, flow, wait.event, wait.fields)
    for place in dict.fromkeys(wait.place for wait in waits):
        here = [wait for wait in waits if wait.place == place]
        while found := [kept for wait in here if (kept := _first_meant(db, flow, wait)) is not None]:
            kept = min(found)
            _forget(db, kept.number)
            new = Publication(flow, kept.event, kept.payload, at, (), (), at, kept.id, trace=kept.trace)
            if _give(db, run, place, new.letter(id)):
                break


class _Kept(NamedTuple):
    """An event that no run waited for; the number tells its age."""

    number: int
    event: str
    id: str | None
    payload: bytes
    trace: str | None


def _first_meant(db: sqlite3.Connection, flow: str, wait: WaitRow) -> _Kept | None:
    """The oldest kept event that is meant for a wait."""
    for number, id, payload, trace in db.execute(KEPT, (flow, wait.event, wait.fields, wait.key)):
        if wait.accepts(payload.encode()):
            return _Kept(number, wait.event, id, payload.encode(), trace)
    return None


def _give(db: sqlite3.Connection, run: int, place: int, event: NewEvent) -> bool:
    """Gives an event to a position that waits; others that come before it has gone on are not for it."""
    given = keep_event(db, event) == "added"
    if given:
        db.execute('UPDATE waits SET "key" = NULL WHERE run = ? AND place = ?', (run, place))
    return given


def _find_under(db: sqlite3.Connection, flow: str, event: str, fields: str) -> None:
    """Nobody has compared these fields before: kept events are to be found by them from now on."""
    kept = db.execute("SELECT number, payload FROM unmatched WHERE flow = ? AND event = ?", (flow, event)).fetchall()
    keys = [(number, key_in(payload.encode(), fields)) for number, payload in kept]
    db.executemany(_KEY, [(flow, event, fields, key, number) for number, key in keys if key is not None])


def end_wait(db: sqlite3.Connection, run: int, over: WaitOver, at: float) -> None:
    if db.execute("DELETE FROM waits WHERE run = ? AND place = ?", (run, over.place)).rowcount:
        db.execute(_WITHDRAW, (over.event, at, run, over.place))


def end_all_waits(db: sqlite3.Connection, run: int, at: float) -> None:
    """The run waits for nothing any more."""
    if db.execute("DELETE FROM waits WHERE run = ?", (run,)).rowcount:
        db.execute(WITHDRAW_ALL, (None, at, run))


# ---- events ----------------------------------------------------------------------------------------------------------


def find_waiting(db: sqlite3.Connection, flow: str, event: str, payload: bytes) -> list[Waiting]:
    found = []
    for (fields,) in db.execute(COMPARED, (flow, event)).fetchall():
        key = key_in(payload, fields)
        if key is not None:
            found += [Waiting(*row) for row in db.execute(FIND, (flow, event, fields, key))]
    return sorted(found)


def publish(db: sqlite3.Connection, new: Publication) -> list[str] | None:
    if new.id is not None and db.execute(KNOWN, (new.flow, new.id, new.at)).fetchone():
        return []
    waiting = find_waiting(db, new.flow, new.event, new.payload)
    if any(wait.number not in new.judged for wait in waiting):
        return None
    fits = oldest_of_each_run(wait for wait in waiting if wait.number in new.fits)
    if new.id is not None:
        db.execute("INSERT OR REPLACE INTO published VALUES (?, ?, ?)", (new.flow, new.id, new.known_until))
        db.execute(_FORGET_IDS, (new.at,))
    if not fits:
        _keep(db, new)
    numbers = {wait.run: db.execute("SELECT number FROM runs WHERE id = ?", (wait.run,)).fetchone()[0] for wait in fits}
    return [wait.run for wait in fits if _give(db, numbers[wait.run], wait.place, new.letter(wait.run))]


def _keep(db: sqlite3.Connection, new: Publication) -> None:
    """Nobody waits for the event: it is kept for whoever will."""
    payload = new.payload.decode()
    number = db.execute(_KEEP, (new.flow, new.event, new.id, payload, new.until, new.trace)).lastrowid
    for (fields,) in db.execute(COMPARED, (new.flow, new.event)).fetchall():
        key = key_in(new.payload, fields)
        if key is not None:
            db.execute(_KEY, (new.flow, new.event, fields, key, number))


def _forget(db: sqlite3.Connection, number: int) -> None:
    db.execute("DELETE FROM unmatched WHERE number = ?", (number,))
    db.execute("DELETE FROM unmatched_keys WHERE number = ?", (number,))


def drop_unmatched(db: sqlite3.Connection, now: float) -> list[Unmatched]:
    over = db.execute(DUE, (now,)).fetchall()
    counts: dict[tuple[str, str], int] = {}
    for number, flow, event in over:
        _forget(db, number)
        counts[flow, event] = counts.get((flow, event), 0) + 1
    db.executemany(_COUNT, [(*name, count) for name, count in counts.items()])
    return [Unmatched(*name, 0, count) for name, count in counts.items()]


def unmatched(db: sqlite3.Connection) -> list[Unmatched]:
    return [Unmatched(*row) for row in db.execute(_UNMATCHED)]
