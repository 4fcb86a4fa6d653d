"""Events that come without a run's id, in memory: who waits for them, and which are kept for those who will."""

from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import replace
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from wgen.runtime.correlation import key_in
from wgen.runtime.published import Unmatched, Waiting, oldest_of_each_run
from wgen.stores.memory_tellings import Tellings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from wgen.runtime.published import Publication
    from wgen.runtime.rows import Accepted, NewEvent, RunRow, WaitOver, WaitRow


K = TypeVar("K")
V = TypeVar("V")


class _Mark(NamedTuple):
    """What a wait is found under."""

    flow: str
    event: str
    fields: str
    key: str


def _remove(table: dict[K, dict[int, V]], name: K, number: int) -> None:
    """Takes an entry out of a table of tables, none of which is left empty."""
    entries = table.get(name, {})
    entries.pop(number, None)
    if not entries:
        table.pop(name, None)


class Waits:
    """All open waits of a store, and all events that were meant for no run. `keep_event` gives a run its mail."""

    def __init__(self, keep_event: Callable[[NewEvent], Accepted]) -> None:
        self.tellings = Tellings()
        self._keep_event = keep_event
        self._number = 0  # of the newest wait or kept event
        self._compared: dict[tuple[str, str], dict[str, None]] = {}
        self._waits: dict[_Mark, dict[int, Waiting]] = {}
        self._of: dict[str, dict[int, tuple[Waiting, _Mark]]] = {}
        self._kept: dict[tuple[str, str], dict[int, Publication]] = {}
        self._found: dict[_Mark, dict[int, Publication]] = {}
        self._until: list[tuple[float, int, tuple[str, str]]] = []
        self._known: dict[tuple[str, str], float] = {}
        self._dropped: Counter[tuple[str, str]] = Counter()

    # ---- waits ----

    def begin(self, run: RunRow, waits: Sequence[WaitRow], at: float) -> None:
        """A run waits; what is kept for it comes at once."""
        for wait in waits:
            self._begin(run, wait)
            self.tellings.begin(run.id, wait, at)
        for place in dict.fromkeys(wait.place for wait in waits):
            for kept in self._kept_for(run.flow, [wait for wait in waits if wait.place == place]):
                if self._give(run.id, place, replace(kept, at=at)):
                    break

    def _begin(self, run: RunRow, wait: WaitRow) -> None:
        flow = run.flow
        mark = _Mark(flow, wait.event, wait.fields, wait.key)
        self._number += 1
        begun = Waiting(self._number, run.id, wait.place, wait.fields)
        self._waits.setdefault(mark, {})[begun.number] = begun
        self._of.setdefault(run.id, {})[begun.number] = (begun, mark)
        compared = self._compared.setdefault((flow, wait.event), {})
        if wait.fields not in compared:
            compared[wait.fields] = None
            for number, kept in self._kept.get((flow, wait.event), {}).items():
                self._find_under(number, kept, wait.fields)

    def _kept_for(self, flow: str, waits: Sequence[WaitRow]) -> Iterator[Publication]:
        """What is kept for any of these waits, the oldest first. What is asked for is gone from here."""
        for number, kept in heapq.merge(*(self._meant(flow, wait) for wait in waits), key=itemgetter(0)):
            self._forget(number, kept)
            yield kept

    def _meant(self, flow: str, wait: WaitRow) -> Iterator[tuple[int, Publication]]:
        kept = list(self._found.get(_Mark(flow, wait.event, wait.fields, wait.key), {}).items())
        return ((number, event) for number, event in kept if wait.accepts(event.payload))

    def _give(self, run: str, place: int, event: Publication) -> bool:
        """Gives an event to a position that waits; others that come before it has gone on are not for it."""
        given = self._keep_event(event.letter(run)) == "added"
        if given:
            for wait, mark in self._at(run, place):
                _remove(self._waits, mark, wait.number)
        return given

    def _at(self, run: str, place: int | None) -> list[tuple[Waiting, _Mark]]:
        return [entry for entry in self._of.get(run, {}).values() if place is None or entry[0].place == place]

    def end(self, run: str, at: float, over: WaitOver | None = None) -> None:
        """A run waits no more at a place, or at none."""
        for wait, mark in self._at(run, None if over is None else over.place):
            _remove(self._waits, mark, wait.number)
            _remove(self._of, run, wait.number)
        self.tellings.end(run, at, over)

    def find(self, flow: str, event: str, payload: bytes) -> list[Waiting]:
        """The open waits that an event may be meant for."""
        marks = self._marks(flow, event, payload)
        return sorted(wait for mark in marks for wait in self._waits.get(mark, {}).values())

    def _marks(self, flow: str, event: str, payload: bytes) -> list[_Mark]:
        keys = [(fields, key_in(payload, fields)) for fields in self._compared.get((flow, event), ())]
        return [_Mark(flow, event, fields, key) for fields, key in keys if key is not None]

    # ---- events ----

    def publish(self, new: Publication) -> list[str] | None:
        """Gives an event to the runs that it is for; it is kept if there are none. None: not all waits were judged."""
        if new.id is not None and self._known.get((new.flow, new.id), 0.0) > new.at:
            return []
        waiting = self.find(new.flow, new.event, new.payload)
        if any(wait.number not in new.judged for wait in waiting):
            return None
        if new.id is not None:
            self._know(new.flow, new.id, new.known_until, new.at)
        fits = oldest_of_each_run(wait for wait in waiting if wait.number in new.fits)
        if not fits:
            self._keep(new)
        return [wait.run for wait in fits if self._give(wait.run, wait.place, new)]

    def _know(self, flow: str, id: str, until: float, now: float) -> None:
        """Remembers an id, and forgets some whose time is over."""
        self._known.pop((flow, id), None)
        self._known[flow, id] = until
        for name in list(islice(self._known, 10)):
            if self._known[name] <= now:
                del self._known[name]

    def _keep(self, new: Publication) -> None:
        """Nobody waits for the event: it is kept for whoever will."""
        self._number += 1
        number = self._number
        self._kept.setdefault((new.flow, new.event), {})[number] = new
        heapq.heappush(self._until, (new.until, number, (new.flow, new.event)))
        for mark in self._marks(new.flow, new.event, new.payload):
            self._found.setdefault(mark, {})[number] = new

    def _find_under(self, number: int, kept: Publication, fields: str) -> None:
        """Nobody has compared these fields before: kept events are to be found by them from now on."""
        key = key_in(kept.payload, fields)
        if key is not None:
            self._found.setdefault(_Mark(kept.flow, kept.event, fields, key), {})[number] = kept

    def _forget(self, number: int, kept: Publication) -> None:
        _remove(self._kept, (kept.flow, kept.event), number)
        for mark in self._marks(kept.flow, kept.event, kept.payload):
            _remove(self._found, mark, number)

    def drop(self, now: float) -> tuple[list[Unmatched], float | None]:
        """Drops the events whose time is over. Returns them, and when the next one's is."""
        dropped: Counter[tuple[str, str]] = Counter()
        while self._until:
            until, number, name = self._until[0]
            kept = self._kept.get(name, {}).get(number)
            if kept is not None and until > now:
                break
            heapq.heappop(self._until)
            if kept is not None:  # else a run has taken it
                self._forget(number, kept)
                dropped[name] += 1
        self._dropped += dropped
        return [Unmatched(*name, 0, number) for name, number in dropped.items()], next(iter(self._until), (None,))[0]

    def counts(self) -> list[Unmatched]:
        names = sorted(self._kept.keys() | self._dropped.keys())
        return [Unmatched(*name, len(self._kept.get(name, {})), self._dropped[name]) for name in names]
