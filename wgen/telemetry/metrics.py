"""The instruments: what is counted and measured, each under its name and unit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wgen.runtime.codec import plain
from wgen.runtime.history import Entry, What
from wgen.runtime.life import RunStatus
from wgen.telemetry.harmless import harmless
from wgen.telemetry.names import ERROR_TYPE, FLOW, STATUS, STEP

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opentelemetry.metrics import Meter

    from wgen.runtime.rows import EntryRow

_TASK: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)
_COMMIT: Final = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1)
_WRITES: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500)

_ENDS: Final[dict[str, RunStatus]] = {
    What.RUN_FINISHED: RunStatus.FINISHED,
    What.RUN_FAILED: RunStatus.FAILED,
    What.RUN_CANCELLED: RunStatus.CANCELLED,
}


class Metrics:
    """All instruments of one meter."""

    def __init__(self, meter: Meter) -> None:
        count, measure = meter.create_counter, meter.create_histogram
        self._started = count("wgen.runs.started", "{run}", "Runs that were stored")
        self._ended = count("wgen.runs.ended", "{run}", "Runs that have ended, by status")
        self._paused = count("wgen.runs.paused", "{run}", "Runs that were paused")
        self._retries = count("wgen.task.retries", "{retry}", "Attempts of tasks that failed and will be repeated")
        self._duration = measure(
            "wgen.task.duration", "s", "How long attempts of tasks took", explicit_bucket_boundaries_advisory=_TASK
        )
        self._lag = measure(
            "wgen.run.lag", "s", "From when runs were due to their claim", explicit_bucket_boundaries_advisory=_TASK
        )
        self._size = measure(
            "wgen.store.commit.size", "{write}", "Writes in one commit", explicit_bucket_boundaries_advisory=_WRITES
        )
        self._commit = measure(
            "wgen.store.commit.duration", "s", "How long commits took", explicit_bucket_boundaries_advisory=_COMMIT
        )

    @harmless()
    def started(self, flow: str) -> None:
        self._started.add(1, {FLOW: flow})

    @harmless()
    def claimed(self, flow: str, lag: float) -> None:
        self._lag.record(lag, {FLOW: flow})

    @harmless()
    def wrote(self, writes: int, seconds: float) -> None:
        self._size.record(writes)
        self._commit.record(seconds)

    @harmless()
    def committed(self, flow: str, entries: Iterable[EntryRow]) -> None:
        """What is in the history has happened once, so it is what counts."""
        for row in entries:
            entry = Entry(*row)
            if entry.what in _ENDS:
                self._ended.add(1, {FLOW: flow, STATUS: str(_ENDS[entry.what])})
            elif entry.what == What.RUN_PAUSED:
                self._paused.add(1, {FLOW: flow})
            elif entry.seconds is not None and entry.step is not None:
                self._attempt(flow, entry, entry.step, entry.seconds)

    def _attempt(self, flow: str, entry: Entry, step: str, seconds: float) -> None:
        at = {FLOW: flow, STEP: step}
        failed = {} if entry.error is None else {ERROR_TYPE: plain(entry.error)["type"]}
        self._duration.record(seconds, {**at, **failed})
        if entry.what == What.ATTEMPT_FAILED and entry.reason is not None:
            self._retries.add(1, at)
