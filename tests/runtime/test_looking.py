"""How often a worker looks whether somebody else has written, and how runs are deleted together."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.runtime.support import go
from wgen.runtime import Engine
from wgen.runtime.life import RunStatus
from wgen.runtime.worker import LOOK, RARELY
from wgen.stores.memory import MemoryStore
from wgen.testing.store_cases.support import START, change_of, held_run, parking, save

if TYPE_CHECKING:
    from collections.abc import Collection

    from wgen.runtime.rows import RunRow
    from wgen.runtime.worker import Worker


def pause_after(worker: Worker, looks: int) -> float:
    """The seconds from the last of so many looks to the next one."""
    for _ in range(looks):
        worker._stop_looking()
        worker._look()
    assert worker._looking is not None
    return round(worker._looking.when() - asyncio.get_running_loop().time(), 2)


def test_looks_become_rare_where_nobody_else_writes_and_often_again_when_somebody_does() -> None:
    async def main() -> None:
        store = MemoryStore()
        async with Engine(store) as engine:
            assert pause_after(engine.worker, 3) == LOOK
            assert pause_after(engine.worker, 60) == RARELY
            store.changed = lambda: True  # type: ignore[method-assign]
            assert pause_after(engine.worker, 1) == LOOK

    go(main())


class Counting(MemoryStore):
    """Notes of each deletion how many runs it is to remove."""

    def __init__(self) -> None:
        super().__init__()
        self.deletions: list[int] = []

    async def delete(self, families: Collection[Collection[RunRow]]) -> int:
        self.deletions.append(len(families))
        return await super().delete(families)


def test_a_hundred_runs_are_deleted_at_once_and_nothing_is_written_for_none() -> None:
    async def main() -> None:
        store = Counting()
        async with Engine(store, worker=False) as engine:
            assert await engine.delete(ended_before=START + 10) == 0
            assert store.deletions == []
            for number in range(250):
                row = await held_run(store, f"r{number}")
                await save(store, change_of(row, head=parking(RunStatus.FINISHED)))
            assert await engine.delete(ended_before=START + 10) == 250
            assert store.deletions == [100, 100, 50]

    go(main())
