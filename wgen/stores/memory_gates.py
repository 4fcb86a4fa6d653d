"""Limits in memory: who is inside of a gate, and who waits before it."""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wgen.runtime.rows import Ask, Gate

RUN = -1
"""The place of a run that passes a gate as a whole; its attempts pass by the id of their position."""


@dataclass(slots=True)
class _Guest:
    """A run, or a place in it, with the gates that it passes together."""

    run: int
    place: int
    gates: Sequence[Gate]
    inside: bool = False


class Gates:
    """All gates of a store. A run that `is_paused` is let in nowhere."""

    def __init__(self, is_paused: Callable[[int], bool]) -> None:
        self._is_paused = is_paused
        self._guests: dict[tuple[int, int], _Guest] = {}  # in the order of their coming
        self._failed: dict[int, _Guest] = {}  # runs that have left, and come back when they are retried
        self._begun: dict[str, list[float]] = {}

    def enter(self, run: int, place: int, gates: Sequence[Gate], now: float) -> float | None:
        """Lets somebody in: returns when it may begin. None: it has to wait for its turn."""
        guest = self._guests[run, place] = _Guest(run, place, gates)
        return self._let_in(guest, now)

    def ask(self, run: int, wanted: Ask, now: float) -> float | None:
        """Likewise for an attempt. Whoever is inside already may begin, who waits stays where it is."""
        known = self._guests.get((run, wanted.place))
        if known is None:
            return self.enter(run, wanted.place, wanted.gates, now)
        return now if known.inside else None

    def _let_in(self, guest: _Guest, now: float) -> float | None:
        if any(gate.per is None and self._inside(gate.name) >= gate.size for gate in guest.gates):
            return None
        guest.inside = True
        begin = now
        for gate in guest.gates:
            if gate.per is not None:
                begin = self._next_begin(gate, gate.per, begin)
        return begin

    def _inside(self, name: str) -> int:
        return sum(guest.inside and any(gate.name == name for gate in guest.gates) for guest in self._guests.values())

    def _next_begin(self, gate: Gate, per: float, soonest: float) -> float:
        """When the next one may begin, so that no time of that length sees more than the gate's size begin."""
        begun = self._begun.setdefault(gate.name, [])
        begin = max(soonest, begun[-gate.size] + per) if len(begun) >= gate.size else soonest
        insort(begun, begin)
        del begun[: -gate.size]
        return begin

    def leave(
        self, run: int, now: float, place: int | None = None, *, returns: bool = False
    ) -> list[tuple[int, int, float]]:
        """Somebody goes, from one place or from all. Returns who comes in for it: run, place, and from when on.

        The gates of a run that may be retried are kept: it `returns` to them.
        """
        left = [id for id in self._guests if id[0] == run and place in (None, id[1])]
        if returns and (run, RUN) in self._guests:
            self._failed[run] = self._guests[run, RUN]
        gone = [self._guests.pop(id) for id in left]
        if not gone:
            return []
        names = {gate.name for guest in gone for gate in guest.gates}
        entered = []
        for guest in self._guests.values():
            waits = not guest.inside and not self._is_paused(guest.run)
            if waits and any(gate.name in names for gate in guest.gates):
                begin = self._let_in(guest, now)
                if begin is not None:
                    entered.append((guest.run, guest.place, begin))
        return entered

    def waits(self, run: int) -> bool:
        """Whether a run that is to go on has to pass its gates first."""
        guest = self._guests.get((run, RUN))
        return run in self._failed if guest is None else not guest.inside

    def come_back(self, run: int, now: float) -> float | None:
        """When a run that waits may go on. None: there is no room yet.

        A run that was paused has kept its turn; one that had failed comes behind all others.
        """
        failed = self._failed.pop(run, None)
        if failed is not None:
            return self.enter(run, RUN, failed.gates, now)
        return self._let_in(self._guests[run, RUN], now)

    def forget(self, run: int) -> None:
        """The run does not come back."""
        self._failed.pop(run, None)

    def places(self, run: int) -> list[int]:
        """Where attempts of a run are inside of gates, or wait before them."""
        return [place for of, place in self._guests if of == run and place != RUN]

    def anybody_at(self, name: str) -> bool:
        """Whether somebody is inside of a gate, or waits before it."""
        return any(gate.name == name for guest in self._guests.values() for gate in guest.gates)
