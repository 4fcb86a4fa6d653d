"""Every error that wgen raises, as one tree.

WgenError
├── UsageError              the caller's words, files or data are off; nothing was changed (exit code 2)
│   ├── SourceError         a flow file that can't be read: missing, a folder, not UTF-8
│   ├── CompileError        the text of a flow has errors; carries the diagnostics
│   ├── InputError          inputs of a run that are unknown, missing or of the wrong type
│   ├── HandlersError       handlers that are missing or can't be called as the flow calls them
│   ├── EventRefused        an event the run can't take: unknown name, wrong payload, run has ended
│   ├── NoSuchRun           no run with this id in the store
│   ├── RunIsOpen           a run with this business key is open, and the caller asked for a new one
│   ├── NotAllowed          an action that the state of the run does not allow
│   └── StoreError          the store can't be opened or used
│       ├── StoreLocked     another process holds it and did not let go in time
│       ├── StoreReadOnly   it can't be written
│       ├── StoreForeign    the file or database is not a wgen store
│       └── StoreTooNew     it was written by a newer wgen
├── RunFailed               the run ended as failed; raised where its result is asked for
│   └── RunCancelled        the run was cancelled
└── LostLease               another worker holds the run now; nothing of this save was kept

Failures inside a run, by the names that a flow may catch (`@On failure "WaitTimeout"`):

TimeoutError
├── TaskTimeout             one attempt of a task took longer than its time limit
├── WaitTimeout             what a sentence waited for did not come in time
└── FlowTimeout             the whole run took longer than its time limit
FlowFailed                  a @Fail sentence
RepeatExhausted             `at most n times` used up while the condition does not hold
TooDeep                     100 open generations of child flows
ValueRejected               a value that can't be stored, or has the wrong type
PathMissing                 a field of a value that is not there
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class WgenError(Exception):
    """Base of all errors of wgen."""


class UsageError(WgenError):
    """The caller's words, files or data are off; nothing was changed."""


class SourceError(UsageError):
    """A flow file that can't be read."""


class CompileError(UsageError):
    """A flow text with errors: `diagnostics` are all of the compiler's, also the warnings."""

    def __init__(self, message: str, diagnostics: Sequence[Any]) -> None:
        super().__init__(message)
        self.diagnostics = diagnostics


class InputError(UsageError):
    """Inputs of a run that are unknown, missing or of the wrong type."""


class HandlersError(UsageError):
    """Handlers that are missing or can't be called as the flow calls them."""


class EventRefused(UsageError):
    """An event that the run can't take."""


class NoSuchRun(UsageError):
    """No run with this id is in the store."""


class RunIsOpen(UsageError):
    """A run with this business key is open already."""


class NotAllowed(UsageError):
    """An action that the state of the run does not allow."""


class StoreError(UsageError):
    """The store can't be opened or used."""


class StoreLocked(StoreError):
    """Another process holds the store and did not let go in time."""


class StoreReadOnly(StoreError):
    """The store can't be written."""


class StoreForeign(StoreError):
    """The file or database is not a wgen store."""


class StoreTooNew(StoreError):
    """The store was written by a newer wgen."""


class RunFailed(WgenError):
    """The run ended as failed.

    `type` and `message` are those of the failure, `step` is the id of the step that failed.
    """

    def __init__(self, type: str, message: str, step: str | None = None) -> None:
        super().__init__(f"{type}: {message}" if message else type)
        self.type = type
        self.message = message
        self.step = step


class RunCancelled(RunFailed):
    """The run was cancelled."""


class LostLease(WgenError):
    """Another worker holds the run now; nothing of this save was kept."""


class TaskTimeout(TimeoutError):
    """One attempt of a task took longer than its time limit."""


class WaitTimeout(TimeoutError):
    """What a sentence waited for did not come in time."""


class FlowTimeout(TimeoutError):
    """The whole run took longer than its time limit."""


class FlowFailed(Exception):
    """A @Fail sentence."""


class RepeatExhausted(Exception):
    """`at most n times` is used up while the condition does not hold."""


class TooDeep(Exception):
    """A flow has started itself through 100 open generations."""


class ValueRejected(Exception):
    """A value that can't be stored, or has the wrong type."""


class PathMissing(Exception):
    """A field of a value that is not there."""
