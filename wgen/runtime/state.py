"""Where a run stands, in memory: its positions, arranged as a tree, what it knows, and what could be undone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from wgen.runtime.codec import to_text
from wgen.runtime.life import RunStatus
from wgen.runtime.position import Position
from wgen.runtime.rows import UndoRow
from wgen.runtime.signs import child_event

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wgen.runtime.plan import Bound, Plan
    from wgen.runtime.ports import Store
    from wgen.runtime.rows import Event, RunRow

CHILD: Final = child_event("")


@dataclass(slots=True)
class Undo:
    """How one finished step is undone: by which step, with what that reads, in which round it was.

    `scope` is the position that finished the step, or the one that undoes it now. `of` is the finished step. `child` is
    a run that the step has started, and that is undone; then `step` is the step itself, and `ended` says that it had
    finished.
    """

    scope: int
    step: str
    values: dict[str, Any]
    iteration: str | None
    of: str
    child: str | None = None
    ended: bool = False

    def row(self, number: int) -> UndoRow:
        body: dict[str, Any] = {"step": self.step, "values": self.values, "iteration": self.iteration, "of": self.of}
        if self.child is not None:
            body |= {"child": self.child, "ended": self.ended}
        return UndoRow(number, self.scope, to_text(body))


class Unfit(Exception):
    """A stored run that the flow of today can't go on with."""

    def __init__(self, type: str, message: str, step: str | None) -> None:
        super().__init__(message)
        self.type = type
        self.step = step


class RunState:
    """One run while it is executed here. `body` is the root position as stored, `busy` counts attempts in flight.

    `pausing` is the order by which the run is paused as soon as nothing is in flight. `store` is where its execution
    keeps it. `older`: it began by another text of the flow, so it may lack what that gives to its first steps.
    """

    def __init__(self, bound: Bound, row: RunRow, known: Any) -> None:
        self.bound = bound
        self.id = row.id
        self.number = row.number
        self.revision = row.revision
        self.fence = row.fence
        self.status: RunStatus = row.status
        self.version = row.version
        self.created_at = row.created_at
        self.parent = row.parent
        self.depth = row.depth
        self.trace = row.trace
        self.older = row.digest != bound.flow.digest
        self.word = row.word
        self.outcome = row.outcome
        self.result = row.result
        self.error = row.error
        self.cause: BaseException | None = None
        self.body = row.position
        self.mail: list[Event] = []
        self.mail_seen = row.mail
        self.last_event = 0
        self.busy = 0
        self.pausing: Event | None = None
        self.store: Store | None = None
        timeout = bound.flow.timeout
        self.deadline = None if timeout is None else row.created_at + timeout
        self.root = Position(self, 0, None, None, known)
        self.positions: dict[int, Position] = {0: self.root}
        self.last_id = 0
        self.undos: dict[int, Undo] = {}
        self.last_undo = 0

    def receive(self, events: Sequence[Event], counter: int) -> None:
        """Takes in the mail that is new."""
        self.mail.extend(event for event in events if event.number > self.last_event)
        self.last_event = max((event.number for event in events), default=self.last_event)
        self.mail_seen = counter

    def add_child(self, parent: Position, plan: Plan | None) -> Position:
        """A new position below `parent`."""
        self.last_id += 1
        child = Position(self, self.last_id, parent, plan, self.bound.copy(parent.known))
        self.positions[child.id] = child
        parent.children[child.id] = child
        return child

    def leaves(self) -> Iterator[Position]:
        """The positions that are no group of others, in the order of their making."""
        if len(self.positions) == 1:  # most runs have no branches
            return iter((self.root,))
        return (p for p in list(self.positions.values()) if not p.in_group)

    def below(self, parent: Position) -> list[Position]:
        """All positions of the group forked at `parent`, and of the groups in it."""
        found = list(parent.children.values())
        for position in found:  # grows while it is walked
            found.extend(position.children.values())
        return found

    def awaited_children(self) -> list[str]:
        """The runs whose end this one waits for."""
        waits = [wait.event or "" for position in self.positions.values() for wait in position.waits]
        return [event.removeprefix(CHILD) for event in waits if event.startswith(CHILD)]

    def due(self) -> float | None:
        """When the run must be looked at again, if no event comes before."""
        times = [time for p in self.positions.values() if (time := p.next_time()) is not None]
        if self.deadline is not None and self.status is not RunStatus.UNDOING:
            times.append(self.deadline)
        return min(times, default=None)

    def held_back(self) -> bool:
        """Whether nothing but a limit keeps the run from going on."""
        waiting = [p for p in self.leaves() if not p.halted and (p.waits or p.wake_at is not None)]
        return bool(waiting) and all(p.at_gate or p.admitted for p in waiting)

    def make_busy(self, position: Position) -> None:
        position.busy = True
        self.busy += 1

    def make_idle(self, position: Position) -> None:
        position.busy = False
        position.starts_in = None
        self.busy -= 1


def piece_name(name: str, number: int) -> str:
    """How one collected value is stored until the list is complete; no value of a flow has such a name."""
    return f"{name}[{number}]"


def list_of_piece(name: str) -> str | None:
    """The list that a stored value is a piece of, by its name; None where it is a value of its own."""
    return name.partition("[")[0] if name.endswith("]") else None
