"""Schedules and connected flows in memory."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from wgen.runtime.rows import Signal, folded

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from wgen.runtime.rows import SlotTaken
    from wgen.stores.memory_run import Run


class Triggers:
    """What starts runs that nobody asks for."""

    def __init__(self) -> None:
        self._schedules: dict[tuple[str, str], float] = {}
        self._connections: dict[str, list[tuple[str, str]]] = {}
        self._signals: dict[int, Signal] = {}
        self._last_signal = 0

    def slot(self, flow: str, words: str, now: float) -> float:
        """The slot of a schedule that was taken last, or the time since when the schedule is known."""
        return self._schedules.setdefault((flow, words), now)

    def take_slot(self, slot: SlotTaken) -> bool:
        """Takes a slot, unless somebody else has."""
        is_next = self._schedules[slot.flow, slot.words] == slot.since
        if is_next:
            self._schedules[slot.flow, slot.words] = slot.at
        return is_next

    def connect(self, starts: str, words: Sequence[tuple[str, str]]) -> None:
        self._connections[starts] = list(words)

    def reached(self, run: Run, word: str, trace: str | None) -> None:
        """A run has reached a word for the first time: that leaves a signal for each flow that it starts."""
        row = run.row
        for starts, words in self._connections.items():
            if (folded(row.flow), word) in words:
                self._last_signal = number = self._last_signal + 1
                known = {name: json.loads(text) for (scope, name), text in run.values.items() if scope == 0}
                values = json.dumps({name: value for name, value in known.items() if name.isidentifier()})
                told = Signal(number, starts, row.flow, row.id, row.key, word, values.encode(), trace)
                self._signals[number] = told

    def signals(self, starts: Collection[str]) -> list[Signal]:
        return [signal for signal in self._signals.values() if signal.starts in starts]

    def forget(self, run: str) -> None:
        """The run's data is erased: nothing starts because of it any more."""
        for number in [number for number, signal in self._signals.items() if signal.run == run]:
            del self._signals[number]

    def take(self, number: int) -> bool:
        """Takes a signal away, unless somebody else has."""
        return self._signals.pop(number, None) is not None
