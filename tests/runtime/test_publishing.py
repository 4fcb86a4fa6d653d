"""Events that come without a run's id: whom they find, what becomes of them when there is nobody, and the races."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.compiled import compiled
from tests.runtime.operated import Make, Noting, Place, whats
from tests.runtime.support import go
from tests.stores.older import take_back
from wgen.errors import EventRefused, InputError, NoSuchRun, UsageError
from wgen.runtime import Engine, Unmatched

LOAN = """
@Flow loan
@Given (loan)
@Then check (loan)
@Receive (decision) where (decision - loan id) is (loan - id)
@Finish with (decision)
"""
DAY = 86400.0


async def waiting(engine: Engine, place: Place, *ids: Any) -> list[str]:
    """Runs for loans of these ids, where they wait."""
    runs = [(await engine.start(place.flows[0], loan={"id": id})).id for id in ids]
    await engine.tick()
    return runs


def with_place(make: Make, text: str, body: Callable[[Place, Engine], Awaitable[None]]) -> None:
    async def main() -> None:
        place = make(text)
        async with place.opened() as engine:
            await body(place, engine)

    go(main())


def test_an_event_finds_the_run_that_it_is_meant_for(make: Make) -> None:
    async def body(place: Place, engine: Engine) -> None:
        runs = await waiting(engine, place, 16, 17, 18)
        assert await engine.publish("Decision", {"loan id": 17, "granted": True}) == [runs[1]]
        assert [(await engine.view(run)).status for run in runs] == ["waiting", "finished", "waiting"]
        assert (await engine.view(runs[1])).result == {"loan id": 17, "granted": True}
        assert (await whats(engine, runs[1]))[-3:] == ["event received", "event delivered", "run finished"]
        assert await engine.unmatched() == []

    with_place(make, LOAN, body)


def test_all_runs_that_wait_get_it(make: Make) -> None:
    async def body(place: Place, engine: Engine) -> None:
        runs = await waiting(engine, place, 17, "17", 17.0, 18)
        assert await engine.publish("decision", {"loan id": 17}) == [runs[0], runs[2]]

    with_place(make, LOAN, body)


def test_an_event_that_comes_too_early_is_kept_for_the_run(make: Make) -> None:
    async def body(place: Place, engine: Engine) -> None:
        assert await engine.publish("decision", {"loan id": 17, "n": 1}) == []
        assert await engine.publish("decision", {"loan id": 17, "n": 2}) == []
        assert await engine.unmatched() == [Unmatched("loan", "decision", 2, 0)]
        run = (await engine.start(place.flows[0], loan={"id": 17})).id
        assert (await engine.drive(run)).result == {"loan id": 17, "n": 1}
        other = (await engine.start(place.flows[0], loan={"id": 17})).id
        assert (await engine.drive(other)).result == {"loan id": 17, "n": 2}
        assert await engine.unmatched() == []

    with_place(make, LOAN, body)


ROUNDS = """
@Flow rounds
@Given (loan)
@Repeat 3 times
    @Receive (decision) where (decision - loan id) is (loan - id)
    @Then note (decision)
@End
"""


def test_each_round_takes_one(make: Make) -> None:
    async def body(place: Place, engine: Engine) -> None:
        seen: list[int] = []
        place.handlers.gives["note_decision"] = lambda decision: seen.append(decision["n"])
        for number in range(2):
            await engine.publish("decision", {"loan id": 17, "n": number})
        run = (await engine.start(place.flows[0], loan={"id": 17})).id
        assert (await engine.drive(run)).status == "waiting"
        assert await engine.publish("decision", {"loan id": 17, "n": 2}) == [run]
        assert (await engine.view(run)).status == "finished"
        assert seen == [0, 1, 2]

    with_place(make, ROUNDS, body)


def test_a_redelivery_is_not_taken_twice(make: Make) -> None:
    async def body(place: Place, engine: Engine) -> None:
        seen: list[int] = []
        place.handlers.gives["note_decision"] = lambda decision: seen.append(decision["n"])
        run = (await engine.start(place.flows[0], loan={"id": 17})).id
        await engine.publish("decision", {"loan id": 17, "n": 0}, id="offset 0")
        await engine.publish("decision", {"loan id": 17, "n": 0}, id="offset 0")  # it is kept
        await engine.drive(run)
        await engine.publish("decision", {"loan id": 17, "n": 0}, id="offset 0")  # it was taken
        await engine.send(run, "decision", {"loan id": 17, "n": 0}, id="offset 0")
        assert await engine.publish("decision", {"loan id": 17, "n": 1}, id="offset 1") == [run]
        assert await engine.publish("decision", {"loan id": 17, "n": 1}, id="offset 1") == []
        await engine.publish("decision", {"loan id": 17, "n": 2}, id="offset 2")
        assert (await engine.view(run)).status == "finished"
        assert seen == [0, 1, 2]
        assert await engine.unmatched() == []

    with_place(make, ROUNDS, body)


@pytest.mark.parametrize("name", [None, 17, b"decision"])
def test_the_name_of_an_event_is_text(make: Make, name: Any) -> None:
    async def body(place: Place, engine: Engine) -> None:
        (run,) = await waiting(engine, place, 17)
        async with place.engine(bare=True) as other:
            for call in (engine.publish(name), engine.send(run, name), other.send(run, name)):
                with pytest.raises(EventRefused, match=f"is to be text, not {type(name).__name__}"):
                    await call

    with_place(make, LOAN, body)


def test_a_status_that_no_run_has_is_refused(make: Make) -> None:
    async def body(place: Place, engine: Engine) -> None:
        assert place.flows
        with pytest.raises(InputError, match="no run is 'done'; a run is one of pending, running"):
            await engine.runs(status="done")

    with_place(make, LOAN, body)


@pytest.mark.parametrize(("id", "reason"), [("\ud800", "half of a character"), (17, "text, not int")])
def test_a_name_that_no_store_can_keep_is_refused(make: Make, id: Any, reason: str) -> None:
    async def body(place: Place, engine: Engine) -> None:
        (run,) = await waiting(engine, place, 17)
        event = {"loan id": 17}
        for call in (engine.publish("decision", event, id=id), engine.send(run, "decision", event, id=id)):
            with pytest.raises(EventRefused, match=reason):
                await call
        with pytest.raises(InputError, match=reason):
            await engine.start(place.flows[0], key=id, loan={"id": 18})
        with pytest.raises(InputError, match=reason):
            await engine.pause(run, reason=id)
        with pytest.raises(NoSuchRun):
            await engine.view(id)
        for name in ("key", "flow", "word"):
            with pytest.raises(InputError, match=f"the {name} of the runs to look for .*{reason}"):
                await engine.runs(**{name: id})
        assert [(view.id, view.status) for view in await engine.runs()] == [(run, "waiting")]

    with_place(make, LOAN, body)


def test_what_nobody_waits_for_is_dropped_after_its_time_and_counted(
    make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    async def body(place: Place, engine: Engine) -> None:
        await engine.publish("decision", {"loan id": 1}, id="a")
        await place.clock.move(DAY - 1)
        await engine.publish("decision", {"loan id": 2}, id="b")
        assert await engine.tick() == place.clock.now() + 1
        await place.clock.move(1)
        await engine.tick()
        assert await engine.unmatched() == [Unmatched("loan", "decision", 1, 1)]
        assert 'dropped 1 event (decision) for "loan"' in caplog.text
        run = (await engine.start(place.flows[0], loan={"id": 1})).id
        assert (await engine.drive(run)).status == "waiting"

    with_place(make, LOAN, body)


def test_an_idle_worker_drops_it_by_itself(make: Make) -> None:
    async def main() -> None:
        place = make(LOAN)
        async with place.opened():
            engine = Engine(place.store, clock=place.clock, unmatched=60.0)
            engine.register(place.flows[0], place.handlers)
            async with engine:
                await engine.publish("decision", {"loan id": 1})
                await place.clock.move(61)
                for _ in range(100):
                    await asyncio.sleep(0.002)  # what a thread does takes real time
                    if (await engine.unmatched())[0].dropped:
                        break
                assert await engine.unmatched() == [Unmatched("loan", "decision", 0, 1)]

    go(main())


def test_a_paused_run_keeps_what_is_meant_for_it(make: Make) -> None:
    async def body(place: Place, engine: Engine) -> None:
        (run,) = await waiting(engine, place, 17)
        await engine.pause(run)
        assert await engine.publish("decision", {"loan id": 17}) == [run]
        assert (await engine.view(run)).status == "paused"
        await engine.resume(run)
        assert (await engine.view(run)).status == "finished"

    with_place(make, LOAN, body)


def test_a_wait_is_found_by_the_value_that_an_operator_has_set(make: Make) -> None:
    async def body(place: Place, engine: Engine) -> None:
        (run,) = await waiting(engine, place, 17)
        await engine.pause(run)
        await engine.set(run, "loan", {"id": 18})
        assert await engine.publish("decision", {"loan id": 18, "granted": "early"}) == []
        await engine.set(run, "loan", {"id": 19})
        await engine.resume(run)
        assert (await engine.view(run)).waiting_for[0]["correlation"] == {"loan_id": 19}
        assert await engine.publish("decision", {"loan id": 17}) == []
        assert await engine.publish("decision", {"loan id": 19}) == [run]
        assert (await engine.view(run)).status == "finished"

    with_place(make, LOAN, body)


def test_a_kept_event_is_received_behind_the_beginning_of_its_wait(make: Make) -> None:
    async def body(place: Place, engine: Engine) -> None:
        await engine.publish("decision", {"loan id": 17})
        (run,) = await waiting(engine, place, 17)
        told = ["run created", "task finished", "wait began", "event received", "event delivered", "run finished"]
        assert await whats(engine, run) == told

    with_place(make, LOAN, body)


def test_a_run_that_ended_gets_nothing_any_more(make: Make) -> None:
    async def body(place: Place, engine: Engine) -> None:
        (run,) = await waiting(engine, place, 17)
        await engine.cancel(run)
        assert await engine.publish("decision", {"loan id": 17}) == []
        assert await engine.unmatched() == [Unmatched("loan", "decision", 1, 0)]

    with_place(make, LOAN, body)


BY_CODE = """
@Flow range
@Given (loan)
@Receive (decision) where (decision - amount) is at least (loan - amount) or (decision - all) is true
@Finish with (decision)
"""


def test_a_condition_that_only_the_code_can_tell(make: Make) -> None:
    async def body(place: Place, engine: Engine) -> None:
        await engine.publish("decision", {"amount": 5, "all": False})
        runs = [(await engine.start(place.flows[0], loan={"amount": amount})).id for amount in (10, 20, 30)]
        await engine.tick()
        assert await engine.publish("decision", {"amount": 15, "all": False}) == [runs[0]]
        assert await engine.publish("decision", {"amount": 15, "all": False}) == []
        assert await engine.publish("decision", {"amount": 0, "all": True}) == runs[1:]
        assert await engine.publish("decision", {"amount": "many", "all": False}) == []
        last = (await engine.start(place.flows[0], loan={"amount": 2})).id
        assert (await engine.drive(last)).result == {"amount": 5, "all": False}

    with_place(make, BY_CODE, body)


AWAIT = """
@Flow first
@Given (loan)
@Await the first
    @On (decision) where (decision - loan id) is (loan - id)
        @Finish with (decision)
    @On (withdrawal) where (withdrawal - loan id) is (loan - id)
        @Finish as "withdrawn"
    @On timeout after 1 hour
        @Receive (decision) where (decision - second id) is (loan - id)
@End
"""


def test_what_a_run_does_not_wait_for_any_more_does_not_find_it(make: Make) -> None:
    async def body(place: Place, engine: Engine) -> None:
        one, other = await waiting(engine, place, 1, 2)
        assert await engine.publish("withdrawal", {"loan id": 1}) == [one]
        assert await engine.publish("decision", {"loan id": 1}) == []
        await place.clock.move(3600)
        await engine.tick()
        assert await engine.publish("decision", {"loan id": 2}) == []
        assert await engine.publish("decision", {"second id": 2}) == [other]
        assert (await engine.view(other)).status == "finished"

    with_place(make, AWAIT, body)


TWO = """
@Flow loan
@Given (loan)
@Receive (decision) as int where (decision) is (loan)
@Finish with (decision)

@Flow hiring
@Given (name)
@Receive (decision) as str where (decision) is (name)
@Finish with (decision)

@Flow plain
@Receive (approval)
@Finish with (approval)

@Flow mixed
@Given (name)
@Receive (decision) as str where (decision) is (name)
@Receive (note)
"""


def test_an_event_goes_to_the_flows_that_can_take_it(make: Make) -> None:
    async def body(place: Place, engine: Engine) -> None:
        loan = (await engine.start(place.flows[0], loan=7)).id
        hiring = (await engine.start(place.flows[1], name="Ada")).id
        mixed = (await engine.start(place.flows[3], name="Ada")).id
        await engine.tick()
        assert await engine.publish("decision", 7) == [loan]
        assert await engine.publish("decision", "Ada", flow="hiring") == [hiring]
        assert await engine.publish("decision", "Ada") == [mixed]
        assert await engine.unmatched() == [Unmatched("hiring", "decision", 1, 0)]
        for event, payload, words in (
            ("decision", 7.5, 'the payload does not fit "loan": .*; the payload does not fit "hiring": '),
            ("approval", 1, r'"plain" waits for \(approval\) without `where` and without a source'),
            ("note", 1, r'"mixed" waits for \(note\) without `where`'),
            ("decison", 1, 'no flow .* waits for an event "decison"; they wait for: decision'),
        ):
            with pytest.raises(EventRefused, match=words):
                await engine.publish(event, payload)
        with pytest.raises(UsageError, match='the flow "lone" is not registered'):
            await engine.publish("decision", 7, flow="lone")

    with_place(make, TWO, body)


def test_runs_that_waited_before_events_found_them_are_found(tmp_path: Path) -> None:
    """A store of the schema before, with a run that waits."""

    async def main() -> None:
        place = Place(LOAN, f"sqlite:///{tmp_path}/runs.db")
        async with place.opened() as engine:
            runs = await waiting(engine, place, 17, 18)
        take_back(tmp_path / "runs.db", 2)
        again = Place(LOAN, f"sqlite:///{tmp_path}/runs.db")
        async with again.opened() as engine:
            assert await engine.publish("decision", {"loan id": 17}) == [runs[0]]
            assert (await engine.view(runs[0])).status == "finished"
            assert (await engine.view(runs[1])).status == "waiting"

    go(main())


def test_a_run_that_does_not_fit_today_keeps_what_its_fields_tell(make: Make) -> None:
    async def main() -> None:
        place = make(LOAN)
        async with place.opened() as engine:
            (run,) = await waiting(engine, place, 17)
            changed = LOAN.replace(" is (loan - id)", ' is (loan - id) and (decision - kind) is "final"')
            place.flows = compiled(changed)
            async with place.engine() as newer:
                assert await newer.publish("decision", {"loan id": 17}) == [run]
                assert (await newer.view(run)).status == "paused"
                await newer.retry(run)
                assert (await newer.view(run)).status == "waiting"
                assert await newer.publish("decision", {"loan id": 17, "kind": "final"}) == [run]
                assert (await newer.view(run)).status == "finished"

    go(main())


def test_only_the_run_that_is_meant_is_loaded(make: Make) -> None:
    async def body(place: Place, engine: Engine) -> None:
        await waiting(engine, place, *range(50))
        loaded: list[str] = []
        load = engine.store.load

        async def noting(id: str) -> Any:
            loaded.append(id)
            return await load(id)

        engine.store.load = noting  # type: ignore[method-assign]
        (run,) = await engine.publish("decision", {"loan id": 33})
        assert set(loaded) == {run}

    with_place(make, LOAN, body)


# ---- races -----------------------------------------------------------------------------------------------------------


class Box(Noting):
    """Counts what it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.noted: Counter[int] = Counter()

    async def note_decision(self, *, decision: Any) -> None:
        await asyncio.sleep(0)
        self.noted[decision["n"]] += 1


RACING = """
@Flow racing
@Given (loan)
@Repeat 20 times
    @Receive (decision) where (decision - loan id) is (loan - id)
    @Then note (decision)
@End
"""


@pytest.mark.parametrize("where", ["memory", "sqlite"])
@pytest.mark.parametrize("seed", range(3))
def test_waits_begin_while_events_arrive_and_none_is_lost(seed: int, where: str, tmp_path: Path) -> None:
    """Five runs take twenty events each, published twice each in any order, through three engines on one store."""

    async def main() -> None:
        chance, box = Random(seed), Box()
        place = Place(RACING, f"sqlite:///{tmp_path}/runs.db" if where == "sqlite" else "memory://", box)
        async with place.opened(), AsyncExitStack() as stack:
            engines = []
            for _ in range(3):
                store = place.store if where == "memory" else f"sqlite:///{tmp_path}/runs.db"
                engine = await stack.enter_async_context(Engine(store, lease=5))
                engine.register(place.flows[0], box)
                engines.append(engine)
            runs = [await chance.choice(engines).start(place.flows[0], loan={"id": id}) for id in range(5)]
            numbers = [*range(100), *range(100)]
            chance.shuffle(numbers)

            async def publish(number: int) -> None:
                await asyncio.sleep(chance.random() * 0.2)
                event = {"loan id": number % 5, "n": number}
                await chance.choice(engines).publish("decision", event, id=f"event {number}")

            await asyncio.gather(*map(publish, numbers))
            async with asyncio.timeout(30):
                while not all([(await run.view()).ended for run in runs]):  # noqa: ASYNC110 - engines tell not each other
                    await asyncio.sleep(0.01)
            assert box.noted == Counter(range(100))
            assert await engines[0].unmatched() == []

    asyncio.run(main())
