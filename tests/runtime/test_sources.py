"""Sources are told of each wait for their events when it begins and when it ends, whatever ends it, whoever dies."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from tests.runtime.operated import Make, Place
from tests.runtime.support import go, until
from wgen.runtime import Engine, OpenWait

DOOR = """
@Flow guest
@Given (guest)
@Then greet (guest)
@Receive (ring) from door bell "front" where (ring - name) is (guest - name), or fail after 1 hour
@Finish with (ring)
"""


class Bell:
    """Notes what it is told; `fails` so many times, and `holds` its answer until it is let go."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        self.waits: list[OpenWait] = []
        self.fails = 0
        self.holds: asyncio.Event | None = None

    async def setup(self, wait: OpenWait) -> None:
        await self._hear("setup", wait)

    async def teardown(self, wait: OpenWait, handled: bool) -> None:
        await self._hear("handled" if handled else "not handled", wait)

    async def _hear(self, what: str, wait: OpenWait) -> None:
        self.waits.append(wait)
        self.told.append((what, wait.event))
        if self.fails:
            self.fails -= 1
            raise ConnectionError("nobody opens")
        if self.holds is not None:
            await self.holds.wait()


@asynccontextmanager
async def engine_of(place: Place, bell: object, *, worker: bool = False) -> AsyncIterator[Engine]:
    async with Engine(
        place.store, clock=place.clock, worker=worker, lease=10, grace=0, sources={"Door  bell": bell}  # type: ignore[dict-item]
    ) as engine:  # fmt: skip
        for flow in place.flows:
            engine.register(flow, place.handlers)
        yield engine


async def waiting(place: Place, engine: Engine, name: str = "Ada") -> str:
    run = (await engine.start(place.flows[0], guest={"name": name})).id
    assert (await engine.drive(run)).status == "waiting"
    return run


def test_a_source_is_told_what_is_waited_for(make: Make) -> None:
    async def main() -> None:
        place, bell = make(DOOR), Bell()
        async with place.opened(), engine_of(place, bell) as engine:
            now = place.clock.now()
            run = await waiting(place, engine)
            (wait,) = bell.waits
            assert wait == OpenWait(
                id=wait.id,
                run=run,
                flow="guest",
                step="receive_ring",
                event="ring",
                source="door bell",
                address="front",
                correlation={"name": "Ada"},
                since=now,
                until=now + 3600,
            )
            assert await engine.publish(wait.event, {"name": "Ada"}) == [run]
            assert (await engine.view(run)).status == "finished"
            assert bell.told == [("setup", "ring"), ("handled", "ring")]
            assert bell.waits == [wait, wait]

    go(main())


def test_an_event_that_is_sent_to_the_run_counts_as_well(make: Make) -> None:
    async def main() -> None:
        place, bell = make(DOOR), Bell()
        async with place.opened(), engine_of(place, bell) as engine:
            run = await waiting(place, engine)
            await engine.send(run, "ring", {"name": "Ada"})
            assert bell.told == [("setup", "ring"), ("handled", "ring")]

    go(main())


@pytest.mark.parametrize("ending", ["timeout", "cancel", "cancel by hand"])
def test_a_wait_that_ends_without_its_event(make: Make, ending: str) -> None:
    async def main() -> None:
        place, bell = make(DOOR), Bell()
        async with place.opened(), engine_of(place, bell) as engine:
            run = await waiting(place, engine)
            if ending == "timeout":
                await place.clock.move(3600)
            elif ending == "cancel":
                await engine.cancel(run)
            else:
                async with place.engine(bare=True) as other:
                    await other.cancel(run)
            await engine.tick()
            assert (await engine.view(run)).status in ("failed", "cancelled")
            assert bell.told == [("setup", "ring"), ("not handled", "ring")]

    go(main())


RACE = """
@Flow race
@Given (guest)
@Await the first
    @On (ring) from door bell "front"
        @Finish as "front"
    @On (knock) from door bell "back" where (knock - name) is (guest - name)
        @Finish as "back"
    @On (call) where (call - name) is (guest - name)
        @Finish as "call"
    @On timeout after 1 hour
        @Finish as "nobody"
@End
"""


@pytest.mark.parametrize(
    ("event", "ends"),
    [
        ("ring", {("handled", "ring"), ("not handled", "knock")}),
        ("knock", {("not handled", "ring"), ("handled", "knock")}),
        ("call", {("not handled", "ring"), ("not handled", "knock")}),
        (None, {("not handled", "ring"), ("not handled", "knock")}),
    ],
)
def test_waits_that_lose_a_race_are_told_so(make: Make, event: str | None, ends: set[tuple[str, str]]) -> None:
    async def main() -> None:
        place, bell = make(RACE), Bell()
        async with place.opened(), engine_of(place, bell) as engine:
            await waiting(place, engine)
            if event is None:
                await place.clock.move(3600)
                await engine.tick()
            else:
                await engine.publish(event, {"name": "Ada"})
            assert set(bell.told[:2]) == {("setup", "ring"), ("setup", "knock")}
            assert set(bell.told[2:]) == ends
            assert len(bell.told) == 4
            assert len({wait.id for wait in bell.waits}) == 2

    go(main())


BRANCHES = """
@Flow branches
@Given (guest)
@Together, first to succeed wins
    @Branch door
        @Receive (ring) from door bell "front"
    @Branch phone
        @Receive (call) where (call - name) is (guest - name)
@End
@Finish as "somebody"
"""


def test_a_branch_that_lost_waits_no_more(make: Make) -> None:
    async def main() -> None:
        place, bell = make(BRANCHES), Bell()
        async with place.opened(), engine_of(place, bell) as engine:
            run = await waiting(place, engine)
            await engine.publish("call", {"name": "Ada"})
            assert (await engine.view(run)).status == "finished"
            assert bell.told == [("setup", "ring"), ("not handled", "ring")]
            assert await engine.publish("ring", {}) == []

    go(main())


ROUNDS = """
@Flow rounds
@Repeat 2 times
    @Receive (ring) from door bell "front"
@End
"""


def test_each_round_is_a_wait_of_its_own(make: Make) -> None:
    async def main() -> None:
        place, bell = make(ROUNDS), Bell()
        async with place.opened(), engine_of(place, bell) as engine:
            run = (await engine.start(place.flows[0])).id
            await engine.drive(run)
            await engine.publish("ring", 1)
            await engine.publish("ring", 2)
            assert (await engine.view(run)).status == "finished"
            told = [(what, wait.id) for (what, _), wait in zip(bell.told, bell.waits, strict=True)]
            first, second = dict.fromkeys(wait.id for wait in bell.waits)
            assert [what for what, id in told if id == first] == ["setup", "handled"]
            assert [what for what, id in told if id == second] == ["setup", "handled"]

    go(main())


def test_a_retry_ends_the_waits_and_begins_them_anew(make: Make) -> None:
    async def main() -> None:
        place, bell = make(DOOR), Bell()
        async with place.opened(), engine_of(place, bell) as engine:
            run = await waiting(place, engine)
            await engine.pause(run)
            assert bell.told == [("setup", "ring")]
            await engine.retry(run, step="greet_guest")
            assert sorted(bell.told) == [("not handled", "ring"), ("setup", "ring"), ("setup", "ring")]
            assert len(await engine.publish("ring", {"name": "Ada"})) == 1
            assert bell.told[-1] == ("handled", "ring")

    go(main())


def test_an_early_event_ends_the_wait_at_once(make: Make) -> None:
    async def main() -> None:
        place, bell = make(DOOR), Bell()
        async with place.opened(), engine_of(place, bell) as engine:
            await engine.publish("ring", {"name": "Ada"})
            run = (await engine.start(place.flows[0], guest={"name": "Ada"})).id
            assert (await engine.drive(run)).status == "finished"
            assert bell.told == [("setup", "ring"), ("handled", "ring")]

    go(main())


# ---- when things fail ------------------------------------------------------------------------------------------------


def test_a_source_that_raises_is_told_again(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        place, bell = make(DOOR), Bell()
        async with place.opened(), engine_of(place, bell) as engine:
            bell.fails = 2
            run = await waiting(place, engine)
            assert "door bell could not be told that the wait" in caplog.text
            assert "ConnectionError: nobody opens" in caplog.text
            assert await engine.tick() == place.clock.now() + 1
            await place.clock.move(1)
            assert await engine.tick() == place.clock.now() + 2
            await place.clock.move(2)
            await engine.tick()
            assert bell.told == [("setup", "ring")] * 3
            bell.fails = 1
            await engine.publish("ring", {"name": "Ada"})
            assert (await engine.view(run)).status == "finished"
            await place.clock.move(1)
            await engine.tick()
            assert bell.told[3:] == [("handled", "ring")] * 2
            assert await engine.tick() is None

    go(main())


@pytest.mark.parametrize("error", [asyncio.CancelledError, SystemExit])
@pytest.mark.parametrize("plain", [False, True])
def test_a_source_may_raise_what_it_should_not(
    make: Make, caplog: pytest.LogCaptureFixture, error: type[BaseException], plain: bool
) -> None:
    class Odd(Bell):
        async def _hear(self, what: str, wait: OpenWait) -> None:
            self.told.append((what, wait.event))
            if len(self.told) == 1:
                raise error

    class Plain(Odd):
        def setup(self, wait: OpenWait) -> None:  # type: ignore[override]
            asyncio.run(self._hear("setup", wait))

    async def main() -> None:
        place, bell = make(DOOR), Plain() if plain else Odd()
        async with place.opened(), engine_of(place, bell) as engine:
            await waiting(place, engine)
            assert f"is told again in 1 seconds: {error.__name__}" in caplog.text
            assert await engine.tick() == place.clock.now() + 1
            await place.clock.move(1)
            await engine.tick()
            assert bell.told == [("setup", "ring")] * 2

    go(main())


def test_a_source_of_plain_functions_stops_nobody_else(make: Make) -> None:
    class Patient(Bell):
        def __init__(self) -> None:
            super().__init__()
            self.heard = threading.Event()

        def setup(self, wait: OpenWait) -> None:  # type: ignore[override]
            self.told.append(("setup" if self.heard.wait(2) else "alone", wait.event))

    async def main() -> None:
        place, bell = make(DOOR), Patient()
        async with place.opened(), engine_of(place, bell) as engine:
            asyncio.get_running_loop().call_later(0.01, bell.heard.set)
            await waiting(place, engine)
        assert bell.told == [("setup", "ring")]

    go(main())


def test_an_engine_closes_on_a_source_that_does_not_let_itself_be_cancelled(make: Make) -> None:
    class Deaf(Bell):
        lets_go = False

        async def _hear(self, what: str, wait: OpenWait) -> None:  # noqa: ARG002
            while not self.lets_go:
                with suppress(asyncio.CancelledError):
                    await asyncio.sleep(0.1)

    async def main() -> None:
        place, bell = make(DOOR), Deaf()
        async with place.opened():
            late = asyncio.get_running_loop().call_later(5, setattr, bell, "lets_go", True)
            async with engine_of(place, bell, worker=True) as engine:
                await engine.start(place.flows[0], guest={"name": "Ada"})
                await until(lambda: engine.sources.busy)
            assert not bell.lets_go
            late.cancel()
            bell.lets_go = True

    go(main())


def test_a_source_that_answers_too_late_is_told_again(make: Make) -> None:
    """A source that hangs keeps nobody but itself waiting; another engine tells it when its time is over."""

    async def main() -> None:
        place, bell, other_bell = make(DOOR), Bell(), Bell()
        async with place.opened(), engine_of(place, bell) as engine, engine_of(place, other_bell) as other:
            bell.holds = asyncio.Event()
            run = (await engine.start(place.flows[0], guest={"name": "Ada"})).id
            driving = asyncio.create_task(engine.drive(run))
            await until(lambda: bell.told)
            await other.tick()
            assert other_bell.told == []
            await other.publish("ring", {"name": "Ada"})
            assert (await other.view(run)).status == "finished"
            assert other_bell.told == []
            await place.clock.move(10)
            await other.tick()
            assert other_bell.told == [("setup", "ring"), ("handled", "ring")]
            bell.holds.set()
            assert (await driving).status == "finished"
            assert bell.told == [("setup", "ring")]

    go(main())


def test_what_a_dead_process_has_not_told_is_told_by_the_next(make: Make) -> None:
    """The wait began in a process that died before it told anybody."""

    async def main() -> None:
        place, dead, bell = make(DOOR), Bell(), Bell()
        async with place.opened():
            async with engine_of(place, dead) as engine:
                engine.sources.tell_all = _nothing  # type: ignore[method-assign]
                run = await waiting(place, engine)
            async with engine_of(place, bell) as engine:
                await engine.tick()
                assert bell.told == [("setup", "ring")]
                engine.sources.tell_all = _nothing  # type: ignore[method-assign]
                await engine.publish("ring", {"name": "Ada"})
                assert (await engine.view(run)).status == "finished"
                assert len(bell.told) == 1
            async with engine_of(place, bell) as engine:
                await engine.tick()
                assert bell.told == [("setup", "ring"), ("handled", "ring")]
                await engine.tick()
                assert len(bell.told) == 2
            assert dead.told == []

    go(main())


async def _nothing() -> bool:
    return False


class Eager:
    """A source whose event is there as soon as somebody waits. Its methods are plain functions, but for one call."""

    def __init__(self) -> None:
        self.engine: Engine | None = None
        self.told: list[bool] = []

    async def setup(self, wait: OpenWait) -> None:
        assert self.engine is not None
        await self.engine.publish(wait.event, {"name": "Ada"}, id=wait.id)

    def teardown(self, _wait: OpenWait, handled: bool) -> None:
        self.told.append(handled)


@pytest.mark.parametrize("worker", [True, False])
def test_a_source_may_publish_while_it_is_told(make: Make, worker: bool) -> None:
    async def main() -> None:
        place, eager = make(DOOR), Eager()
        async with place.opened(), engine_of(place, eager, worker=worker) as engine:
            eager.engine = engine
            runs = [await engine.start(place.flows[0], guest={"name": "Ada"}) for _ in range(3)]
            for run in runs:
                assert await run.result() == {"name": "Ada"}
            while len(eager.told) < 3:
                await engine.sources.tell_all()
                await asyncio.sleep(0.001)
            assert eager.told == [True] * 3

    go(main())


def test_a_worker_until_idle_tells_sources_before_it_ends(make: Make) -> None:
    async def main() -> None:
        place, bell = make(DOOR), Bell()
        async with place.opened(), engine_of(place, bell) as engine:
            await engine.start(place.flows[0], guest={"name": "Ada"})
            await engine.worker.run_until_idle()
            assert bell.told == [("setup", "ring")]

    go(main())


def test_without_its_source_a_wait_is_met_by_whoever_sends(make: Make) -> None:
    """The words of a sentence need no source here: events may be published by any code."""

    async def main() -> None:
        place = make(DOOR)
        async with place.opened() as engine:
            run = await waiting(place, engine)
            assert await engine.publish("ring", {"name": "Ada"}) == [run]
            assert (await engine.view(run)).status == "finished"
        bell = Bell()
        async with place.opened(), engine_of(place, bell) as engine:
            await engine.tick()
            assert bell.told == []

    go(main())
