"""What a path finds in values that no type describes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from wgen.errors import PathMissing
from wgen.runtime import field, given, reach

NAMES = {"customers_name": 1, "class_": 2, "_2nd": 3, "dueDate": 4, "überweisung": 5}
SPELT = {"customer's name": 1, "class": 2, "2nd": 3, "due date": 4, "Überweisung": 5}


@pytest.mark.parametrize("value", [NAMES, SimpleNamespace(**NAMES)], ids=["mapping", "object"])
@pytest.mark.parametrize("words", SPELT)
def test_a_field_is_found_by_its_words(value: Any, words: str) -> None:
    assert field(value, f"order - {words}") == reach(value, f"order - {words}") == SPELT[words]


@pytest.mark.parametrize("value", [NAMES, SimpleNamespace(**NAMES), None], ids=["mapping", "object", "null"])
def test_another_field_is_missing(value: Any) -> None:
    assert not given(reach(value, "order - name"))
    with pytest.raises(PathMissing, match=r"\(order - name\)"):
        field(value, "order - name")
