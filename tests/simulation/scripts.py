"""Random flows: a tree that is written out as text for the engine, and read by the reference as what it means.

All values are whole numbers. What a task gives depends on its name and on what it reads alone, so that every order of
events has to come to the same end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import TypeAlias

ALWAYS = 99
"""So often fails a task that never works."""


@dataclass(frozen=True)
class Task:
    """A task that fails `fails` times, and is tried again `retries` times."""

    name: str
    reads: tuple[str, ...]
    gives: str
    fails: int = 0
    retries: int = 0
    undo: bool = False

    @property
    def works(self) -> bool:
        return self.fails <= self.retries


@dataclass(frozen=True)
class Group:
    """`@Then` with `@And`."""

    tasks: tuple[Task, ...]


@dataclass(frozen=True)
class When:
    value: str
    limit: int
    then: Block
    otherwise: Block


@dataclass(frozen=True)
class Together:
    branches: tuple[Block, ...]


@dataclass(frozen=True)
class Race:
    """`first to succeed wins`: only the first branch can, the others wait for what never comes."""

    winner: Block
    losers: tuple[Block, ...]
    never: str


@dataclass(frozen=True)
class ForEach:
    """`how` is empty, or says how many rounds there are side by side; `last` is collected into `gives`."""

    item: str
    how: str
    body: Block
    last: str | None
    gives: str


@dataclass(frozen=True)
class Repeat:
    times: int
    body: Block


@dataclass(frozen=True)
class Try:
    body: Block
    clause: Block


@dataclass(frozen=True)
class Receive:
    event: str


@dataclass(frozen=True)
class Pause:
    """`@Wait`, so many seconds."""

    seconds: int


@dataclass(frozen=True)
class Meanwhile:
    task: Task


@dataclass(frozen=True)
class Run:
    """`run flow`: one of the other flows of the script."""

    flow: str
    reads: str
    gives: str


@dataclass(frozen=True)
class Fail:
    pass


Step: TypeAlias = (
    Task | Group | When | Together | Race | ForEach | Repeat | Try | Receive | Pause | Meanwhile | Run | Fail
)
Block: TypeAlias = tuple[Step, ...]


@dataclass(frozen=True)
class Flow:
    """A flow that is given the number `start`, and finishes with the value `result`."""

    name: str
    body: Block
    result: str


@dataclass(frozen=True)
class Script:
    """Flows, the first of which is started, and the events that it waits for, in order, with their payloads."""

    flows: tuple[Flow, ...]
    events: tuple[tuple[str, int], ...]
    items: tuple[int, ...] = (3, 8, 5)

    @property
    def text(self) -> str:
        return "\n".join(line for flow in self.flows for line in _flow_lines(flow))

    @property
    def tasks(self) -> dict[str, Task]:
        return {task.name: task for flow in self.flows for task in _tasks(flow.body)}


# ---- making one up ---------------------------------------------------------------------------------------------------


@dataclass
class _Where:
    """What can be said at a place: the values that are known, and what is around it."""

    known: list[str]
    depth: int
    looped: bool = False
    may_receive: bool = False


@dataclass
class Author:
    """Makes up a script by chance."""

    chance: Random
    numbers: Iterator[int]
    events: list[tuple[str, int]] = field(default_factory=list)
    children: list[str] = field(default_factory=list)
    left: int = 0  # so many more tasks are to come, or a few more

    def flow(self, name: str, *, root: bool) -> Flow:
        self.left = self.chance.randint(4, 16) if root else 4
        where = _Where(["start"], 0, may_receive=root)
        body = self.block(where, self.chance.randint(2, 5))
        return Flow(name, body, self.chance.choice(where.known))

    def block(self, where: _Where, length: int) -> Block:
        steps: list[Step] = []
        for _ in range(length):
            if self.left > 0:
                steps += self.step(where)
        if not any(isinstance(step, Task | Group) for step in steps):
            steps.append(self.task(where))
        return tuple(steps)

    def inner(self, where: _Where, *, more: list[str] | None = None, **changed: bool) -> Block:
        around = {"looped": where.looped, "may_receive": where.may_receive, **changed}
        inside = _Where([*where.known, *(more or [])], where.depth + 1, **around)
        return self.block(inside, self.chance.randint(1, 3))

    def task(self, where: _Where, *, fails: bool = True) -> Task:
        number = next(self.numbers)
        self.left -= 1
        known = where.known
        reads = tuple(dict.fromkeys(self.chance.choice(known) for _ in range(self.chance.randint(0, 2))))
        flaky = self.chance.choice([0, 0, 0, 0, 1, 2]) if fails else 0
        broken = fails and self.chance.random() < 0.06
        task = Task(
            name=f"work{number}",
            reads=reads,
            gives=f"v{number}",
            fails=ALWAYS if broken else flaky,
            retries=flaky,
            undo=self.chance.random() < 0.5,
        )
        known.append(task.gives)
        return task

    def step(self, where: _Where) -> list[Step]:
        kinds = ["task"] * 5 + ["group", "pause", "meanwhile"]
        if where.depth < 3:
            kinds += ["when", "together", "race", "for each", "repeat", "try", "try"]
        if where.may_receive:
            kinds += ["receive", "receive"]
        if self.children:
            kinds.append("run")
        if where.depth > 0:
            kinds.append("fail")
        return list(self._of_kind(self.chance.choice(kinds), where))

    def _of_kind(self, kind: str, where: _Where) -> Iterator[Step]:
        chance = self.chance
        number = next(self.numbers)
        match kind:
            case "group":
                known = list(where.known)
                tasks = [self.task(_Where(list(known), where.depth)) for _ in range(chance.randint(2, 3))]
                where.known += [task.gives for task in tasks]
                yield Group(tuple(tasks))
            case "when":
                value = chance.choice(where.known)
                yield When(value, chance.randint(10, 90), self.inner(where), self.inner(where))
            case "together":
                branches = chance.randint(2, 3)
                yield Together(tuple(self.inner(where, may_receive=False) for _ in range(branches)))
            case "race":
                winner = (self.task(_Where(list(where.known), 9), fails=False),)
                losers = tuple(self.inner(where, may_receive=False) for _ in range(chance.randint(1, 2)))
                yield Race(winner, losers, f"never{number}")
            case "for each":
                how = chance.choice(["", "", ", all at once", ", at most 2 at a time"])
                body = self.inner(
                    where, more=[f"i{number}"], looped=True, may_receive=where.may_receive and not how,
                )  # fmt: skip
                last = next((step.gives for step in reversed(body) if isinstance(step, Task)), None)
                yield ForEach(f"i{number}", how, body, last, f"list{number}")
            case "repeat":
                yield Repeat(chance.randint(1, 3), self.inner(where, looped=True))
            case "try":
                yield Try(self.inner(where), self.inner(where))
            case "receive":
                yield Receive(self._event())
            case "pause":
                yield Pause(chance.randint(1, 30))
            case "meanwhile" if not where.looped:
                task = self.task(_Where(list(where.known), where.depth))
                yield Meanwhile(task)
                if chance.random() < 0.5:
                    yield self.task(where)
                    reader = self.task(where)
                    yield Task(reader.name, (task.gives,), reader.gives, undo=reader.undo)
            case "run":
                yield Run(chance.choice(self.children), chance.choice(where.known), f"v{number}")
                where.known.append(f"v{number}")
            case "fail":
                alone = (_Where(list(where.known), 9), _Where(list(where.known), 9))
                yield Try((self.task(alone[0]), Fail()), (self.task(alone[1]),))
            case _:
                yield self.task(where)

    def _event(self) -> str:
        """The name of an event, new or one that is waited for already; it is sent often enough for every round."""
        if self.events and self.chance.random() < 0.3:
            return self.chance.choice(self.events)[0]
        name = f"e{next(self.numbers)}"
        self.events += [(name, self.chance.randint(0, 99)) for _ in range(40)]
        return name


def make_script(seed: int) -> Script:
    """The script of this number."""
    chance = Random(seed)
    author = Author(chance, iter(range(1, 10_000)))
    children = []
    if chance.random() < 0.4:
        author.children = []
        children = [author.flow("grandchild", root=False)]
        author.children = ["grandchild"]
        children.append(author.flow("child", root=False))
        author.children = ["child", "grandchild"]
    root = author.flow("root", root=True)
    return Script((root, *reversed(children)), tuple(author.events))


# ---- writing one out -------------------------------------------------------------------------------------------------


def _flow_lines(flow: Flow) -> Iterator[str]:
    yield f"@Flow {flow.name}"
    yield "@Given (start) as int"
    yield "@Given (items) as list of int"
    yield "@Retry wait period is 2 seconds"
    yield ""
    yield from _lines(flow.body)
    yield f"@Finish with ({flow.result})"


def _lines(block: Block) -> Iterator[str]:
    for step in block:
        yield from _step_lines(step)


def _task_lines(task: Task, keyword: str) -> Iterator[str]:
    reads = " and ".join(f"({name})" for name in task.reads)
    using = f" using {reads}" if reads else ""
    retries = f" (with {task.retries} retries)" if task.retries > 1 else " (with 1 retry)" if task.retries else ""
    yield f"{keyword} do {task.name}{using} giving ({task.gives}) as int{retries}"
    if task.undo:
        yield f"@Undo take back {task.name} using ({task.gives})"


def _step_lines(step: Step) -> Iterator[str]:
    match step:
        case Task():
            yield from _task_lines(step, "@Then")
        case Meanwhile(task):
            yield from _task_lines(task, "@Meanwhile")
        case Group(tasks):
            for number, task in enumerate(tasks):
                yield from _task_lines(task, "@And" if number else "@Then")
        case When(value, limit, then, otherwise):
            yield f"@When ({value}) is more than {limit}"
            yield from _lines(then)
            yield "@Otherwise"
            yield from _lines(otherwise)
            yield "@End"
        case Together(branches):
            yield "@Together"
            yield from _branch_lines(branches)
        case Race(winner, losers, never):
            yield "@Together, first to succeed wins"
            yield from _branch_lines((winner, *((*loser, Receive(never)) for loser in losers)))
        case ForEach(item, how, body, last, gives):
            collecting = f", collecting ({last}) into ({gives})" if last else ""
            yield f"@For each ({item}) in (items){how}{collecting}"
            yield from _lines(body)
            yield "@End"
        case Repeat(times, body):
            yield f"@Repeat {times} times"
            yield from _lines(body)
            yield "@End"
        case Try(body, clause):
            yield "@Try"
            yield from _lines(body)
            yield "@On failure"
            yield from _lines(clause)
            yield "@End"
        case Receive(event):
            yield f"@Receive ({event}) as int" + (f' from door bell "{event}"' if is_published(event) else "")
        case Pause(seconds):
            yield f"@Wait {seconds} seconds"
        case Run(flow, reads, gives):
            yield f"@Then run flow ({flow}) using ({reads}) as (start) and (items) giving ({gives}) as int"
        case Fail():
            yield '@Fail because "so it is written"'


def is_published(event: str) -> bool:
    """Whether an event comes from a source, which does not know the run: every other one."""
    return int(event.removeprefix("never").removeprefix("e")) % 2 == 0


def _branch_lines(branches: tuple[Block, ...]) -> Iterator[str]:
    for number, branch in enumerate(branches, 1):
        yield f"@Branch number {number}"
        yield from _lines(branch)
    yield "@End"


def _tasks(block: Block) -> Iterator[Task]:
    for step in block:
        match step:
            case Task():
                yield step
            case Meanwhile(task):
                yield task
            case Group(tasks):
                yield from tasks
            case When(_, _, then, otherwise):
                yield from (*_tasks(then), *_tasks(otherwise))
            case Together(branches):
                for branch in branches:
                    yield from _tasks(branch)
            case Race(winner=winner, losers=losers):
                for branch in (winner, *losers):
                    yield from _tasks(branch)
            case ForEach(body=body) | Repeat(body=body):
                yield from _tasks(body)
            case Try(body, clause):
                yield from (*_tasks(body), *_tasks(clause))
            case _:
                pass
