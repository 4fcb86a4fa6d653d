"""What sources are told of waits, in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wgen.runtime.published import Telling
from wgen.runtime.rows import erased_about

if TYPE_CHECKING:
    from collections.abc import Collection

    from wgen.runtime.rows import WaitOver, WaitRow


@dataclass(slots=True)
class _Announcement:
    """A wait of which a source is told. `handled` is whether its event ended it, None while it is open.

    `due` is when the source must be told something: the end of the time that whoever tells it has got, while `held`.
    """

    run: str
    wait: WaitRow
    due: float
    announced: bool = False
    handled: bool | None = None
    held: bool = False
    claims: int = 0
    failures: int = 0


class Tellings:
    """All announcements of a store."""

    def __init__(self) -> None:
        self._number = 0  # of the newest announcement
        self._open: dict[str, dict[int, _Announcement]] = {}  # by their runs
        self._due: dict[int, _Announcement] = {}

    def begin(self, run: str, wait: WaitRow, at: float) -> None:
        if wait.source is not None:
            self._number += 1
            entry = _Announcement(run, wait, at)
            self._due[self._number] = self._open.setdefault(run, {})[self._number] = entry

    def end(self, run: str, at: float, over: WaitOver | None = None) -> None:
        """A run waits no more at a place, or at none."""
        entries = self._open.get(run, {})
        for number, entry in list(entries.items()):
            if over is None or over.place == entry.wait.place:
                del entries[number]
                entry.handled = over is not None and over.event == entry.wait.event
                entry.due = entry.due if entry.held else at
                self._due[number] = entry
        if not entries:
            self._open.pop(run, None)

    def forget(self, run: str) -> None:
        """The data of an ended run is erased; sources are still told that its waits are over."""
        for entry in self._due.values():
            if entry.run == run:
                entry.wait = entry.wait._replace(about=erased_about(entry.wait.about))

    def claim(self, sources: Collection[str], now: float, until: float) -> tuple[list[Telling], float | None]:
        mine = {number: entry for number, entry in self._due.items() if entry.wait.source in sources}
        due = {number: entry for number, entry in mine.items() if entry.due <= now}
        for entry in due.values():
            entry.held, entry.due, entry.claims = True, until, entry.claims + 1
        later = min((entry.due for entry in mine.values()), default=None)
        return [_telling(number, entry) for number, entry in due.items()], later

    def settle(self, telling: Telling, now: float, again: float | None) -> None:
        entry = self._due.get(telling.number)
        if entry is None or entry.claims != telling.claim:
            return
        entry.held = False
        if again is not None:
            entry.due, entry.failures = again, entry.failures + 1
        else:
            entry.due, entry.failures, entry.announced = now, 0, True
            if telling.handled is not None or entry.handled is None:  # nothing is left to tell now
                del self._due[telling.number]


def _telling(number: int, entry: _Announcement) -> Telling:
    """The end of a wait is told behind its beginning, unless that could not be told while it mattered."""
    ends = entry.handled is not None and (entry.announced or entry.failures > 0)
    handled = entry.handled if ends else None
    return Telling(number, entry.claims, entry.wait.source or "", entry.wait.about, handled, entry.failures)
