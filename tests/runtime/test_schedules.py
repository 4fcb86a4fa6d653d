"""Flows that the calendar starts: slots, daylight saving, missed slots, overlaps, several engines."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.runtime.support import Calls, World, a_flow, a_task, go, one_task, sequence, values_class
from wgen.errors import UsageError
from wgen.runtime import Engine, Every, Input
from wgen.runtime.schedule import Schedule
from wgen.stores.sqlite import SqliteStore
from wgen.testing.clock import HandClock

BERLIN = ZoneInfo("Europe/Berlin")
QUARTERS = Every("every 15 minutes", seconds=900.0)
DAILY = Every('every day at 09:00 in "Europe/Berlin"', cron="0 9 * * *", zone="Europe/Berlin")


def at(text: str, zone: ZoneInfo = BERLIN) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()


def berlin(cron: str) -> Schedule:
    return Schedule("flow", Every(f"on schedule {cron}", cron=cron, zone="Europe/Berlin"))


def slots(schedule: Schedule, since: str, number: int) -> list[str]:
    """The next slots, as clocks in Berlin show them, with the distance to UTC."""
    found = schedule.slots(at(since))
    return [datetime.fromtimestamp(next(found), BERLIN).isoformat() for _ in range(number)]


# ---- slots -----------------------------------------------------------------------------------------------------------


def test_intervals_begin_where_clocks_begin_them() -> None:
    schedule = Schedule("flow", QUARTERS)
    assert slots(schedule, "2026-11-20T10:07", 2) == ["2026-11-20T10:15:00+01:00", "2026-11-20T10:30:00+01:00"]
    assert slots(schedule, "2026-11-20T10:15", 1) == ["2026-11-20T10:30:00+01:00"]
    weekly = Schedule("flow", Every("every week", seconds=604800.0))
    assert slots(weekly, "2026-11-20T10:00", 1) == ["2026-11-23T01:00:00+01:00"]  # Monday, in UTC


def test_intervals_that_are_no_round_number_come_one_by_one() -> None:
    schedule = Schedule("flow", Every("every 100 milliseconds", seconds=0.1))
    found = schedule.slots(1_767_225_600.05)
    first = [next(found) for _ in range(20)]
    assert first == sorted(set(first))
    assert first[0] == schedule.after(1_767_225_600.05)
    assert all(schedule.after(one) == following for one, following in pairwise(first))


def test_a_slot_in_the_hour_that_is_skipped_comes_once_and_right_after_the_change() -> None:
    assert slots(berlin("30 2 * * *"), "2026-03-28T12:00", 3) == [
        "2026-03-29T03:00:00+02:00",
        "2026-03-30T02:30:00+02:00",
        "2026-03-31T02:30:00+02:00",
    ]


def test_a_slot_in_the_hour_that_comes_twice_comes_once() -> None:
    assert slots(berlin("30 2 * * *"), "2026-10-24T12:00", 2) == [
        "2026-10-25T02:30:00+02:00",
        "2026-10-26T02:30:00+01:00",
    ]


@pytest.mark.parametrize("minute", ["02:10", "02:40"])
def test_who_looks_in_the_second_of_two_equal_hours_finds_no_slot_of_the_first(minute: str) -> None:
    second = datetime.fromisoformat(f"2026-10-25T{minute}").replace(tzinfo=BERLIN, fold=1).timestamp()
    assert berlin("30 2 * * *").after(second) == at("2026-10-26T02:30")


def test_slots_in_one_skipped_hour_are_one() -> None:
    assert slots(berlin("0,30 2 * * *"), "2026-03-28T12:00", 2) == [
        "2026-03-29T03:00:00+02:00",
        "2026-03-30T02:00:00+02:00",
    ]


def test_the_next_slot_after_a_slot_is_another_one_all_year_round() -> None:
    for cron in ("30 2 * * *", "*/20 * * * *", "0,30 1-3 * * 0"):
        schedule = berlin(cron)
        found = schedule.slots(at("2026-01-01T00:00"))
        some = [next(found) for _ in range(200)]
        assert some == sorted(set(some))
        assert [schedule.after(slot) for slot in some[:-1]] == some[1:]


def test_the_latest_slot_is_found_however_long_ago_it_was() -> None:
    schedule = berlin("0 9 1 1 *")
    now = at("2026-11-20T10:00")
    due = schedule.due(at("2020-06-01T00:00"), now)
    assert due is not None
    assert due.at == at("2026-01-01T09:00")
    assert schedule.due(due.at, now) is None


@pytest.mark.parametrize(
    ("every", "said"),
    [
        (Every("on schedule", cron="61 * * * *"), "no cron line"),
        (Every("on schedule", cron="* * *"), "no cron line"),
        (Every("on schedule", cron="0 9 30 2 *"), "no cron line"),
        (Every("every day", cron="0 9 * * *", zone="Europe/Berlni"), "knows no time zone 'Europe/Berlni'"),
        (Every("every 0 seconds", seconds=0.0), "longer than none"),
    ],
)
def test_what_is_no_schedule_is_refused_with_its_flow(every: Every, said: str) -> None:
    world = World(one_task(), Calls(work=lambda: 1))
    world.flow = one_task_with(every)
    with pytest.raises(UsageError, match=f'"flow" can\'t start .*{said}'):
        world.engine()


# ---- starting --------------------------------------------------------------------------------------------------------


def one_task_with(*triggers: Every) -> Any:
    return a_flow({"work": a_task("work")}, triggers=triggers)


class Work:
    """A handler that is done when the test says so."""

    def __init__(self) -> None:
        self.begun: list[float] = []
        self.gate = asyncio.Event()
        self.clock: HandClock | None = None

    async def work(self) -> None:
        assert self.clock is not None
        self.begun.append(self.clock.now())
        await self.gate.wait()


def times(begun: list[float]) -> list[str]:
    return [datetime.fromtimestamp(moment, BERLIN).strftime("%d %H:%M") for moment in begun]


async def at_rest(clock: HandClock, engine: Engine) -> None:
    """Lets engines on a file look at it and commit, which they do by the real clock, until all runs have ended."""
    await asyncio.sleep(0.03)
    await clock.settle()
    while not all(run.ended for run in await engine.runs()):  # noqa: ASYNC110 - several engines
        await asyncio.sleep(0.01)


def world_at(moment: str, *triggers: Every) -> tuple[World, Work]:
    work = Work()
    world = World(one_task_with(*triggers), work, worker=True)
    world.clock = work.clock = HandClock(at(moment))
    work.gate.set()
    return world, work


def test_a_worker_starts_each_slot_at_its_time() -> None:
    world, work = world_at("2026-11-20T10:07", QUARTERS)

    async def main() -> None:
        async with world.engine() as engine:
            await world.clock.move(3600)
            runs = await engine.runs()
            assert [run.key for run in runs][::3] == [
                "every 15 minutes 2026-11-20T10:00:00.000Z",
                "every 15 minutes 2026-11-20T09:15:00.000Z",
            ]
            assert [str(run.status) for run in runs] == ["finished"] * 4

    go(main())
    assert times(work.begun) == ["20 10:15", "20 10:30", "20 10:45", "20 11:00"]


def test_days_are_those_of_the_zone_across_both_changes_of_the_clock() -> None:
    for begin, expected in (
        ("2026-03-28T08:00", ["28 09:00", "29 09:00", "30 09:00"]),
        ("2026-10-24T08:00", ["24 09:00", "25 09:00", "26 09:00"]),
    ):
        world, work = world_at(begin, DAILY)

        async def main(world: World = world) -> None:
            async with world.engine():
                await world.clock.move(60 * 3600)

        go(main())
        assert times(work.begun) == expected


def test_two_engines_start_a_slot_once(tmp_path: Path) -> None:
    world, work = world_at("2026-11-20T10:07", QUARTERS)

    async def main() -> None:
        url = f"sqlite:///{tmp_path}/runs.db"
        engines = [Engine(url, clock=world.clock, lease=1e6) for _ in range(3)]
        for engine in engines:
            engine.register(world.flow, work)
        async with engines[0], engines[1], engines[2]:
            for _ in range(10):
                await world.clock.move(300)
                await at_rest(world.clock, engines[0])
            assert len(await engines[0].runs()) == 3

    go(main())
    assert times(work.begun) == ["20 10:15", "20 10:30", "20 10:45"]


@pytest.mark.parametrize(("catching_up", "expected"), [(False, ["23 10:00"]), (True, ["23 10:00"] * 3)])
def test_missed_slots_are_made_up_for_once_or_one_by_one(
    catching_up: bool, expected: list[str], tmp_path: Path
) -> None:
    every = Every(DAILY.words, cron=DAILY.cron, zone=DAILY.zone, catching_up=catching_up)
    world, work = world_at("2026-11-20T10:00", every)

    async def at_work(store: SqliteStore) -> list[str | None]:
        await store.open()
        async with Engine(store, clock=world.clock, lease=1e6) as engine:
            engine.register(world.flow, work)
            await at_rest(world.clock, engine)
            keys = [run.key for run in await engine.runs()]
        await store.close()
        return keys

    async def main() -> None:
        assert await at_work(SqliteStore(f"sqlite:///{tmp_path}/runs.db")) == []  # a new schedule has no past
        await world.clock.move(3 * 86400)  # nobody is there
        keys = await at_work(SqliteStore(f"sqlite:///{tmp_path}/runs.db"))
        days = (23, 22, 21) if catching_up else (23,)
        assert keys == [f"{DAILY.words} 2026-11-{day}T08:00:00.000Z" for day in days]
        assert await at_work(SqliteStore(f"sqlite:///{tmp_path}/runs.db")) == keys  # none is started again

    go(main())
    assert times(work.begun) == expected


def overlapping(overlap: Any, **more: Any) -> tuple[World, Work]:
    world, work = world_at("2026-11-20T10:07", Every(QUARTERS.words, 900.0, overlap=overlap, **more))
    work.gate.clear()
    return world, work


def test_a_slot_is_skipped_while_a_run_of_the_schedule_is_open() -> None:
    world, work = overlapping("skipping")

    async def main() -> None:
        async with world.engine() as engine:
            await world.clock.move(2000)
            other = await engine.start(world.flow)  # asked for: no run of the schedule
            await world.clock.settle()
            assert len(work.begun) == 2
            work.gate.set()
            await other.result()
            await world.clock.move(900)

    go(main())
    assert times(work.begun) == ["20 10:15", "20 10:40", "20 10:45"]


def test_queued_slots_are_runs_that_wait_for_those_before_them() -> None:
    world, work = overlapping("queueing")

    async def main() -> None:
        async with world.engine() as engine:
            await world.clock.move(2000)
            runs = await engine.runs()
            assert [str(run.status) for run in runs] == ["pending", "running"]
            assert len(work.begun) == 1
            waiting = await engine.drive(runs[0].id, wait=False)
            assert waiting.status == "pending"  # whoever else wants to execute it
            work.gate.set()
            await world.clock.settle()
            assert [str(run.status) for run in await engine.runs()] == ["finished"] * 2
            await world.clock.move(900)

    go(main())
    assert times(work.begun) == ["20 10:15", "20 10:40", "20 10:45"]


def test_runs_overlap_where_that_is_allowed() -> None:
    world, work = overlapping("allowing")

    async def main() -> None:
        async with world.engine():
            await world.clock.move(2000)
            assert len(work.begun) == 2
            work.gate.set()

    go(main())
    assert times(work.begun) == ["20 10:15", "20 10:30"]


def test_slots_that_are_caught_up_come_one_after_the_other() -> None:
    world, work = overlapping("skipping", catching_up=True)

    async def main() -> None:
        async with world.engine():
            await world.clock.settle()
        await world.clock.move(2000)
        async with world.engine() as engine:
            await world.clock.settle()
            assert [str(run.status) for run in await engine.runs()] == ["pending", "running"]
            work.gate.set()
            await world.clock.settle()

    go(main())
    assert len(work.begun) == 2


def test_without_a_worker_tick_starts_what_is_due_and_tells_when_the_next_is() -> None:
    world, work = world_at("2026-11-20T10:07", QUARTERS)

    async def main() -> None:
        async with world.engine(worker=False) as engine:
            assert await engine.tick() == at("2026-11-20T10:15")
            await world.clock.move(480)
            assert work.begun == []
            assert await engine.tick() == at("2026-11-20T10:30")

    go(main())
    assert times(work.begun) == ["20 10:15"]


def test_until_idle_starts_what_is_due_and_does_not_wait_for_the_next_slot() -> None:
    world, work = world_at("2026-11-20T10:07", QUARTERS)

    async def main() -> None:
        async with world.engine(worker=False) as engine:
            assert (await engine.worker.run_until_idle()).finished == 0
            await world.clock.move(480)
            assert (await engine.worker.run_until_idle()).finished == 1

    go(main())
    assert len(work.begun) == 1


def test_inputs_have_their_defaults_and_a_missing_one_is_said(caplog: pytest.LogCaptureFixture) -> None:
    seen: list[int] = []
    steps = {"work": a_task("work", takes=["size"])}
    inputs = {"size": Input("size", default=3)}
    world = World(a_flow(steps, values_class(size=int), triggers=(QUARTERS,), inputs=inputs), None)
    world.handlers = Calls(work=lambda size: seen.append(size))  # noqa: PLW0108 - called by keyword

    async def main() -> None:
        async with world.engine(worker=True):
            await world.clock.move(1000)
        world.flow = a_flow(steps, values_class(size=int), triggers=(QUARTERS,), inputs={"size": Input("size")})
        async with world.engine(worker=True):
            await world.clock.move(1000)

    with caplog.at_level(logging.ERROR, "wgen"):
        go(main())
    assert seen == [3]
    assert '"flow" does not start every 15 minutes: inputs of "flow": (size) is missing' in caplog.text


def test_a_flow_registered_anew_has_the_schedules_of_the_new_one() -> None:
    world, work = world_at("2026-11-20T10:07", QUARTERS)

    async def main() -> None:
        async with world.engine() as engine:
            await world.clock.settle()
            engine.register(sequence("work"), work)
            await world.clock.move(3600)

    go(main())
    assert work.begun == []
