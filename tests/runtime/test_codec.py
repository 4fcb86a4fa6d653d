"""Values: strict by their types, readable in the store, and the same before and after a crash."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple, TypedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from tests.runtime.support import Calls, World, a_flow, a_task, go, one_task, values_class
from wgen.errors import RunFailed, UsageError, ValueRejected
from wgen.runtime import Policy
from wgen.runtime.codec import Coder


class Money(BaseModel):
    amount: Decimal
    currency: str


class Price(Money):
    """A kind of Money with more to it."""

    taxed: bool = True


@dataclass
class Point:
    x: int
    y: float


class Pair(NamedTuple):
    a: int
    b: str


class Row(TypedDict):
    a: int


class Colour(Enum):
    RED = "red"


MONEY = Money(amount=Decimal("1.10"), currency="EUR")


@pytest.mark.parametrize(
    ("type_", "value", "text"),
    [
        (str, "ä\n", '"ä\\n"'),
        (int, 5, "5"),
        (float, 0.5, "0.5"),
        (bool, True, "true"),
        (bytes, b"\xff\x00", '"_wA="'),
        (Decimal, Decimal("1.10"), '"1.10"'),
        (date, date(2026, 1, 2), '"2026-01-02"'),
        (time, time(2, 30), '"02:30:00"'),
        (datetime, datetime(2026, 1, 2, tzinfo=UTC), '"2026-01-02T00:00:00Z"'),
        (timedelta, timedelta(hours=1), '"PT1H"'),
        (dict, {"a": [1]}, '{"a":[1]}'),
        (list[Money], [MONEY], '[{"amount":"1.10","currency":"EUR"}]'),
        (Money | None, None, "null"),
        (Money, MONEY, '{"amount":"1.10","currency":"EUR"}'),
        (Point, Point(1, 2.0), '{"x":1,"y":2.0}'),
        (Pair, Pair(1, "b"), '[1,"b"]'),
        (Row, {"a": 1}, '{"a":1}'),
        (list[Row] | None, [{"a": 1}], '[{"a":1}]'),
        (Colour, Colour.RED, '"red"'),
        (Any, [1, {"a": None}], '[1,{"a":null}]'),
        (Any, None, "null"),
    ],
)
def test_values_keep_their_type_through_readable_text(type_: Any, value: Any, text: str) -> None:
    coder = Coder("value", type_)
    kept, stored = coder.encode(value)
    assert stored.decode() == text
    assert kept == value
    assert coder.decode(stored) == value
    assert type(coder.decode(stored)) is type(value)


@pytest.mark.parametrize(
    ("type_", "value", "message"),
    [
        (int, "5", "str '5' came for (amount), which is int"),
        (int, 5.0, "float 5.0 came for (amount), which is int"),
        (int, True, "bool True came for (amount), which is int"),
        (str, 5, "int 5 came for (amount), which is str"),
        (date, "2026-01-02", "str '2026-01-02' came for (amount), which is date"),
        (int, None, "None came for (amount), which is int"),
        (Money, None, "None came for (amount), which is Money"),
        (Money, {"amount": "1"}, "dict came for (amount), which is Money: currency: Field required"),
        (Money, Point(1, 2.0), "Point came for (amount), which is Money"),
        (list[int], [1, "2"], "list came for (amount), which is list[int]: 1: Input should be a valid integer"),
        (Any, object(), "(amount) can't be stored: object has no JSON form"),
        (Any, {"a": object()}, "(amount) can't be stored: dict has no JSON form"),
        (Any, math.nan, "(amount) is nan, which JSON has no form for"),
        (Any, {"a": [math.inf]}, "(amount) holds Infinity, which JSON has no form for"),
        (float, math.nan, "(amount) holds NaN, which JSON has no form for"),
        (Point, Point(1, math.inf), "(amount)"),
        (Any, "\ud800", "(amount) can't be stored"),
    ],
)
def test_what_does_not_fit_is_rejected_in_words(type_: Any, value: Any, message: str) -> None:
    with pytest.raises(ValueRejected) as caught:
        Coder("amount", type_).encode(value)
    assert message in str(caught.value)


def test_a_type_that_nobody_can_store_is_refused_when_the_flow_is_registered() -> None:
    with pytest.raises(UsageError, match=r"\(amount\) has the type Coder, which can't be stored"):
        Coder("amount", Coder)


def test_a_circle_is_rejected() -> None:
    circle: list[Any] = []
    circle.append(circle)
    with pytest.raises(ValueRejected, match="can't be stored"):
        Coder("amount", Any).encode(circle)


class Aliased(BaseModel):
    item_id: int = Field(alias="itemId")


@pytest.mark.parametrize("type_", [list, list[Any]])
def test_models_in_a_list_of_anything_are_written_by_the_names_of_their_fields(type_: Any) -> None:
    assert Coder("x", type_).encode([Aliased(itemId=1)]) == ([{"item_id": 1}], b'[{"item_id":1}]')


def test_a_model_changed_into_nonsense_is_rejected_within_a_dict_too() -> None:
    with pytest.raises(ValueRejected, match=r"\(x\) can't be stored"):
        Coder("x", dict[str, Any]).encode({"money": Money.model_construct(amount="much", currency=5)})


def test_keys_that_are_no_text_become_text() -> None:
    assert Coder("x", dict[str, Any]).encode({1: b"abc"}) == ({"1": "abc"}, b'{"1":"abc"}')


@pytest.mark.parametrize("type_", [Any, dict, list, list[Any]])
def test_what_is_nested_too_deeply_to_be_read_back_is_rejected(type_: Any) -> None:
    deep: Any = {} if type_ is dict else []
    for _ in range(220):
        deep = {"a": deep} if type_ is dict else [deep]
    with pytest.raises(ValueRejected, match=r"\(x\) can't be stored"):
        Coder("x", type_).encode(deep)


def test_words_that_look_like_numbers_are_words() -> None:
    assert Coder("x", Any).encode({"a": "NaN, Infinity"})[0] == {"a": "NaN, Infinity"}


def test_the_run_goes_on_with_what_can_be_read_back() -> None:
    assert Coder("x", Money).encode(MONEY)[0] == MONEY
    assert type(Coder("x", Money).encode(Price(amount=Decimal(1), currency="EUR"))[0]) is Money
    assert Coder("x", Money).encode({"amount": "1.10", "currency": "EUR"})[0] == MONEY
    assert Coder("x", float).encode(5)[0].__class__ is float
    assert Coder("x", Any).encode((1, Point(1, 2.0)))[0] == [1, {"x": 1, "y": 2.0}]
    assert Coder("x", Any).encode({1: b"\xff"})[0] == {"1": "_w=="}


def test_a_model_changed_into_nonsense_is_rejected() -> None:
    broken = Money(amount=Decimal(1), currency="EUR")
    broken.currency = 5  # type: ignore[assignment]  # as a handler could
    with pytest.raises(ValueRejected, match="can't be written as Money"):
        Coder("x", Money).encode(broken)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_untyped_json_comes_back_as_it_went(value: Any) -> None:
    coder = Coder("x", Any)
    kept, text = coder.encode(value)
    assert kept == value
    assert coder.decode(text) == value
    assert coder.encode(kept)[1] == text


def test_a_rejected_value_fails_the_step_at_once_without_retries() -> None:
    world = World(one_task(Policy(retries=5, wait=1.0), answer=int), Calls(work=lambda: "5"))

    async def main() -> None:
        async with world.engine() as engine:
            started = await engine.start(world.flow)
            with pytest.raises(RunFailed) as caught:
                await started.result()
            assert (caught.value.type, caught.value.message) == (
                "ValueRejected",
                "str '5' came for (answer), which is int",
            )
            assert world.handlers.seen == ["work"]
            assert (await started.view()).values == {}

    go(main())


def test_a_step_sees_the_same_with_and_without_a_crash_in_between() -> None:
    seen: list[Any] = []
    flow = a_flow(
        {"one": a_task("one", "two", gives=["m", "p"]), "two": a_task("two", takes=["m", "p"])},
        values_class(m=Money, p=Any),
    )

    def two(**known: Any) -> None:
        seen.append(known)

    async def main(*, crash: bool) -> None:
        world = World(flow, Calls(one=lambda: (Price(amount=Decimal(2), currency="EUR"), (1, 2)), two=two))
        async with world.engine() as engine:
            started = await engine.start(flow)
            if crash:
                world.handlers.one = _stopping(world.handlers.one, engine)
                engine.register(flow, world.handlers)
                await engine.tick()
            await engine.drive(started.id)

    go(main(crash=False))
    go(main(crash=True))
    assert seen[0] == seen[1] == {"m": Money(amount=Decimal(2), currency="EUR"), "p": [1, 2]}
    assert {type(known["m"]) for known in seen} == {Money}


def _stopping(handler: Any, engine: Any) -> Any:
    async def stop_behind(**arguments: Any) -> Any:
        result = await handler(**arguments)
        engine.crew.hold()
        return result

    return stop_behind


@pytest.mark.parametrize("crash", [False, True])
def test_what_a_handler_does_to_its_inputs_stays_with_the_handler(*, crash: bool) -> None:
    """Neither an input that is changed in place nor a result that its maker changes later reaches the run."""
    made = {"n": 1}

    def change(*, value: dict[str, int]) -> None:
        value["n"] = 2
        made["n"] = 3

    steps = {
        "make": a_task("make", "change", gives=["value"]),
        "change": a_task("change", "show", takes=["value"]),
        "show": a_task("show", takes=["value"], gives=["seen"]),
    }
    flow = a_flow(steps, values_class(value=dict[str, int], seen=int))

    async def main() -> None:
        world = World(flow, Calls(make=lambda: made, change=change, show=lambda *, value: value["n"]))
        async with world.engine() as engine:
            started = await engine.start(flow)
            if crash:
                world.handlers.change = _stopping(world.handlers.change, engine)
                engine.register(flow, world.handlers)
                await engine.tick()
            view = await engine.drive(started.id)
            assert view.values == {"value": {"n": 1}, "seen": 1}

    go(main())
