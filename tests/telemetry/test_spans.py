"""Spans of starts, events, stays of runs and attempts of tasks: how they hang together, and what they say."""

from __future__ import annotations

import asyncio

import pytest
from opentelemetry import baggage, context
from opentelemetry.trace import SpanKind, StatusCode, get_current_span

from tests.runtime.operated import BOOKED, BOOKING, PARENT, TAKEN_BACK, Make, booked, waiting_child
from tests.runtime.support import go, until
from tests.telemetry.recorded import Recorded, id_of, is_below, links, said, trace_of
from wgen.errors import EventRefused


def failed(span: object) -> bool:
    return getattr(span, "status").status_code is StatusCode.ERROR  # noqa: B009 - of any span


def test_a_run_is_a_trace_of_its_own_linked_to_its_start(make: Make, recorded: Recorded) -> None:
    async def main() -> None:
        place = make("@Flow shop\n@Then work\n@Then rest\n")
        async with place.opened(telemetry=recorded.telemetry) as engine:
            with recorded.tracer.start_as_current_span("request"):
                run = (await engine.start(place.flows[0])).id
            await engine.drive(run)
        assert recorded.names() == ["start shop", "request", "work", "rest", "run shop"]
        request, start, stay = (recorded.span(name) for name in ("request", "start shop", "run shop"))
        assert is_below(start, request)
        assert (start.kind, said(start, "flow", "run")) == (SpanKind.PRODUCER, ["shop", run])
        assert (stay.parent, links(stay), stay.kind) == (None, [id_of(start)], SpanKind.CONSUMER)
        assert trace_of(stay) != trace_of(request)
        assert (said(stay, "flow", "run", "status"), failed(stay)) == (["shop", run, "finished"], False)
        for name in ("work", "rest"):
            task = recorded.span(name)
            assert is_below(task, stay)
            assert said(task, "flow", "run", "step", "attempt", "iteration") == ["shop", run, name, 1, None]

    go(main())


def test_a_start_that_finds_an_open_run_names_that(make: Make, recorded: Recorded) -> None:
    async def main() -> None:
        place = make("@Then work\n@Receive (news)\n")
        async with place.opened(telemetry=recorded.telemetry) as engine:
            first = await engine.start(place.flows[0], key="k")
            await engine.start(place.flows[0], key="k")
            assert [said(span, "run") for span in recorded.spans()] == [[first.id], [first.id]]

    go(main())


def test_an_attempt_that_fails_says_why_and_the_next_is_a_stay_of_its_own(make: Make, recorded: Recorded) -> None:
    async def main() -> None:
        place = make("@Flow shop\n@Retry each task once\n@Retry wait period is 1 second\n@Then work\n")
        place.handlers.fails = {"work"}
        async with place.opened(telemetry=recorded.telemetry) as engine:
            run = (await engine.start(place.flows[0])).id
            await engine.drive(run, wait=False)
            await place.clock.move(1)
            await engine.tick()
            assert (await engine.view(run)).status == "failed"
        first, second = recorded.spans("work")
        stays = recorded.spans("run shop")
        assert [said(span, "attempt") for span in (first, second)] == [[1], [2]]
        assert [said(span, "status") for span in stays] == [["waiting"], ["failed"]]
        assert [failed(span) for span in (first, second, *stays)] == [True, True, False, True]
        assert is_below(first, stays[0])
        assert is_below(second, stays[1])
        assert trace_of(first) != trace_of(second)
        (raised,) = first.events
        assert raised.name == "exception"
        assert (raised.attributes or {})["exception.message"] == "work does not work"
        assert [(span.attributes or {})["error.type"] for span in (first, stays[1])] == ["LookupError", "LookupError"]

    go(main())


def test_undos_are_spans_that_say_so(make: Make, recorded: Recorded) -> None:
    async def main() -> None:
        place = make(BOOKING)
        async with place.opened(telemetry=recorded.telemetry) as engine:
            run = await booked(engine, place)
            await engine.cancel(run)
        tasks = [span for span in recorded.spans() if said(span, "step") != [None]]
        assert [span.name for span in tasks] == [*BOOKED, *TAKEN_BACK]
        assert [said(span, "undo") for span in tasks] == [[None], [None], [True], [True]]
        assert said(recorded.spans("run booking")[-1], "status") == ["cancelled"]

    go(main())


SIDE_BY_SIDE = "@Flow shop\n@Then work on left\n@And work on right\n@Then rest\n"


def test_attempts_side_by_side_are_below_the_stay_and_not_each_other(make: Make, recorded: Recorded) -> None:
    async def main() -> None:
        place = make(SIDE_BY_SIDE)
        left, right = asyncio.Event(), asyncio.Event()
        place.handlers.holds = {"work_on_left": left, "work_on_right": right}
        async with (
            place.opened(telemetry=recorded.telemetry),
            place.engine(worker=True, telemetry=recorded.telemetry) as engine,
        ):
            run = (await engine.start(place.flows[0])).id
            await until(lambda: len(place.handlers.seen) == 2)
            right.set()
            await until(lambda: recorded.spans("work_on_right"))
            left.set()
            await place.until(engine, run, "finished")
            await until(lambda: recorded.spans("run shop"))
        stay = recorded.span("run shop")
        tasks = [recorded.span(name) for name in ("work_on_left", "work_on_right", "rest")]
        assert [is_below(task, stay) for task in tasks] == [True] * 3

    go(main())


def test_rounds_of_a_loop_are_told_apart(make: Make, recorded: Recorded) -> None:
    async def main() -> None:
        place = make("@Given (items)\n@For each (item) in (items)\n    @Then pack (item)\n@End\n")
        async with place.opened(telemetry=recorded.telemetry) as engine:
            await engine.drive((await engine.start(place.flows[0], items=["a", "b"])).id)
        packed = recorded.spans("pack_item")
        assert sorted(said(span, "iteration") for span in packed) == [["1"], ["2"]]

    go(main())


def test_a_child_and_its_parent_are_linked_both_ways(make: Make, recorded: Recorded) -> None:
    async def main() -> None:
        place = make(PARENT)
        async with place.opened(telemetry=recorded.telemetry) as engine:
            run = (await engine.start(place.flows[0])).id
            await engine.drive(run)
            (child,) = [view.id for view in await engine.runs(children=True) if view.id != run]
            await engine.send(child, "news", 1)
            await engine.drive(run)
            assert (await engine.view(run)).status == "finished"
        start = recorded.span("start parent")
        first, last = recorded.spans("run parent")
        begun, ended = recorded.spans("run child")
        assert links(first) == [id_of(start)]
        assert links(begun) == [id_of(first)]
        assert links(ended) == [id_of(first), id_of(recorded.span("send news"))]
        assert links(last) == [id_of(start), id_of(ended)]

    go(main())


def test_a_child_that_is_cancelled_from_above_is_linked_to_who_said_so(make: Make, recorded: Recorded) -> None:
    async def main() -> None:
        place = make(PARENT)
        async with place.opened(telemetry=recorded.telemetry) as engine:
            run, child = await waiting_child(engine, place)
            await engine.cancel(run)
            await engine.tick()
            assert (await engine.view(child)).status == "cancelled"
        told, undone = recorded.spans("run parent")[1], recorded.spans("run child")[1]
        assert id_of(told) in links(undone)
        assert is_below(recorded.span("take_back"), undone)

    go(main())


def test_what_ends_a_wait_is_linked_to_who_has_sent_it(make: Make, recorded: Recorded) -> None:
    async def main() -> None:
        place = make("@Flow shop\n@Then work\n@Receive (news)\n@Then rest\n")
        async with place.opened(telemetry=recorded.telemetry) as engine, place.engine(bare=True) as silent:
            run = (await engine.start(place.flows[0])).id
            await engine.drive(run)
            with recorded.tracer.start_as_current_span("webhook"):
                await engine.send(run, "news", 1)
            assert (await silent.view(run)).status == "finished"
        send, woken = recorded.span("send news"), recorded.spans("run shop")[-1]
        assert is_below(send, recorded.span("webhook"))
        assert (send.kind, said(send, "flow", "run", "event")) == (SpanKind.PRODUCER, ["shop", run, "news"])
        assert links(woken) == [id_of(recorded.span("start shop")), id_of(send)]
        assert (woken.links[1].attributes or {})["wgen.event"] == "news"
        assert is_below(recorded.span("rest"), woken)

    go(main())


def test_an_event_that_comes_while_branches_are_at_work(make: Make, recorded: Recorded) -> None:
    """It is read in the sender's own context; what it lets go on is the run's all the same."""
    text = """
@Flow shop
@Together
    @Branch long
        @Then take long
    @Branch short
        @Receive (news)
        @Then go on
@End
"""

    async def main() -> None:
        place = make(text)
        long = place.handlers.holds["take_long"] = asyncio.Event()
        async with place.opened(), place.engine(worker=True, telemetry=recorded.telemetry) as engine:
            run = (await engine.start(place.flows[0])).id
            await until(lambda: place.handlers.seen)
            with recorded.tracer.start_as_current_span("webhook"):
                await engine.send(run, "news", 1)
                await until(lambda: recorded.spans("go_on"))
            long.set()
            await place.until(engine, run, "finished")
            await until(lambda: recorded.spans("run shop"))
        stay = recorded.span("run shop")
        assert is_below(recorded.span("go_on"), stay)
        assert links(stay) == [id_of(recorded.span("start shop")), id_of(recorded.span("send news"))]

    go(main())


@pytest.mark.parametrize("early", [False, True], ids=["for a run that waits", "before the run waits"])
def test_what_a_published_event_lets_go_on_is_linked_to_it(make: Make, recorded: Recorded, *, early: bool) -> None:
    async def main() -> None:
        place = make("@Flow shop\n@Given (order) as int\n@Receive (news) as dict where (news - order) is (order)\n")
        async with place.opened(telemetry=recorded.telemetry) as engine:
            if early:
                await engine.publish("news", {"order": 1})
            run = (await engine.start(place.flows[0], order=1)).id
            await engine.drive(run)
            if not early:
                assert await engine.publish("news", {"order": 1}) == [run]
            assert (await engine.view(run)).status == "finished"
        published = recorded.span("publish news")
        assert said(published, "flow", "event") == ["shop", "news"]
        assert id_of(published) in links(recorded.spans("run shop")[-1])

    go(main())


def test_a_refused_event_is_not_sent(make: Make, recorded: Recorded) -> None:
    async def main() -> None:
        place = make("@Then work\n@Receive (news)\n")
        async with place.opened(telemetry=recorded.telemetry) as engine:
            run = (await engine.start(place.flows[0])).id
            with pytest.raises(EventRefused):
                await engine.send(run, "other", 1)
            await engine.cancel(run)
            with pytest.raises(EventRefused):
                await engine.send(run, "news", 1)
        assert recorded.names() == ["start written", "send news"]

    go(main())


def test_a_flow_that_another_starts_is_linked_to_it(make: Make, recorded: Recorded) -> None:
    text = """
@Flow pay
@Then take
@Status "paid"

@Flow ship
@Start when flow (pay) reaches "paid"
@Then pack
"""

    async def main() -> None:
        place = make(text)
        async with place.opened(telemetry=recorded.telemetry) as engine:
            await engine.tick()
            await engine.start(place.flows[0])
            await engine.tick()
            await engine.tick()
        assert links(recorded.span("run ship")) == [id_of(recorded.span("run pay"))]
        assert recorded.counts("wgen.runs.started") == {("pay",): 1, ("ship",): 1}

    go(main())


LIMITED = "@Flow shop\n@Timeout each task after 1 second\n@Then work\n"


def test_an_attempt_that_takes_too_long_has_failed(make: Make, recorded: Recorded) -> None:
    async def main() -> None:
        place = make(LIMITED)
        place.handlers.holds["work"] = asyncio.Event()
        async with place.opened(), place.engine(worker=True, telemetry=recorded.telemetry) as engine:
            run = (await engine.start(place.flows[0])).id
            await until(lambda: place.handlers.seen)
            await place.clock.move(1)
            await place.until(engine, run, "failed")
        work = recorded.span("work")
        assert (failed(work), (work.attributes or {})["error.type"]) == (True, "TaskTimeout")

    go(main())


def test_an_attempt_that_is_stopped_has_not_failed(make: Make, recorded: Recorded) -> None:
    async def main() -> None:
        place = make("@Flow shop\n@Then work\n")
        place.handlers.holds["work"] = asyncio.Event()
        async with place.opened(), place.engine(worker=True, telemetry=recorded.telemetry) as engine:
            run = (await engine.start(place.flows[0])).id
            await until(lambda: place.handlers.seen)
            await engine.cancel(run)
            await place.until(engine, run, "cancelled")
            await until(lambda: recorded.spans("run shop"))
        work, stay = recorded.span("work"), recorded.span("run shop")
        assert (failed(work), failed(stay), said(stay, "status")) == (False, False, ["cancelled"])

    go(main())


@pytest.mark.parametrize("is_async", [True, False])
@pytest.mark.parametrize("limit", ["", "@Timeout each task after 1 second\n"])
def test_spans_of_handlers_are_below_their_attempt(is_async: bool, limit: str, recorded: Recorded, make: Make) -> None:
    class Handlers:
        def _work(self) -> None:
            with recorded.tracer.start_as_current_span("query"):
                assert baggage.get_baggage("tenant") == "acme"

        async def begin(self) -> None:
            self._work()

        def work(self) -> None:
            self._work()

    async def main() -> None:
        step = "begin" if is_async else "work"
        place = make(f"@Flow shop\n{limit}@Then {step}\n", Handlers())
        async with place.opened(telemetry=recorded.telemetry) as engine:
            token = context.attach(baggage.set_baggage("tenant", "acme"))
            run = (await engine.start(place.flows[0])).id
            context.detach(token)
            await engine.drive(run)
            assert (await engine.view(run)).status == "finished"
        assert is_below(recorded.span("query"), recorded.span(step))

    go(main())


def test_nothing_stays_behind_in_the_callers_context(make: Make, recorded: Recorded) -> None:
    async def main() -> None:
        place = make(SIDE_BY_SIDE)
        async with place.opened(telemetry=recorded.telemetry) as engine:
            await engine.drive((await engine.start(place.flows[0])).id)
            assert not get_current_span().get_span_context().is_valid
        assert recorded.telemetry._stays == {}

    go(main())


def test_the_context_of_a_start_survives_the_process(make: Make, recorded: Recorded) -> None:
    async def main() -> None:
        place, later = make("@Flow shop\n@Then work\n"), Recorded()
        async with place.opened(telemetry=recorded.telemetry) as engine:
            run = (await engine.start(place.flows[0])).id
        await place.store.open()
        async with place.engine(telemetry=later.telemetry) as engine:
            await engine.drive(run)
        await place.store.close()
        assert links(later.span("run shop")) == [id_of(recorded.span("start shop"))]

    go(main())


def test_a_run_that_begins_in_the_callers_task_is_a_root_all_the_same(make: Make, recorded: Recorded) -> None:
    async def main() -> None:
        place = make("@Flow shop\n@Then work\n")
        async with place.opened(), place.engine(worker=True, telemetry=recorded.telemetry) as engine:
            with recorded.tracer.start_as_current_span("request"):
                started = await engine.start(place.flows[0])
                await started.result()
            await until(lambda: recorded.spans("run shop"))
        assert recorded.span("run shop").parent is None

    go(main())
