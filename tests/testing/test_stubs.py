"""A stub gives a value that fits the type, whatever that is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from pydantic import BaseModel, Field

from tests.runtime.support import a_flow, a_task, values_class
from wgen.errors import UsageError
from wgen.testing import simulate


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@dataclass
class Size:
    width: Annotated[int, Field(ge=3)]
    height: float


class Part(BaseModel):
    name: Annotated[str, Field(min_length=2)]
    size: Size
    colour: Colour
    parts: list[Part]
    note: str | None
    needed: Annotated[list[int], Field(min_length=2)]
    above: Annotated[int, Field(gt=4)]
    weight: Decimal = Decimal(7)


class Plate(BaseModel):
    number: Annotated[str, Field(pattern="^[A-Z]{2}-[0-9]+$")]


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        (int, 0),
        (float, 0.0),
        (str, ""),
        (bool, False),
        (Any, None),
        (int | None, None),
        (int | str, 0),
        (list[int], []),
        (tuple[int, str], (0, "")),
        (dict[str, int], {}),
        (Literal["a", "b"], "a"),
        (Literal["a"], "a"),
        (Colour, Colour.RED),
        (Decimal, Decimal(0)),
        (date, date(2026, 1, 1)),
        (datetime, datetime(2026, 1, 1, tzinfo=UTC)),
        (time, time(0, 0)),
        (timedelta, timedelta(0)),
        (UUID, UUID(int=0)),
        (Size, Size(3, 0)),
        (Part, Part(name="xx", size=Size(3, 0), colour=Colour.RED, parts=[], note=None, needed=[0, 0], above=5)),
    ],
)
def test_a_value_of_each_type(type_: Any, value: Any) -> None:
    flow = a_flow(
        {"make": a_task("make", "use", gives=["it"]), "use": a_task("use", takes=["it"])}, values_class(it=type_)
    )
    run = simulate(flow, {}, stub_missing=True).finished()
    assert run.calls[-1].arguments == {"it": value}


def test_what_can_not_be_made_up_is_told() -> None:
    flow = a_flow({"make": a_task("make", gives=["it"])}, values_class(it=Plate))
    with pytest.raises(UsageError, match=r"make needs a handler: a stub can't make up a value for \(it\)"):
        simulate(flow, {}, stub_missing=True)


def test_several_values_and_none() -> None:
    steps = {"make": a_task("make", "rest", gives=["a", "b"]), "rest": a_task("rest")}
    run = simulate(a_flow(steps, values_class(a=int, b=str)), {}, stub_missing=True).finished()
    assert [call.result for call in run.calls] == [(0, ""), None]


def test_stubs_stand_beside_what_is_there() -> None:
    class Half:
        def make(self) -> int:
            return 7

    flow = a_flow(
        {"make": a_task("make", "use", gives=["it"]), "use": a_task("use", takes=["it"])}, values_class(it=int)
    )
    simulate(flow, Half(), stub_missing=True).finished().called("use", it=7)
