"""What a test may demand of a simulated run, and what it is told where that is not so."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.compiled import compiled
from wgen.errors import EventRefused, UsageError
from wgen.testing import SimulatedRun, simulate

TRIP = compiled("""
@Flow trip
@Given (who) as str
@Retry each task once
@Retry wait period is one minute
@Then book a flight for (who) giving (flight) as int
@Undo cancel the (flight)
@Then book a room for (who) giving (room) as int
@Undo cancel the (room)
@Status "booked"
@Receive (mood) as str, or fail after 2 days
@When (mood) is "gloomy"
    @Fail because "no fun"
@End
@Finish with (who) as "away"
""")[0]
HANDLERS = {"book_a_flight_for_who": 1, "cancel_the_flight": None, "book_a_room_for_who": 2, "cancel_the_room": None}


def trip(mood: str | None = "sunny", **handlers: object) -> SimulatedRun:
    events = {} if mood is None else {"mood": mood}
    return simulate(
        TRIP,
        {**HANDLERS, **handlers},
        inputs={"who": "Ada"},
        events=events,
        until="waiting" if mood is None else None,
    )


def test_all_that_holds_can_be_demanded_in_one_go() -> None:
    run = trip().finished("Ada", outcome="away").reached("booked").called("book_a_room_for_who", times=1, who="Ada")
    run.called("cancel_the_room", times=0).undid()
    assert run.words == ["booked"]
    assert (run.result, run.view.outcome, run.undone) == ("Ada", "away", [])
    assert run.stands == '"trip" has finished as "away"'
    assert [str(entry.what) for entry in run.history][::7] == ["run created", "run finished"]


def test_what_was_undone() -> None:
    run = trip("gloomy").failed().failed("FlowFailed").failed(match="^no fun$")
    run.undid("book_a_room_for_who", "book_a_flight_for_who").undid("book_a_flight_for_who")
    assert run.undone == ["book_a_room_for_who", "book_a_flight_for_who"]


def test_an_undo_that_failed_is_none() -> None:
    run = trip("gloomy", cancel_the_room=OSError("closed")).failed("FlowFailed").called("cancel_the_room", times=2)
    assert run.undone == ["book_a_flight_for_who"]


def test_each_attempt_is_a_call() -> None:
    run = trip(book_a_room_for_who=OSError("closed")).failed("OSError").called("book_a_room_for_who", times=2)
    assert [call.attempt for call in run.calls if call.handler == "book_a_room_for_who"] == [1, 2]
    assert len({call.key for call in run.calls if call.handler == "book_a_room_for_who"}) == 1
    assert "0:01:00  attempt failed  book_a_room_for_who    attempt 2, OSError: closed" in str(run)


def test_results_are_the_same_when_their_json_is() -> None:
    @dataclass
    class Person:
        name: str

    flow = compiled("@Flow who\n@Then ask giving (person)\n@Then greet (person)\n@Finish with (person)\n")[0]
    run = simulate(flow, {"ask": Person("Ada"), "greet_person": None})
    run.finished({"name": "Ada"}).finished(Person("Ada")).called("greet_person", person=Person("Ada"))
    with pytest.raises(AssertionError, match=r"its result is \{'name': 'Ada'\}"):
        run.finished(Person("Bo"))
    with pytest.raises(AssertionError, match="to finish with <object"):
        run.finished(object())


@pytest.mark.parametrize(
    ("demand", "said"),
    [
        (lambda: trip("gloomy").finished(), 'the run to finish\n\n"trip" has failed: FlowFailed: no fun (line 13)\n\n'),
        (lambda: trip().finished("Bo"), "the run to finish with 'Bo'\nbut its result is 'Ada'\n\n"),
        (lambda: trip().finished(outcome="home"), "the run to finish as 'home'\nbut its outcome is 'away'\n\n"),
        (lambda: trip().failed(), 'the run to fail\n\n"trip" has finished as "away"\n\n'),
        (lambda: trip("gloomy").failed("OSError"), 'the run to fail with OSError\n\n"trip" has failed: FlowFailed'),
        (lambda: trip("gloomy").failed(match="rain"), "the run to fail with a message like 'rain'\n\n"),
        (lambda: trip().waits_for("mood"), "the run to wait for (mood)\n\n"),
        (lambda: trip(None).finished(), '"trip" waits for (mood) until 2026-01-03T00:00:00.000Z\n\n'),
        (
            lambda: trip(book_a_flight_for_who=OSError()).reached("booked"),
            'reach "booked"\nbut it reached no status\n\n',
        ),
        (
            lambda: trip().called("book_a_room_for_who", times=2),
            "the run to call book_a_room_for_who() 2 times\nbut it was called:\n  book_a_room_for_who(who='Ada')\n\n",
        ),
        (
            lambda: trip().called("book_a_room_for_who", who="Bo"),
            "call book_a_room_for_who(who='Bo')\nbut it was called:\n  book_a_room_for_who(who='Ada')\n\n",
        ),
        (lambda: trip().called("cancel_the_room"), "the run to call cancel_the_room()\nbut it was never called\n\n"),
        (lambda: trip().undid("book_a_room_for_who"), "undo book_a_room_for_who\nbut undone were: none\n\n"),
        (
            lambda: trip("gloomy").undid("book_a_flight_for_who", "book_a_room_for_who"),
            "but undone were: book_a_room_for_who, book_a_flight_for_who\n\n",
        ),
    ],
)
def test_what_does_not_hold_is_told_with_the_history(demand: Callable[[], object], said: str) -> None:
    with pytest.raises(AssertionError) as caught:
        demand()
    told = str(caught.value)
    assert told.startswith("expected the run to ")
    assert said in told
    assert re.search(r"^after +what +step\n0:00:00  run created\n", told, re.MULTILINE)


def test_names_that_are_none_of_the_flow_are_refused() -> None:
    with pytest.raises(UsageError, match="did you mean 'book_a_room_for_who'"):
        trip().called("book_room_for_who", times=0)
    with pytest.raises(
        UsageError, match="no task with an @Undo; there are: book_a_flight_for_who, book_a_room_for_who"
    ):
        trip().undid("cancel_the_room")
    with pytest.raises(EventRefused, match="waits for: mood"):
        trip(None).waits_for("weather")
    with pytest.raises(AssertionError, match='no run of "shop" has started; there are runs of "trip"'):
        trip().run_of("shop")
