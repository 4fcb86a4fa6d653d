"""Events that come without a run's id, the waits that they may be for, and what sources are told of these."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from wgen.runtime.history import Entry, What
from wgen.runtime.rows import NewEvent


class Waiting(NamedTuple):
    """An open wait: the store's number of it, the run, and the position in it. `fields` tell how it was found."""

    number: int
    run: str
    place: int
    fields: str


def oldest_of_each_run(waits: Iterable[Waiting]) -> list[Waiting]:
    """Of each run the wait that an event goes to: where several fit, the oldest."""
    found: dict[str, Waiting] = {}
    for wait in sorted(waits):
        found.setdefault(wait.run, wait)
    return list(found.values())


@dataclass(slots=True)
class Publication:
    """An event for the runs of a flow that wait for it.

    `judged` are the numbers of the open waits that were looked at, `fits` those that it is meant for. When it is meant
    for none, it is kept `until` a time. An `id` is known until `known_until`; meanwhile the event is taken once.
    """

    flow: str
    event: str
    payload: bytes
    at: float
    judged: Collection[int]
    fits: Collection[int]
    until: float
    id: str | None = None
    known_until: float = 0.0
    trace: str | None = None

    @property
    def entry(self) -> Entry:
        """What the history of each run that gets it tells."""
        return Entry(self.at, What.EVENT_RECEIVED, reason=self.event)

    def letter(self, run: str) -> NewEvent:
        """The event as one run gets it."""
        return NewEvent(run, self.event, self.payload, self.at, self.entry, self.id, trace=self.trace)


class Unmatched(NamedTuple):
    """Events of a name, for runs of a flow: how many are kept, and how many were dropped since the store is there."""

    flow: str
    event: str
    kept: int
    dropped: int


class Telling(NamedTuple):
    """What a source is to be told: that a wait has begun, or that it is over, `handled` by its event or not.

    `claim` is given back with the answer: who was too slow to answer is not heard any more.
    """

    number: int
    claim: int
    source: str
    about: bytes
    handled: bool | None
    failures: int
