"""Tells sources which waits for their events begin and end, each at least once, whoever dies in between.

The save that begins or ends such a wait stores that its source is to be told. Whoever tells it claims that for a while;
what was not told by then, somebody else tells.
"""

from __future__ import annotations

import asyncio
import inspect
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol

from wgen.errors import StoreError
from wgen.runtime.crew import LAST_WORD
from wgen.runtime.flow import Returns
from wgen.runtime.handlers import is_async, pass_on
from wgen.runtime.log import logger
from wgen.runtime.open_waits import OpenWait, as_told
from wgen.runtime.pool import Pool

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wgen.runtime.ports import Surroundings
    from wgen.runtime.published import Telling

_FIRST: Final = 1.0
_LONGEST: Final = 60.0
"""Seconds until a source that raised is told again: twice as many each time, up to so many."""

_THREADS: Final = 32
"""So many calls of `def` methods may be at work at once; threads of their own, that no handler waits for them."""

_SHARE: Final = 0.8
"""How much of that time a call may take: it has failed before somebody else begins it anew."""


class Source(Protocol):
    """Where events come from: a connector, or what a user makes.

    Its methods are `async def`, or `def`, which are called in a thread. Each may be called more than once for a wait,
    of whose `id` it can tell; an end is told behind its beginning.
    """

    def setup(self, wait: OpenWait, /) -> Returns[None]:
        """A run waits for an event from here."""
        ...

    def teardown(self, wait: OpenWait, handled: bool, /) -> Returns[None]:
        """The wait is over: `handled` by its event, or by anything else: a time limit, another event, a cancel."""
        ...


class Sources:
    """The sources of an engine, by the words that flows name them with. A call is claimed for `lease` seconds."""

    def __init__(self, around: Surroundings, sources: Mapping[str, Source], lease: float) -> None:
        self.by_words = {" ".join(words.lower().split()): source for words, source in sources.items()}
        self.wake: Callable[[], None] = lambda: None
        self._around = around
        self._lease = lease
        self._pool = Pool(_THREADS)
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def busy(self) -> bool:
        """Whether a source is just being told something."""
        return bool(self._tasks)

    async def tell_due(self) -> float | None:
        """Begins to tell what is to be told now. Returns when there is more."""
        if not self.by_words:
            return None
        now = self._around.clock.now()
        tellings, later = await self._around.store.tellings(self.by_words, now, now + self._lease)
        for telling in tellings:
            task = asyncio.create_task(self._tell(telling))
            self._tasks.add(task)
            task.add_done_callback(self._done)
        return later

    async def tell_all(self) -> bool:
        """Tells what is to be told now. Whether there was anything."""
        told = False
        while True:
            await self.tell_due()
            if not self._tasks or asyncio.current_task() in self._tasks:  # a source has called the engine that tells it
                return told
            told = True
            await asyncio.wait(self._tasks)

    async def stop(self, grace: float) -> None:
        """Lets calls come to their end for `grace` seconds. Those that do not are another engine's to repeat."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace)
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=LAST_WORD)
        self._pool.close()

    async def _tell(self, telling: Telling) -> None:
        again = None
        try:
            async with asyncio.timeout(self._lease * _SHARE):
                await self._call(telling)
        except BaseException as error:  # noqa: BLE001 - whatever the user's source raises
            pass_on(error)
            wait = min(_FIRST * 2.0 ** min(telling.failures, 10), _LONGEST)
            again = self._around.clock.now() + wait
            self._log(telling, error, wait)
        await self._around.store.told(telling, self._around.clock.now(), again)

    async def _call(self, telling: Telling) -> None:
        source, wait = self.by_words[telling.source], as_told(telling.about)
        method: Callable[..., Any] = source.setup if telling.handled is None else source.teardown
        told = (wait,) if telling.handled is None else (wait, telling.handled)
        if is_async(method):
            await method(*told)
            return
        thread = self._pool.submit(partial(method, *told))
        answer, error = await asyncio.shield(thread)  # which can't be stopped, and counts until it ends
        if error is not None:
            raise error
        if inspect.isawaitable(answer):
            await answer

    def _log(self, telling: Telling, error: BaseException, wait: float) -> None:
        told = as_told(telling.about)
        what = "begins" if telling.handled is None else "is over"
        about = {"run": told.run, "flow": told.flow, "step": told.step}
        logger.warning(
            "%s could not be told that the wait of run %s at %s %s, and is told again in %g seconds: %s: %s",
            telling.source, told.run, told.step, what, wait, type(error).__name__, error, extra=about, exc_info=error,
        )  # fmt: skip

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and isinstance(error := task.exception(), StoreError):
            logger.warning("what a source was told could not be stored: %s", error)
        self.wake()
