"""A task commits SQL of its own together with its step: both are kept, or neither is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from wgen.errors import UsageError
from wgen.runtime.context import executing
from wgen.runtime.position import Position


@asynccontextmanager
async def transaction() -> AsyncIterator[Any]:
    """Gives an `async def` handler the store's connection, to write to tables of the application's in the same file.

    What is written is committed in the transaction that saves the step, so it is there exactly once, whatever crashes.
    If the attempt fails, it is gone. From its beginning to the end of the task nothing else is written to the store:
    begin it last, and wait for nothing in it. Raises UsageError where the store has no such transactions.
    """
    position = executing.get(None)
    if not isinstance(position, Position):
        raise UsageError("transaction() is for `async def` handlers, in the task that the engine has called")
    join = getattr(position.run.store, "join", None)
    if join is None:
        raise UsageError("transaction() needs a SQL store such as sqlite:///wgen.db; this store has no transactions")
    if position.joined is not None:
        raise UsageError("this attempt has had its transaction() already; it can have one")
    joined = await join()
    position.joined = joined
    try:
        yield joined
    except BaseException:
        joined.roll_back()
        position.joined = None
        raise
    joined.seal()
