"""What the history of a run is made of: one entry for each change, in a closed vocabulary."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class What(StrEnum):
    """Everything that an entry can tell. `reason` says more where the list below names it."""

    RUN_CREATED = "run created"
    TASK_FINISHED = "task finished"
    ATTEMPT_FAILED = "attempt failed"  # reason: when the next attempt is, if there is one
    STEP_FAILED = "step failed"  # a wait or a decision; a task's failure is its last attempt's
    FAILURE_CAUGHT = "failure caught"  # error: what failed; step: where
    ATTEMPT_CANCELLED = "attempt cancelled"  # its branch lost
    CHILD_STARTED = "child started"  # reason: the run's id
    CHILD_ENDED = "child ended"  # reason: its status
    WAIT_BEGAN = "wait began"  # reason: the event
    TIME_PASSED = "time passed"  # a time limit came before any event
    EVENT_RECEIVED = "event received"  # reason: the event
    EVENT_DELIVERED = "event delivered"  # reason: the event; step: who took it
    EVENT_DROPPED = "event dropped"  # reason: the event
    WORD_REACHED = "word reached"  # reason: the word
    UNDO_BEGAN = "undo began"  # error: what failed the run
    UNDO_FAILED = "undo failed"  # error: why; the other steps are undone all the same
    WORKER_LOST = "worker lost"  # by: the worker that had the run; step: what it was doing
    PAUSE_ASKED = "pause asked"  # by, reason: who wants it, and why
    CANCEL_ASKED = "cancel asked"  # likewise
    RESUME_ASKED = "resume asked"  # by the run above
    RUN_PAUSED = "run paused"  # reason: why
    RUN_RESUMED = "run resumed"  # reason: what the caller said
    RUN_RETRIED = "run retried"  # step: where it begins anew; reason: what the caller said
    VALUE_CHANGED = "value changed"  # reason: which one, from what to what, and what the caller said
    RUN_ERASED = "run erased"  # the data of the run is gone; reason: what the caller said
    RUN_FINISHED = "run finished"  # reason: the outcome word
    RUN_FAILED = "run failed"  # error: what failed it
    RUN_CANCELLED = "run cancelled"  # reason: why


class Entry(NamedTuple):
    """One change of a run. `at` is epoch seconds, `error` is JSON text with `type` and `message`."""

    at: float
    what: str
    step: str | None = None
    attempt: int | None = None
    seconds: float | None = None
    by: str | None = None
    reason: str | None = None
    error: bytes | None = None
