"""Branches as tasks of the event loop: when they begin, and what may happen before they do."""

from __future__ import annotations

import asyncio
import inspect
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.compiled import compiled
from tests.runtime.support import Calls, World, fork, go, until
from wgen.errors import LostLease
from wgen.runtime import Engine
from wgen.runtime.tasks import Tasks
from wgen.stores.memory import MemoryStore

if TYPE_CHECKING:
    from wgen.runtime.rows import Change

EAGER = sys.version_info >= (3, 12)

NESTED = """@Given (order) as str
@Then begin it
@Together
    @Branch quick
        @Together, first to finish wins
            @Branch told
                @Receive (news) as str
            @Branch slow
                @Then do slow
        @End
    @Branch other
        @Then do other
@End
@Then go on
"""


class SlowFirstSave(MemoryStore):
    """The first save is on its way until `saved` is set; what it writes is there at once."""

    def __init__(self) -> None:
        super().__init__("memory://")
        self.saved = asyncio.Event()
        self.saves = 0

    def save(self, change: Change, /) -> Any:  # an awaitable, as other stores return one
        done = super().save(change)
        self.saves += 1
        return self._later(done=done) if self.saves == 1 else done

    async def _later(self, *, done: bool) -> bool:
        await self.saved.wait()
        return done


def test_a_branch_that_is_lost_while_its_beginning_is_saved_keeps_no_other_from_beginning() -> None:
    async def main() -> None:
        (flow,) = compiled(NESTED)
        store = SlowFirstSave()
        calls = Calls(begin_it=lambda: None, do_slow=lambda: None, do_other=lambda: None, go_on=lambda: None)
        async with Engine(store) as engine:
            engine.register(flow, calls)
            run = await engine.start(flow, order="one")
            await until(lambda: store.saves == 1)
            await engine.send(run.id, "news", "it is over")
            await until(lambda: store.saves == 2)
            assert calls.seen == ["begin_it"]
            store.saved.set()
            await run.result()
        assert calls.seen == ["begin_it", "do_other", "go_on"]

    go(main())


def test_branches_begin_in_their_order_and_at_once_where_python_has_it() -> None:
    async def main() -> None:
        seen: list[str] = []

        async def branch(name: str) -> None:
            asyncio.get_running_loop().call_soon(seen.append, "a turn of the loop")
            seen.append(name)

        tasks = Tasks()
        for name in "ab":
            tasks.begin_at_once(partial(branch, name))
        seen.append("begun")
        assert bool(tasks) is not EAGER
        await tasks.over()
        assert seen[:3] == (["a", "b", "begun"] if EAGER else ["begun", "a", "b"])

    go(main())


def test_a_whole_group_may_end_while_it_begins() -> None:
    async def main() -> None:
        world = World(fork("a", "b", "c"), Calls(a=str, b=str, c=str, after=lambda **_: None))
        async with world.engine() as engine:
            await (await engine.start(world.flow)).result()
        assert world.handlers.seen == ["a", "b", "c", "after"]

    go(main())


def test_what_one_task_raises_cancels_the_others() -> None:
    async def main() -> None:
        async def forever() -> None:
            await asyncio.Event().wait()

        async def broken() -> None:
            raise KeyError("it")

        tasks = Tasks()
        others = [tasks.begin(forever), tasks.begin_at_once(forever)]
        await asyncio.sleep(0)
        tasks.begin_at_once(broken)
        await tasks.over()
        assert all(task.cancelled() for task in others)
        with pytest.raises(KeyError, match="it"):
            raise tasks.broken or AssertionError

    go(main())


ROUNDS = """
@Repeat 300 times
    @Together
        @Branch one
            @Then do one
        @Branch two
            @Then do two
    @End
@End
"""


def test_groups_that_end_while_they_begin_do_not_pile_up() -> None:
    async def main() -> None:
        (flow,) = compiled(ROUNDS)
        depths = []

        async def noted() -> None:
            depths.append(len(inspect.stack(0)))

        calls = Calls(do_one=noted, do_two=noted)
        async with World(flow, calls).engine(worker=True) as engine:
            await (await engine.start(flow)).result()
        assert len(depths) == 600
        assert max(depths) < min(depths) + 20

    go(main())


def test_an_attempt_that_never_began_is_not_told_as_cancelled() -> None:
    async def main() -> None:
        (flow,) = compiled(ROUNDS.replace("300", "1").replace("@Together", "@Together, first to finish wins"))
        calls = Calls(do_one=lambda: None, do_two=lambda: None)
        async with World(flow, calls).engine(worker=True) as engine:
            run = await engine.start(flow)
            await run.result()
            told = [(entry.what, entry.step) for entry in await engine.history(run.id)]
        assert calls.seen == ["do_one"]
        assert [what for what, step in told if step == "do_two"] == []

    go(main())


def test_what_begins_at_once_and_breaks_keeps_the_rest_from_beginning() -> None:
    class Losing(MemoryStore):
        """Loses the run when the first branch has ended."""

        def save(self, change: Change, /) -> bool:
            if any(entry[2] == "do_one" for entry in change.entries):
                raise LostLease("somebody else has it")
            return super().save(change)

    async def main() -> None:
        (flow,) = compiled(ROUNDS.replace("300", "2"))
        calls = Calls(do_one=lambda: None, do_two=lambda: None)
        async with Engine(Losing(), worker=False) as engine:
            engine.register(flow, calls)
            run = await engine.start(flow)
            await engine.tick()
            assert (await run.view()).status == "running"  # until its lease is over
        assert calls.seen == ["do_one"]

    go(main())
