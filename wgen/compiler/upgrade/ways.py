"""The ways through a flow: which step may follow which, with the values that are given on the way between them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

from wgen.compiler import ir
from wgen.compiler.checking import every_step
from wgen.compiler.flatten import DONE, FlatState, flatten
from wgen.compiler.given import provided
from wgen.compiler.paths import Known, follow_paths


class Edge(NamedTuple):
    """A step that may come next, and what was given in between.

    `beside` is what the other branches of a group give that ends on the way, by the group.
    """

    to: str
    gives: frozenset[str] = frozenset()
    beside: tuple[tuple[str, frozenset[str]], ...] = ()


class Inside(NamedTuple):
    """A block around a step, and in which of its bodies the step lies."""

    block: ir.Step
    body: int


class Ways:
    """One flow as a graph. `around` are the blocks of each step, outermost first; an undo lies in its task.

    `ahead` has for each place that a step leads to what really follows: behind the end of a branch comes what stands
    behind its group. `caught` is where a failure of the step may lead.
    """

    def __init__(self, flow: ir.Flow) -> None:
        self.flow = flow
        self.start, states = flatten(flow)
        self.states: dict[str, FlatState] = {state.id: state for state in states}
        self.around = dict(_around(flow.body, ()))
        self.ahead = {id: tuple(self._edges(state)) for id, state in self.states.items()}
        self.caught = {id: tuple(self._catches(id)) for id in self.states}

    @property
    def tasks(self) -> Iterator[ir.Task]:
        """All tasks, without undos."""
        return (task for step in every_step(self.flow.body) for task in ir.tasks_of(step))

    @cached_property
    def known(self) -> dict[str, Known]:
        """What is provided where a step begins."""
        return follow_paths(self.flow).known

    def given_beside(self, id: str) -> frozenset[str]:
        """What the other branches of the groups around a step give."""
        return frozenset().union(*(given_beside(inside) for inside in self.around[id] if starts_branches(inside.block)))

    def next(self, id: str) -> Iterator[Edge]:
        """Every step that may follow when this one is done."""
        for edges in self.ahead[id]:
            yield from edges

    def behind(self, id: str) -> frozenset[str]:
        """All steps to which a run may come after this one is done."""
        found: set[str] = set()
        todo = deque(edge.to for edge in self.next(id))
        while todo:
            step = todo.popleft()
            if step not in found:
                found.add(step)
                todo.extend(edge.to for edge in (*self.next(step), *self.caught[step]))
        return frozenset(found)

    def given_from(self, id: str) -> frozenset[str]:
        """All values that a step, or one behind it, may give."""
        edges = [edge for step in (id, *self.behind(id)) for edge in (*self.next(step), *self.caught[step])]
        return frozenset(name for edge in edges for name in edge.gives)

    def undoes(self, id: str) -> ir.Task | None:
        """The task that a step undoes."""
        around = self.around[id]
        return around[-1].block if around and isinstance(around[-1].block, ir.Task) else None

    def begin(self, id: str) -> str:
        """Where a run can be begun to get to a step: at the step itself, or at the outermost block that it lies in."""
        for inside in self.around[id]:
            if isinstance(inside.block, ir.ForEach | ir.Repeat | ir.Background | ir.Task) or starts_branches(
                inside.block
            ):
                return inside.block.id
        return id

    def _edges(self, state: FlatState) -> Iterator[tuple[Edge, ...]]:
        if isinstance(state.step, ir.Parallel | ir.Together):  # what is behind it comes at the ends of its branches
            for body, to in enumerate(state.to[:-1]):
                empty = self._behind_group(Inside(state.step, body), Edge(DONE))
                yield tuple(empty) if to == DONE else (Edge(to),)
            return
        for to, gives in zip(state.to, _given_towards(state), strict=True):
            yield tuple(self._really(state.id, to, gives))

    def _really(self, id: str, to: str, gives: frozenset[str]) -> Iterator[Edge]:
        """Follows the end of a branch to what stands behind the group."""
        if to != DONE:
            yield Edge(to, gives)
        elif (owner := self._owner(id)) is not None:
            yield from self._behind_group(owner, Edge(DONE, gives))

    def _behind_group(self, owner: Inside, edge: Edge) -> Iterator[Edge]:
        group = owner.block
        after = self.states[group.id].to[-1]
        edge = Edge(after, edge.gives, (*edge.beside, (group.id, given_beside(owner))))
        if after != DONE:
            yield edge
        elif (outer := self._owner(group.id)) is not None:
            yield from self._behind_group(outer, edge)

    def _owner(self, id: str) -> Inside | None:
        """The group in whose branch a step lies; none for what runs in the background or undoes."""
        for inside in reversed(self.around[id]):
            if isinstance(inside.block, ir.Background | ir.Task):
                return None
            if starts_branches(inside.block):
                return inside
        return None

    def _catches(self, id: str) -> Iterator[Edge]:
        """The clauses that may take a failure of a step, or of the groups around it."""
        around = self.states[id].around.catch
        while around is not None:
            state = self.states[around]
            for to, gives in zip(state.to[1:], _given_towards(state)[1:], strict=True):
                yield from self._really(around, to, gives)
            around = state.around.catch
        if (owner := self._owner(id)) is not None:
            yield from self._catches(owner.block.id)


def starts_branches(step: ir.Step) -> bool:
    """Whether what lies in a step runs in branches of their own."""
    return isinstance(step, ir.Parallel | ir.Together) or (isinstance(step, ir.ForEach) and step.at_a_time != 1)


def _around(steps: Iterable[ir.Step], blocks: tuple[Inside, ...]) -> Iterator[tuple[str, tuple[Inside, ...]]]:
    for step in steps:
        yield step.id, blocks
        for body, task in enumerate(ir.tasks_of(step)):
            own = blocks if task is step else (*blocks, Inside(step, body))
            yield task.id, own
            if task.undo is not None:
                yield task.undo.id, (*own, Inside(task, 0))
        for number, inner in enumerate(ir.children(step)):
            yield from _around(inner, (*blocks, Inside(step, number)))


def _given_towards(state: FlatState) -> list[frozenset[str]]:
    """What is given on the way to each of the places that a state leads to."""
    step = state.step
    match step:
        case ir.Task():
            names = [{output.value for output in step.outputs}]
        case ir.Background():
            names = [{output.value for output in step.task.outputs}]
        case ir.Receive():
            names = [{step.wait.event}]
        case ir.Await():
            names = [{b.wait.event} if isinstance(b.wait, ir.EventWait) else set() for b in step.branches]
        case ir.ForEach():
            names = [{step.item}, {step.collect[1]} if step.collect else set()]
        case ir.Try():
            names = [set(), *({clause.giving} if clause.giving else set() for clause in step.clauses)]
        case _:
            names = [set() for _ in state.to]
    return [frozenset(found) for found in names]


def given_beside(owner: Inside) -> frozenset[str]:
    """What is known behind a group besides what one branch of it gave: what the others give, or the collected list."""
    group = owner.block
    match group:
        case ir.Parallel():
            others = [task.outputs for number, task in enumerate(group.tasks) if number != owner.body]
            return frozenset(output.value for outputs in others for output in outputs)
        case ir.Together():
            bodies = [branch.body for number, branch in enumerate(group.branches) if number != owner.body]
            return frozenset(name for body in bodies for name in provided(body))
        case ir.ForEach(collect=(_, many)):
            return frozenset({many})
        case _:
            return frozenset()
