"""A run as its users see it, from a store alone: nothing here needs the flow's code."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from wgen.runtime.clock import as_text
from wgen.runtime.codec import plain
from wgen.runtime.ending import PAUSED
from wgen.runtime.life import ENDED, RunStatus

if TYPE_CHECKING:
    from wgen.runtime.history import Entry
    from wgen.runtime.rows import RunRow, Stored


@dataclass(frozen=True, slots=True)
class RunView:
    """A run at one moment, in the order and under the names of its JSON form. Times are epoch seconds.

    `status` is where it is in its life, `word` the last business status, `outcome` the word it finished with. `steps`
    are the ids where it stands, `attempts` tells of each task the number of its latest attempt.
    """

    id: str
    flow: str
    version: int
    key: str | None
    parent: str | None
    created: bool
    status: RunStatus
    outcome: str | None
    word: str | None
    steps: list[str]
    values: dict[str, Any]
    result: Any
    error: dict[str, Any] | None
    attempts: dict[str, int]
    waiting_for: list[dict[str, Any]]
    wake_at: float | None
    created_at: float
    updated_at: float

    @property
    def ended(self) -> bool:
        """Whether the run is over."""
        return self.status in ENDED


_ERROR: Final = ("type", "message", "step", "flow_line", "undo")


def view(stored: Stored, attempts: dict[str, int], *, created: bool = False) -> RunView:
    """Puts together what a store knows of a run."""
    row = stored.row
    leaves = leaves_of(stored)
    waits = waits_of(stored)
    times = [leaf.get("wake_at") for leaf in leaves] + [wait["until"] for wait in waits]
    return RunView(
        id=row.id,
        flow=row.flow,
        version=row.version,
        key=row.key,
        parent=row.parent,
        created=created,
        status=row.status,
        outcome=row.outcome,
        word=row.word,
        steps=[leaf["step"] for leaf in leaves],
        values={v.name: plain(v.value) for v in stored.values if v.scope == 0 and v.name.isidentifier()},
        result=plain(row.result),
        error=_error(row.error),
        attempts=attempts,
        waiting_for=[] if row.status in ENDED else waits,
        wake_at=_soonest(row, times),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def leaves_of(stored: Stored) -> list[dict[str, Any]]:
    """The bodies of the positions that stand at a step and are no group of others."""
    bodies = {0: plain(stored.row.position)} | {p.id: plain(p.body) for p in sorted(stored.positions)}
    # Whoever has nothing but background tasks below it stands at its own step all the same.
    inner = {position.parent for position in stored.positions if "beside" not in bodies[position.id]}
    return [
        body for id, body in bodies.items() if id not in inner and body["step"] is not None and not body.get("raised")
    ]


def waits_of(stored: Stored) -> list[dict[str, Any]]:
    """What a run waits for, where all of its branches stand."""
    return [wait for leaf in leaves_of(stored) for wait in _waits_of(leaf)]


def _waits_of(leaf: dict[str, Any]) -> list[dict[str, Any]]:
    """What a position waits for: its events, each until the step's time limit, or a time alone."""
    waits = [wait for wait in leaf.get("waits", ()) if not (wait["event"] or "").startswith("gate:")]
    limit = min((wait["until"] for wait in waits if wait["until"] is not None), default=None)
    events = [{**wait, "until": limit} for wait in waits if wait["event"] is not None]
    return events or list(waits)


def _wait_as_dict(wait: dict[str, Any]) -> dict[str, Any]:
    if wait.get("flow") is not None:
        what = {"flow": wait["flow"]}
    else:
        what = {"time": _time(wait["until"])} if wait["event"] is None else {"event": wait["event"]}
    return {
        **what,
        "since": _time(wait["since"]),
        "until": _time(wait["until"]),
        "correlation": wait.get("correlation"),
    }


def _error(text: bytes | None) -> dict[str, Any] | None:
    """What failed the run; the names of its kind are the engine's own business."""
    error: dict[str, Any] | None = plain(text)
    if error is None or error["type"] == PAUSED:
        return None
    return {name: error.get(name) for name in _ERROR}


def _soonest(row: RunRow, times: list[float | None]) -> float | None:
    if row.status in ENDED or row.status is RunStatus.PAUSED:
        return None
    return min((time for time in times if time is not None), default=None)


def run_as_dict(run: RunView) -> dict[str, Any]:
    """The JSON form of a run."""
    waits = [_wait_as_dict(wait) for wait in run.waiting_for]
    times = {name: _time(getattr(run, name)) for name in ("wake_at", "created_at", "updated_at")}
    return {**asdict(run), "status": str(run.status), "waiting_for": waits, **times}


def entry_as_dict(entry: Entry) -> dict[str, Any]:
    """The JSON form of one entry of a history."""
    return {**entry._asdict(), "at": as_text(entry.at), "what": str(entry.what), "error": plain(entry.error)}


def _time(moment: float | None) -> str | None:
    return None if moment is None else as_text(moment)
