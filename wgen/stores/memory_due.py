"""When which run in memory is due: in order, so that a look costs the same however many runs wait for a time."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from wgen.runtime.rows import Due

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from wgen.runtime.rows import RunRow

_SPARE = 100


class _Queue:
    """Runs in the order in which they are due. What is on the heap of a run that has left is passed over later."""

    def __init__(self) -> None:
        self.times: dict[int, float] = {}
        self._heap: list[tuple[float, int]] = []

    def put(self, number: int, due: float) -> None:
        self.times[number] = due
        heapq.heappush(self._heap, (due, number))
        if len(self._heap) > 2 * len(self.times) + _SPARE:
            self._heap = [(due, number) for number, due in self.times.items()]
            heapq.heapify(self._heap)

    def first(self) -> tuple[float, int] | None:
        heap, times = self._heap, self.times
        while heap and times.get(heap[0][1]) != heap[0][0]:
            heapq.heappop(heap)
        return heap[0] if heap else None

    def due(self, now: float) -> Iterator[tuple[float, int]]:
        while (first := self.first()) is not None and first[0] <= now:
            yield first


class DueRuns:
    """The runs that are due at some time: a queue for each flow and owner, and for those that nobody owns."""

    def __init__(self) -> None:
        self._queues: dict[str, dict[str | None, _Queue]] = {}
        self._owners: dict[int, str | None] = {}  # by which the runs stand here

    def put(self, row: RunRow, due: float | None) -> None:
        """Says when a run is due, which has the owner that it is to have."""
        row.due = due
        if row.number in self._owners:
            self._remove(row)
        if due is not None:
            self._owners[row.number] = row.owner
            self._queues.setdefault(row.flow, {}).setdefault(row.owner, _Queue()).put(row.number, due)

    def _remove(self, row: RunRow) -> None:
        owner, queues = self._owners.pop(row.number), self._queues[row.flow]
        del queues[owner].times[row.number]
        if not queues[owner].times:
            del queues[owner]

    def due(self, flows: Collection[str], now: float) -> Iterator[int]:
        """The runs that are due, the longest due first. Each is put to a later time before the next is asked for."""
        return (number for _, number in heapq.merge(*(queue.due(now) for _, queue in self._of(flows))))

    def next(self, flows: Collection[str], owner: str) -> Due:
        """The soonest times: of the runs that nobody owns, and of those that others own."""
        queues = self._of(flows)
        return Due(
            _soonest(queue for of, queue in queues if of is None),
            _soonest(queue for of, queue in queues if of not in (None, owner)),
        )

    def owners(self, flows: Collection[str]) -> set[str]:
        return {owner for owner, _ in self._of(flows) if owner is not None}

    def held_by(self, owner: str) -> list[int]:
        return [number for queues in self._queues.values() if owner in queues for number in queues[owner].times]

    def _of(self, flows: Collection[str]) -> list[tuple[str | None, _Queue]]:
        return [entry for flow in flows for entry in self._queues.get(flow, {}).items()]


def _soonest(queues: Iterable[_Queue]) -> float | None:
    return min((first[0] for queue in queues if (first := queue.first()) is not None), default=None)
