"""A file with its flows, in the syntax tree, and the sentences at the top of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from wgen.compiler.source import Span
    from wgen.compiler.syntax.steps import Origin, Step
    from wgen.compiler.syntax.values import Constant, Duration, Out, Quoted, Ref, TimeOfDay


class About(NamedTuple):
    text: str
    span: Span


class Import(NamedTuple):
    """`@Import Order, Item from shop.models`."""

    names: tuple[str, ...]
    module: str
    span: Span


class Given(NamedTuple):
    """One input; an `@And` or an `and` below or behind `@Given` makes one more of these."""

    value: Out
    default: Constant | None
    span: Span


class Key(NamedTuple):
    value: Ref
    span: Span


class Retry(NamedTuple):
    """One `@Retry`. `value` by kind: count int · shape word · wait, cap, window Duration · only, never texts."""

    kind: Literal["count", "shape", "wait", "cap", "window", "only", "never", "random"]
    value: int | str | Duration | tuple[Quoted, ...]
    span: Span


class Timeout(NamedTuple):
    scope: Literal["task", "flow"]
    after: Duration
    span: Span


class Limit(NamedTuple):
    """`per` is None for `at a time`, else milliseconds of the unit; `each` is the `for each (customer)`."""

    scope: Literal["task", "flow"]
    number: int
    per: int | None
    each: Ref | None
    span: Span


class StartOn(NamedTuple):
    """A trigger by a connector."""

    source: Origin
    giving: Out | None
    span: Span


class StartEvery(NamedTuple):
    """A schedule: an interval, a day with a time, or a cron text. Exactly one of the three is set."""

    interval: Duration | None
    day: tuple[str, TimeOfDay] | None
    cron: Quoted | None
    zone: Quoted | None
    overlap: Literal["skipping", "queueing", "allowing"]
    catching_up: bool
    span: Span


class StartWhen(NamedTuple):
    """`@Start when flow (payment) reaches "captured" giving (payment)`."""

    flow: Ref
    word: Quoted
    giving: Out | None
    span: Span


Header: TypeAlias = "About | Import | Given | Key | Retry | Timeout | Limit | StartOn | StartEvery | StartWhen"


class Flow(NamedTuple):
    """One flow of a file. `name` is None for a file without `@Flow`; the span is that of the `@Flow` line."""

    name: str | None
    version: int
    header: tuple[Header, ...]
    body: tuple[Step, ...]
    span: Span


class File(NamedTuple):
    """A whole file; `imports` stand above the first `@Flow` and hold for all flows."""

    imports: tuple[Import, ...]
    flows: tuple[Flow, ...]
