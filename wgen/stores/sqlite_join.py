"""A transaction of a SQLite store that a task writes to, too."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from typing import Any

from wgen.errors import UsageError


class Joined:
    """The connection while it is a task's: `execute` and `executemany` as in sqlite3, without commit and rollback."""

    def __init__(self, db: sqlite3.Connection, on_end: Callable[[], None]) -> None:
        self._db = db
        self._on_end = on_end
        self._sealed = False
        self.over = False

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        """Executes one statement."""
        return self._open().execute(_checked(sql), parameters)

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> sqlite3.Cursor:
        """Executes one statement for each row of parameters."""
        return self._open().executemany(_checked(sql), parameters)

    def _open(self) -> sqlite3.Connection:
        if self._sealed or self.over:
            raise UsageError("the transaction is over: write to it inside of `async with transaction()`")
        return self._db

    def seal(self) -> None:
        """The task has written all; the save of its step commits it."""
        self._sealed = True

    def roll_back(self) -> None:
        """The attempt has failed: what it wrote is gone."""
        if not self.over:
            if self._db.in_transaction:  # SQLite may have rolled it back itself, as on a full disk
                self._db.execute("ROLLBACK")
            self.end()

    def end(self) -> None:
        """Others may write again."""
        self.over = True
        self._on_end()


_ENDS = ("COMMIT", "END", "ROLLBACK", "BEGIN", "SAVEPOINT", "RELEASE", "ATTACH", "DETACH")


def _checked(sql: str) -> str:
    word = sql.split(maxsplit=1)[0].upper().rstrip(";") if sql.strip() else ""
    if word in _ENDS:
        raise UsageError(f"{word} is the store's to say: the transaction ends with the step")
    return sql
