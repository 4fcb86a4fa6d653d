"""What an event has to hold is read off a condition, and checked where the flow's code is not at hand."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from tests.runtime.operated import Make
from tests.runtime.support import go
from wgen.errors import EventRefused
from wgen.runtime.correlation import correlation_of, fits
from wgen.runtime.values import field

KNOWN = SimpleNamespace(id=17, name="Ada", part=UUID(int=1), size=2.5)


@pytest.mark.parametrize(
    ("where", "correlation"),
    [
        (lambda known, event: event.loan_id == known.id, {"loan_id": 17}),
        (lambda known, event: known.id == event.loan_id, {"loan_id": 17}),
        (lambda known, event: field(event, "decision - loan id") == known.id, {"loan_id": 17}),
        (lambda known, event: event["loan"]["id"] == known.name, {"loan - id": "Ada"}),
        (lambda known, event: event.part == known.part, {"part": "00000000-0000-0000-0000-000000000001"}),
        (lambda known, event: event.a == known.id and event.b == known.name, {"a": 17, "b": "Ada"}),
        (lambda known, event: event.a == known.id or event.b == known.name, None),
        (lambda known, event: event.a == known.id and (event.b == 1 or event.c == 2), None),
        (lambda known, event: event.a != known.id, None),
        (lambda known, event: event.a > known.id, None),
        (lambda known, event: event.a in ("x", known.name), None),
        (lambda known, event: event.a == known.size, None),
        (lambda known, event: known.id == 17 or event.a == 1, None),
        (lambda known, event: known.nothing == event.a, None),
        (None, None),
    ],
)
def test_what_a_condition_asks_for(where: Callable[[Any, Any], bool] | None, correlation: Any) -> None:
    assert correlation_of(where, KNOWN) == correlation


@pytest.mark.parametrize(
    ("payload", "does"),
    [
        ({"loan id": 17}, True),
        ({"loanId": 17}, True),
        ({"loan_id": 18}, False),
        ({}, False),
        (None, False),
        (17, False),
    ],
)
def test_a_payload_fits(payload: Any, does: bool) -> None:
    assert fits({"loan_id": 17}, payload) is does


def test_a_sender_without_the_code_is_refused_too(make: Make) -> None:
    text = """
@Given (loan)
@Receive (decision) where (decision - loan id) is (loan - id)
@Then act on (decision)
"""

    async def main() -> None:
        place = make(text)
        async with place.opened() as engine, place.engine(bare=True) as other:
            run = (await engine.start(place.flows[0], loan={"id": 17})).id
            await other.send(run, "decision", {"loan id": 18}, id="early")  # nobody waits yet: it is kept
            await engine.drive(run)
            view = await engine.view(run)
            assert [wait["correlation"] for wait in view.waiting_for] == [{"loan_id": 17}]
            for sender in (engine, other):
                with pytest.raises(EventRefused, match=r"\(decision\) is not meant for the run"):
                    await sender.send(run, "decision", {"loan id": 18})
            await other.send(run, "decision", {"loan id": 17})
            await engine.drive(run)
            assert (await engine.view(run)).status == "finished"

    go(main())
