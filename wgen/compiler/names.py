"""From words to names: how values, handlers, ids and types are called in Python.

The rule is one for all of them: words are folded to NFKC, apostrophes vanish, every run of other signs becomes one
`_`, ends are stripped, a leading digit gets a `_` in front and a Python keyword a `_` behind.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from keyword import iskeyword
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

_APOSTROPHES = re.compile("['\u2018\u2019\u02bc\u00b4`]")
_OTHER_SIGNS = re.compile(r"[\W_]+")


@lru_cache(maxsize=4096)
def python_name(words: str) -> str:
    """`customer's order` → `customers_order`. Empty where the words hold neither letter nor digit."""
    name = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", words).lower())
    name = _OTHER_SIGNS.sub("_", _APOSTROPHES.sub("", name)).strip("_")
    if not name:
        return ""
    if not name.isidentifier():
        # A digit in front, or a sign that may continue a name but not begin it.
        name = "_" + name
    return name + "_" if iskeyword(name) else name


def type_name(words: str) -> str:
    """The type a value has by default: `customer registration details` → `CustomerRegistrationDetails`."""
    return "".join(part[:1].upper() + part[1:] for part in python_name(words).split("_"))


def unique(name: str, taken: Container[str]) -> str:
    """The name, or the name with `_2`, `_3` … behind it, whichever is free."""
    if name not in taken:
        return name
    number = 2
    while f"{name}_{number}" in taken:
        number += 1
    return f"{name}_{number}"


def edit_distance(one: str, other: str, limit: int) -> int:
    """How many letters must be put in, left out, changed or swapped; `limit + 1` where it is more than the limit."""
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
        before, last = last, row
    return last[-1]


def closest(name: str, known: Iterable[str]) -> str | None:
    """The known name that is close to this one: edit distance at most 2 and at most a quarter of its length."""
    limit = min(2, len(name) // 4)
    if limit == 0:
        return None
    near = (other for other in known if other != name and abs(len(other) - len(name)) <= limit)
    found = [(edit_distance(name, other, limit), other) for other in near]
    distance, other = min(found, default=(limit + 1, ""))
    return other if distance <= limit else None
