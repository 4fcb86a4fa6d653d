"""A flow as a Mermaid flowchart, drawn from the IR.

A drawing is made in one walk. `Ends` are the arrows that still lead nowhere: each step takes those of the step before
it, leads them to its own shape and hands on new ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from wgen.compiler import ir
from wgen.compiler.words import condition_words, duration_words, operand_words

if TYPE_CHECKING:
    from collections.abc import Iterable


class End(NamedTuple):
    """An arrow that waits for its target: where it begins, and what is written on it."""

    start: str
    label: str = ""
    dotted: bool = False


Ends: TypeAlias = tuple[End, ...]

_BOX = ('["', '"]')
_ROUND = ('(["', '"])')
_DIAMOND = ('{"', '"}')
_HEXAGON = ('{{"', '"}}')
_SLANTED = ('[/"', '"/]')
_FLAG = ('>"', '"]')

# `#` begins an entity in Mermaid, so it goes first.
_ESCAPES = {"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "&": "#amp;", "`": "#96;", "\n": " "}


def mermaid(*flows: ir.Flow) -> str:
    """The flowchart of a flow; several flows stand in one chart, each in a frame of its own."""
    lines = ["flowchart TD"]
    for flow in flows:
        body = _Drawing(flow.ident + "__" if len(flows) > 1 else "").flow(flow)
        if len(flows) > 1:
            body = [f'subgraph {flow.ident}["{_escape(flow.name)}"]', *(f"    {line}" for line in body), "end"]
        lines += [f"    {line}" for line in body]
    return "\n".join(lines) + "\n"


def _escape(text: str) -> str:
    return "".join(_ESCAPES.get(sign, sign) for sign in text)


class _Loop(NamedTuple):
    """The innermost loop: where `@Continue` leads, and the arrows that `@Break` leaves."""

    head: str
    broken: list[End]


class _Drawing:
    """The lines of one flow's chart."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.lines: list[str] = []
        self.loop = _Loop("", [])

    def flow(self, flow: ir.Flow) -> list[str]:
        start = self.shape("start", flow.name, _ROUND)
        ends = self.steps(flow.body, (End(start),))
        if ends:
            self.lead(ends, self.shape("done", "done", _ROUND))
        return self.lines

    # ---- shapes and arrows ----

    def shape(self, name: str, label: str, sides: tuple[str, str]) -> str:
        # No step's id holds two `_` in a row, and the last one keeps names apart from Mermaid's own words (`end`).
        node = f"{self.prefix}{name}_"
        self.lines.append(f"{node}{sides[0]}{_escape(label)}{sides[1]}")
        return node

    def lead(self, ends: Iterable[End], node: str) -> None:
        for end in ends:
            arrow = "-.->" if end.dotted else "-->"
            label = f'|"{_escape(end.label)}"|' if end.label else ""
            self.lines.append(f"{end.start} {arrow}{label} {node}")

    def add(self, ends: Ends, name: str, label: str, sides: tuple[str, str]) -> str:
        node = self.shape(name, label, sides)
        self.lead(ends, node)
        return node

    # ---- steps ----

    def steps(self, steps: tuple[ir.Step, ...], ends: Ends) -> Ends:
        for step in steps:
            ends = self.step(step, ends)
        return ends

    def step(self, step: ir.Step, ends: Ends) -> Ends:
        match step:
            case ir.Task():
                return self.task(step, ends)
            case ir.Parallel():
                return self.parallel(step, ends)
            case ir.Background():
                self.task(step.task, tuple(End(end.start, "meanwhile", dotted=True) for end in ends))
                return ends
            case ir.Decision():
                return self.decision(step, ends)
            case ir.Together():
                return self.together(step, ends)
            case ir.ForEach() | ir.Repeat():
                return self.repeated(step, ends)
            case ir.Try():
                return self.attempted(step, ends)
            case ir.Await():
                return self.awaited(step, ends)
            case _:
                return self.plain(step, ends)

    def task(self, task: ir.Task, ends: Ends) -> Ends:
        node = self.add(ends, task.id, task.sentence.rstrip(". "), _BOX)
        if task.undo is not None:
            self.add((End(node, "undo", dotted=True),), f"{task.id}__undo", task.undo.sentence.rstrip(". "), _BOX)
        return (End(node),)

    def parallel(self, group: ir.Parallel, ends: Ends) -> Ends:
        fork = self.add(ends, f"{group.id}__fork", "side by side", _HEXAGON)
        done = [end for task in group.tasks for end in self.task(task, (End(fork),))]
        return (End(self.add(tuple(done), f"{group.id}__join", "all done", _HEXAGON)),)

    def decision(self, decision: ir.Decision, ends: Ends) -> Ends:
        done: list[End] = []
        for number, arm in enumerate(decision.arms, 1):
            name = decision.id if number == 1 else f"{decision.id}__arm_{number}"
            question = self.add(ends, name, f"{condition_words(arm.condition)}?", _DIAMOND)
            done += self.steps(arm.body, (End(question, "yes"),))
            ends = (End(question, "no"),)
        return (*done, *self.steps(decision.otherwise or (), ends))

    def together(self, group: ir.Together, ends: Ends) -> Ends:
        fork = self.add(ends, f"{group.id}__fork", "together", _HEXAGON)
        done = [end for branch in group.branches for end in self.steps(branch.body, (End(fork, branch.name),))]
        if not done:
            return ()
        joined = {"all": "all done", "at least": f"at least {group.at_least} must succeed"}.get(group.join)
        joined = joined or f"{group.join} wins"
        return (End(self.add(tuple(done), f"{group.id}__join", joined, _HEXAGON)),)

    def repeated(self, loop: ir.ForEach | ir.Repeat, ends: Ends) -> Ends:
        outer = self.loop
        head = self.add(ends, loop.id, _loop_words(loop), _HEXAGON)
        self.loop = _Loop(head, [])
        self.lead(self.steps(loop.body, (End(head, "each round"),)), head)
        broken = self.loop.broken
        self.loop = outer
        return (End(head, "then"), *broken)

    def attempted(self, attempt: ir.Try, ends: Ends) -> Ends:
        head = self.add(ends, attempt.id, "try", _HEXAGON)
        done = [*self.steps(attempt.body, (End(head),))]
        for clause in attempt.clauses:
            label = "on failure " + ", ".join(clause.types)
            done += self.steps(clause.body, (End(head, label.strip(), dotted=True),))
        return tuple(done)

    def awaited(self, wait: ir.Await, ends: Ends) -> Ends:
        head = self.add(ends, wait.id, "whichever comes first", _SLANTED)
        bodies = [self.steps(branch.body, (End(head, _wait_words(branch.wait)),)) for branch in wait.branches]
        return tuple(end for body in bodies for end in body)

    def plain(self, step: ir.Step, ends: Ends) -> Ends:
        """A step without a body."""
        match step:
            case ir.Receive():
                return (End(self.add(ends, step.id, _limited(_wait_words(step.wait), step.fail_after), _SLANTED)),)
            case ir.WaitFlow():
                return (End(self.add(ends, step.id, _limited(_wait_words(step.wait), step.fail_after), _SLANTED)),)
            case ir.Wait():
                words = ("wait until " if step.until else "wait ") + operand_words(step.time)
                return (End(self.add(ends, step.id, words, _SLANTED)),)
            case ir.Status():
                return (End(self.add(ends, step.id, step.word, _FLAG)),)
            case ir.Break():
                self.loop.broken.extend(ends)
            case ir.Continue():
                self.lead(ends, self.loop.head)
            case ir.Finish():
                self.add(ends, step.id, _finish_words(step), _ROUND)
            case ir.Fail():
                self.add(ends, step.id, f"fail: {operand_words(step.because)}", _ROUND)
        return ()


def _finish_words(step: ir.Finish) -> str:
    result = f" with {step.result.words}" if step.result else ""
    outcome = f" as {step.outcome}" if step.outcome else ""
    return f"finish{result}{outcome}"


def _loop_words(loop: ir.ForEach | ir.Repeat) -> str:
    if isinstance(loop, ir.ForEach):
        side_by_side = {1: "", None: ", all at once"}.get(loop.at_a_time, f", {loop.at_a_time} at a time")
        return f"for each {loop.item.replace('_', ' ')} in {loop.items.words}{side_by_side}"
    if loop.condition is None:
        return f"repeat {loop.times} times"
    every = f", every {duration_words(loop.every)}" if loop.every else ""
    most = f", at most {loop.at_most} times" if loop.at_most else ""
    return f"repeat {loop.loop} {condition_words(loop.condition)}{every}{most}"


def _wait_words(wait: ir.EventWait | ir.FlowWait | ir.TimeWait) -> str:
    match wait:
        case ir.EventWait():
            origin = f" from {wait.connector} {wait.address}" if wait.connector else ""
            return f"receive {wait.event.replace('_', ' ')}{origin}"
        case ir.FlowWait():
            return f"flow {wait.flow} reaches {wait.word}"
        case ir.TimeWait():
            return f"after {duration_words(wait.after)}"


def _limited(words: str, fail_after: int | None) -> str:
    return words if fail_after is None else f"{words}, or fail after {duration_words(fail_after)}"
