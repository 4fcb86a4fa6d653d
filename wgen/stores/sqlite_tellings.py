"""What sources are told of waits, in a SQLite file. Each function runs inside of a transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from typing import Final

from wgen.runtime.published import Telling

NEXT_TELLING: Final = """SELECT due FROM announcements WHERE source = ? AND due IS NOT NULL ORDER BY due LIMIT 1"""
DUE: Final = "SELECT number FROM announcements WHERE source = ? AND due <= ? ORDER BY due LIMIT 100"
_CLAIM = """UPDATE announcements SET held = 1, due = ?, claims = claims + 1 WHERE number = ?
RETURNING number, claims, source, about, announced, handled, failures"""
_TOLD = """UPDATE announcements SET held = 0, announced = 1, failures = 0,
due = CASE WHEN handled IS NULL THEN NULL ELSE ? END WHERE number = ? AND claims = ?"""
_AGAIN = "UPDATE announcements SET held = 0, due = ?, failures = failures + 1 WHERE number = ? AND claims = ?"


def claim_tellings(db: sqlite3.Connection, wanted: tuple[Collection[str], float, float]) -> list[Telling]:
    sources, now, until = wanted
    due = [number for source in sources for (number,) in db.execute(DUE, (source, now)).fetchall()]
    return [_telling(*db.execute(_CLAIM, (until, number)).fetchone()) for number in due]


def _telling(
    number: int, claim: int, source: str, about: str, announced: int, handled: int | None, failures: int
) -> Telling:
    """The end of a wait is told behind its beginning, unless that could not be told while it mattered."""
    ends = handled is not None and (announced or failures)
    return Telling(number, claim, source, about.encode(), bool(handled) if ends else None, failures)


def settle_telling(db: sqlite3.Connection, answer: tuple[Telling, float, float | None]) -> None:
    telling, now, again = answer
    told = (telling.number, telling.claim)
    if again is not None:
        db.execute(_AGAIN, (again, *told))
    elif telling.handled is None:
        db.execute(_TOLD, (now, *told))
    else:
        db.execute("DELETE FROM announcements WHERE number = ? AND claims = ?", told)
