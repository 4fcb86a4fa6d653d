"""What generated modules do with values: fields of untyped ones, and comparisons that Python has no sign for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sized
from decimal import Decimal
from enum import Enum
from typing import Any, TypeVar

from wgen.errors import PathMissing
from wgen.runtime.flow import MISSING

T = TypeVar("T")

_OTHER_SIGNS = re.compile(r"[\W_]+")


def field(value: object, path: str) -> Any:
    """The field of a value that no type describes: `path` is `order - customer - name`, `value` is the order.

    Works on attributes and on the keys of mappings: the exact words first, then the folded name, so that `due date`
    finds `due_date` and `dueDate` too. Raises PathMissing where a part is not there or lies behind null.
    """
    owner, *parts = path.split(" - ")
    for part in parts:
        found = _one_field(value, part)
        if found is MISSING:
            raise PathMissing(f"({path}): ({owner}) {_what_it_has(value)}, so it has no {part!r}")
        value, owner = found, f"{owner} - {part}"
    return value


def given(value: object) -> bool:
    """Provided on this path, and not null."""
    return value is not MISSING and value is not None


def reach(value: object, path: str) -> Any:
    """As `field`, but MISSING where a part is not there: what `is given` and its like ask about."""
    for part in path.split(" - ")[1:]:
        if not given(value):
            return MISSING
        value = _one_field(value, part)
    return value


def empty(value: object) -> bool:
    """Missing, or of length 0."""
    return not given(value) or (isinstance(value, Sized) and len(value) == 0)


def needed(value: T | None, path: str) -> T:
    """The value, where null has no meaning. Raises PathMissing for null."""
    if value is None or value is MISSING:
        raise PathMissing(f"({path}) is missing, so it can't be compared")
    return value


def value_of(member: Enum | None) -> Any:
    """What an enumeration's member stands for, which is what a flow compares it by."""
    return None if member is None else member.value


def yes(value: object, path: str) -> bool:
    """What a value alone means as a condition. Raises TypeError unless it is yes or no."""
    if value is True or value is False:
        return value
    raise TypeError(f"({path}) stands alone in a condition and is neither yes nor no but {value!r:.80}")


def like(value: object, number: Decimal) -> Decimal | float:
    """An exact number as what it is compared with: a float beside a float."""
    return float(number) if isinstance(value, float) else number


def _one_field(value: object, words: str) -> Any:
    if isinstance(value, Mapping):
        if words in value:
            return value[words]
        wanted = _folded(words)
        return next((entry for key, entry in value.items() if _folded(str(key)) == wanted), MISSING)
    found = getattr(value, _attribute(words), MISSING)
    if found is not MISSING or not given(value):
        return found
    # (customer's name) is `customers_name`, (class) is `class_`: as a key would be found.
    wanted = _folded(words)
    name = next((name for name in dir(value) if name[:2] != "__" and _folded(name) == wanted), None)
    return MISSING if name is None else getattr(value, name)


def _folded(words: str) -> str:
    return _OTHER_SIGNS.sub("", words).lower()


def _attribute(words: str) -> str:
    return _OTHER_SIGNS.sub("_", words).strip("_").lower()


def _what_it_has(value: object) -> str:
    if not given(value):
        return "is missing"
    if isinstance(value, Mapping):
        return f"has {', '.join(map(str, value)) or 'nothing'}"
    return f"is of type {type(value).__name__}"
