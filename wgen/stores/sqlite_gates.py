"""Limits in a SQLite file: who is inside of a gate, who waits before it. Each function runs inside of a transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from wgen.runtime.rows import Ask, Gate
from wgen.runtime.signs import gate_event

RUN = -1
"""The place of a run that passes a gate as a whole; its attempts pass by the id of their position."""

# `inside` is 0 of who waits, 1 of who is inside, 2 of a failed run, which comes back when it is retried.
_ASK = "INSERT INTO gates (run, place, gate, size, per, inside) VALUES (?, ?, ?, ?, ?, 0)"
_INSIDE = "SELECT count(*) FROM gates WHERE gate = ? AND inside = 1"
_OF = "SELECT gate, size, per FROM gates WHERE run = ? AND place = ? ORDER BY number"
_WAITING = """SELECT run, place FROM gates WHERE gate = ? AND inside = 0 AND per IS NULL
AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.number = gates.run AND status = 'paused')
ORDER BY number LIMIT ? OFFSET ?"""
_COMES_BACK = "SELECT max(inside) FROM gates WHERE run = ? AND place = ? AND inside <> 1"
_LATEST = "SELECT at FROM begun WHERE gate = ? ORDER BY at DESC LIMIT 1 OFFSET ?"
_PAGE = 20
_TOLD = """UPDATE runs SET mail = mail + 1,
due = CASE WHEN owner IS NULL AND status IN ('waiting', 'pending') THEN min(coalesce(due, ?), ?) ELSE due END
WHERE number = ? AND NOT EXISTS (SELECT 1 FROM events WHERE run = runs.number AND name = ?)"""
_KEEP = """INSERT INTO events (run, number, name, payload, at)
SELECT number, mail, ?, ?, ? FROM runs WHERE number = ?"""


def enter(db: sqlite3.Connection, run: int, place: int, gates: Sequence[Gate], now: float) -> float | None:
    """Lets somebody in: returns when it may begin. None: it has to wait for its turn."""
    db.executemany(_ASK, [(run, place, gate.name, gate.size, gate.per) for gate in gates])
    return _let_in(db, run, place, gates, now)


def _let_in(db: sqlite3.Connection, run: int, place: int, gates: Sequence[Gate], now: float) -> float | None:
    for gate in gates:
        if gate.per is None and db.execute(_INSIDE, (gate.name,)).fetchone()[0] >= gate.size:
            return None
    db.execute("UPDATE gates SET inside = 1 WHERE run = ? AND place = ?", (run, place))
    begin = now
    for gate in gates:
        if gate.per is not None:
            begin = _next_begin(db, gate, gate.per, begin)
    return begin


def _next_begin(db: sqlite3.Connection, gate: Gate, per: float, soonest: float) -> float:
    """When the next one may begin, so that no time of that length sees more than the gate's size begin."""
    earlier = db.execute(_LATEST, (gate.name, gate.size - 1)).fetchone()
    begin = soonest if earlier is None else max(soonest, earlier[0] + per)
    db.execute("INSERT INTO begun VALUES (?, ?)", (gate.name, begin))
    db.execute("DELETE FROM begun WHERE gate = ? AND at <= ?", (gate.name, soonest - per))
    return begin


def leave(
    db: sqlite3.Connection, run: int, now: float, place: int | None = None, *, returns: bool = False
) -> list[tuple[int, int, float]]:
    """Somebody goes, from one place or from all. Returns who comes in for it: run, place, and from when on.

    The gates of a run that may be retried are kept: it `returns` to them.
    """
    here, these = ("run = ?", (run,)) if place is None else ("run = ? AND place = ?", (run, place))
    left = db.execute(f"SELECT gate, per FROM gates WHERE {here}", these).fetchall()  # noqa: S608 - columns only
    if not left:
        return []
    if returns:
        db.execute("UPDATE gates SET inside = 2 WHERE run = ? AND place = ?", (run, RUN))
        here += f" AND place <> {RUN}"
    db.execute(f"DELETE FROM gates WHERE {here}", these)  # noqa: S608 - columns only
    counted = dict.fromkeys(gate for gate, per in left if per is None)
    return [entered for gate in counted for entered in _fill(db, gate, now)]


def _fill(db: sqlite3.Connection, gate: str, now: float) -> list[tuple[int, int, float]]:
    """Lets in whoever waits before a gate, in order, as long as there is room."""
    entered: list[tuple[int, int, float]] = []
    passed = 0  # those who wait for another gate, too
    while waiting := db.execute(_WAITING, (gate, _PAGE, passed)).fetchall():
        for run, place in waiting:
            gates = [Gate(*row) for row in db.execute(_OF, (run, place))]
            begin = _let_in(db, run, place, gates, now)
            if begin is not None:
                entered.append((run, place, begin))
            elif _full(db, gate, gates):
                return entered
            else:
                passed += 1
    return entered


def _full(db: sqlite3.Connection, name: str, gates: Sequence[Gate]) -> bool:
    size = next(gate.size for gate in gates if gate.name == name)
    return int(db.execute(_INSIDE, (name,)).fetchone()[0]) >= size


def ask(db: sqlite3.Connection, run: int, wanted: Ask, now: float) -> None:
    """An attempt wants to come in. Whoever is inside already is told so, who waits stays where it is."""
    known = db.execute("SELECT inside FROM gates WHERE run = ? AND place = ?", (run, wanted.place)).fetchone()
    begin: float | None = now
    if known is None:
        begin = enter(db, run, wanted.place, wanted.gates, now)
    elif not known[0]:
        return
    if begin is not None:
        tell(db, run, wanted.place, begin, now)


def come_back(db: sqlite3.Connection, run: int, now: float, due: float | None) -> None:
    """A run that was paused or had failed is to go on: it is due at a time, or when it is let in if that is later.

    A paused run has kept its turn; one that had failed comes behind all others.
    """
    waits = db.execute(_COMES_BACK, (run, RUN)).fetchone()[0]
    if waits is None:
        return
    gates = [Gate(*row) for row in db.execute(_OF, (run, RUN))]
    if waits == 0:
        begin = _let_in(db, run, RUN, gates, now)
    else:
        db.execute("DELETE FROM gates WHERE run = ? AND place = ?", (run, RUN))
        begin = enter(db, run, RUN, gates, now)
    if begin is not None:
        db.execute("UPDATE runs SET due = ? WHERE number = ?", (max(begin, due or begin), run))


def make_room(db: sqlite3.Connection, run: int, now: float, place: int | None = None, *, returns: bool = False) -> None:
    """Somebody goes, and those come in who waited for that."""
    if place is not None:
        db.execute("DELETE FROM events WHERE run = ? AND name = ?", (run, gate_event(place)))
    for other, of, begin in leave(db, run, now, place, returns=returns):
        if of == RUN:
            db.execute("UPDATE runs SET due = ? WHERE number = ? AND status = 'pending'", (begin, other))
        else:
            tell(db, other, of, begin, now)


def step_aside(db: sqlite3.Connection, run: int, now: float) -> None:
    """A run is paused: its attempts keep nobody waiting, and will ask again."""
    places = db.execute("SELECT DISTINCT place FROM gates WHERE run = ? AND place <> ?", (run, RUN)).fetchall()
    for (place,) in places:
        make_room(db, run, now, place)


def tell(db: sqlite3.Connection, run: int, place: int, begin: float, now: float) -> None:
    """An attempt may begin at a time: its run hears of it, once."""
    name = gate_event(place)
    if db.execute(_TOLD, (now, now, run, name)).rowcount:
        db.execute(_KEEP, (name, repr(begin), now, run))


def anybody_at(db: sqlite3.Connection, gate: str) -> bool:
    """Whether somebody is inside of a gate, or waits before it."""
    return db.execute("SELECT 1 FROM gates WHERE gate = ? AND inside <> 2 LIMIT 1", (gate,)).fetchone() is not None
