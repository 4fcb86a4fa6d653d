"""Limits in a SQLite file: who is inside of a gate, who waits before it. Each function runs inside of a transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from wgen.runtime.ports import Gate

RUN = -1
"""The place of a run that passes a gate as a whole; its attempts pass by the id of their position."""

_ASK = "INSERT INTO gates (run, place, gate, size, per, inside) VALUES (?, ?, ?, ?, ?, 0)"
_INSIDE = "SELECT count(*) FROM gates WHERE gate = ? AND inside"
_OF = "SELECT gate, size, per FROM gates WHERE run = ? AND place = ? ORDER BY number"
_WAITING = "SELECT run, place FROM gates WHERE gate = ? AND NOT inside AND per IS NULL ORDER BY number LIMIT ? OFFSET ?"
_LATEST = "SELECT at FROM begun WHERE gate = ? ORDER BY at DESC LIMIT 1 OFFSET ?"
_PAGE = 20


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


def leave(db: sqlite3.Connection, run: int, now: float, place: int | None = None) -> list[tuple[int, int, float]]:
    """Somebody goes, from one place or from all. Returns who comes in for it: run, place, and from when on."""
    here, these = ("run = ?", (run,)) if place is None else ("run = ? AND place = ?", (run, place))
    left = db.execute(f"SELECT gate, per FROM gates WHERE {here}", these).fetchall()  # noqa: S608 - columns only
    if not left:
        return []
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


def anybody_at(db: sqlite3.Connection, gate: str) -> bool:
    """Whether somebody is inside of a gate, or waits before it."""
    return db.execute("SELECT 1 FROM gates WHERE gate = ? LIMIT 1", (gate,)).fetchone() is not None
