"""The drawing of a flow, made in one walk over the IR.

`Ends` are the arrows that still lead nowhere: each step takes those of the step before it, leads them to its own shape
and hands on new ones.
"""

from __future__ import annotations

from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from wgen.compiler import ir
from wgen.compiler.graph import labels
from wgen.compiler.graph.drawing import Arrow, Column, Drawing, Frame, Lane, Part, Row, Shape
from wgen.compiler.words import condition_words, operand_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from wgen.compiler.graph.drawing import Kind

Ends: TypeAlias = tuple[Arrow, ...]
Drawn: TypeAlias = tuple[Part, Ends]
Maker: TypeAlias = "Callable[[Ends], Drawn]"


class _Loop(NamedTuple):
    """The arrows that leave a round of the innermost loop: `@Continue`s and `@Break`s."""

    continues: list[Arrow]
    breaks: list[Arrow]


def draw(*flows: ir.Flow) -> Drawing:
    """The drawing of the flows of one file."""
    drawers = [_Drawer(f"{flow.ident}__" if len(flows) > 1 else "") for flow in flows]
    frames = tuple(drawer.flow(flow) for drawer, flow in zip(drawers, flows, strict=True))
    arrows = tuple(arrow for drawer in drawers for arrow in drawer.arrows)
    return Drawing(frames, arrows, " ".join(flow.about for flow in flows if flow.about))


class _Drawer:
    """Draws one flow. Shapes are named after the ids of steps; other names have two `_` in a row, which no id has."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.arrows: list[Arrow] = []
        self.loop: _Loop | None = None
        self.lanes = 0

    def flow(self, flow: ir.Flow) -> Frame:
        triggers = [
            self.shape(f"trigger__{number}", "trigger", labels.trigger_label(trigger))
            for number, trigger in enumerate(flow.triggers, 1)
        ]
        start = self.shape("flow__start", "start", flow.name)
        self.lead((Arrow(trigger.name) for trigger in triggers), start)
        body, ends = self.steps(flow.body, (Arrow(start.name),))
        above = (Row(tuple(Column((trigger,)) for trigger in triggers)),) if triggers else ()
        parts = (*above, start, *body.parts)
        if ends:
            parts = (*parts, self.add(ends, "flow__done", "finish", "done"))
        return Frame(f"{self.prefix}flow__frame", flow.name, Column(parts))

    # ---- shapes and arrows ----

    def shape(self, name: str, kind: Kind, label: str = "") -> Shape:
        return Shape(self.prefix + name, kind, label)

    def lead(self, ends: Iterable[Arrow], shape: Shape) -> None:
        self.arrows += [end._replace(end=shape.name) for end in ends]

    def add(self, ends: Ends, name: str, kind: Kind, label: str = "") -> Shape:
        shape = self.shape(name, kind, label)
        self.lead(ends, shape)
        return shape

    def passed(self, ends: Ends, lane: Lane | None = None) -> tuple[Lane, Ends]:
        """A lane, and the arrows on their way through it."""
        if lane is None:
            self.lanes += 1
            lane = Lane(f"{self.prefix}lane__{self.lanes}")
        return lane, tuple(end._replace(via=(*end.via, lane.name)) for end in ends)

    # ---- what stands below and beside each other ----

    def steps(self, steps: Sequence[ir.Step], ends: Ends) -> tuple[Column, Ends]:
        return self.stack([partial(self.step, step) for step in steps], ends)

    def stack(self, makers: Sequence[Maker], ends: Ends) -> tuple[Column, Ends]:
        """One part below the other. An arrow that leaves the round of a loop passes by the parts that follow."""
        parts: list[Part] = []
        lanes: dict[int, Lane] = {}
        above = 0
        for number, make in enumerate(makers, 1):
            before = [len(arrows) for arrows in self.loop or ()]
            part, ends = make(ends)
            parts.append(part)
            if number < len(makers):
                self.pass_by(before, lanes)
                above = above or (number if lanes else 0)
        if lanes:
            below = Row((Column(tuple(parts[above:])), *(lane for _, lane in sorted(lanes.items()))))
            parts[above:] = [below]
        return Column(tuple(parts)), ends

    def pass_by(self, before: list[int], lanes: dict[int, Lane]) -> None:
        """Leads the arrows that leave the round since `before` into lanes: one for each way to leave it."""
        for way, (arrows, count) in enumerate(zip(self.loop or (), before, strict=True)):
            if arrows[count:]:
                lanes[way], arrows[count:] = self.passed(tuple(arrows[count:]), lanes.get(way))

    def side(self, steps: Sequence[ir.Step], end: Arrow) -> tuple[Column | Lane, Ends]:
        """Steps beside others; where there are none, the arrow passes by."""
        return self.steps(steps, (end,)) if steps else self.passed((end,))

    # ---- steps ----

    def step(self, step: ir.Step, ends: Ends) -> Drawn:
        match step:
            case ir.Task():
                return self.task(step, ends)
            case ir.Parallel():
                return self.parallel(step, ends)
            case ir.Background():
                return self.background(step, ends)
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

    def task(self, task: ir.Task, ends: Ends) -> Drawn:
        kind: Kind = "flow" if task.call.by == "flow" else "task"
        shape = self.add(ends, task.id, kind, labels.task_label(task))
        done = (Arrow(shape.name),)
        if task.undo is None:
            return shape, done
        undoing = (Arrow(shape.name, "undo", "aside"),)
        undo = self.add(undoing, f"{task.id}__undo", "undo", labels.task_label(task.undo))
        return Row((Column((shape,)), Column((undo,))), "aside"), done

    def parallel(self, group: ir.Parallel, ends: Ends) -> Drawn:
        head = self.add(ends, group.id, "bar", "side by side")
        drawn = [self.task(task, (Arrow(head.name),)) for task in group.tasks]
        done = tuple(end for _, ends in drawn for end in ends)
        foot = self.add(done, f"{group.id}__join", "bar", "all done")
        return Row(tuple(Column((part,)) for part, _ in drawn), head=head, foot=foot), (Arrow(foot.name),)

    def background(self, step: ir.Background, ends: Ends) -> Drawn:
        point = self.add(ends, step.id, "point")
        task, _ = self.task(step.task, (Arrow(point.name, "meanwhile", "aside"),))
        return Row((Column((point,)), Column((task,))), "aside"), (Arrow(point.name),)

    def decision(self, decision: ir.Decision, ends: Ends) -> Drawn:
        """Conditions that only keep a run from what follows stand above each other; the others side by side below."""
        guards = sum(1 for _ in takewhile(_is_guard, decision.arms))
        makers = [partial(self.guard, decision, number) for number in range(guards)]
        if guards < len(decision.arms):
            makers.append(partial(self.arms, decision, guards))
        else:
            makers += [partial(self.step, step) for step in decision.otherwise or ()]
        return self.stack(makers, ends)

    def ask(self, decision: ir.Decision, number: int, ends: Ends) -> tuple[Shape, Column, Ends, Ends]:
        """A condition and what follows where it holds, each with its ends."""
        arm = decision.arms[number]
        name = f"{decision.id}__arm_{number + 1}" if number else decision.id
        question = self.add(ends, name, "question", f"{condition_words(arm.condition)}?")
        body, done = self.steps(arm.body, (Arrow(question.name, "yes"),))
        return question, body, done, (Arrow(question.name, "no"),)

    def guard(self, decision: ir.Decision, number: int, ends: Ends) -> Drawn:
        question, body, _, ends = self.ask(decision, number, ends)
        return Row((Column((question,)), body), "aside"), ends

    def arms(self, decision: ir.Decision, first: int, ends: Ends) -> Drawn:
        columns: list[Column | Lane] = []
        done: Ends = ()
        for number in range(first, len(decision.arms)):
            question, body, more, ends = self.ask(decision, number, ends)
            columns.append(Column((question, *body.parts)))
            done += more
        if len(columns) == 1 and not done and not decision.otherwise:
            return Row((Column((question,)), body), "aside"), ends
        rest, more = self.side(decision.otherwise or (), ends[0])
        return Row((*columns, rest), "aside"), (*done, *more)

    def together(self, group: ir.Together, ends: Ends) -> Drawn:
        outer, self.loop = self.loop, None
        head = self.add(ends, group.id, "bar", "together")
        drawn = [self.side(branch.body, Arrow(head.name, branch.name)) for branch in group.branches]
        self.loop = outer
        done = tuple(end for _, ends in drawn for end in ends)
        columns = tuple(column for column, _ in drawn)
        if not done:
            return Row(columns, head=head), ()
        foot = self.add(done, f"{group.id}__join", "bar", labels.join_label(group))
        return Row(columns, head=head, foot=foot), (Arrow(foot.name),)

    def repeated(self, loop: ir.ForEach | ir.Repeat, ends: Ends) -> Drawn:
        outer, self.loop = self.loop, _Loop([], [])
        head = self.add(ends, loop.id, "loop", labels.loop_label(loop))
        if isinstance(loop, ir.Repeat) and loop.loop == "until":
            parts, ends = self.until(loop, head)
        else:
            parts, ends = self.rounds(loop, head)
        ends = (*ends, *self.loop.breaks)
        self.loop = outer
        return Frame(f"{self.prefix}{loop.id}__frame", "", Column((head, *parts))), ends

    def rounds(self, loop: ir.ForEach | ir.Repeat, head: Shape) -> tuple[tuple[Part, ...], Ends]:
        """A loop that is left at its head."""
        body, done = self.side(loop.body, Arrow(head.name, _ROUND))
        self.lead((*done, *self.continues()), head)
        lane, ends = self.passed((Arrow(head.name, "then"),))
        return (Row((body, lane)),), ends

    def until(self, loop: ir.Repeat, head: Shape) -> tuple[tuple[Part, ...], Ends]:
        """A loop whose condition is asked at the end of a round."""

        def body(ends: Ends) -> Drawn:
            part, done = self.side(loop.body, ends[0])
            return part, (*done, *self.continues())

        def check(ends: Ends) -> Drawn:
            assert loop.condition is not None
            question = self.add(ends, f"{loop.id}__check", "question", f"{condition_words(loop.condition)}?")
            self.lead((Arrow(question.name, "no"),), head)
            return question, (Arrow(question.name, "yes"),)

        column, ends = self.stack([body, check], (Arrow(head.name, _ROUND),))
        return column.parts, ends

    def continues(self) -> Ends:
        """The `@Continue`s of this round, which end here."""
        assert self.loop is not None
        arrows = tuple(self.loop.continues)
        self.loop.continues.clear()
        return arrows

    def attempted(self, attempt: ir.Try, ends: Ends) -> Drawn:
        frame = f"{self.prefix}{attempt.id}"
        body, done = self.steps(attempt.body, ends)
        columns: list[Column | Lane] = [Column((Frame(frame, "try", body),))]
        for clause in attempt.clauses:
            column, more = self.side(clause.body, Arrow(frame, labels.clause_label(clause), "failure"))
            columns.append(column)
            done += more
        return Row(tuple(columns), "failure"), done

    def awaited(self, wait: ir.Await, ends: Ends) -> Drawn:
        head = self.add(ends, wait.id, "bar", "whichever comes first")
        columns: list[Column] = []
        done: Ends = ()
        for branch in wait.branches:
            event = self.add((Arrow(head.name),), branch.id, "wait", labels.wait_label(branch.wait))
            body, more = self.steps(branch.body, (Arrow(event.name),))
            columns.append(Column((event, *body.parts)))
            done += more
        return Row(tuple(columns), head=head), done

    def plain(self, step: ir.Step, ends: Ends) -> Drawn:
        """A step without a body."""
        kind, label = _plain(step)
        shape = self.add(ends, step.id, kind, label)
        if self.loop is not None and isinstance(step, ir.Break):
            self.loop.breaks.append(Arrow(shape.name))
        if self.loop is not None and isinstance(step, ir.Continue):
            self.loop.continues.append(Arrow(shape.name))
        return shape, () if isinstance(step, _JUMPS) else (Arrow(shape.name),)


_ROUND = "each round"
_JUMPS = (ir.Finish, ir.Fail, ir.Break, ir.Continue)


def _is_guard(arm: ir.Arm) -> bool:
    return len(arm.body) == 1 and isinstance(arm.body[0], _JUMPS)


def _plain(step: ir.Step) -> tuple[Kind, str]:
    match step:
        case ir.Receive():
            return "wait", labels.wait_label(step.wait, step.fail_after)
        case ir.WaitFlow():
            return "wait", f"wait until {labels.wait_label(step.wait, step.fail_after)}"
        case ir.Wait():
            return "wait", labels.timer_label(step)
        case ir.Status():
            return "status", f"status: {step.word}"
        case ir.Finish():
            return "finish", labels.finish_label(step)
        case ir.Fail():
            return "fail", f"fail: {operand_words(step.because)}"
        case ir.Break():
            return "jump", "leave the loop"
        case ir.Continue():
            return "jump", "next round"
        case _:
            raise AssertionError(step)
