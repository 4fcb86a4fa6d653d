"""Commits to a SQLite file: all writes of one turn of the event loop share a transaction.

A commit costs a flush of the disk, a row in it next to nothing. So writes are collected until the loop has come round
and committed together; only a lone run writes at once. Where commits are seen to be slow they happen in a thread, for
as long as they are.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

from wgen.errors import StoreError, WgenError
from wgen.stores.sqlite_file import meaning, refuse_newer
from wgen.stores.sqlite_join import Joined
from wgen.stores.sqlite_together import Write, apply_all

if TYPE_CHECKING:
    from pathlib import Path

T = TypeVar("T")
A = TypeVar("A")

Committed: TypeAlias = Callable[[int, float], object]
"""Gets the number of writes in a commit, and the seconds that it took; in the thread that has committed."""

SLOW: Final = 0.002
"""Seconds that a commit may take before it is better off in a thread."""

_MANY: Final = 8  # commits in a row that it takes to go from surely fast to surely slow


class Writer:
    """The one connection that writes."""

    def __init__(self, db: sqlite3.Connection, path: Path, committed: Committed | None) -> None:
        self.db = db
        self.committed = committed
        self._path = path
        self._batch: list[Write] = []
        self._slowness = 0
        self._thread: ThreadPoolExecutor | None = None
        self._in_thread: asyncio.Future[list[Any]] | None = None
        self._joined: Joined | None = None
        self._joining = asyncio.Lock()
        self._process = os.getpid()
        self._schema: int = db.execute("PRAGMA user_version").fetchone()[0]

    @property
    def free(self) -> bool:
        """Whether a write could be committed at once, without overtaking another or blocking the loop."""
        return self.idle and self._slowness <= _MANY // 2

    @property
    def idle(self) -> bool:
        """Whether no write is on its way."""
        return not self._batch and self._in_thread is None and self._joined is None

    @property
    def busy(self) -> bool:
        """Whether the connection is in a transaction that others must not see, or in another thread."""
        return self._in_thread is not None or self._joined is not None

    @property
    def in_thread(self) -> bool:
        """Whether the connection is busy in another thread."""
        return self._in_thread is not None

    def at_once(self, function: Callable[[sqlite3.Connection, A], T], argument: A) -> T:
        """Writes and commits now."""
        result = self._commit([(function, argument, None)])[0]
        if isinstance(result, WgenError):
            raise result
        return result  # type: ignore[no-any-return]  # what the function returned

    def submit(self, function: Callable[[sqlite3.Connection, A], T], argument: A) -> asyncio.Future[T]:
        """Writes with all others of this turn of the loop. The future is done after the commit."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        if not self._batch and self.idle:
            loop.call_soon(self._flush)
        self._batch.append((function, argument, future))
        return future

    # ---- transactions that a task has joined ----

    async def join(self) -> Joined:
        """Begins a transaction for a task, when all that came before is committed. What comes meanwhile waits."""
        await self._joining.acquire()
        try:
            while not self.idle:
                await self.submit(lambda _db, _nothing: None, None)
            self.db.execute("BEGIN IMMEDIATE")
            refuse_newer(self.db, self._path, self._schema)
        except sqlite3.Error as error:
            self._joining.release()
            raise meaning(error, self._path) from error
        except BaseException:
            if self.db.in_transaction:
                self.db.execute("ROLLBACK")
            self._joining.release()
            raise
        self._joined = Joined(self.db, self._on_end)
        return self._joined

    def commit_joined(self, joined: Joined, function: Callable[[sqlite3.Connection, A], T], argument: A) -> T:
        """Commits a task's transaction with the save of its step, behind the writes that have waited for it."""
        if joined.over or not self.db.in_transaction:
            joined.roll_back()
            raise StoreError("the transaction that the task has joined is over: it may not commit or roll back itself")
        waiting, self._batch = self._batch, []
        try:
            results = apply_all(self.db, waiting)
            result = function(self.db, argument)
            began = perf_counter()
            self.db.execute("COMMIT")
            took = perf_counter() - began
        except Exception as error:
            self._batch = [*waiting, *self._batch]  # nothing of it is kept; they are written again without the task's
            joined.roll_back()
            raise meaning(error, self._path) if isinstance(error, sqlite3.Error) else error from error
        _settle(waiting, results)
        joined.end()
        if self.committed is not None:
            self.committed(len(waiting) + 1, took)
        return result

    def _on_end(self) -> None:
        self._joined = None
        self._joining.release()
        if self._batch:
            asyncio.get_running_loop().call_soon(self._flush)

    async def close(self) -> None:
        """Commits what is left and closes the connection."""
        if self._joined is not None:
            self._joined.roll_back()
        if not self.idle:
            with suppress(WgenError):
                await self.submit(lambda _db, _nothing: None, None)
        if self._thread is not None:
            self._thread.shutdown()
        self.db.close()

    def _flush(self) -> None:
        if self._in_thread is not None or self._joined is not None or not self._batch:
            return
        batch, self._batch = self._batch, []
        if self._slowness > _MANY // 2:
            self._flush_in_thread(batch)
            return
        try:
            results = self._commit(batch)
        except Exception as error:  # noqa: BLE001 - whatever it is, somebody waits for an answer
            results = [error] * len(batch)
        _settle(batch, results)

    def _flush_in_thread(self, batch: list[Write]) -> None:
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, "wgen-sqlite")
        self._in_thread = asyncio.get_running_loop().run_in_executor(self._thread, self._commit, batch)

        def done(future: asyncio.Future[list[Any]]) -> None:
            self._in_thread = None
            error = future.exception()
            _settle(batch, future.result() if error is None else [error] * len(batch))
            self._flush()

        self._in_thread.add_done_callback(done)

    def _commit(self, batch: list[Write]) -> list[Any]:
        """Writes and commits a batch. What can't be written at all, such as half a character, concerns nobody else.

        Returns for each write what it returned, or the error that it raised. Raises StoreError when nothing of the
        batch was kept.
        """
        try:
            return self._commit_together(batch)
        except Exception as error:
            if len(batch) > 1 and _is_of_one(error):
                return [self._alone(write) for write in batch]
            raise meaning(error, self._path) if isinstance(error, sqlite3.Error) else error from error

    def _alone(self, write: Write) -> Any:
        try:
            return self._commit([write])[0]
        except Exception as error:  # noqa: BLE001 - whoever has asked for this write is told
            return error

    def _commit_together(self, batch: list[Write]) -> list[Any]:
        """All of it or nothing, in one transaction: the only place where anything is committed."""
        db = self.db
        if os.getpid() != self._process:
            raise StoreError("a forked process can't go on with its parent's store: let it end, or exec something else")
        try:
            db.execute("BEGIN IMMEDIATE")
            refuse_newer(db, self._path, self._schema)
            results = apply_all(db, batch)
            began = perf_counter()
            db.execute("COMMIT")
            took = perf_counter() - began
        finally:
            if db.in_transaction:
                db.execute("ROLLBACK")
        self._slowness = min(self._slowness + 1, _MANY) if took > SLOW else max(self._slowness - 1, 0)
        if self.committed is not None:
            self.committed(len(batch), took)
        return results


def _is_of_one(error: Exception) -> bool:
    """Whether what has broken a commit is a single write's trouble, and not that of the file."""
    values = (sqlite3.ProgrammingError, sqlite3.InterfaceError, sqlite3.DataError)
    return isinstance(error, values) or not isinstance(error, sqlite3.Error | WgenError)


def _settle(batch: list[Write], results: list[Any]) -> None:
    for (_, _, future), result in zip(batch, results, strict=True):
        if future is None or future.done():
            continue
        if isinstance(result, BaseException):
            future.set_exception(result)
        else:
            future.set_result(result)
