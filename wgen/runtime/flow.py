"""The vocabulary of generated modules: what a flow is made of when it runs.

A generated module holds one small function for each step, and a `Flow` whose table says of every step what kind it is,
where it may lead, under which policy and from which line it comes. The functions do the work; the table is there for
the engine's bookkeeping, for diagrams, tests and upgrades.

Shapes of the functions, `Values` being the module's slotted dataclass of what a run knows:

    task      async def step(known: Values, handlers: Handlers) -> State | Done    calls its handler, keeps the result
    decision  def step(known: Values) -> State | Done                              compares values, nothing else
    loop      def step(known: Values) -> bool, or the list of its items            likewise
    child     def step(known: Values) -> dict                                      the inputs of the other flow
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Any, Final, Generic, Literal, TypeAlias, TypeVar, cast

T = TypeVar("T")
V = TypeVar("V")
H = TypeVar("H")

Returns: TypeAlias = T | Awaitable[T]
"""What a handler returns: the result from a `def`, an awaitable of it from an `async def`."""


def result(returned: Returns[T]) -> Awaitable[T]:
    """What a task awaits. The engine hands tasks their handlers as coroutine functions; this tells the type checker."""
    return cast("Awaitable[T]", returned)


class Missing(Enum):
    """The mark of a value that no step has provided yet."""

    MISSING = "missing"

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final[Any] = Missing.MISSING


class Done(Enum):
    """Where the last step of a flow or branch leads: it is done."""

    DONE = "done"

    def __repr__(self) -> str:
        return "DONE"


DONE: Final = Done.DONE


@dataclass(frozen=True, slots=True)
class Policy:
    """How a task is retried and limited. Times are seconds.

    `retries` counts the attempts after the first. The wait before attempt n+1 is `wait` (fixed), n × `wait` (linear)
    or doubles each time (exponential); `cap` bounds it, `jitter` draws it between 0 and that. No retry begins later
    than `window` after the first attempt. `only` and `never` name exception classes, base classes count. `timeout`
    bounds one attempt.
    """

    retries: int = 0
    wait: float = 1.0
    growth: Literal["fixed", "linear", "exponential"] = "fixed"
    cap: float | None = None
    jitter: bool = False
    window: float | None = None
    only: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    timeout: float | None = None


UNLIMITED: Final = sys.maxsize
"""As many retries as the policy's window allows."""

ONCE: Final = Policy()
"""The policy of a task that is tried once, without a time limit."""


@dataclass(frozen=True, slots=True)
class Input:
    """One input of a flow: its words, and what it is when the caller does not give it (MISSING: it is required)."""

    words: str
    default: Any = MISSING


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What all steps have: where they may lead, their line in the flow, and the digest of what they mean.

    `catch` is the @Try around the step, `inside` are the loops around it, outermost first: both only as far as the
    step's own branch goes. `joins` are the background steps that must be done before this one, which reads what they
    give. `reads` are the values that the step uses, and that have to be there.
    """

    line: int
    digest: str
    to: tuple[StrEnum | Done, ...] = ()
    catch: StrEnum | None = None
    inside: tuple[StrEnum, ...] = ()
    joins: tuple[StrEnum, ...] = ()
    reads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Task(Step, Generic[V, H]):
    """A step that calls the handler `handler`. `gives` names the values it provides, `parameters` what it passes.

    `key` is a text of the sentence's own (`with key (order - id)`) that becomes part of the idempotency key. `undo` is
    the step that takes its effect back. Runs that began before version `since`, or with `until` and later, pass it by.
    """

    run: Callable[[V, H], Awaitable[StrEnum | Done]]
    handler: str
    parameters: tuple[str, ...]
    gives: tuple[str, ...] = ()
    policy: Policy = ONCE
    key: Callable[[V], object] | None = None
    undo: StrEnum | None = None
    since: int | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Step, Generic[V]):
    """A task that a connector performs at an address, or the handler `handler` where the user's handlers have it."""

    connector: str
    address: str
    handler: str
    inputs: Callable[[V], Mapping[str, object]]
    gives: tuple[str, ...] = ()
    policy: Policy = ONCE
    key: Callable[[V], object] | None = None
    undo: StrEnum | None = None
    since: int | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Child(Step, Generic[V]):
    """Runs another flow as a run of its own; its result is the value `gives`, if there is one."""

    flow: str
    inputs: Callable[[V], Mapping[str, object]]
    gives: tuple[str, ...] = ()
    policy: Policy = ONCE
    key: Callable[[V], object] | None = None
    undo: StrEnum | None = None
    since: int | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Background(Step):
    """Starts `task` beside the steps that follow; it is joined by the first one that `joins` it, or at the end."""

    task: StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Parallel(Step):
    """Branches that run side by side, each from its first step until it is done; then the flow goes on.

    `join` says how many must succeed; with `at least`, `at_least` of them.
    """

    branches: tuple[StrEnum | Done, ...]
    join: Literal["all", "first to finish", "first to succeed", "at least"] = "all"
    at_least: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ForEach(Step, Generic[V]):
    """Runs `body` for every item, known as `item`: one after the other, or up to `at_once` side by side (None: all).

    `collect` names a value of the body and the list that it is collected into.
    """

    items: Callable[[V], object]
    item: str
    body: StrEnum
    at_once: int | None = 1
    collect: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat(Step, Generic[V]):
    """Runs `body` again and again.

    `kind` while: as long as `condition` holds, asked before each round. until: until it holds, asked after each. times:
    `times` rounds. Rounds begin `every` seconds apart; after `at_most` of them the step fails with RepeatExhausted.
    """

    kind: Literal["while", "until", "times"]
    body: StrEnum
    condition: Callable[[V], bool] | None = None
    times: int = 0
    every: float | None = None
    at_most: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Break(Step):
    """Ends a loop that collects, or whose rounds run side by side: then no further one starts, running ones end.

    `collected`, of a sequential loop: this round has given what is collected.
    """

    collected: bool = False


@dataclass(frozen=True, slots=True)
class OnFailure:
    """One clause of a @Try: the failures it takes (none named: all), where it leads, the value that describes one."""

    types: tuple[str, ...]
    to: StrEnum | Done
    gives: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Try(Step):
    """Steps from `body` on whose failures `clauses` take, the first that fits."""

    body: StrEnum
    clauses: tuple[OnFailure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision(Step, Generic[V]):
    """A `@When`: picks the next step by comparing values."""

    run: Callable[[V], StrEnum | Done]


@dataclass(frozen=True, slots=True)
class OnEvent(Generic[V]):
    """Waits for the event named like the value `gives`.

    `where` tells whether a payload is meant for this run, `source` is the connector and address it comes from.
    """

    gives: str
    to: StrEnum | Done
    where: Callable[[V, Any], bool] | None = None
    source: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class OnFlow(Generic[V]):
    """Waits until a run of another flow, of the business key if one is named, reaches a word."""

    flow: str
    word: str
    to: StrEnum | Done
    key: Callable[[V], object] | None = None


@dataclass(frozen=True, slots=True)
class OnTimeout:
    """Takes over after so many seconds."""

    after: float
    to: StrEnum | Done


On: TypeAlias = OnEvent[V] | OnFlow[V] | OnTimeout


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait(Step, Generic[V]):
    """Waits for the first of several things. `within` seconds after its start it fails with WaitTimeout."""

    on: tuple[On[V], ...]
    within: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer(Step, Generic[V]):
    """Waits for `seconds`, until a time of day `at` (`HH:MM`) in `zone`, or by a value: a moment or a duration."""

    seconds: float | None = None
    at: str | None = None
    zone: str = "UTC"
    by: Callable[[V], object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Status(Step):
    """Sets the run's word, which is searchable and can be awaited."""

    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish(Step, Generic[V]):
    """Ends the run with a result and an outcome word, each if there is one."""

    result: Callable[[V], object] | None = None
    outcome: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fail(Step, Generic[V]):
    """Fails the run, or the enclosing @Try, with FlowFailed and this message."""

    because: Callable[[V], object]


AnyStep: TypeAlias = (
    Task[V, H]
    | Call[V]
    | Child[V]
    | Background
    | Parallel
    | ForEach[V]
    | Repeat[V]
    | Break
    | Try
    | Decision[V]
    | Wait[V]
    | Timer[V]
    | Status
    | Finish[V]
    | Fail[V]
)


@dataclass(frozen=True, slots=True)
class Every:
    """Starts the flow by itself: every `seconds`, or whenever a clock in `zone` shows what the cron line says.

    `words` name the schedule: the store knows by them which of its slots were taken. `overlap` says what becomes of a
    slot while a run of this schedule is open. With `catching_up` each missed slot is made up for, not the latest only.
    """

    words: str
    seconds: float | None = None
    cron: str | None = None
    zone: str = "UTC"
    overlap: Literal["skipping", "queueing", "allowing"] = "skipping"
    catching_up: bool = False


@dataclass(frozen=True, slots=True)
class When:
    """Starts the flow for each run of another flow that reaches a word; the value `gives` tells of that run."""

    flow: str
    word: str
    gives: str | None = None


@dataclass(frozen=True, slots=True)
class Limit(Generic[V]):
    """At most `count` at a time, or `count` begun in `per` seconds; with `each`, so many for each of its values."""

    count: int
    per: float | None = None
    each: Callable[[V], object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow(Generic[V, H]):
    """One flow, as its generated module exports it.

    `digest` is that of the definition: two flows with one digest mean the same. `values` is the dataclass of what a
    run knows, its annotations are the types that values are stored by. `results` is the type of what `@Finish with`
    gives, a union where several sentences give different ones. `timeout` is seconds. `triggers` start the flow by
    itself. `limits` hold for its runs, `task_limits` for each of its tasks, of all its runs together.
    """

    name: str
    version: int
    digest: str
    source: str
    values: type[V]
    inputs: Mapping[str, Input]
    start: StrEnum | Done
    steps: Mapping[StrEnum, AnyStep[V, H]]
    events: Mapping[str, str] = field(default_factory=dict)
    results: Any = Any
    key: Callable[[V], object] | None = None
    timeout: float | None = None
    triggers: tuple[Every | When, ...] = ()
    limits: tuple[Limit[V], ...] = ()
    task_limits: tuple[Limit[V], ...] = ()
