"""A transaction of a SQLite store that a task writes to, too."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

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
        with _guarded(self._open()) as db:
            return db.execute(sql, parameters)

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> sqlite3.Cursor:
        """Executes one statement for each row of parameters."""
        with _guarded(self._open()) as db:
            return db.executemany(sql, parameters)

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


_REFUSED: Final = {
    sqlite3.SQLITE_TRANSACTION: "the transaction begins and ends with the step",
    sqlite3.SQLITE_SAVEPOINT: "the transaction begins and ends with the step",
    sqlite3.SQLITE_ATTACH: "what is written to another file is not committed with the step",
    sqlite3.SQLITE_DETACH: "what is written to another file is not committed with the step",
    sqlite3.SQLITE_PRAGMA: "how the file is kept is the store's to say",
}


@contextmanager
def _guarded(db: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """The connection, on which SQLite itself refuses what a task must not say, in whatever words."""
    refused: list[int] = []

    def judge(action: int, *_: str | None) -> int:
        if action not in _REFUSED:
            return sqlite3.SQLITE_OK
        refused.append(action)
        return sqlite3.SQLITE_DENY

    db.set_authorizer(judge)
    try:
        yield db
    except sqlite3.DatabaseError as error:
        if not refused:
            raise
        raise UsageError(f"this statement is refused: {_REFUSED[refused[0]]}") from error
    finally:
        db.set_authorizer(None)
