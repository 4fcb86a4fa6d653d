"""A flow made ready to execute: its steps with everything the engine asks of them worked out once."""

from __future__ import annotations

import typing
from enum import IntEnum
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from wgen.runtime import flow as vocabulary
from wgen.runtime.codec import IMMUTABLE, Codec, to_text
from wgen.runtime.flow import ONCE, Call, Done, Flow, OnEvent, Step
from wgen.runtime.handlers import Mixed
from wgen.runtime.open_waits import is_open

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

    from wgen.runtime.codec import Encode
    from wgen.runtime.rows import ValueRow


class Kind(IntEnum):
    """What a step is. A run can stand at a task, a group or a wait; through the others it only passes."""

    TASK = 0
    PARALLEL = 1
    FOR_EACH = 2
    REPEAT = 3
    BREAK = 4
    BACKGROUND = 5
    TRY = 6
    WAIT = 7
    TIMER = 8
    DECISION = 9
    STATUS = 10
    FINISH = 11
    FAIL = 12
    CHILD = 13


KINDS: dict[type, Kind] = {
    vocabulary.Task: Kind.TASK,
    vocabulary.Call: Kind.TASK,
    vocabulary.Parallel: Kind.PARALLEL,
    vocabulary.ForEach: Kind.FOR_EACH,
    vocabulary.Repeat: Kind.REPEAT,
    vocabulary.Break: Kind.BREAK,
    vocabulary.Background: Kind.BACKGROUND,
    vocabulary.Try: Kind.TRY,
    vocabulary.Wait: Kind.WAIT,
    vocabulary.Timer: Kind.TIMER,
    vocabulary.Decision: Kind.DECISION,
    vocabulary.Status: Kind.STATUS,
    vocabulary.Finish: Kind.FINISH,
    vocabulary.Fail: Kind.FAIL,
    vocabulary.Child: Kind.CHILD,
}


class Plan:
    """One step. `fresh` is the stored body of a position that has just arrived here.

    `to` is what follows it, `keeps` are the loops whose rounds still count here. A `plain` task is one that the engine
    may leave for the next without looking at anything but the values it gives; there is `more` to save when another
    one is done. Each attempt of a `limited` task has to be let in.
    """

    __slots__ = (
        "digest",
        "fresh",
        "gives",
        "id",
        "keeps",
        "kind",
        "lends",
        "limit",
        "limited",
        "line",
        "more",
        "plain",
        "policy",
        "read",
        "reads",
        "rows",
        "run",
        "step",
        "to",
        "undo",
    )

    def __init__(self, id: str, step: Step, codec: Codec) -> None:
        self.id = id
        self.step: Any = step  # its kind says which
        self.kind = KINDS[type(step)]
        self.line = step.line
        self.digest = step.digest
        self.to: str | Done | None = step.to[-1] if step.to else None
        self.keeps = frozenset((*step.inside, id))
        self.run: Any = _connected(step) if isinstance(step, Call) else getattr(step, "run", None)
        self.policy = getattr(step, "policy", ONCE)
        self.limit: float | None = self.policy.timeout
        versions = getattr(step, "since", None), getattr(step, "until", None)
        self.undo: str | None = getattr(step, "undo", None)
        self.limited = False
        self.more = self.undo is not None
        self.plain = self.kind is Kind.TASK and not (self.undo or step.joins or any(versions))
        names: Sequence[str] = getattr(step, "gives", ())
        self.gives: tuple[tuple[str, Encode], ...] = tuple((name, codec.coders[name].encode) for name in names)
        self.rows = tuple(_row_of(name, encode) for name, encode in self.gives)
        self.read = reader(names)
        self.reads = step.reads
        reads = {name: codec.coders[name] for name in self.reads}
        self.lends = tuple((name, coder.private) for name, coder in reads.items() if coder.mutable)
        self.fresh = to_text({"step": id, "digest": step.digest})

    def holds_for(self, version: int) -> bool:
        """Whether the sentence of a task holds for runs that began with this version of the flow."""
        step = self.step
        return (step.since is None or version >= step.since) and (step.until is None or version < step.until)

    def lend(self, known: Any, copy: Callable[[Any], Any]) -> Any:
        """The values for a handler, which may change what it is given: that must not reach what the run knows.

        Else a run that was continued from its store would know other things than one that was not interrupted.
        """
        lent = None
        for name, private in self.lends:
            value = getattr(known, name)
            if value.__class__ not in IMMUTABLE:
                lent = lent or copy(known)
                setattr(lent, name, private(value))
        return lent or known

    def take_back(self, lent: Any, known: Any) -> None:
        """Takes over what the step gives, and nothing else."""
        for name, _ in self.gives:
            setattr(known, name, getattr(lent, name))

    def limit_attempts(self) -> None:
        """Has each attempt wait until it is let in."""
        if self.kind is Kind.TASK:
            self.limited = self.more = True
            self.plain = False

    def restore(self, known: Any, before: Sequence[Any]) -> None:
        """Gives the values back that the step had replaced before it failed."""
        for (name, _), value in zip(self.gives, before, strict=True):
            setattr(known, name, value)


def _connected(step: Call[Any]) -> Callable[[Any, Any], Awaitable[Any]]:
    """Performs a connector's task by the handler of its name."""

    async def run(known: Any, handlers: Any) -> Any:
        given = await getattr(handlers, step.handler)(**step.inputs(known))
        for name, value in zip(step.gives, (given,) if len(step.gives) == 1 else given or (), strict=True):
            setattr(known, name, value)
        return step.to[0]

    return run


def _row_of(name: str, encode: Encode) -> Callable[[Any, int], tuple[int, str, bytes]]:
    """A function that encodes a value for the store; the run goes on with what can be read back."""

    def row(known: Any, scope: int) -> tuple[int, str, bytes]:
        value = getattr(known, name)
        kept, text = encode(value)
        if kept is not value:
            setattr(known, name, kept)
        return scope, name, text

    return row


def reader(names: Sequence[str]) -> Callable[[Any], Sequence[Any]]:
    """A function that reads these attributes of an object."""
    if not names:
        return lambda _: ()
    if len(names) == 1:
        name = names[0]
        return lambda known: (getattr(known, name),)
    return attrgetter(*names)


def fold(words: str) -> str:
    """A spelling by which an input is found whatever its blanks and capital letters."""
    return " ".join(words.split()).casefold()


class Bound:
    """A flow and the handlers that it is to run with. `others` are the flows it can start, itself among them.

    `begins_plainly`: with a new run there is nothing to do but its first task. `gated`: other runs may wait for one of
    its runs to end. `in_threads` names the handlers that can't be stopped. `waits_for` are its events, `open_events`
    those of them that may come without a run's id, `choosy_events` those for which a wait has a condition. `sources`
    are to be told of the waits for theirs.
    """

    def __init__(
        self, flow: Flow[Any, Any], handlers: Any, others: Mapping[str, Bound], sources: Collection[str] = ()
    ) -> None:
        self.flow = flow
        self.handlers = handlers
        self.others = others
        self.sources = sources
        hints = typing.get_type_hints(flow.values)
        words = {name: given.words for name, given in flow.inputs.items()} | dict(flow.events)
        self.codec = Codec(hints, words, flow.results)
        # Under each Python name and each folded spelling of an input, the Python name.
        self.spellings = {name: name for name in flow.inputs}
        self.spellings |= {fold(wanted.words): name for name, wanted in flow.inputs.items()}
        self.names = tuple(hints)
        self._all = reader(self.names)
        self.plans: dict[str, Plan] = {state: Plan(str(state), step, self.codec) for state, step in flow.steps.items()}
        if flow.task_limits:
            for plan in self.plans.values():
                plan.limit_attempts()
        self.first = self.plans[str(flow.start)]
        self.begins_plainly = self.first.plain and not self.first.step.inside and flow.timeout is None
        self.in_threads = handlers.in_threads if isinstance(handlers, Mixed) else frozenset()
        self.gated = bool(flow.limits or flow.task_limits or flow.triggers)
        waits = [plan.step for plan in self.plans.values() if plan.kind is Kind.WAIT]
        events = [on for wait in waits for on in wait.on if isinstance(on, OnEvent)]
        self.waits_for = {on.gives for on in events}
        self.open_events = {on.gives for on in events if is_open(on)}
        self.choosy_events = {on.gives for on in events if on.where is not None}

    def copy(self, known: Any) -> Any:
        """The values for a branch of its own."""
        return self.flow.values(*self._all(known))

    def decode(self, known: Any, rows: Sequence[ValueRow]) -> None:
        """Fills stored values in. A name that the flow does not have any more stays in the store, unread."""
        coders = self.codec.coders
        for row in rows:
            if row.name in coders:
                setattr(known, row.name, coders[row.name].decode(row.value))
