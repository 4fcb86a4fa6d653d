"""The runtime: executes generated flows and keeps every run safe in a store.

Generated modules import the vocabulary below and nothing else of wgen, so its import is kept light: what executes
flows is loaded when it is first asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Protocol

from wgen.runtime.context import Attempt, current
from wgen.runtime.flow import (
    DONE,
    MISSING,
    ONCE,
    UNLIMITED,
    Background,
    Break,
    Call,
    Child,
    Decision,
    Done,
    Every,
    Fail,
    Finish,
    Flow,
    ForEach,
    Input,
    Limit,
    OnEvent,
    OnFailure,
    OnFlow,
    OnTimeout,
    Parallel,
    Policy,
    Repeat,
    Returns,
    Status,
    Task,
    Timer,
    Try,
    Wait,
    When,
    result,
)
from wgen.runtime.values import empty, field, given, like, needed, reach, value_of, yes

if TYPE_CHECKING:
    from wgen.runtime.engine import Engine
    from wgen.runtime.handle import RunHandle
    from wgen.runtime.history import Entry, What
    from wgen.runtime.joining import transaction
    from wgen.runtime.life import RunStatus
    from wgen.runtime.local import run
    from wgen.runtime.open_waits import OpenWait
    from wgen.runtime.published import Unmatched
    from wgen.runtime.sources import Source
    from wgen.runtime.view import RunView, entry_as_dict, run_as_dict
    from wgen.runtime.worker import Ended, Worker

__all__ = [
    "DONE",
    "MISSING",
    "ONCE",
    "UNLIMITED",
    "Any",
    "Attempt",
    "Background",
    "Break",
    "Call",
    "Child",
    "Decimal",
    "Decision",
    "Done",
    "Ended",
    "Engine",
    "Entry",
    "Every",
    "Fail",
    "Finish",
    "Flow",
    "ForEach",
    "Input",
    "Limit",
    "OnEvent",
    "OnFailure",
    "OnFlow",
    "OnTimeout",
    "OpenWait",
    "Parallel",
    "Policy",
    "Protocol",
    "Repeat",
    "Returns",
    "RunHandle",
    "RunStatus",
    "RunView",
    "Source",
    "Status",
    "StrEnum",
    "Task",
    "Timer",
    "Try",
    "Unmatched",
    "Wait",
    "What",
    "When",
    "Worker",
    "current",
    "dataclass",
    "date",
    "datetime",
    "empty",
    "entry_as_dict",
    "field",
    "given",
    "like",
    "needed",
    "reach",
    "result",
    "run",
    "run_as_dict",
    "time",
    "timedelta",
    "transaction",
    "value_of",
    "yes",
]

_LATER: Final = {
    "Ended": "worker",
    "Engine": "engine",
    "Entry": "history",
    "OpenWait": "open_waits",
    "RunHandle": "handle",
    "RunStatus": "life",
    "RunView": "view",
    "Source": "sources",
    "Unmatched": "published",
    "What": "history",
    "Worker": "worker",
    "entry_as_dict": "view",
    "run": "local",
    "run_as_dict": "view",
    "transaction": "joining",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"wgen.runtime.{_LATER[name]}"), name)
    globals()[name] = found
    return found
