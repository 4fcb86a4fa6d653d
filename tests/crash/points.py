"""The points at which a process can be killed: counted in a run without a kill, then taken one by one."""

from __future__ import annotations

import os
import signal
import sqlite3
from functools import partial
from typing import Any


class Points:
    """Counts the points of each kind that were reached, and kills this process at the one asked for."""

    def __init__(self, kill_at: str | None) -> None:
        self._kill_at = kill_at
        self._counts: dict[str, int] = {}
        self.reached: list[str] = []

    def reach(self, kind: str) -> None:
        """Now it happens: `kind` is like "before commit", the point's name has its number behind."""
        self._counts[kind] = self._counts.get(kind, 0) + 1
        point = f"{kind} {self._counts[kind]}"
        if point == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        self.reached.append(point)

    def watch_commits(self) -> None:
        """From now on every connection to a SQLite file counts its commits of writes."""
        sqlite3.connect = partial(sqlite3.connect, factory=partial(_Watched, self))  # type: ignore[assignment]


class _Watched(sqlite3.Connection):
    """A connection that is killed before it commits, or when it has committed and nobody knows it yet."""

    def __init__(self, points: Points, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._points = points
        self._writes = False

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        if sql == "BEGIN IMMEDIATE":
            self._writes = True
        if sql != "COMMIT" or not self._writes:
            return super().execute(sql, parameters)
        self._points.reach("before commit")
        cursor = super().execute(sql, parameters)
        self._writes = False
        self._points.reach("after commit")
        return cursor
