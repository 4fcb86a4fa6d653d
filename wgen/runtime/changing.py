"""Changes of a run from outside: each is made of how the run was read, and holds only while it still stands so."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from wgen.errors import LostLease
from wgen.runtime.codec import plain, to_text
from wgen.runtime.history import Entry, What
from wgen.runtime.life import ENDED, RunStatus
from wgen.runtime.orders import Order, from_above
from wgen.runtime.rows import Change, Head
from wgen.runtime.state import CHILD

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from wgen.runtime.ports import Surroundings
    from wgen.runtime.rows import NewEvent, Stored


class Said(NamedTuple):
    """Who does something, when, and why."""

    at: float
    by: str | None
    reason: str | None

    def entry(self, what: What, step: str | None = None, reason: str | None = None) -> Entry:
        return Entry(self.at, what, step=step, by=self.by, reason=self.reason if reason is None else reason)


def change_of(stored: Stored, at: float, entries: Sequence[Entry]) -> Change:
    """A change of a run that stays where it stands, as yet."""
    row = stored.row
    return Change(row.number, row.revision, row.fence, at, row.position, list(entries))


def head_of(stored: Stored, status: RunStatus, *, error: bytes | None, due: float | None = None) -> Head:
    """Gives the run back with another status; one that had ended has no result any more."""
    row = stored.row
    opens = row.status in ENDED
    outcome, result = (None, None) if opens else (row.outcome, row.result)
    return Head(status, row.word, outcome, result, error, release=True, due=due, mail=row.mail)


def without(body: bytes, names: Collection[str]) -> bytes:
    """A position that forgets what has these names."""
    position = plain(body)
    for name in names:
        position.pop(name, None)
    return to_text(position)


def to_children(stored: Stored, order: Order, said: Said) -> list[NewEvent]:
    return [from_above(order, child, stored.row.id, said.at, said.reason) for child in children_of(stored)]


def children_of(stored: Stored) -> Iterator[str]:
    """The runs whose end a run waits for."""
    for body in (stored.row.position, *(position.body for position in stored.positions)):
        for wait in plain(body).get("waits", ()):
            if (wait["event"] or "").startswith(CHILD):
                yield wait["event"].removeprefix(CHILD)


async def saved(around: Surroundings, change: Change) -> bool:
    """Saves a change. False: the run was changed by somebody else in between."""
    try:
        while not await _written(around, change):
            head = change.head  # mail came in between, so the run is not released yet
            change = Change(change.number, change.revision + 1, change.fence, change.at, change.root, [])
            change.head = head and replace(head, mail=(await around.store.events(change.number))[0])
    except LostLease:
        return False
    return True


async def _written(around: Surroundings, change: Change) -> bool:
    answer = around.store.save(change)
    released = answer if isinstance(answer, bool) else await answer
    around.observed(Entry(*entry) for entry in change.entries)
    return released
