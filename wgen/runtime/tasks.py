"""The tasks that one execution has at work: begun one by one, waited for and cancelled together."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine


class Tasks:
    """Empty at first. `broken` is the first exception that one of them raised; it has cancelled all others."""

    def __init__(self) -> None:
        self.broken: BaseException | None = None
        self._at_work: set[asyncio.Task[None]] = set()
        self._over: asyncio.Future[None] | None = None
        self._beginning = False

    def __bool__(self) -> bool:
        return bool(self._at_work)

    def begin(self, work: Callable[[], Coroutine[Any, Any, None]]) -> asyncio.Task[None]:
        """Begins a task in a later turn of the loop, whatever kind of tasks the user's loop makes.

        It gets a function, because a task that is cancelled before would never await a coroutine.
        """
        return self._keep(asyncio.Task(self._watched(work), loop=asyncio.get_running_loop()))

    def begin_at_once(self, work: Callable[[], Coroutine[Any, Any, None]]) -> asyncio.Task[None]:
        """Begins a task now, from Python 3.12 on: one that ends without a pause costs no turn of the loop.

        What such a task begins has to wait for a turn: a run goes on in whatever ends last, and would call itself.
        """
        if sys.version_info < (3, 12) or self._beginning:
            return self.begin(work)
        self._beginning = True
        try:
            return self._keep(asyncio.Task(self._watched(work), loop=asyncio.get_running_loop(), eager_start=True))
        finally:
            self._beginning = False

    async def over(self) -> None:
        """Waits until none is at work."""
        while self._at_work:
            self._over = asyncio.get_running_loop().create_future()
            await self._over

    def cancel(self) -> None:
        """Cancels all but the one that asks for it."""
        for task in self._at_work:
            if task is not asyncio.current_task():
                task.cancel()

    async def _watched(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        try:
            await work()
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 - whoever waits for the tasks raises it again
            self.broken = self.broken or error
            self.cancel()

    def _keep(self, task: asyncio.Task[None]) -> asyncio.Task[None]:
        if not task.done():
            self._at_work.add(task)
            task.add_done_callback(self._on_over)
        return task

    def _on_over(self, task: asyncio.Task[None]) -> None:
        self._at_work.discard(task)
        if not self._at_work and self._over is not None and not self._over.done():
            self._over.set_result(None)
