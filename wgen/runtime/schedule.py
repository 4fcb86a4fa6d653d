"""Schedules: the moments, called slots, at which a flow starts by itself.

What a cron line means, daylight saving included, is cronsim's business: a slot in an hour that is skipped comes right
after the change, one in an hour that comes twice comes once. Intervals are counted in UTC from a Monday at midnight, so
that hours, days and weeks begin where clocks begin them.
"""

from __future__ import annotations

from datetime import datetime
from itertools import count, takewhile
from typing import TYPE_CHECKING, Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from wgen.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wgen.runtime.flow import Every

MONDAY: Final = 345_600.0
"""The first Monday at 00:00 since the epoch began."""

_SPANS: Final = (3_600.0, 86_400.0, 32 * 86_400.0, 366 * 86_400.0)  # how far back to look for the latest slot


class Slot(NamedTuple):
    """A slot that is to be taken. `behind`: later ones are due already, so this one was missed."""

    at: float
    behind: bool


class Schedule:
    """The slots of one `@Start every`, of the flow of this name. Raises UsageError for what is no schedule."""

    def __init__(self, flow: str, every: Every) -> None:
        self.flow = flow
        self.every = every
        try:
            next(self.slots(0.0), None)
        except ZoneInfoNotFoundError:
            said = f'"{flow}" can\'t start {every.words}: this system knows no time zone {every.zone!r}'
            raise UsageError(f"{said}; where none is known at all, `pip install tzdata` brings them") from None
        except ValueError as error:
            raise UsageError(f'"{flow}" can\'t start {every.words}: {error}') from None

    @property
    def gate(self) -> str:
        """What its runs pass one at a time, unless they may overlap."""
        return f"schedule:{self.flow}:{self.every.words}"

    def slots(self, since: float) -> Iterator[float]:
        """All slots later than this moment."""
        last = since
        for slot in self._by_clock(since) if self.every.cron is None else self._by_cron(self.every.cron, since):
            if slot > last:
                last = slot
                yield slot

    def _by_clock(self, since: float) -> Iterator[float]:
        seconds = self.every.seconds or 0.0
        if seconds <= 0:
            raise ValueError("the time between two starts is longer than none")
        return (MONDAY + number * seconds for number in count((since - MONDAY) // seconds))

    def _by_cron(self, line: str, since: float) -> Iterator[float]:
        from cronsim import CronSim, CronSimError  # noqa: PLC0415 - most flows have no schedule

        here = datetime.fromtimestamp(since, ZoneInfo(self.every.zone))
        try:
            return (moment.timestamp() for moment in CronSim(line, here))
        except CronSimError as error:
            raise ValueError(f"{line!r} is no cron line: {error}") from error

    def after(self, moment: float) -> float | None:
        """The next slot."""
        return next(self.slots(moment), None)

    def due(self, since: float, now: float) -> Slot | None:
        """The slot to take next: the latest one, or the oldest one of all where they are caught up."""
        if not self.every.catching_up:
            latest = self._latest(since, now)
            return None if latest is None else Slot(latest, behind=False)
        slots = takewhile(lambda slot: slot <= now, self.slots(since))
        oldest = next(slots, None)
        return None if oldest is None else Slot(oldest, behind=next(slots, None) is not None)

    def _latest(self, since: float, now: float) -> float | None:
        for span in (*_SPANS, now - since):
            latest = None
            for slot in takewhile(lambda slot: slot <= now, self.slots(max(since, now - span))):
                latest = slot
            if latest is not None or now - span <= since:
                return latest
        return None
