"""The steps of a flow, in the syntax tree: tasks and blocks, waits and ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from wgen.compiler.source import Span
    from wgen.compiler.syntax.tasks import Task
    from wgen.compiler.syntax.values import Condition, Duration, Out, Quoted, Ref, TimeOfDay


class Group(NamedTuple):
    """A `@Then` and its `@And`s: one task, or several side by side."""

    tasks: tuple[Task, ...]
    span: Span


class Meanwhile(NamedTuple):
    """A task in the background."""

    task: Task
    span: Span


class Arm(NamedTuple):
    """`@When` or `@Or when` with its body; the span is that of the line."""

    condition: Condition
    body: tuple[Step, ...]
    span: Span


class When(NamedTuple):
    """A decision. `otherwise` is None without `@Otherwise`."""

    arms: tuple[Arm, ...]
    otherwise: tuple[Step, ...] | None
    span: Span


class Branch(NamedTuple):
    """One `@Branch` of a `@Together`."""

    name: str
    body: tuple[Step, ...]
    span: Span


class Together(NamedTuple):
    """Branches side by side. `at_least` is set for the join of that name only."""

    join: Literal["all", "first to finish", "first to succeed", "at least"]
    at_least: int | None
    branches: tuple[Branch, ...]
    span: Span


class ForEach(NamedTuple):
    """`at_a_time` None means all at once; without an option it is 1."""

    item: Ref
    items: Ref
    at_a_time: int | None
    collecting: tuple[Ref, Ref] | None
    body: tuple[Step, ...]
    span: Span


class Repeat(NamedTuple):
    """A loop: `while` and `until` have a condition, `times` a count."""

    kind: Literal["while", "until", "times"]
    condition: Condition | None
    times: int | None
    every: Duration | None
    at_most: int | None
    body: tuple[Step, ...]
    span: Span


class OnFailure(NamedTuple):
    """One clause of a `@Try`; no `types` means any failure."""

    types: tuple[Quoted, ...]
    giving: Out | None
    body: tuple[Step, ...]
    span: Span


class Try(NamedTuple):
    """A body and what happens when it fails."""

    body: tuple[Step, ...]
    clauses: tuple[OnFailure, ...]
    span: Span


class Origin(NamedTuple):
    """`from kafka topic "orders"`: the connector's words and the address."""

    connector: str
    address: Quoted
    span: Span


class EventWait(NamedTuple):
    """What `@Receive` and `@On (event)` wait for."""

    event: Out
    source: Origin | None
    where: Condition | None


class FlowWait(NamedTuple):
    """What `@Wait until flow` and `@On flow` wait for; `key` is the `for (order - id)`."""

    flow: Ref
    key: Ref | None
    word: Quoted


class Receive(NamedTuple):
    """`@Receive (approval), or fail after 7 days`."""

    wait: EventWait
    fail_after: Duration | None
    span: Span


class Wait(NamedTuple):
    """`@Wait`: for a duration, until a time of day, or by a value (`until` tells which of the two)."""

    until: bool
    time: Duration | TimeOfDay | Ref
    zone: Quoted | None
    span: Span


class WaitFlow(NamedTuple):
    """`@Wait until flow (f) reaches "s"`."""

    wait: FlowWait
    fail_after: Duration | None
    span: Span


class OnBranch(NamedTuple):
    """One `@On` of an `@Await the first`; a Duration is a time limit."""

    wait: EventWait | FlowWait | Duration
    body: tuple[Step, ...]
    span: Span


class Await(NamedTuple):
    """`@Await the first`: exactly one branch is taken."""

    branches: tuple[OnBranch, ...]
    span: Span


class Status(NamedTuple):
    """`@Status "active"`."""

    word: Quoted
    span: Span


class Finish(NamedTuple):
    """`@Finish with (x) as "registered"`."""

    result: Ref | None
    outcome: Quoted | None
    span: Span


class Fail(NamedTuple):
    """`@Fail because "risk too high"`."""

    because: Quoted | Ref
    span: Span


class Break(NamedTuple):
    """`@Break`."""

    span: Span


class Continue(NamedTuple):
    """`@Continue`."""

    span: Span


Step: TypeAlias = (
    "Group | Meanwhile | When | Together | ForEach | Repeat | Try | Receive | Wait | WaitFlow | Await | Status"
    " | Finish | Fail | Break | Continue"
)
