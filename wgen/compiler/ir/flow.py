"""A flow as a whole, in the IR, and the file that it stands in."""

from __future__ import annotations

from typing import Literal, TypeAlias

from wgen.compiler.ir.steps import Step
from wgen.compiler.ir.values import NOWHERE, Constant, Path, Type, Value
from wgen.compiler.records import record
from wgen.compiler.source import Span

SCHEMA = "wgen.ir/1"


@record
class Limit:
    """At most `count` at a time, or `count` per `per` milliseconds; for each value of `each` apart."""

    scope: Literal["task", "flow"]
    count: int
    per: int | None
    each: Path | None
    span: Span = NOWHERE


@record
class Input:
    """One input; None as default means it is required (a flow's text can't say "nothing")."""

    value: str
    default: Constant | None
    span: Span = NOWHERE


@record
class StartOn:
    """Started by a connector."""

    connector: str
    address: str
    giving: str | None
    span: Span = NOWHERE
    kind: Literal["on"] = "on"


@record
class StartEvery:
    """Started by the calendar: an interval in milliseconds, a day with a time `HH:MM`, or a cron text."""

    interval: int | None
    day: str | None
    time: str | None
    cron: str | None
    zone: str | None
    overlap: Literal["skipping", "queueing", "allowing"]
    catching_up: bool
    span: Span = NOWHERE
    kind: Literal["every"] = "every"


@record
class StartWhen:
    """Started when another flow reaches a word."""

    flow: str
    word: str
    giving: str | None
    span: Span = NOWHERE
    kind: Literal["when"] = "when"


Trigger: TypeAlias = StartOn | StartEvery | StartWhen


@record
class Handler:
    """What a task's sentence asks of the user's code: one method, called by keyword."""

    name: str
    parameters: tuple[Parameter, ...]
    results: tuple[Type, ...]
    sentence: str
    span: Span = NOWHERE


@record
class Parameter:
    """One keyword of a handler."""

    name: str
    type: Type


@record
class Flow:
    """One flow. `ident` is its Python name."""

    name: str
    ident: str
    version: int
    about: str | None
    inputs: tuple[Input, ...]
    key: Path | None
    timeout: int | None
    limits: tuple[Limit, ...]
    triggers: tuple[Trigger, ...]
    values: dict[str, Value]
    handlers: tuple[Handler, ...]
    body: tuple[Step, ...]
    digest: str = ""
    span: Span = NOWHERE


@record
class Module:
    """One file."""

    source: str
    flows: tuple[Flow, ...]
    schema: str = SCHEMA
