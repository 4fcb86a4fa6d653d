"""The intermediate representation: what a flow means, apart from any text, engine or language.

A `Module` is one file. A flow's body is a list of steps, blocks hold lists of steps of their own. All names are
resolved to Python names, policies are merged into each task, types are known. Spans point into the source for
diagnostics and line numbers; they are no part of the meaning: JSON and digests leave them out.
Times are milliseconds.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, Literal, TypeAlias

from wgen.compiler.records import record
from wgen.compiler.source import Span

SCHEMA = "wgen.ir/1"

NOWHERE = Span(0, 0)

# ---- types, values, operands -----------------------------------------------------------------------------------------


@record
class Type:
    """A type: `any`, a `builtin` by name, a `named` class or `enum` of a module, or a `list` / `optional` of another.

    `beside` says that `module` is a file beside the flow and not an importable name of its own.
    """

    kind: Literal["any", "builtin", "named", "enum", "list", "optional"]
    name: str = ""
    module: str = ""
    beside: bool = False
    of: Type | None = None


ANY = Type("any")


@record
class Value:
    """A value that the flow knows at some place, under its Python name."""

    name: str
    words: str
    type: Type
    span: Span = NOWHERE


@record
class Field:
    """One dash of a path. `access` is how the field is read where the type tells it, else `any`."""

    words: str
    name: str
    access: Literal["attribute", "key", "any"]


@record
class Path:
    """A value, or a field of it at any depth."""

    value: str
    fields: tuple[Field, ...]
    type: Type
    span: Span = NOWHERE
    kind: Literal["path"] = "path"

    @property
    def words(self) -> str:
        return " - ".join([self.value.replace("_", " "), *(part.words for part in self.fields)])


@record
class Constant:
    """A literal. A decimal is its exact text, a duration milliseconds, a time `HH:MM`, a table its rows."""

    kind: Literal["text", "whole", "decimal", "duration", "time", "yes_no", "table"]
    value: str | int | bool | tuple[dict[str, str], ...]
    span: Span = NOWHERE


Operand: TypeAlias = Path | Constant

# ---- conditions ------------------------------------------------------------------------------------------------------

TestOp: TypeAlias = Literal[
    "true",
    "is",
    "more than",
    "less than",
    "at least",
    "at most",
    "before",
    "after",
    "contains",
    "starts with",
    "ends with",
    "one of",
    "empty",
    "missing",
    "given",
]


@record
class Test:
    """One comparison of a value."""

    left: Path
    op: TestOp
    right: tuple[Operand, ...]
    negated: bool
    span: Span = NOWHERE
    kind: Literal["test"] = "test"


@record
class AllOf:
    """True where every part is."""

    parts: tuple[Condition, ...]
    kind: Literal["all"] = "all"


@record
class AnyOf:
    """True where one part is."""

    parts: tuple[Condition, ...]
    kind: Literal["any"] = "any"


Condition: TypeAlias = Test | AllOf | AnyOf

# ---- policies --------------------------------------------------------------------------------------------------------


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
class Limit:
    """At most `count` at a time, or `count` per `per` milliseconds; for each value of `each` apart."""

    scope: Literal["task", "flow"]
    count: int
    per: int | None
    each: Path | None
    span: Span = NOWHERE


# ---- steps -----------------------------------------------------------------------------------------------------------


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


@record
class Arm:
    """One condition of a decision, and what happens where it is the first to hold."""

    condition: Condition
    body: tuple[Step, ...]
    span: Span = NOWHERE


@record
class Decision:
    """`@When`. `otherwise` is None where the text has none."""

    id: str
    arms: tuple[Arm, ...]
    otherwise: tuple[Step, ...] | None
    digest: str = ""
    span: Span = NOWHERE
    kind: Literal["decision"] = "decision"


@record
class Branch:
    """One branch of a `@Together`."""

    id: str
    name: str
    body: tuple[Step, ...]
    span: Span = NOWHERE


@record
class Together:
    """Branches side by side, and how many must succeed."""

    id: str
    join: Literal["all", "first to finish", "first to succeed", "at least"]
    at_least: int | None
    branches: tuple[Branch, ...]
    digest: str = ""
    span: Span = NOWHERE
    kind: Literal["together"] = "together"


@record
class ForEach:
    """A body for each item of a list; `at_a_time` None means all at once."""

    id: str
    item: str
    items: Path
    at_a_time: int | None
    collect: tuple[str, str] | None
    body: tuple[Step, ...]
    digest: str = ""
    span: Span = NOWHERE
    collect_span: Span = NOWHERE  # of the value that each round gives
    kind: Literal["for_each"] = "for_each"


@record
class Repeat:
    """A loop by a condition or a count."""

    id: str
    loop: Literal["while", "until", "times"]
    condition: Condition | None
    times: int | None
    every: int | None
    at_most: int | None
    body: tuple[Step, ...]
    digest: str = ""
    span: Span = NOWHERE
    kind: Literal["repeat"] = "repeat"


@record
class OnFailure:
    """One clause of a `@Try`; without `types` it takes any failure."""

    types: tuple[str, ...]
    giving: str | None
    body: tuple[Step, ...]
    span: Span = NOWHERE


@record
class Try:
    """A body and what happens when it fails."""

    id: str
    body: tuple[Step, ...]
    clauses: tuple[OnFailure, ...]
    digest: str = ""
    span: Span = NOWHERE
    kind: Literal["try"] = "try"


@record
class EventWait:
    """An event, named like its value; `connector` and `address` where the sentence names a source."""

    event: str
    connector: str | None = None
    address: str | None = None
    where: Condition | None = None
    span: Span = NOWHERE
    kind: Literal["event"] = "event"


@record
class FlowWait:
    """Another flow's status word, of the runs with a business key where one is named."""

    flow: str
    key: Path | None
    word: str
    kind: Literal["flow"] = "flow"


@record
class TimeWait:
    """A time limit."""

    after: int
    kind: Literal["time"] = "time"


@record
class Receive:
    """Waits for one event."""

    id: str
    wait: EventWait
    fail_after: int | None
    digest: str = ""
    span: Span = NOWHERE
    kind: Literal["receive"] = "receive"


@record
class Wait:
    """Waits for a duration, or until a moment."""

    id: str
    until: bool
    time: Operand
    zone: str | None
    digest: str = ""
    span: Span = NOWHERE
    kind: Literal["wait"] = "wait"


@record
class WaitFlow:
    """Waits until another flow has reached a word."""

    id: str
    wait: FlowWait
    fail_after: int | None
    digest: str = ""
    span: Span = NOWHERE
    kind: Literal["wait_flow"] = "wait_flow"


@record
class OnBranch:
    """One `@On` of an `@Await the first`."""

    id: str
    wait: EventWait | FlowWait | TimeWait
    body: tuple[Step, ...]
    span: Span = NOWHERE


@record
class Await:
    """Waits for several things; exactly one branch is taken."""

    id: str
    branches: tuple[OnBranch, ...]
    digest: str = ""
    span: Span = NOWHERE
    kind: Literal["await"] = "await"


@record
class Status:
    """Sets the run's word."""

    id: str
    word: str
    digest: str = ""
    span: Span = NOWHERE
    kind: Literal["status"] = "status"


@record
class Finish:
    """Ends the run."""

    id: str
    result: Path | None
    outcome: str | None
    digest: str = ""
    span: Span = NOWHERE
    kind: Literal["finish"] = "finish"


@record
class Fail:
    """Fails the run or the enclosing `@Try`."""

    id: str
    because: Operand
    digest: str = ""
    span: Span = NOWHERE
    kind: Literal["fail"] = "fail"


@record
class Break:
    """Leaves the innermost loop."""

    id: str
    digest: str = ""
    span: Span = NOWHERE
    kind: Literal["break"] = "break"


@record
class Continue:
    """Goes on with the next round of the innermost loop."""

    id: str
    digest: str = ""
    span: Span = NOWHERE
    kind: Literal["continue"] = "continue"


Step: TypeAlias = (
    Task
    | Parallel
    | Background
    | Decision
    | Together
    | ForEach
    | Repeat
    | Try
    | Receive
    | Wait
    | WaitFlow
    | Await
    | Status
    | Finish
    | Fail
    | Break
    | Continue
)

# ---- the flow --------------------------------------------------------------------------------------------------------


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


def children(step: Step) -> tuple[tuple[Step, ...], ...]:
    """The bodies that stand directly in a block; empty for a plain step."""
    match step:
        case Task():  # most steps are
            return ()
        case Decision():
            bodies = tuple(arm.body for arm in step.arms)
            return bodies if step.otherwise is None else (*bodies, step.otherwise)
        case Together() | Await():
            return tuple(branch.body for branch in step.branches)
        case ForEach() | Repeat():
            return (step.body,)
        case Try():
            return (step.body, *(clause.body for clause in step.clauses))
        case _:
            return ()


def tasks_of(step: Step) -> tuple[Task, ...]:
    """The tasks that stand directly in a step, without those of nested bodies."""
    match step:
        case Task():
            return (step,)
        case Parallel():
            return step.tasks
        case Background():
            return (step.task,)
        case _:
            return ()


def needs_of(task: Task) -> tuple[str, ...]:
    """The values that have to be there when a task begins: what it reads, and what is kept for its undo besides."""
    given = {output.value for output in task.outputs}
    kept = [name for name in reads_of(task.undo) if name not in given] if task.undo else []
    return tuple(dict.fromkeys((*reads_of(task), *kept)))


def reads_of(step: Step) -> tuple[str, ...]:
    """The values that a step itself reads, not those of nested bodies, each once, in order."""
    paths: list[Path] = []
    match step:
        case Task():
            paths = [entry.value for entry in step.inputs if isinstance(entry.value, Path)]
            paths += [step.key] if step.key else []
        case Decision():
            paths = [path for arm in step.arms for path in _paths(arm.condition)]
        case ForEach():
            paths = [step.items]
        case Repeat(condition=condition) if condition is not None:
            paths = _paths(condition)
        case Wait(time=Path() as path) | Finish(result=Path() as path) | Fail(because=Path() as path):
            paths = [path]
        case Receive():
            paths = _wait_paths(step.wait)
        case Await():
            paths = [path for branch in step.branches for path in _wait_paths(branch.wait)]
        case WaitFlow():
            paths = _wait_paths(step.wait)
        case _:
            pass
    return tuple(dict.fromkeys(path.value for path in paths))


def _wait_paths(wait: EventWait | FlowWait | TimeWait) -> list[Path]:
    match wait:
        case EventWait(where=where, event=event) if where is not None:
            return [path for path in _paths(where) if path.value != event]
        case FlowWait(key=key) if key is not None:
            return [key]
        case _:
            return []


def _paths(condition: Condition) -> list[Path]:
    if isinstance(condition, Test):
        return [condition.left, *(operand for operand in condition.right if isinstance(operand, Path))]
    return [path for part in condition.parts for path in _paths(part)]


# ---- JSON ------------------------------------------------------------------------------------------------------------


def plain(thing: Any) -> Any:
    """A part of the IR as plain data for JSON, without spans."""
    if thing is None or isinstance(thing, (str, int)):
        return thing
    if isinstance(thing, (tuple, list)):
        return [plain(entry) for entry in thing]
    parts = thing if isinstance(thing, dict) else vars(thing)
    return {name: plain(entry) for name, entry in parts.items()}


def to_json(module: Module) -> str:
    """The IR of a file as JSON text, ending in a newline."""
    return json.dumps(plain(module), indent=2, ensure_ascii=False) + "\n"


# The encoder asks only for what it does not know, which is a third of the time that `plain` would take.
_CANONICAL = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, check_circular=False, default=vars
)


def digest_of(*parts: Any) -> str:
    """A digest of parts of the IR: 32 hexadecimal digits."""
    return hashlib.sha256(_CANONICAL.encode(parts).encode()).hexdigest()[:32]
