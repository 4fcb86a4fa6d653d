"""Inputs are checked as a whole: everything that is wrong is told, and nothing is stored."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.runtime.support import Calls, Input, World, a_flow, a_task, go, values_class
from wgen.errors import InputError, UsageError
from wgen.runtime import Engine

FLOW = a_flow(
    {"work": a_task("work", takes=["order_id", "limit", "due_date"])},
    values_class(order_id=str, limit=int, due_date=date),
    inputs={
        "order_id": Input("order id"),
        "limit": Input("limit", 100),
        "due_date": Input("due date", date(2026, 1, 1)),
    },
    key=lambda known: known.order_id,
)


async def started(**options: Any) -> dict[str, Any]:
    world = World(FLOW, Calls(work=lambda **_: None))
    async with world.engine() as engine:
        run = await engine.start(FLOW, **options)
        view = await run.view()
        return {**view.values, "key": view.key}


def test_defaults_are_filled_in_and_the_key_is_made() -> None:
    assert go(started(order_id="7")) == {"order_id": "7", "limit": 100, "due_date": "2026-01-01", "key": "7"}


def test_words_and_json_forms_are_taken() -> None:
    given = {"Order  ID": "7", "due date": "2026-05-01"}
    assert go(started(inputs=given, limit=3)) == {"order_id": "7", "limit": 3, "due_date": "2026-05-01", "key": "7"}


def test_the_callers_key_wins() -> None:
    assert go(started(order_id="7", key="k"))["key"] == "k"


def test_everything_wrong_is_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        go(started(limt=3, limit="3", due_date="soon"))
    text = str(caught.value)
    assert "there is no input 'limt'; did you mean 'limit'?" in text
    assert "(order id) is missing: give order_id=…" in text
    assert "str '3' came for (limit), which is int" in text
    assert "str 'soon' came for (due date), which is date" in text


def test_an_input_given_twice_is_refused() -> None:
    with pytest.raises(InputError, match="a second time"):
        go(started(inputs={"order id": "1", "order_id": "2"}))


def test_a_refused_start_stores_nothing() -> None:
    async def main() -> None:
        world = World(FLOW, Calls(work=lambda **_: None))
        async with world.engine() as engine:
            with pytest.raises(InputError):
                await engine.start(FLOW)
            assert await engine.runs() == []

    go(main())


def test_an_unregistered_flow_is_refused() -> None:
    async def main() -> None:
        async with Engine("memory://") as engine:
            with pytest.raises(UsageError, match="not registered"):
                await engine.start(FLOW, order_id="1")

    go(main())
