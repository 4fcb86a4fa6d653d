"""The syntax tree: what a flow file says, as written, with the place of every part.

Names are not resolved here and nothing is checked; `lower` gives the tree its meaning. All nodes are named tuples:
cheap to make, and nobody changes them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from decimal import Decimal

    from wgen.compiler.source import Span

# ---- values and literals ---------------------------------------------------------------------------------------------


class Ref(NamedTuple):
    """A bracket: `(customer - email)`. `parts` are the words between the dashes, blanks folded, case kept."""

    parts: tuple[str, ...]
    span: Span


class Quoted(NamedTuple):
    """A quoted text, escapes resolved."""

    text: str
    span: Span


class Number(NamedTuple):
    """`42`, `9.99`, `5%` (0.05) or a number word. Whole numbers are int, others Decimal."""

    value: int | Decimal
    span: Span


class Duration(NamedTuple):
    """`90 seconds`, `one hour`, in milliseconds."""

    milliseconds: int
    span: Span


class TimeOfDay(NamedTuple):
    """`02:30`. Not yet checked: the hour may be 99."""

    hour: int
    minute: int
    span: Span


class Boolean(NamedTuple):
    """`yes`, `no`, `true`, `false`."""

    value: bool
    span: Span


Constant: TypeAlias = Quoted | Number | Duration | TimeOfDay | Boolean
Operand: TypeAlias = Ref | Constant


class TypeName(NamedTuple):
    """`list of optional shop.models.Item`: wrappers from the outside in, then the name as written."""

    wrappers: tuple[Literal["list", "optional"], ...]
    name: str
    span: Span


class Out(NamedTuple):
    """A value that a sentence provides, with the type the sentence names."""

    value: Ref
    type: TypeName | None


class Argument(NamedTuple):
    """One entry behind `using`: a value or literal, and the `as (name)` behind it."""

    value: Operand
    alias: Ref | None


# ---- conditions ------------------------------------------------------------------------------------------------------

TestOp: TypeAlias = Literal[
    "true",  # (x) alone, `is true` is "is" with a Boolean
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


class Test(NamedTuple):
    """One comparison: `(x) is [not] more than 3`. `not_` counts a `not` in front and one behind `is`."""

    left: Ref
    op: TestOp
    right: tuple[Operand, ...]
    negated: bool
    span: Span


class AllOf(NamedTuple):
    """Tests joined by `and`, or by lines that begin with `@And`."""

    tests: tuple[Condition, ...]


class AnyOf(NamedTuple):
    """Tests joined by `or`."""

    tests: tuple[Condition, ...]


Condition: TypeAlias = "Test | AllOf | AnyOf"

# ---- task sentences --------------------------------------------------------------------------------------------------


class Prose(NamedTuple):
    r"""Words of a sentence that mean nothing to the compiler, as written (`\\#` resolved)."""

    text: str
    span: Span


class Setting(NamedTuple):
    """One entry of `(with …)`, or `(since version n)` / `(until version n)`.

    `value`: retries int · wait and timeout milliseconds · key a Ref · id a text · since and until a version.
    """

    kind: Literal["retries", "wait", "timeout", "key", "id", "since", "until"]
    value: int | str | Ref
    span: Span


class TextBlock(NamedTuple):
    '''A `"""` argument, its indentation removed.'''

    text: str
    span: Span


class Table(NamedTuple):
    """Rows of `| a | b |`, cells stripped and unescaped; the first row holds the keys."""

    rows: tuple[tuple[str, ...], ...]
    span: Span


class Sentence(NamedTuple):
    """The words of a task: `validate (details) using (b) giving (c) (with no retry)`.

    `parts` stand before the first marker, modifiers taken out; `flow` is the child flow of `run flow (name)`, then
    there are no parts. The span covers the words behind the keyword, without a comment.
    """

    parts: tuple[Prose | Ref | Quoted, ...]
    flow: Ref | None
    using: tuple[Argument, ...]
    giving: tuple[Out, ...]
    settings: tuple[Setting, ...]
    span: Span


class Task(NamedTuple):
    """`@Then`, `@And`, `@Meanwhile` or `@Undo` with its sentence and what hangs below it.

    `span` is the whole line from the keyword to the end of the sentence. An `@Undo` has no undo of its own.
    """

    sentence: Sentence
    text: TextBlock | None
    table: Table | None
    provides: tuple[Out, ...]
    undo: Task | None
    span: Span


# ---- steps -----------------------------------------------------------------------------------------------------------


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

# ---- header ----------------------------------------------------------------------------------------------------------


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


# ---- what could not be read ------------------------------------------------------------------------------------------

# Stands for the words and values of a sentence with a syntax error, of which the parser has told already: later passes
# say nothing about it. A private-use sign, so no text holds it by chance.
PLACEHOLDER = "\ue000"
