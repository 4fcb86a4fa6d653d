"""Counters and histograms: what each counts, in which unit, and that only what is committed counts."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.compiled import compiled
from tests.runtime.operated import BOOKING, PARENT, Make, Noting, booked, waiting_child
from tests.runtime.support import go
from tests.telemetry.recorded import Recorded
from wgen.runtime import Engine, transaction
from wgen.stores.sqlite import SqliteStore


def test_starts_and_ends_by_status(make: Make, recorded: Recorded) -> None:
    async def main() -> None:
        place = make("@Flow shop\n@Then work\n@Receive (news)\n")
        async with place.opened(telemetry=recorded.telemetry) as engine:
            runs = [(await engine.start(place.flows[0], key=key)).id for key in ("a", "b", "c", "a")]
            for run in runs[:2]:
                await engine.drive(run)
            await engine.send(runs[0], "news", 1)
            await engine.pause(runs[1])  # nobody executes it
            await engine.cancel(runs[1])
            place.handlers.fails = {"work"}
            await engine.drive(runs[2])
        assert recorded.counts("wgen.runs.started") == {("shop",): 3}
        assert recorded.counts("wgen.runs.paused") == {("shop",): 1}
        ends = {("shop", status): 1 for status in ("finished", "failed", "cancelled")}
        assert recorded.counts("wgen.runs.ended") == ends

    go(main())


def test_children_count_too(make: Make, recorded: Recorded) -> None:
    async def main() -> None:
        place = make(PARENT)
        async with place.opened(telemetry=recorded.telemetry) as engine:
            run, child = await waiting_child(engine, place)
            await engine.send(child, "news", 1)
            await engine.drive(run)
        assert recorded.counts("wgen.runs.started") == {("parent",): 1, ("child",): 1}
        assert recorded.counts("wgen.runs.ended") == {("parent", "finished"): 1, ("child", "finished"): 1}

    go(main())


def test_attempts_take_time_and_are_repeated(make: Make, recorded: Recorded) -> None:
    text = "@Flow shop\n@Retry each task two times\n@Retry wait period is 1 second\n@Then work\n@Then rest\n"

    async def main() -> None:
        place = make(text)
        place.handlers.fails = {"work"}
        async with place.opened(telemetry=recorded.telemetry) as engine:
            run = (await engine.start(place.flows[0])).id
            await engine.drive(run, wait=False)
            await place.clock.move(1)
            await engine.tick()
            place.handlers.fails.clear()
            await place.clock.move(1)
            await engine.tick()
            assert (await engine.view(run)).status == "finished"
        # the values of error.type, wgen.flow and wgen.step
        assert {at: count for at, (count, _) in recorded.measured("wgen.task.duration").items()} == {
            ("LookupError", "shop", "work"): 2,
            ("shop", "work"): 1,
            ("shop", "rest"): 1,
        }
        assert recorded.counts("wgen.task.retries") == {("shop", "work"): 2}

    go(main())


def test_the_last_attempt_is_no_retry(make: Make, recorded: Recorded) -> None:
    async def main() -> None:
        place = make("@Flow shop\n@Then work\n")
        place.handlers.fails = {"work"}
        async with place.opened(telemetry=recorded.telemetry) as engine:
            await engine.drive((await engine.start(place.flows[0])).id)
        assert recorded.counts("wgen.task.retries") == {}

    go(main())


def test_durations_are_those_of_the_history(make: Make, recorded: Recorded) -> None:
    async def main() -> None:
        place = make("@Flow shop\n@Then work\n")
        held = place.handlers.holds["work"] = asyncio.Event()
        async with place.opened(), place.engine(worker=True, telemetry=recorded.telemetry) as engine:
            run = (await engine.start(place.flows[0])).id
            await place.clock.move(2.5)
            held.set()
            await place.until(engine, run, "finished")
        assert recorded.measured("wgen.task.duration") == {("shop", "work"): (1, 2.5)}

    go(main())


def test_the_lag_is_from_when_a_run_was_due_to_its_claim(
    make: Make, recorded: Recorded, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        place = make("@Flow shop\n@Then work\n@Wait 1 minute\n@Then rest\n")
        async with place.opened(telemetry=recorded.telemetry) as engine:
            run = (await engine.start(place.flows[0])).id
            await place.clock.move(3)
            await engine.tick()
            assert recorded.measured("wgen.run.lag") == {("shop",): (1, 3.0)}
            await place.clock.move(30)
            await engine.drive(run, wait=False)  # before its time
            assert recorded.measured("wgen.run.lag") == {("shop",): (1, 3.0)}
            assert "non-negative" not in caplog.text
            await place.clock.move(35)
            await engine.tick()
            assert (await engine.view(run)).status == "finished"
        assert recorded.measured("wgen.run.lag") == {("shop",): (2, 8.0)}

    go(main())


def test_a_run_that_begins_at_once_has_no_lag(make: Make, recorded: Recorded) -> None:
    async def main() -> None:
        place = make("@Flow shop\n@Then work\n")
        async with place.opened(), place.engine(worker=True, telemetry=recorded.telemetry) as engine:
            await place.until(engine, (await engine.start(place.flows[0])).id, "finished")
        assert recorded.measured("wgen.run.lag") == {("shop",): (1, 0.0)}

    go(main())


@pytest.mark.parametrize("open_first", [True, False])
def test_commits_tell_how_many_writes_share_them(open_first: bool, tmp_path: Path, recorded: Recorded) -> None:
    async def main() -> None:
        (flow,) = compiled("@Flow shop\n@Then work\n")
        store = SqliteStore(f"sqlite:///{tmp_path}/runs.db")
        if open_first:
            await store.open()
        engine = Engine(store, worker=False, telemetry=recorded.telemetry)
        if not open_first:
            await store.open()
        engine.register(flow, Noting())
        async with engine:
            before = recorded.measured("wgen.store.commit.size").get((), (0, 0))
            await asyncio.gather(*[engine.start(flow) for _ in range(5)])
            commits, writes = recorded.measured("wgen.store.commit.size")[()]
            assert (commits - before[0], writes - before[1]) == (2, 6)  # the flow's definition, then the five together
            (seconds,) = [total for _, total in recorded.measured("wgen.store.commit.duration").values()]
            assert 0 < seconds < 5
        await store.close()

    go(main())


def test_a_commit_with_a_tasks_own_writes_counts(tmp_path: Path, recorded: Recorded) -> None:
    class Handlers:
        async def work(self) -> None:
            self.before = recorded.measured("wgen.store.commit.size")[()]
            async with transaction() as db:
                db.execute("CREATE TABLE theirs (x)")

    async def main() -> None:
        (flow,) = compiled("@Flow shop\n@Then work\n")
        handlers = Handlers()
        async with Engine(f"sqlite:///{tmp_path}/x.db", worker=False, telemetry=recorded.telemetry) as engine:
            engine.register(flow, handlers)
            await engine.drive((await engine.start(flow)).id)
            commits, writes = recorded.measured("wgen.store.commit.size")[()]
            assert (commits - handlers.before[0], writes - handlers.before[1]) == (1, 1)

    go(main())


def test_names_and_units(make: Make, recorded: Recorded) -> None:
    async def main() -> None:
        place = make(BOOKING)
        async with place.opened(telemetry=recorded.telemetry) as engine:
            await engine.pause(await booked(engine, place))
        recorded.telemetry.wrote(1, 0.1)
        assert recorded.units() == {
            "wgen.runs.started": "{run}",
            "wgen.runs.paused": "{run}",
            "wgen.task.duration": "s",
            "wgen.run.lag": "s",
            "wgen.store.commit.size": "{write}",
            "wgen.store.commit.duration": "s",
        }

    go(main())
