"""Groups: branches run side by side, each result is stored when it comes, and the first failure is handled once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.compiled import compiled
from tests.runtime.support import Calls, World, a_flow, a_task, fork, go, values_class
from wgen.errors import RunFailed
from wgen.runtime import DONE, Decision, Finish, Parallel, Policy


def test_values_of_all_branches_are_there_after_the_join() -> None:
    got: dict[str, Any] = {}
    world = World(fork("a", "b"), Calls(a=lambda: 1, b=lambda: 2, after=lambda **values: got.update(values)))

    async def main() -> None:
        async with world.engine() as engine:
            started = await engine.start(world.flow)
            await started.result()
            assert got == {"a_value": 1, "b_value": 2}
            assert (await started.view()).values == got

    go(main())


def test_branches_run_side_by_side() -> None:
    async def main() -> None:
        meet = asyncio.Barrier(3)

        async def branch() -> None:
            await meet.wait()

        world = World(fork("a", "b", "c"), Calls(a=branch, b=branch, c=branch, after=lambda **_: None))
        async with world.engine() as engine:
            await (await engine.start(world.flow)).result()

    go(main())


def test_after_a_crash_only_unfinished_branches_run_again() -> None:
    async def main() -> None:
        hang = asyncio.Event()
        world = World(fork("a", "b"), Calls(a=lambda: "once", b=hang.wait, after=lambda **_: None))
        async with world.engine(worker=True, grace=0.0) as engine:
            started = await engine.start(world.flow)
            await world.clock.settle()
            view = await started.view()
            assert view.steps == ["b"]
            assert view.values == {}  # what a branch gave is its own until the join
        hang.set()
        async with world.engine() as engine:
            await engine.drive(started.id)
            assert world.handlers.seen == ["a", "b", "b", "after"]
            assert (await engine.view(started.id)).values == {"a_value": "once", "b_value": True}

    go(main())


def test_when_one_fails_siblings_finish_and_nothing_new_starts() -> None:
    steps = {
        "group": Parallel(branches=("bad", "slow", "retrying"), to=("after",), line=1, digest="g"),  # type: ignore[arg-type]
        "bad": a_task("bad"),
        "slow": a_task("slow", "behind", gives=["slow_value"]),
        "behind": a_task("behind"),
        "retrying": a_task("retrying", policy=Policy(retries=5, wait=1.0)),
        "after": a_task("after"),
    }

    async def main() -> None:
        hold, fail = asyncio.Event(), asyncio.Event()

        async def bad() -> None:
            await fail.wait()
            raise ValueError("first")

        async def slow() -> str:
            await hold.wait()
            return "kept"

        def retrying() -> None:
            raise OSError("again")

        calls = Calls(bad=bad, slow=slow, behind=lambda: None, retrying=retrying, after=lambda: None)
        world = World(a_flow(steps, values_class(slow_value=str)), calls)
        async with world.engine(worker=True) as engine:
            started = await engine.start(world.flow)
            await world.clock.settle()
            fail.set()
            await world.clock.settle()
            assert (await started.view()).status == "running"
            await world.clock.move(10)
            assert calls.seen == ["bad", "slow", "retrying"]
            hold.set()
            with pytest.raises(RunFailed, match="ValueError: first") as caught:
                await started.result()
            assert caught.value.step == "bad"
            assert calls.seen == ["bad", "slow", "retrying"]
            entries = await engine.history(started.id)
            assert [(e.what, e.step) for e in entries][-2:] == [("task finished", "slow"), ("run failed", "bad")]
            assert [e.what for e in entries].count("run failed") == 1

    go(main())


def test_the_last_sibling_to_finish_ends_a_failing_group_even_if_it_has_more_to_do() -> None:
    steps = {
        "group": Parallel(branches=("bad", "outer"), to=(DONE,), line=1, digest="g"),  # type: ignore[arg-type]
        "bad": a_task("bad"),
        "outer": Parallel(branches=("slow", "quick"), to=("behind",), line=2, digest="h"),  # type: ignore[arg-type]
        "slow": a_task("slow", "more"),
        "more": a_task("more"),
        "quick": a_task("quick"),
        "behind": a_task("behind"),
    }

    async def main() -> None:
        failed = asyncio.Event()

        def bad() -> None:
            failed.set()
            raise ValueError

        async def slow() -> None:
            await failed.wait()
            for _ in range(5):
                await asyncio.sleep(0)

        nothing = dict.fromkeys(["more", "quick", "behind"], lambda: None)
        world = World(a_flow(steps), Calls(bad=bad, slow=slow, **nothing))
        async with world.engine() as engine:
            id = (await engine.start(world.flow)).id
            view = await engine.drive(id)
            assert view.status == "failed"
            assert sorted(view.steps) == ["bad", "more"]
            assert sorted(world.handlers.seen) == ["bad", "quick", "slow"]
            history = await engine.history(id)
            assert "worker lost" not in [entry.what for entry in history]

    go(main())


def test_a_second_failure_is_in_the_history_only() -> None:
    def fail(text: str) -> Any:
        def handler() -> None:
            raise ValueError(text)

        return handler

    world = World(fork("a", "b"), Calls(a=fail("one"), b=fail("two"), after=lambda **_: None))

    async def main() -> None:
        async with world.engine() as engine:
            started = await engine.start(world.flow)
            view = await engine.drive(started.id)
            assert view.error is not None
            assert view.error["message"] == "one"
            failed = [e.step for e in await engine.history(started.id) if e.what == "attempt failed"]
            assert failed == ["a", "b"]

    go(main())


def test_a_branch_retries_while_its_sibling_works() -> None:
    async def main() -> None:
        hold, count = asyncio.Event(), 0

        def flaky() -> str:
            nonlocal count
            count += 1
            if count < 3:
                raise OSError
            return "at last"

        world = World(fork("a", "b", policy=Policy(retries=3, wait=5.0)), None)
        world.handlers = Calls(a=flaky, b=hold.wait, after=lambda **_: None)
        async with world.engine(worker=True) as engine:
            started = await engine.start(world.flow)
            await world.clock.move(10)
            assert count == 3
            assert (await started.view()).steps == ["b"]
            hold.set()
            await started.result()

    go(main())


def test_groups_nest_and_branches_have_several_steps() -> None:
    """outer: (a → inner: (b, c) → d) beside e; then f."""
    steps = {
        "outer": Parallel(branches=("a", "e"), to=("f",), line=1, digest="o"),  # type: ignore[arg-type]
        "a": a_task("a", "inner", gives=["av"]),
        "inner": Parallel(branches=("b", "c"), to=("d",), line=2, digest="i"),  # type: ignore[arg-type]
        "b": a_task("b", takes=["av"], gives=["bv"]),
        "c": a_task("c", takes=["av"], gives=["cv"]),
        "d": a_task("d", takes=["bv", "cv"], gives=["dv"]),
        "e": a_task("e", gives=["ev"]),
        "f": a_task("f", takes=["dv", "ev", "av"], gives=["fv"]),
    }
    flow = a_flow(steps, values_class(**{f"{n}v": int for n in "abcdef"}))
    calls = Calls(
        a=lambda: 1,
        b=lambda av: av + 1,
        c=lambda av: av + 2,
        d=lambda bv, cv: bv * cv,
        e=lambda: 10,
        f=lambda dv, ev, av: dv + ev + av,
    )
    world = World(flow, calls)

    async def main() -> None:
        async with world.engine() as engine:
            started = await engine.start(flow)
            await started.result()
            assert (await started.view()).values["fv"] == 17
            stored = await world.store.load(started.id)
            assert stored is not None
            assert not stored.positions
            assert {value.scope for value in stored.values} == {0}

    go(main())


def test_a_nested_group_survives_a_change_of_process_at_every_step() -> None:
    """The engine is closed and opened again after each handler call; nothing is lost, nothing done twice."""
    steps = {
        "outer": Parallel(branches=("a", "e"), to=("f",), line=1, digest="o"),  # type: ignore[arg-type]
        "a": a_task("a", "inner", gives=["av"]),
        "inner": Parallel(branches=("b", "c"), to=("d",), line=2, digest="i"),  # type: ignore[arg-type]
        "b": a_task("b", takes=["av"], gives=["bv"]),
        "c": a_task("c", takes=["av"], gives=["cv"]),
        "d": a_task("d", takes=["bv", "cv"], gives=["dv"]),
        "e": a_task("e", gives=["ev"]),
        "f": a_task("f", takes=["dv", "ev", "av"], gives=["fv"]),
    }
    flow = a_flow(steps, values_class(**{f"{n}v": int for n in "abcdef"}))
    world = World(flow, None)

    async def main() -> None:
        stop: list[Any] = []

        def stopping(value: Any) -> Any:
            def handler(**_: int) -> Any:
                stop[-1].crew.hold()
                return value

            return handler

        world.handlers = Calls(**{name: stopping(n) for n, name in enumerate("abcdef")})
        async with world.engine() as engine:
            id = (await engine.start(flow)).id
        for _ in range(10):
            async with world.engine() as engine:
                stop.append(engine)
                await engine._driver.execute(id)
        async with world.engine() as engine:
            view = await engine.view(id)
            assert view.status == "finished"
            assert view.values == {f"{name}v": n for n, name in enumerate("abcdef")}
        assert sorted(world.handlers.seen) == list("abcdef")

    go(main())


def test_a_finish_in_a_branch_ends_the_run_and_the_others() -> None:
    steps = {
        "group": Parallel(branches=("quick", "endless"), to=("after",), line=1, digest="g"),  # type: ignore[arg-type]
        "quick": a_task("quick", "end"),
        "end": Finish(line=2, digest="e", outcome="early"),
        "endless": a_task("endless"),
        "after": a_task("after"),
    }

    async def main() -> None:
        began, cancelled = asyncio.Event(), asyncio.Event()

        async def endless() -> None:
            began.set()
            try:
                await asyncio.Event().wait()
            finally:
                cancelled.set()

        world = World(a_flow(steps), Calls(quick=began.wait, endless=endless, after=lambda: None))
        async with world.engine(worker=True) as engine:
            started = await engine.start(world.flow)
            await started.result()
            assert (await started.view()).outcome == "early"
            assert cancelled.is_set()
            assert world.handlers.seen == ["quick", "endless"]

    go(main())


def test_a_branch_may_be_done_without_a_task() -> None:
    steps = {
        "group": Parallel(branches=("when", "work"), to=("after",), line=1, digest="g"),  # type: ignore[arg-type]
        "when": Decision(run=lambda _: DONE, to=(DONE,), line=2, digest="w"),
        "work": a_task("work"),
        "after": a_task("after"),
    }
    world = World(a_flow(steps), Calls(work=lambda: None, after=lambda: None))

    async def main() -> None:
        async with world.engine() as engine:
            await (await engine.start(world.flow)).result()
            assert world.handlers.seen == ["work", "after"]

    go(main())


RACE_IN_A_GROUP = """
@Together
    @Branch race
        @Together, first to finish wins
            @Branch quick
                @Then fail quickly
            @Branch slow
                @Then end slowly
        @End
    @Branch beside
        @Then work beside
@End
@Then go on
"""


@pytest.mark.parametrize("slow_fails", [False, True])
def test_a_group_around_a_failed_race_ends_with_the_last_of_its_attempts(slow_fails: bool) -> None:
    async def main() -> None:
        beside = asyncio.Event()

        async def work_beside() -> None:
            beside.set()

        async def end_slowly() -> None:
            await beside.wait()
            for _ in range(5):  # its end is saved by then
                await asyncio.sleep(0)
            if slow_fails:
                raise KeyError("slow")

        def fail_quickly() -> None:
            raise KeyError("quick")

        (flow,) = compiled(RACE_IN_A_GROUP)
        calls = Calls(fail_quickly=fail_quickly, end_slowly=end_slowly, work_beside=work_beside, go_on=lambda: None)
        async with World(flow, calls).engine(worker=True) as engine:
            with pytest.raises(RunFailed, match="quick"):
                await (await engine.start(flow)).result()
        assert "go_on" not in calls.seen

    go(main())
