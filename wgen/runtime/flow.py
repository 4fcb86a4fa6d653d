"""The vocabulary of generated modules: what a flow is made of when it runs.

A generated module holds one small function for each step, and a `Flow` whose table says of every step what kind it is,
where it may lead, under which policy and from which line it comes. The functions do the work; the table is there for
the engine's bookkeeping, for diagrams, tests and upgrades.

Shapes of the functions, `Values` being the module's slotted dataclass of what a run knows:

    task      async def step(known: Values, handlers: Handlers) -> State | Done    calls its handler, keeps the result
    decision  def step(known: Values) -> State | Done                              compares values, nothing else
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
class Task(Generic[V, H]):
    """A step that calls the handler `handler`. `gives` names the values it provides, `parameters` what it passes.

    `key` is a text of the sentence's own (`with key (order - id)`) that becomes part of the idempotency key.
    """

    run: Callable[[V, H], Awaitable[StrEnum | Done]]
    handler: str
    parameters: tuple[str, ...]
    to: tuple[StrEnum | Done, ...]
    line: int
    digest: str
    gives: tuple[str, ...] = ()
    policy: Policy = ONCE
    key: Callable[[V], object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parallel:
    """Branches that run side by side, each from its first step until it is done; then the flow goes on."""

    branches: tuple[StrEnum, ...]
    to: tuple[StrEnum | Done, ...]
    line: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision(Generic[V]):
    """A `@When`: picks the next step by comparing values."""

    run: Callable[[V], StrEnum | Done]
    to: tuple[StrEnum | Done, ...]
    line: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Receive(Generic[V]):
    """Waits for the event named like the value `gives`.

    `where` tells whether a payload is meant for this run. `within` is the time limit in seconds; when it has passed,
    the step fails with WaitTimeout.
    """

    gives: str
    to: tuple[StrEnum | Done, ...]
    line: int
    digest: str
    where: Callable[[V, Any], bool] | None = None
    within: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Sets the run's word, which is searchable and can be awaited."""

    word: str
    to: tuple[StrEnum | Done, ...]
    line: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish(Generic[V]):
    """Ends the run with a result and an outcome word, each if there is one."""

    line: int
    digest: str
    result: Callable[[V], object] | None = None
    outcome: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fail(Generic[V]):
    """Fails the run, or the enclosing @Try, with FlowFailed and this message."""

    because: Callable[[V], object]
    line: int
    digest: str


Step: TypeAlias = Task[V, H] | Parallel | Decision[V] | Receive[V] | Status | Finish[V] | Fail[V]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow(Generic[V, H]):
    """One flow, as its generated module exports it.

    `digest` is that of the definition: two flows with one digest mean the same. `values` is the dataclass of what a
    run knows, its annotations are the types that values are stored by. `results` is the type of what `@Finish with`
    gives, a union where several sentences give different ones. `timeout` is seconds.
    """

    name: str
    version: int
    digest: str
    source: str
    values: type[V]
    inputs: Mapping[str, Input]
    start: StrEnum | Done
    steps: Mapping[StrEnum, Step[V, H]]
    events: Mapping[str, str] = field(default_factory=dict)
    results: Any = Any
    key: Callable[[V], object] | None = None
    timeout: float | None = None
