"""Tasks in the IR: what performs them, what they take and give, how they are retried; alone, side by side, beside."""

from __future__ import annotations

from typing import Literal

from wgen.compiler.ir.values import NOWHERE, Operand, Path
from wgen.compiler.records import record
from wgen.compiler.source import Span


@record
class Policy:
    """How a task is retried and limited. `retries` None means as often as `window` allows."""

    retries: int | None = 0
    wait: int = 1000
    growth: Literal["fixed", "linear", "exponential"] = "fixed"
    cap: int | None = None
    jitter: bool = False
    window: int | None = None
    only: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    timeout: int | None = None


@record
class Argument:
    """What a task passes to its handler under a name."""

    name: str
    value: Operand


@record
class Output:
    """A value that a step gives. `implicit` where only the sentence's own words say so."""

    value: str
    implicit: bool = False
    span: Span = NOWHERE


@record
class Call:
    """What performs a task: a handler of the user's, a child flow, or a connector with its address."""

    by: Literal["handler", "flow", "connector"]
    name: str
    address: str | None = None


@record
class Task:
    """One task. `sentence` is its words up to the first marker, blanks folded, modifiers left out."""

    id: str
    sentence: str
    call: Call
    inputs: tuple[Argument, ...]
    outputs: tuple[Output, ...]
    policy: Policy
    key: Path | None = None
    since: int | None = None
    until: int | None = None
    undo: Task | None = None
    digest: str = ""
    span: Span = NOWHERE
    kind: Literal["task"] = "task"


@record
class Parallel:
    """Tasks side by side: a `@Then` and its `@And`s."""

    id: str
    tasks: tuple[Task, ...]
    digest: str = ""
    span: Span = NOWHERE
    kind: Literal["parallel"] = "parallel"


@record
class Background:
    """A task that runs beside the steps below it, joined where one of its values is first read."""

    id: str
    task: Task
    digest: str = ""
    span: Span = NOWHERE
    kind: Literal["background"] = "background"
