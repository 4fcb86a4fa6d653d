"""One process that works on the runs of a variant: starts those that are not there yet, and executes all to their end.

The first one and those that take over after a kill are the same code: what was there before tells them what to do.
"""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

from tests.crash.effects import Effects, Unit
from wgen.errors import RunFailed
from wgen.runtime import Engine, Flow, What, current, run_as_dict
from wgen.stores import sqlite_writer
from wgen.testing.points import AFTER_HANDLER, BEFORE_HANDLER

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.crash.points import Points
    from tests.crash.stores import NotingStore
    from tests.crash.variants import Variant
    from wgen.runtime import RunView
    from wgen.runtime.ports import Timer

LEASE: Final = 3600.0
SPEED: Final = 100
"""How much faster time goes here: the flow's second between two attempts shall not hold up the proof."""


class QuickClock:
    """The machine's time, faster; each life begins when the leases of the one before have run out."""

    def __init__(self, life: int) -> None:
        self._ahead = life * 2 * LEASE
        self._began = time.time()

    def now(self) -> float:
        return self._began + self._ahead + (time.time() - self._began) * SPEED

    def call_at(self, when: float, callback: Callable[[], object], /) -> Timer:
        return asyncio.get_running_loop().call_later(max(0.0, (when - self.now()) / SPEED), callback)


class Life:
    """Executes the runs in the store of a folder, and leaves there how they stand."""

    def __init__(self, variant: Variant, flow: Flow[Any, Any], folder: Path, number: int, points: Points) -> None:
        self.variant = variant
        self.flow = flow
        self.folder = folder
        self.points = points
        self.clock = QuickClock(number)
        self.effects = Effects(folder / "effects", number)
        self.store: NotingStore = variant.store(f"sqlite:///{folder / 'store.db'}", self.effects)
        if variant.slow_disk:
            sqlite_writer.SLOW = -1.0  # type: ignore[misc]  # every commit is seen as slow, and made in a thread
        else:
            sqlite_writer.SLOW = 3600.0  # type: ignore[misc]  # whatever the disk is like today

    async def live(self) -> None:
        self.points.watch_commits()
        await self.store.open()
        try:
            async with Engine(self.store, clock=self.clock, lease=LEASE, worker=self.variant.by == "worker") as engine:
                engine.register(self.flow, self._handlers())
                await self._execute(engine, await self._runs(engine))
                views = await engine.runs()
        finally:
            await self.store.close()
        _write(self.folder / "views", [run_as_dict(view) for view in views])
        _write(self.folder / "points", self.points.reached)

    async def _runs(self, engine: Engine) -> list[str]:
        """The ids of the runs, each started if it is not there yet, and with its event."""
        there = {view.key: view for view in await engine.runs()}
        for run in there.values():
            history = await engine.history(run.id)
            self.store.finished |= {entry.step or "" for entry in history if entry.what == What.TASK_FINISHED}
        return [await self._run(engine, key, there.get(key)) for key in self._keys]

    @property
    def _keys(self) -> list[str]:
        return [f"customer {number}" for number in range(self.variant.runs)]

    async def _run(self, engine: Engine, key: str, there: RunView | None) -> str:
        story = self.variant.story
        id = there.id if there is not None else (await engine.start(self.flow, key=key, inputs=story.inputs)).id
        if story.event is not None and (there is None or not there.ended):
            await engine.send(id, *story.event, id="event 1")
        return id

    async def _execute(self, engine: Engine, ids: list[str]) -> None:
        if self.variant.by == "until idle":
            await engine.worker.run_until_idle()
        for id in ids:
            if self.variant.by == "drive":
                await engine.drive(id)
            elif self.variant.by == "worker":
                with suppress(RunFailed):
                    await engine.handle(id).result()

    # ---- the handlers ----

    def _handlers(self) -> SimpleNamespace:
        make = self._in_thread if self.variant.threads else self._on_loop
        return SimpleNamespace(**{task: make(task) for task in self.variant.story.tasks})

    def _on_loop(self, task: str) -> Callable[..., Any]:
        async def handler(**arguments: Any) -> Any:
            self._begin()
            await asyncio.sleep(0)
            while not self._turn(task):  # noqa: ASYNC110 - told by the store, which knows of no asyncio.Event
                await asyncio.sleep(0)
            return self._end(task, arguments)

        return handler

    def _in_thread(self, task: str) -> Callable[..., Any]:
        def handler(**arguments: Any) -> Any:
            self._begin()
            while not self._turn(task):
                time.sleep(0.0005)
            return self._end(task, arguments)

        return handler

    def _begin(self) -> None:
        attempt = current()
        self.effects.note("begin", Unit(attempt.run, attempt.step, attempt.attempt), attempt.key)
        self.points.reach(BEFORE_HANDLER)

    def _turn(self, task: str) -> bool:
        group = self.variant.story.group
        if task not in group or self.variant.runs > 1:
            return True
        return self.store.finished.issuperset(group[: group.index(task)])

    def _end(self, task: str, arguments: dict[str, Any]) -> Any:
        attempt = current()
        given = {name: _plain(value) for name, value in arguments.items()}
        if given != self.variant.story.calls[task]:
            raise AssertionError(f"{task} was called with {given}")
        self.effects.note("end", Unit(attempt.run, attempt.step, attempt.attempt), attempt.key)
        self.points.reach(AFTER_HANDLER)
        if task in self.variant.failing and attempt.attempt == 1:
            raise ConnectionError("no answer")
        return self.variant.story.returns.get(task)


def _plain(value: Any) -> Any:
    return value.model_dump() if hasattr(value, "model_dump") else value


def _write(file: Path, content: object) -> None:
    file.write_text(json.dumps(content), "utf-8")
