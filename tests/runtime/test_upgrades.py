"""New code goes on with old runs; where it can't, the run is paused with the reason and nothing is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.compiled import compiled
from tests.runtime.operated import Place
from tests.runtime.support import Calls, World, a_flow, a_task, go, values_class
from wgen.runtime import DONE, OnEvent, Wait

if TYPE_CHECKING:
    from wgen.runtime import Flow


def two_tasks(*, more: str | None = None) -> Flow[Any, Any]:
    """A first task, a wait, and a second task, which is what the versions of the flow differ in."""
    steps = {
        "one": a_task("one", "wait", gives=["number"]),
        "wait": Wait(on=(OnEvent("news", "two"),), line=2, digest="w"),  # type: ignore[arg-type]
        "two": a_task("two", more or DONE, digest="2", takes=["number"]),
    }
    if more:
        steps[more] = a_task(more)
    return a_flow(steps, values_class(number=int, news=Any), events={"news": "news"})


CALLS: dict[str, Any] = {"one": lambda: 1, "two": lambda **_: None, "three": lambda: None}


def test_new_steps_behind_a_run_are_taken() -> None:
    async def main() -> None:
        world = World(two_tasks(), Calls(**CALLS))
        async with world.engine() as engine:
            id = (await engine.start(world.flow)).id
            await engine.drive(id)
        world.flow = two_tasks(more="three")
        async with world.engine() as engine:
            await engine.send(id, "news", 1)
            assert (await engine.view(id)).status == "finished"
            assert world.handlers.seen == ["one", "two", "three"]

    go(main())


@pytest.mark.parametrize(
    ("change", "type_", "words"),
    [
        ({"wait": "gone"}, "StepMissing", "no step 'wait'"),
        ({"wait": "changed"}, "StepChanged", "'wait'"),
        ({"number": list[str]}, "ValuesChanged", r"(number) does not fit its type any more"),
    ],
)
def test_a_run_that_does_not_fit_is_paused_and_nothing_is_lost(change: dict[str, Any], type_: str, words: str) -> None:
    async def main() -> None:
        world = World(two_tasks(), Calls(**CALLS))
        async with world.engine() as engine:
            id = (await engine.start(world.flow)).id
            before = await engine.drive(id)
        old = two_tasks()
        name, digest = {"gone": ("hold", "w"), "changed": ("wait", "w2")}.get(change.get("wait", ""), ("wait", "w"))
        steps: dict[Any, Any] = {
            "one": a_task("one", name, gives=["number"]),
            name: Wait(on=(OnEvent("news", "two"),), line=2, digest=digest),  # type: ignore[arg-type]
            "two": a_task("two", takes=["number"], digest="2"),
        }
        values = values_class(number=change.get("number", int), news=Any)
        world.flow = a_flow(steps, values, events=dict(old.events), digest="new")
        async with world.engine() as engine:
            await engine.send(id, "news", 1)
            view = await engine.view(id)
            assert (view.status, view.values, view.steps) == ("paused", before.values, ["wait"])
            assert view.error is not None
            assert view.error["type"] == type_
            assert words in view.error["message"]
            entry = (await engine.history(id))[-1]
            assert (entry.what, entry.reason) == ("run paused", view.error["message"])
            assert await engine.resume(id) is None  # nothing has changed, so it is paused again
            assert (await engine.view(id)).status == "paused"
        world.flow = old
        async with world.engine() as engine:  # the old code is back: the run goes on, the event is still there
            await engine.resume(id)
            view = await engine.view(id)
            assert (view.status, view.error) == ("finished", None)

    go(main())


def test_a_run_that_does_not_fit_can_be_cancelled_all_the_same() -> None:
    old = """
@Then book
@Undo cancel the booking
@Together
    @Branch left
        @Receive (news)
    @Branch right
        @Receive (other news)
@End
"""
    new = old.replace("@Receive (news)", "@Receive (tidings)").replace("@Receive (other news)", "@Wait 1 day")

    async def main() -> None:
        place = Place(old, "memory://")
        async with place.opened() as engine:
            run = (await engine.start(place.flows[0])).id
            await engine.drive(run)
        place.flows = compiled(new)
        async with place.opened() as engine:
            await engine.send(run, "tidings", 1)
            paused = await engine.view(run)
            assert (paused.status, paused.error and paused.error["type"]) == ("paused", "StepMissing")
            await engine.cancel(run)
            assert (await engine.view(run)).status == "cancelled"
            assert place.handlers.seen == ["book", "cancel_the_booking"]

    go(main())


def test_a_run_whose_step_changed_is_retried_by_the_flow_of_today() -> None:
    async def main() -> None:
        place = Place("@Then one\n@Receive (news)\n@Then act on (news)\n", "memory://")
        async with place.opened() as engine:
            run = (await engine.start(place.flows[0])).id
            await engine.drive(run)
        place.flows = compiled("@Then one\n@Receive (news), or fail after 1 hour\n@Then act on (news)\n")
        async with place.opened() as engine:
            await engine.send(run, "news", 1)
            paused = await engine.view(run)
            assert (paused.status, paused.error and paused.error["type"]) == ("paused", "StepChanged")
            assert "begins the step as the flow has it today" in str((await engine.why(run)).unblock)
            await engine.retry(run)
            assert (await engine.view(run)).status == "finished"

    go(main())
