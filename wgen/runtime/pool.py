"""Threads for `def` handlers and sources. They are daemons: the end of the process never waits for one that hangs."""

from __future__ import annotations

import asyncio
import os
import threading
from contextvars import copy_context
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

Outcome: TypeAlias = tuple[Any, BaseException | None]
FORKED: Final = 70
"""How a process ends that a handler has forked, and that has come back from it as if it were the worker."""

_Work: TypeAlias = "tuple[asyncio.AbstractEventLoop, asyncio.Future[Outcome], Callable[[], Outcome]]"


class Pool:
    """At most `size` threads, made when they are first needed."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._process = os.getpid()
        self._queue: SimpleQueue[_Work | None] = SimpleQueue()
        self._threads = 0
        self._busy = 0

    def submit(self, call: Callable[[], Any]) -> asyncio.Future[Outcome]:
        """Runs `call` in a thread, with the caller's context variables. The future never raises what the call did."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Outcome] = loop.create_future()
        future.add_done_callback(self._ended)
        self._busy += 1
        if self._busy > self._threads and self._threads < self._size:
            self._threads += 1
            threading.Thread(target=self._serve, name=f"wgen-handler-{self._threads}", daemon=True).start()
        context = copy_context()
        self._queue.put((loop, future, lambda: context.run(_outcome, call)))
        return future

    def close(self) -> None:
        """Lets idle threads end; busy ones end behind their handler."""
        for _ in range(self._threads):
            self._queue.put(None)
        self._threads = 0

    def _ended(self, _future: asyncio.Future[Outcome]) -> None:
        self._busy -= 1

    def _serve(self) -> None:
        while (work := self._queue.get()) is not None:
            loop, future, call = work
            outcome = call()
            if os.getpid() != self._process:  # the handler has forked, and this is the child: there is no engine here
                os._exit(FORKED)
            try:
                loop.call_soon_threadsafe(_settle, future, outcome)
            except RuntimeError:  # the loop is closed: nobody waits for it any more
                return


def _outcome(call: Callable[[], Any]) -> Outcome:
    try:
        return call(), None
    except BaseException as error:  # noqa: BLE001 - a handler's SystemExit fails its attempt, not the thread
        return None, error


def _settle(future: asyncio.Future[Outcome], outcome: Outcome) -> None:
    if not future.done():
        future.set_result(outcome)
