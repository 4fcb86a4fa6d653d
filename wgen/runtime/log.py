"""The log: what happens to runs, as records of the logger "wgen" with the run, its flow and the step in each.

A step that goes well is not logged: the history has it. `record.run`, `record.flow` and `record.step` are for
formatters and filters.
"""

from __future__ import annotations

import logging
import traceback
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

from wgen.runtime.codec import plain
from wgen.runtime.history import Entry, What
from wgen.runtime.life import RunStatus

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wgen.runtime.rows import EntryRow
    from wgen.runtime.state import RunState

logger: Final = logging.getLogger("wgen")

_LEVELS: Final[dict[str, int]] = {
    What.ATTEMPT_FAILED: logging.INFO,
    What.STEP_FAILED: logging.INFO,
    What.UNDO_BEGAN: logging.INFO,
    What.UNDO_FAILED: logging.WARNING,
    What.WORKER_LOST: logging.WARNING,
    What.RUN_PAUSED: logging.INFO,
    What.RUN_FINISHED: logging.INFO,
    What.RUN_FAILED: logging.INFO,
    What.RUN_CANCELLED: logging.INFO,
}

_HERE: Final = str(Path(__file__).parent.parent)


def about(run: RunState, step: str | None = None) -> dict[str, Any]:
    """What each record about a run carries."""
    return {"run": run.id, "flow": run.bound.flow.name, "step": step}


def log_entries(run: RunState, entries: Iterable[EntryRow]) -> None:
    """Logs what is worth it, once it is committed."""
    for row in entries:
        level = _LEVELS.get(row[1])
        if level is not None and logger.isEnabledFor(level):
            _log(run, Entry(*row), level)


def _log(run: RunState, entry: Entry, level: int) -> None:
    error = plain(entry.error)
    said = [] if error is None else [f"{error['type']}: {error['message']}"]
    said += [entry.reason] if entry.reason else []
    where = f" at {entry.step}" if entry.step else ""
    told = f": {'; '.join(said)}" if said else ""
    logger.log(
        level, 'run %s of "%s": %s%s%s', run.id, run.bound.flow.name, entry.what, where, told,
        extra=about(run, entry.step),
    )  # fmt: skip


def log_failure(run: RunState) -> None:
    """Shows what the user's own code did wrong, without the engine's frames around it."""
    if run.status is not RunStatus.FAILED or run.cause is None:
        return
    trace = None
    for frame, line in reversed(list(traceback.walk_tb(run.cause.__traceback__))):
        if not frame.f_code.co_filename.startswith(_HERE):
            trace = TracebackType(trace, frame, frame.f_lasti, line)
    if trace is not None:
        told = (type(run.cause), run.cause, trace)
        step = (plain(run.error) or {}).get("step")
        logger.error('run %s of "%s" failed', run.id, run.bound.flow.name, exc_info=told, extra=about(run, step))
