"""A store that fails for a moment: the run is not lost, and the worker does not go home without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.runtime.support import Calls, go, sequence
from wgen.errors import StoreLocked
from wgen.runtime import Engine
from wgen.stores.memory import MemoryStore

if TYPE_CHECKING:
    from wgen.runtime.rows import Change


class Stumbling(MemoryStore):
    """Fails the second save, once."""

    saves = 0

    def save(self, change: Change, /) -> bool:
        self.saves += 1
        if self.saves == 2:
            raise StoreLocked("held by somebody else")
        return super().save(change)


def test_a_worker_waits_for_the_run_that_the_store_failed_under() -> None:
    async def main() -> None:
        flow = sequence("one", "two", "three")
        store = Stumbling("memory://")
        calls = Calls(one=lambda: None, two=lambda: None, three=lambda: None)
        async with Engine(store, worker=False, lease=0.2) as engine:
            engine.register(flow, calls)
            run = await engine.start(flow)
            ended = await engine.worker.run_until_idle()
            assert (ended.finished, ended.failed) == (1, 0)
            assert (await run.view()).status == "finished"
            assert calls.seen.count("three") == 1

    go(main())
