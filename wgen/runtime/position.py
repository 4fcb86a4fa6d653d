"""One place where a run stands: its step, what it waits for, the values of its branch.

The root position is 0. A group forks a child position for each branch; a child has its own copy of the values, and
only the ones it gives are stored under its own scope. When all children are done, what they gave becomes the
parent's and the parent goes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from wgen.runtime.codec import to_text
from wgen.runtime.context import Attempt
from wgen.runtime.signs import gate_event

if TYPE_CHECKING:
    import asyncio

    from wgen.runtime.plan import Plan
    from wgen.runtime.state import RunState

DONE_BODY: Final = b'{"step":null}'

_KEPT: Final = (
    "admitted",
    "attempt",
    "deaths",
    "first_at",
    "wake_at",
    "halted",
    "rounds",
    "beside",
    "joining",
    "mark",
    "next",
    "stopped",
    "undo",
    "raised",
)
"""What a stored position says besides its step, where it is not as on arrival."""

_kept_of: Final = attrgetter(*_KEPT)


@dataclass(slots=True)
class Wait:
    """One thing that a position waits for since a time: the event of this name, or just until a time.

    `flow` is the other flow whose doing the event is, if it is one's. `on` is the number of the entry in the step's own
    `on` that it stands for; None is the time of the step itself. `correlation` are the values that the event has to
    hold, where the wait's condition says just that.
    """

    event: str | None
    since: float
    until: float | None
    on: int | None = None
    flow: str | None = None
    correlation: dict[str, Any] | None = None

    def kept(self) -> dict[str, Any]:
        """As the store keeps it; without a copy of each part, as `dataclasses.asdict` makes it."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(slots=True)
class Failure:
    """What failed, in the words of a run's error. `cause` is the exception, where it happened in this process.

    `names` are those of the exception's class and of its bases: what a flow may catch it by.
    """

    type: str
    message: str
    step: str
    line: int
    names: tuple[str, ...] = ()
    cause: BaseException | None = None

    def as_json(self) -> dict[str, Any]:
        return {"type": self.type, "message": self.message, "step": self.step, "flow_line": self.line}

    def kept(self) -> dict[str, Any]:
        """As a position keeps it until the group around it is quiet."""
        return {**self.as_json(), "names": self.names}


def failure_of(error: BaseException, plan: Plan) -> Failure:
    """The failure that an exception makes at a step."""
    try:
        message = str(error)
    except Exception:  # noqa: BLE001 - an exception that can't be printed is still a failure
        message = ""
    message = message.encode("utf-8", "backslashreplace").decode()
    names = tuple(kind.__name__ for kind in type(error).__mro__)
    return Failure(type(error).__name__, message, plan.id, plan.line, names, error)


class Position:
    """One place where the run stands. `attempt` counts the failed ones, `deaths` those that died with their worker.

    `halted`: nothing is to start here, because the group has failed. `failure` is what failed the group forked here,
    or the background task itself. `busy`: an attempt is in flight. `plan` is None when the branch is done. `late` is
    the thread of an attempt that was given up, `walk` what executes it, `starts_in` what starts it, a move that is
    to be saved first, until it has begun, `joined` the transaction that its attempt writes to.

    Loops: `rounds` counts those of the loops around the step, `index` is the round that a position of its own is for.
    Where rounds run side by side, `next` is the item that comes next, `stopped` says that none does, and `pieces` are
    the collected values so far. `beside` is the background step that started this position. `joining`: it waits for
    its background tasks. `undo` is the number of the step that is undone here, `mark` that of the last one that could
    be when the group began. `admitted`: the limits of the task have let its next attempt in. `raised`: the failure of
    this background task was raised where it was joined; it stays only for a retry of the run.
    """

    __slots__ = (
        "admitted",
        "attempt",
        "beside",
        "busy",
        "children",
        "deaths",
        "failure",
        "first_at",
        "given",
        "halted",
        "id",
        "index",
        "joined",
        "joining",
        "known",
        "late",
        "mark",
        "next",
        "open",
        "parent",
        "pieces",
        "plan",
        "raised",
        "rounds",
        "run",
        "starts_in",
        "stopped",
        "undo",
        "waits",
        "wake_at",
        "walk",
    )

    def __init__(self, run: RunState, id: int, parent: Position | None, plan: Plan | None, known: Any) -> None:
        self.run = run
        self.id = id
        self.parent = parent
        self.plan = plan
        self.known = known
        self.given: dict[str, bytes] = {}
        self.open = 0
        self.children: dict[int, Position] = {}
        self.rounds: dict[str, int] = {}
        self.pieces: dict[str, bytes] = {}
        self.index: int | None = None
        self.beside: str | None = None
        self.undo: int | None = None
        self.raised = False
        self.failure: Failure | None = None
        self.busy = False
        self.late: asyncio.Future[Any] | None = None
        self.starts_in: object | None = None
        self.joined: Any = None
        self.walk: asyncio.Task[Any] | None = None
        self.arrive(plan)

    def arrive(self, plan: Plan | None) -> None:
        """Stands at another step, as if for the first time."""
        self.plan = plan
        self.attempt = 0
        self.deaths = 0
        self.first_at: float | None = None
        self.wake_at: float | None = None
        self.admitted = False
        self.waits: list[Wait] = []
        self.halted = False
        self.joining = False
        self.mark = 0
        self.next = 0
        self.stopped = False
        if self.rounds:
            keeps = plan.keeps if plan is not None else ()
            self.rounds = {loop: number for loop, number in self.rounds.items() if loop in keeps}

    def iteration(self) -> str | None:
        """The rounds of all loops around the position, outermost first: `3.1`. They count from 1."""
        if self.undo is not None:
            return self.run.undos[self.undo].iteration
        parts: list[int] = []
        position: Position | None = self
        while position is not None:
            parts = [*([] if position.index is None else [position.index]), *position.rounds.values(), *parts]
            position = position.parent
        return ".".join(str(number + 1) for number in parts) or None

    def attempt_now(self) -> Attempt:
        run = self.run
        plan = self._here()
        iteration = self.iteration()
        parts = [run.id, plan.id, *([iteration] if iteration else [])]
        if plan.step.key is not None:
            parts.append(str(plan.step.key(self.known)))
        return Attempt(run.id, run.bound.flow.name, plan.id, iteration, self.attempt + 1, "/".join(parts))

    def _here(self) -> Plan:
        if self.plan is None:
            raise RuntimeError("current() is for handlers: the branch of this task is done")
        return self.plan

    def failing(self) -> bool:
        """Whether a group around this position has failed."""
        parent = self.parent
        while parent is not None:
            if parent.failure is not None:
                return True
            parent = parent.parent
        return False

    @property
    def over(self) -> bool:
        """Whether the branch is at its end, with its background tasks."""
        return self.plan is None and not self.joining

    @property
    def in_group(self) -> bool:
        """Whether the position only holds the branches forked at its step together."""
        return self.plan is not None and any(child.beside is None for child in self.children.values())

    @property
    def at_gate(self) -> bool:
        """Whether the position waits to be let in by a limit."""
        return bool(self.waits) and self.waits[0].event == gate_event(self.id)

    def next_time(self) -> float | None:
        """When this position goes on by itself."""
        if self.halted or self.plan is None:
            return None
        times = [wait.until for wait in self.waits if wait.until is not None]
        if self.wake_at is not None:
            times.append(self.wake_at)
        return min(times, default=None)

    def body(self) -> bytes:
        """The position as the store keeps it; what is as on arrival is left out."""
        kept = _kept_of(self)
        if not (any(kept) or self.waits or self.failure):
            return self._fresh()
        here: dict[str, Any] = (
            {"step": None} if self.plan is None else {"step": self.plan.id, "digest": self.plan.digest}
        )
        here |= {name: value for name, value in zip(_KEPT, kept, strict=True) if value}
        if self.index is not None:
            here["index"] = self.index
        if self.waits:
            here["waits"] = [wait.kept() for wait in self.waits]
        if self.failure is not None:
            here["failure"] = self.failure.kept()
        return to_text(here)

    def _fresh(self) -> bytes:
        """The position as it is on arrival."""
        body = DONE_BODY if self.plan is None else self.plan.fresh
        return body if self.index is None else b'%b,"index":%d}' % (body[:-1], self.index)

    def fill(self, body: dict[str, Any]) -> None:
        """Takes over what `body` wrote, besides the step."""
        for name in (*_KEPT, "index"):
            if name in body:
                setattr(self, name, body[name])
        self.waits = [Wait(**wait) for wait in body.get("waits", ())]
        if failed := body.get("failure"):
            names = tuple(failed["names"])
            self.failure = Failure(failed["type"], failed["message"], failed["step"], failed["flow_line"], names)
