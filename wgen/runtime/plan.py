"""A flow made ready to execute: its steps with everything the engine asks of them worked out once."""

from __future__ import annotations

import typing
from enum import IntEnum
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from wgen.runtime.codec import Codec, to_text
from wgen.runtime.flow import ONCE, Decision, Fail, Finish, Flow, Parallel, Receive, Status, Step, Task

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wgen.runtime.codec import Encode
    from wgen.runtime.ports import ValueRow


class Kind(IntEnum):
    """What a step is. A run can stand at a task, a group or a wait; through the others it only passes."""

    TASK = 0
    PARALLEL = 1
    RECEIVE = 2
    DECISION = 3
    STATUS = 4
    FINISH = 5
    FAIL = 6


KINDS: dict[type, Kind] = {
    Task: Kind.TASK,
    Parallel: Kind.PARALLEL,
    Receive: Kind.RECEIVE,
    Decision: Kind.DECISION,
    Status: Kind.STATUS,
    Finish: Kind.FINISH,
    Fail: Kind.FAIL,
}


class Plan:
    """One step. `fresh` is the stored body of a position that has just arrived here."""

    __slots__ = ("digest", "fresh", "gives", "id", "kind", "limit", "line", "policy", "read", "run", "step")

    def __init__(self, id: str, step: Step[Any, Any], codec: Codec) -> None:
        self.id = id
        self.step: Any = step  # its kind says which
        self.kind = KINDS[type(step)]
        self.line = step.line
        self.digest = step.digest
        self.run: Any = getattr(step, "run", None)
        self.policy = getattr(step, "policy", ONCE)
        self.limit: float | None = self.policy.timeout
        names: Sequence[str] = (step.gives,) if isinstance(step, Receive) else getattr(step, "gives", ())
        self.gives: tuple[tuple[str, Encode], ...] = tuple((name, codec.coders[name].encode) for name in names)
        self.read = reader(names)
        self.fresh = to_text({"step": id, "digest": step.digest})

    def encode(self, known: Any, scope: int) -> list[tuple[int, str, bytes]]:
        """The values that the step gives, for the store; the run goes on with what can be read back."""
        rows = []
        for name, encode in self.gives:
            value = getattr(known, name)
            kept, text = encode(value)
            if kept is not value:
                setattr(known, name, kept)
            rows.append((scope, name, text))
        return rows

    def restore(self, known: Any, before: Sequence[Any]) -> None:
        """Gives the values back that the step had replaced before it failed."""
        for (name, _), value in zip(self.gives, before, strict=True):
            setattr(known, name, value)


def reader(names: Sequence[str]) -> Callable[[Any], Sequence[Any]]:
    """A function that reads these attributes of an object."""
    if not names:
        return lambda _: ()
    if len(names) == 1:
        name = names[0]
        return lambda known: (getattr(known, name),)
    return attrgetter(*names)


class Bound:
    """A flow and the handlers that it is to run with."""

    def __init__(self, flow: Flow[Any, Any], handlers: Any) -> None:
        self.flow = flow
        self.handlers = handlers
        hints = typing.get_type_hints(flow.values)
        words = {name: given.words for name, given in flow.inputs.items()} | dict(flow.events)
        self.codec = Codec(hints, words, flow.results)
        self.names = tuple(hints)
        self._all = reader(self.names)
        self.plans: dict[str, Plan] = {state: Plan(str(state), step, self.codec) for state, step in flow.steps.items()}
        self.first = self.plans[str(flow.start)]
        self.waits_for = {plan.step.gives for plan in self.plans.values() if plan.kind is Kind.RECEIVE}

    def copy(self, known: Any) -> Any:
        """The values for a branch of its own."""
        return self.flow.values(*self._all(known))

    def decode(self, known: Any, rows: Sequence[ValueRow]) -> None:
        """Fills stored values in. A name that the flow does not have any more stays in the store, unread."""
        coders = self.codec.coders
        for row in rows:
            if row.name in coders:
                setattr(known, row.name, coders[row.name].decode(row.value))
