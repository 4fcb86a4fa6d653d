"""Which sentence of a new text is which of an old one, where their ids don't tell."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

_NUMBER = re.compile(r"_\d+$")

_ALIKE = 0.6
"""From which likeness on one sentence counts as the other, renamed."""
_SAME_SPOT = 0.25
"""What it adds that both stand between the same sentences."""


class Line(NamedTuple):
    """One step: its id, what kind of step it is (empty where nobody knows), and its words."""

    id: str
    kind: str
    words: str


class Shift(NamedTuple):
    """An id that is another sentence's now: which one that was before, and which id the sentence itself has now."""

    was: str | None
    now: str | None


class Alignment(NamedTuple):
    """By old ids: those that are gone with the new id of their sentence, and those that are another sentence's."""

    renamed: dict[str, str]
    shifted: dict[str, Shift]


def align(old: Sequence[Line], new: Sequence[Line]) -> Alignment:
    """Compares the steps of two texts, each in the order of its text."""
    now: dict[str, str] = {}
    spots: set[tuple[str, str]] = set()
    for what, i, i_end, j, j_end in SequenceMatcher(None, _names(old), _names(new), autojunk=False).get_opcodes():
        if what == "equal":
            now |= {one.id: other.id for one, other in zip(old[i:i_end], new[j:j_end], strict=True)}
        elif what == "replace":
            spots |= {(one.id, other.id) for one in old[i:i_end] for other in new[j:j_end]}
    there = {line.id for line in new}
    was = {new_id: old_id for old_id, new_id in now.items()}
    moved = [line.id for line in old if line.id in there and not now.get(line.id) == was.get(line.id) == line.id]
    shifted = {id: Shift(was.get(id), now.get(id)) for id in moved if id in now or id in was}
    numbered = {id: new_id for id, new_id in now.items() if id not in there}
    return Alignment(_renamed(old, new, spots, numbered), shifted)


def _names(lines: Sequence[Line]) -> list[str]:
    """What the steps are called without the numbers of equal sentences."""
    ids = {line.id for line in lines}
    return [base if (base := _NUMBER.sub("", line.id)) in ids else line.id for line in lines]


def _renamed(
    old: Sequence[Line], new: Sequence[Line], spots: Collection[tuple[str, str]], numbered: Mapping[str, str]
) -> dict[str, str]:
    """Gives each id that is gone the new one that is most like it, the best pairs first."""
    found = dict(numbered)
    for _, one, other in sorted(_pairs(old, new, spots), reverse=True):
        if one not in found and other not in found.values():
            found[one] = other
    return found


def _pairs(
    old: Sequence[Line], new: Sequence[Line], spots: Collection[tuple[str, str]]
) -> Iterator[tuple[float, str, str]]:
    before, after = {line.id for line in old}, {line.id for line in new}
    fresh = [line for line in new if line.id not in before]
    for one in old:
        if one.id in after:
            continue
        for other in fresh:
            if one.kind and one.kind != other.kind:
                continue
            alike = SequenceMatcher(None, one.words, other.words, autojunk=False).ratio()
            alike += _SAME_SPOT if (one.id, other.id) in spots else 0
            if alike >= _ALIKE:
                yield alike, one.id, other.id
