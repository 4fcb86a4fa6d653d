"""Retries: when the next attempt is, and that nobody sleeps for it in memory."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

import pytest

from tests.runtime.support import Calls, World, go, one_task
from wgen.errors import ValueRejected
from wgen.runtime import Policy
from wgen.runtime.retrying import next_attempt


@pytest.mark.parametrize(
    ("policy", "waits"),
    [
        (Policy(retries=3, wait=2.0), [2, 2, 2]),
        (Policy(retries=3, wait=2.0, growth="linear"), [2, 4, 6]),
        (Policy(retries=4, wait=1.0, growth="exponential"), [1, 2, 4, 8]),
        (Policy(retries=4, wait=1.0, growth="exponential", cap=3.0), [1, 2, 3, 3]),
        (Policy(), []),
    ],
)
def test_the_waits_of_a_policy(policy: Policy, waits: list[float]) -> None:
    got = [next_attempt(policy, failed, 0.0, 0.0, OSError()) for failed in range(1, policy.retries + 2)]
    assert got == [*waits, None]


def test_jitter_draws_between_nothing_and_the_wait() -> None:
    policy = Policy(retries=1, wait=8.0, jitter=True)
    drawn = [next_attempt(policy, 1, 0.0, 0.0, OSError()) or 0.0 for _ in range(200)]
    assert 0 <= min(drawn) < 2
    assert 6 < max(drawn) <= 8


def test_no_retry_begins_behind_the_window() -> None:
    policy = Policy(retries=99, wait=10.0, window=25.0)
    assert next_attempt(policy, 1, 100.0, 115.0, OSError()) == 125.0
    assert next_attempt(policy, 2, 100.0, 116.0, OSError()) is None


def test_only_and_never_know_base_classes() -> None:
    assert next_attempt(Policy(retries=1, only=("OSError",)), 1, 0, 0, ConnectionResetError()) == 1
    assert next_attempt(Policy(retries=1, only=("OSError",)), 1, 0, 0, ValueError()) is None
    assert next_attempt(Policy(retries=1, never=("LookupError",)), 1, 0, 0, KeyError()) is None
    assert next_attempt(Policy(retries=1, never=("LookupError",)), 1, 0, 0, ValueError()) == 1


def test_a_rejected_value_is_not_tried_again() -> None:
    assert next_attempt(Policy(retries=9), 1, 0, 0, ValueRejected()) is None


def test_the_next_attempt_is_stored_and_survives_the_process() -> None:
    world = World(one_task(Policy(retries=2, wait=60.0)), None)
    times: list[float] = []

    async def work() -> str:
        times.append(world.clock.now())
        if len(times) < 3:
            raise ConnectionError("no line")
        return "done"

    world.handlers = Calls(work=work)

    async def main() -> None:
        begin = world.clock.now()
        async with world.engine() as engine:
            id = (await engine.start(world.flow)).id
            assert await engine.tick() == begin + 60
            view = await engine.view(id)
            assert (view.status, view.wake_at, view.steps) == ("waiting", begin + 60, ["work"])
            assert view.attempts == {"work": 1}
            failed = (await engine.history(id))[-1]
            assert (failed.what, failed.attempt, failed.reason) == (
                "attempt failed",
                1,
                "next attempt at 2026-01-01T00:01:00.000Z",
            )
        async with world.engine() as engine:
            await world.clock.move(59)
            assert await engine.tick() == begin + 60
            assert len(times) == 1
            await world.clock.move(1)
            assert await engine.tick() == begin + 120
            await world.clock.move(3600)  # a missed tick delays, never loses
            assert await engine.tick() is None
            view = await engine.view(id)
            assert (view.status, view.attempts, view.values) == ("finished", {"work": 3}, {"answer": "done"})
        assert times == [begin, begin + 60, begin + 3660]

    go(main())


def test_retries_used_up_fail_the_run_with_the_last_error() -> None:
    world = World(one_task(Policy(retries=2, wait=1.0)), None)
    count = 0

    def work() -> None:
        nonlocal count
        count += 1
        raise ValueError(count)

    world.handlers = Calls(work=work)

    async def main() -> None:
        async with world.engine() as engine:
            id = (await engine.start(world.flow)).id
            while await engine.tick() is not None:
                await world.clock.move(1)
            error = (await engine.view(id)).error
            assert error is not None
            assert (count, error["message"]) == (3, "3")
            whats = [entry.what for entry in await engine.history(id)]
            assert whats == ["run created", *["attempt failed"] * 3, "run failed"]

    go(main())


def test_a_waiting_retry_delays_no_other_run() -> None:
    world = World(one_task(Policy(retries=5, wait=1000.0), bad=bool), None)

    def work() -> int:
        if not good:
            raise OSError
        return 1

    good = False
    world.handlers = Calls(work=work)

    async def main() -> None:
        nonlocal good
        async with world.engine(worker=True, concurrency=1) as engine:
            failing = await engine.start(world.flow)
            await world.clock.settle()
            assert (await failing.view()).status == "waiting"
            good = True
            other = await engine.start(world.flow)
            await other.result()
            assert (await failing.view()).status == "waiting"
            await world.clock.move(1000)
            await failing.result()

    go(main())


def test_drive_sleeps_while_only_time_is_waited_for() -> None:
    world = World(one_task(Policy(retries=3, wait=30.0)), None)
    times: list[float] = []

    def work() -> None:
        times.append(world.clock.now())
        if len(times) < 4:
            raise OSError

    world.handlers = Calls(work=work)

    async def main() -> None:
        async with world.engine() as engine:
            id = (await engine.start(world.flow)).id
            assert (await engine.drive(id, wait=False)).status == "waiting"
            driving = asyncio.ensure_future(engine.drive(id))
            await world.clock.move(90)
            assert (await driving).status == "finished"
        assert [b - a for a, b in pairwise(times)] == [30, 30, 30]

    go(main())


@pytest.mark.parametrize(
    "raised", [SystemExit, KeyboardInterrupt, GeneratorExit, asyncio.CancelledError, StopIteration]
)
@pytest.mark.parametrize("kind", ["async", "def", "limited"])
def test_whatever_a_handler_raises_is_a_failed_attempt(raised: type[BaseException], kind: str) -> None:
    class Handlers:
        count = 0

        def work(self) -> Any:
            Handlers.count += 1
            if Handlers.count == 1:
                raise raised
            return "fine"

    class Async(Handlers):
        async def work(self) -> Any:
            return super().work()

    policy = Policy(retries=1, wait=0.0, timeout=5.0 if kind == "limited" else None)
    world = World(one_task(policy), Handlers() if kind == "def" else Async())

    async def main() -> None:
        async with world.engine() as engine:
            started = await engine.start(world.flow)
            await engine.drive(started.id)
            entries = await engine.history(started.id)
            assert [entry.what for entry in entries][1:] == ["attempt failed", "task finished", "run finished"]
            name = "RuntimeError" if raised is StopIteration else raised.__name__
            assert f'"type":"{name}"'.encode() in (entries[1].error or b"")

    go(main())
