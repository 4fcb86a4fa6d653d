"""Follows all paths through a flow: which values are provided where, and what stands where no path leads.

Every read of a value gets a verdict. `ok` reads are not kept; of the others only the first of each value is, since
one mistake deserves one message.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from wgen.compiler import ir
from wgen.compiler.given import implied, provided
from wgen.compiler.names import closest
from wgen.compiler.source import Span

Verdict = Literal["unknown", "later", "maybe", "sibling"]


class Known(NamedTuple):
    """What is provided at a place: on every path that leads there, and on some path.

    `open` are the tasks in the background that may still be at work, by id.
    """

    surely: frozenset[str]
    maybe: frozenset[str]
    open: frozenset[str] = frozenset()

    def plus(self, names: Iterable[str]) -> Known:
        new = frozenset(names)
        return Known(self.surely | new, self.maybe | new, self.open)

    def plus_maybe(self, names: Iterable[str]) -> Known:
        return Known(self.surely, self.maybe | frozenset(names), self.open)


class Sibling(NamedTuple):
    """Where a value is provided at the same time: by a task beside the one that reads it, or in another branch."""

    span: Span
    branch: bool


class BadRead(NamedTuple):
    """A read of a value that is not provided on every path.

    `known` is what is provided there, `meant` the one of a close name, `other` who provides it at the same time.
    """

    path: ir.Path
    verdict: Verdict
    known: frozenset[str]
    meant: str | None
    other: Sibling | None


class Clash(NamedTuple):
    """Two steps side by side that provide one value."""

    value: str
    span: Span
    other: Span


class Findings:
    """What following the paths of a flow brought to light. `known` says by id what is provided where a step begins."""

    def __init__(self) -> None:
        self.reads: list[BadRead] = []
        self.clashes: list[Clash] = []
        self.unreachable: list[tuple[Span, Span]] = []
        # Values from outside of a loop: given anew in rounds that run at the same time, or hidden by the loop's item.
        self.replaced: list[Clash] = []
        self.shadowed: list[Clash] = []
        self.used: set[str] = set()
        self.known: dict[str, Known] = {}


def follow_paths(flow: ir.Flow) -> Findings:
    """Findings of a whole flow."""
    follower = _Follower(flow)
    inputs = frozenset(entry.value for entry in flow.inputs)
    # What a trigger gives is an input as well where `@Given` says so; alone it is only there on that way in.
    given = frozenset(t.giving for t in flow.triggers if not isinstance(t, ir.StartEvery) and t.giving)
    start = Known(inputs, inputs | given)
    if flow.key is not None:
        follower.read(flow.key, start)
    for limit in flow.limits:
        if limit.each is not None:
            follower.read(limit.each, start)
    follower.body(flow.body, start)
    return follower.findings


def known_at_breaks(flow: ir.Flow, loop: ir.ForEach) -> dict[str, Known]:
    """What a round of a loop has given by itself at each @Break, by the id of the step."""
    follower = _Follower(flow)
    item = frozenset((loop.item,))
    follower.round(loop.body, Known(item, item))
    return follower.at_breaks


class _Follower:
    def __init__(self, flow: ir.Flow) -> None:
        self.findings = Findings()
        self.at_breaks: dict[str, Known] = {}
        self._values = flow.values
        self._reported: set[str] = set()
        # Where steps run side by side: what the others provide, and where.
        self._siblings: dict[str, Sibling] = {}
        # What is known at the @Break and the @Continue of each open loop.
        self._breaks: list[list[Known]] = []
        self._continues: list[list[Known]] = []
        # What each task in the background provides, and where.
        self._background: dict[str, dict[str, Span]] = {}
        # Values of rounds that ran at the same time: they are gone behind the loop.
        self._of_rounds: set[str] = set()

    # ---- reads -----------------------------------------------------------------------------------------------------

    def read(self, path: ir.Path, known: Known) -> None:
        name = path.value
        self.findings.used.add(name)
        sibling = self._siblings.get(name)
        if (name in known.surely and sibling is None) or name in self._reported:
            return
        self._reported.add(name)
        verdict = self._verdict(name, known)
        there = (known.surely | known.maybe) & self._values.keys()
        meant = closest(name, sorted(there)) if verdict == "unknown" else None
        if meant is not None:
            self.findings.used.add(meant)
        self.findings.reads.append(BadRead(path, verdict, there, meant, sibling))

    def _verdict(self, name: str, known: Known) -> Verdict:
        if name in self._siblings:
            return "sibling"
        if name in known.maybe:
            return "maybe"
        return "later" if name in self._values else "unknown"

    def _read_operand(self, operand: ir.Operand | None, known: Known) -> None:
        if isinstance(operand, ir.Path):
            self.read(operand, known)

    def _read_condition(self, condition: ir.Condition, known: Known) -> None:
        match condition:
            case ir.Test():
                self.findings.used.add(condition.left.value)
                if condition.op not in ("given", "missing", "empty") or condition.left.value not in self._values:
                    self.read(condition.left, known)
                for operand in condition.right:
                    self._read_operand(operand, known)
            case ir.AllOf():
                for part in condition.parts:
                    self._read_condition(part, known)
                    known = known.plus(implied(part, truth=True))
            case ir.AnyOf():
                for part in condition.parts:
                    self._read_condition(part, known)
                    known = known.plus(implied(part, truth=False))

    # ---- bodies ----------------------------------------------------------------------------------------------------

    def body(self, steps: Sequence[ir.Step], known: Known | None) -> Known | None:
        """What is known behind the steps; None where no path goes on."""
        ended_by: ir.Step | None = None
        for step in steps:
            if known is None:
                if ended_by is not None:
                    self.findings.unreachable.append((step.span, ended_by.span))
                return None
            known, ended_by = self._step(step, known), step
        return known

    def _step(self, step: ir.Step, known: Known) -> Known | None:
        known = self._join(step, known)
        self.findings.known[step.id] = known
        match step:
            case ir.Task():
                return self._task(step, known)
            case ir.Background():
                known = self._task(step.task, known)
                self._background[step.id] = {output.value: output.span for output in step.task.outputs}
                return known._replace(open=known.open | {step.id})
            case ir.Parallel():
                return self._parallel(step, known)
            case ir.Decision():
                return self._decision(step, known)
            case ir.Together():
                return self._together(step, known)
            case ir.ForEach():
                return self._for_each(step, known)
            case ir.Repeat():
                return self._repeat(step, known)
            case ir.Try():
                return self._try(step, known)
            case ir.Receive():
                return self._event(step.wait, known)
            case ir.Await():
                return _joined(self._on(branch, known) for branch in step.branches)
            case ir.Wait():
                self._read_operand(step.time, known)
                return known
            case ir.WaitFlow():
                self._read_operand(step.wait.key, known)
                return known
            case ir.Status():
                return known
            case _:
                self._ending(step, known)
                return None

    def _ending(self, step: ir.Step, known: Known) -> None:
        match step:
            case ir.Finish():
                self._read_operand(step.result, known)
            case ir.Fail():
                self._read_operand(step.because, known)
            case ir.Break() if self._breaks:
                self._breaks[-1].append(known)
                self.at_breaks[step.id] = known
            case ir.Continue() if self._continues:
                self._continues[-1].append(known)
            case _:
                pass

    def _task(self, task: ir.Task, known: Known) -> Known:
        self.findings.known[task.id] = known
        for entry in task.inputs:
            self._read_operand(entry.value, known)
        self._read_operand(task.key, known)
        for output in task.outputs:
            self._replace(output.value, output.span, known)
        after = known.plus(output.value for output in task.outputs)
        if task.undo is not None:
            self._task(task.undo, after)
        return after

    def _join(self, step: ir.Step, known: Known) -> Known:
        """A task in the background is over where one of its values is read."""
        if not known.open:
            return known
        reads = {name for task in ir.tasks_of(step) for name in ir.needs_of(task)}.union(ir.reads_of(step))
        return known._replace(open=frozenset(id for id in known.open if not reads & self._background[id].keys()))

    def _replace(self, name: str, span: Span, known: Known) -> None:
        """Notes a value that is provided while a task in the background may still provide it, too."""
        for other in (self._background[id] for id in sorted(known.open)):
            if name in other:
                self.findings.clashes.append(Clash(name, span, other[name]))

    def _event(self, wait: ir.EventWait, known: Known) -> Known:
        self._replace(wait.event, wait.span, known)
        after = known.plus((wait.event,))
        if wait.where is not None:
            self._read_condition(wait.where, after)
        return after

    def _on(self, branch: ir.OnBranch, known: Known) -> Known | None:
        match branch.wait:
            case ir.EventWait():
                known = self._event(branch.wait, known)
            case ir.FlowWait():
                self._read_operand(branch.wait.key, known)
            case ir.TimeWait():
                pass
        return self.body(branch.body, known)

    # ---- side by side ----------------------------------------------------------------------------------------------

    def _beside(self, given: Sequence[dict[str, Span]], own: int, *, branch: bool) -> dict[str, Sibling]:
        """What a member of a group must not read: what the others provide."""
        others = dict(self._siblings)
        for number, names in enumerate(given):
            if number != own:
                others |= {name: Sibling(span, branch) for name, span in names.items()}
        return {name: span for name, span in others.items() if name not in given[own]}

    def _clashes(self, given: Sequence[dict[str, Span]]) -> None:
        first: dict[str, Span] = {}
        for names in given:
            for name, span in names.items():
                if name in first:
                    self.findings.clashes.append(Clash(name, span, first[name]))
            first = names | first

    def _parallel(self, step: ir.Parallel, known: Known) -> Known:
        given = [{output.value: output.span for output in task.outputs} for task in step.tasks]
        self._clashes(given)
        after = known
        outside = self._siblings
        for number, task in enumerate(step.tasks):
            self._siblings = self._beside(given, number, branch=False)
            self._task(task, known)
            after = after.plus(given[number])
        self._siblings = outside
        return after

    def _together(self, step: ir.Together, known: Known) -> Known | None:
        given = [provided(branch.body) for branch in step.branches]
        one_wins = step.join in ("first to finish", "first to succeed")
        if not one_wins:
            self._clashes(given)
        outside = self._siblings
        ends = []
        for number, branch in enumerate(step.branches):
            beside = self._beside(given, number, branch=True)
            # Where one wins, each branch may replace a value from outside, and the others read what it was before.
            before = known.surely - outside.keys() if one_wins else frozenset()
            self._siblings = {name: other for name, other in beside.items() if name not in before}
            end = self.body(branch.body, known)
            ends.append(end and end._replace(open=known.open))  # a branch waits for its background
        self._siblings = outside
        if step.join == "all":
            if any(end is None for end in ends):
                return None
            return known.plus(name for end in ends if end for name in end.surely)
        return _joined(ends) if one_wins else known.plus_maybe(name for names in given for name in names)

    # ---- loops and tries -------------------------------------------------------------------------------------------

    def _for_each(self, step: ir.ForEach, known: Known) -> Known:
        self.read(step.items, known)
        self._note_outer(step, known)
        end, _ = self.round(step.body, known.plus((step.item,)))
        if step.collect is not None:
            self.findings.used.add(step.collect[0])
        if step.collect is not None and end is not None and step.collect[0] not in end.surely:
            self.read(ir.Path(step.collect[0], (), ir.ANY, step.collect_span), end)
        after = known.plus_maybe({step.item, *provided(step.body)})
        return after.plus((step.collect[1],)) if step.collect else after

    def _note_outer(self, step: ir.ForEach, known: Known) -> None:
        """Which values from outside a loop touches that it should leave alone."""
        if step.item in known.surely:
            self.findings.shadowed.append(Clash(step.item, step.span, self._values[step.item].span))
        if step.at_a_time == 1:
            return
        given = provided(step.body)
        for name in (known.surely | (known.maybe - self._of_rounds)) & (given.keys() - {step.item}):
            self.findings.replaced.append(Clash(name, given[name], self._values[name].span))
        self._of_rounds |= given.keys()

    def round(self, body: Sequence[ir.Step], known: Known) -> tuple[Known | None, list[Known]]:
        """What is known where a round ends, with @Continue or by itself, and at each @Break."""
        self._breaks.append([])
        self._continues.append([])
        end = self.body(body, known)
        return _joined([end, *self._continues.pop()]), self._breaks.pop()

    def _repeat(self, step: ir.Repeat, known: Known) -> Known | None:
        if step.condition is None:
            end, breaks = self.round(step.body, known)
            return _joined([end, *breaks])
        if step.loop == "while":
            self._read_condition(step.condition, known)
            _, breaks = self.round(step.body, known.plus(implied(step.condition, truth=True)))
            over = known.plus_maybe(provided(step.body)).plus(implied(step.condition, truth=False))
            return _joined([over, *breaks])
        end, breaks = self.round(step.body, known)
        if end is not None:
            self._read_condition(step.condition, end)
            end = end.plus(implied(step.condition, truth=True))
        return _joined([end, *breaks])

    def _try(self, step: ir.Try, known: Known) -> Known | None:
        end = self.body(step.body, known)
        broken = known.plus_maybe(provided(step.body))
        caught = [
            self.body(clause.body, broken.plus((clause.giving,)) if clause.giving else broken)
            for clause in step.clauses
        ]
        return _joined([end, *caught])

    def _decision(self, step: ir.Decision, known: Known) -> Known | None:
        ends = []
        for arm in step.arms:
            self._read_condition(arm.condition, known)
            ends.append(self.body(arm.body, known.plus(implied(arm.condition, truth=True))))
            known = known.plus(implied(arm.condition, truth=False))
        ends.append(known if step.otherwise is None else self.body(step.otherwise, known))
        return _joined(ends)


def _joined(ends: Iterable[Known | None]) -> Known | None:
    """What is known where several paths meet: surely what all of them know."""
    there = [end for end in ends if end is not None]
    if not there:
        return None
    surely = frozenset.intersection(*(end.surely for end in there))
    maybe = frozenset[str]().union(*(end.maybe for end in there))
    return Known(surely, maybe, frozenset().union(*(end.open for end in there)))
