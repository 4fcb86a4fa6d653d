"""The steps that are no tasks, in the IR: decisions, groups, loops, waits, ends; and all steps as one type."""

from __future__ import annotations

from typing import Literal, TypeAlias

from wgen.compiler.ir.tasks import Background, Parallel, Task
from wgen.compiler.ir.values import NOWHERE, Condition, Operand, Path
from wgen.compiler.records import record
from wgen.compiler.source import Span


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
