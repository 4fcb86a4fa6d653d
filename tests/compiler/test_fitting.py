"""Which types fit: whatever the compiler refuses, the runtime refuses, too."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from wgen.compiler import ir
from wgen.compiler.fitting import can_be
from wgen.errors import ValueRejected
from wgen.runtime.codec import Coder

SAMPLES: dict[str, list[Any]] = {
    "str": ["x", "2026-01-01", "10:00", "P1D", "1.5"],
    "int": [5],
    "float": [2.5],
    "bool": [True],
    "bytes": [b"x"],
    "Decimal": [Decimal("1.5")],
    "date": [date(2026, 1, 1)],
    "time": [time(10)],
    "datetime": [datetime(2026, 1, 1)],  # noqa: DTZ001 - any will do
    "duration": [timedelta(days=1)],
    "dict": [{"a": 1}],
}
TYPES: dict[str, type[Any]] = {name: type(values[0]) for name, values in SAMPLES.items()}


@pytest.mark.parametrize("wanted", TYPES)
@pytest.mark.parametrize("given", TYPES)
def test_what_never_fits_is_rejected(given: str, wanted: str) -> None:
    if can_be(ir.Type("builtin", given), ir.Type("builtin", wanted)):
        return
    for value in SAMPLES[given]:
        with pytest.raises(ValueRejected):
            Coder("value", TYPES[wanted]).encode_json(value)


def test_lists_and_optional_ones() -> None:
    text, number = ir.Type("builtin", "str"), ir.Type("builtin", "int")
    texts, numbers = ir.Type("list", of=text), ir.Type("list", of=number)
    maybe = ir.Type("optional", of=number)
    assert [can_be(texts, texts), can_be(texts, numbers), can_be(text, texts)] == [True, False, False]
    assert [can_be(number, maybe), can_be(maybe, number), can_be(text, maybe)] == [True, True, False]
    assert can_be(text, ir.ANY)
    assert can_be(text, ir.Type("named", "Order"))
