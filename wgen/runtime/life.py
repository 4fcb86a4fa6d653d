"""The life of a run: its statuses and the moves between them as data, and run ids that sort by time."""

from __future__ import annotations

import os
import time
from enum import StrEnum
from typing import Final

from wgen.errors import NotAllowed


class RunStatus(StrEnum):
    """Where a run is in its life. Business statuses are words, see `Status` in the flow's vocabulary."""

    PENDING = "pending"
    RUNNING = "running"
    WAITING = "waiting"
    PAUSED = "paused"
    UNDOING = "undoing"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"


_S = RunStatus

MOVES: Final[dict[RunStatus, frozenset[RunStatus]]] = {
    _S.PENDING: frozenset({_S.RUNNING, _S.PAUSED, _S.UNDOING, _S.CANCELLED, _S.FAILED}),
    _S.RUNNING: frozenset(
        {_S.PENDING, _S.WAITING, _S.PAUSED, _S.UNDOING, _S.FINISHED, _S.FAILED, _S.CANCELLED},
    ),
    _S.WAITING: frozenset({_S.PENDING, _S.RUNNING, _S.PAUSED, _S.UNDOING, _S.FAILED, _S.CANCELLED}),
    _S.PAUSED: frozenset({_S.PENDING, _S.RUNNING, _S.WAITING, _S.UNDOING, _S.FAILED, _S.CANCELLED}),
    _S.UNDOING: frozenset({_S.PAUSED, _S.FAILED, _S.CANCELLED}),
    _S.FINISHED: frozenset(),
    _S.FAILED: frozenset({_S.PENDING, _S.RUNNING}),
    _S.CANCELLED: frozenset(),
}
"""From each status, the ones a run may go to. A failed run leads on only by `retry`."""

ENDED: Final = frozenset({_S.FINISHED, _S.FAILED, _S.CANCELLED})


def move(old: RunStatus, new: RunStatus) -> RunStatus:
    """Returns `new` when a run may go there from `old`, else raises NotAllowed."""
    if new is not old and new not in MOVES[old]:
        raise NotAllowed(f"a {old} run can't become {new}")
    return new


def came_to_rest(before: RunStatus, now: RunStatus) -> bool:
    """Whether a run has ended, or stands still and did not before."""
    return now in ENDED or (now is RunStatus.PAUSED and before is not RunStatus.PAUSED)


class _RunIds:
    """Makes UUIDv7 texts that never run backwards within a process."""

    def __init__(self) -> None:
        self._last = 0

    def __call__(self) -> str:
        """A new id: 48 bits of milliseconds, then 12 bits that count within one, then chance."""
        stamp = max((time.time_ns() // 1_000_000) << 12, self._last + 1)
        self._last = stamp
        chance = int.from_bytes(os.urandom(8), "big") & ((1 << 62) - 1)
        text = f"{(stamp >> 12) << 80 | 7 << 76 | (stamp & 0xFFF) << 64 | 2 << 62 | chance:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


new_run_id: Final = _RunIds()
