"""The points at which a process can be killed, and the kill."""

from __future__ import annotations

import os
import signal
import sqlite3
from functools import partial
from typing import Any

from wgen.testing import points
from wgen.testing.points import AFTER_COMMIT, BEFORE_COMMIT


class Points(points.Points):
    """Counts the points that were reached, and kills this process at the one asked for."""

    def die(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

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
        self._points.reach(BEFORE_COMMIT)
        cursor = super().execute(sql, parameters)
        self._writes = False
        self._points.reach(AFTER_COMMIT)
        return cursor
