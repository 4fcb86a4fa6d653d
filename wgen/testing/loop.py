"""An event loop whose time leaps: whoever sleeps in it for a week is back at once, and a week has passed."""

from __future__ import annotations

import asyncio
import math
import selectors
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, TypeVarTuple, Unpack

from wgen.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from concurrent.futures import Executor

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class LeapingLoop(asyncio.SelectorEventLoop):
    """Time stands still while something happens here, then leaps to the next timer. It is an engine's clock, too.

    While a thread works, or an attempt has a socket open, nobody here knows when that will be done: then a timer comes
    only when nothing else has come for as long as it takes outside.
    """

    def __init__(self, start: float) -> None:
        self._now = start
        self._attempts = 0
        self._threads = 0
        self._selector_here = _Leaping(self)
        super().__init__(self._selector_here)
        self.leap(0.0)

    def time(self) -> float:
        return self._now

    now = time

    def leap(self, seconds: float) -> None:
        """So much time has passed."""
        self._now += seconds
        # By its own measure of a clock's precision asyncio would never see the time of a timer come: 1 ns is lost in
        # the seconds since the epoch.
        self._clock_resolution = math.ulp(self._now)

    @contextmanager
    def attempt(self, *, in_thread: bool) -> Iterator[None]:
        """A handler is at work."""
        self._attempts += 1
        self._threads += in_thread
        try:
            yield
        finally:
            self._attempts -= 1
            self._threads -= in_thread

    @property
    def works_outside(self) -> bool:
        """Whether something may come that no timer here tells of."""
        sockets = len(self._selector_here.get_map()) - 1  # one is the loop's own
        return self._threads > 0 or (self._attempts > 0 and sockets > 0)

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[Unpack[Ts]], T], *args: *Ts
    ) -> asyncio.Future[T]:
        self._threads += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._thread_ended)
        return future

    def _thread_ended(self, _future: object) -> None:
        self._threads -= 1

    async def shutdown_default_executor(self, *limit: float | None, **named: float | None) -> None:
        """Threads end in time of their own: asyncio's limit for that is a timer, to which this loop would leap."""
        self._threads += 1
        try:
            await super().shutdown_default_executor(*limit, **named)
        finally:
            self._threads -= 1


class _Leaping(selectors.DefaultSelector):
    """Waits for sockets and threads, and where there are none has the loop's time leap."""

    def __init__(self, loop: LeapingLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        found = super().select(timeout if self._loop.works_outside else 0)
        if not found:
            self._loop.leap(timeout)
        return found


def run_leaping(start: float, main: Coroutine[Any, Any, T], caller: str) -> T:
    """Runs a coroutine in a loop of its own, whose time begins at `start`."""
    if asyncio._get_running_loop() is not None:  # noqa: SLF001 - the public one raises, into the user's traceback
        main.close()
        raise UsageError(
            f"{caller}() has an event loop of its own: call it from a plain test, `def` and not `async def`"
        )
    with asyncio.Runner(loop_factory=partial(LeapingLoop, start)) as runner:
        return runner.run(main)


def leaping_loop() -> LeapingLoop:
    """The loop that runs this."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, LeapingLoop)
    return loop
