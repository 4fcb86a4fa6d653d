"""Writes the table of a generated module: for each state its kind, where it may lead, and what the engine must know."""

from __future__ import annotations

from typing import NamedTuple

from wgen.compiler import ir
from wgen.compiler.flatten import FlatState
from wgen.compiler.functions import Functions
from wgen.compiler.layout import fits, indented, listed, text_literal, tuple_lines
from wgen.compiler.needs import needed_by
from wgen.compiler.policynames import PolicyNames
from wgen.compiler.settings import Settings
from wgen.compiler.source import Span
from wgen.compiler.writer import Writer

_COLUMN = 12  # of an entry within a row


class _OneWait(NamedTuple):
    """One thing that a step waits for, with the name and place of its sentence."""

    id: str
    span: Span
    wait: ir.EventWait | ir.FlowWait | ir.TimeWait


class Rows:
    """Writes rows, and with each the functions that it names."""

    def __init__(self, writer: Writer, policies: PolicyNames, settings: Settings) -> None:
        self._writer = writer
        self._policies = policies
        self._settings = settings
        self._functions = Functions(writer)

    def row(self, state: FlatState) -> list[str]:
        """The lines of one row."""
        kind, entries = self._entries(state)
        head = f"{self._writer.state(state.id)}: {self._writer.names.use(kind)}("
        return [f"    {head}", *indented([*entries, *self._common(state)], 2), "    ),"]

    def _common(self, state: FlatState) -> list[str]:
        """What every step has."""
        to = _leads_to(state)
        reads = () if isinstance(state.step, ir.Task) else needed_by(state.step)
        lines = _texts("reads=", list(reads)) if reads else []
        lines += self._states("to=", to) if to else []
        if state.around.catch is not None:
            lines.append(f"catch={self._writer.state(state.around.catch)},")
        if state.around.inside:
            lines += self._states("inside=", state.around.inside)
        if state.joins:
            lines += self._states("joins=", state.joins)
        return [*lines, f"line={self._writer.line(state.step.span)},", f"digest={text_literal(state.step.digest)},"]

    def _states(self, head: str, ids: tuple[str, ...]) -> list[str]:
        return tuple_lines(head, [self._writer.state(id) for id in ids], ",", _COLUMN)

    def _entries(self, state: FlatState) -> tuple[str, list[str]]:
        """The kind of a row, and what only that kind has."""
        step, to = state.step, state.to
        match step:
            case ir.Task() if step.call.by == "flow":
                return "Child", self._child(step, state)
            case ir.Task() if step.call.by == "connector":
                return "Call", self._call(step, state)
            case ir.Task():
                return "Task", self._task(step, state)
            case ir.Background():
                return "Background", [f"task={self._writer.state(step.task.id)},"]
            case ir.Parallel() | ir.Together():
                return "Parallel", self._parallel(step, to)
            case ir.ForEach():
                return "ForEach", self._for_each(step, to)
            case ir.Repeat():
                return "Repeat", self._repeat(step, to)
            case ir.Try():
                return "Try", self._try(step, to)
            case ir.Break():
                return "Break", ["collected=True,"] if state.collected else []
            case ir.Decision():
                return "Decision", [f"run={self._functions.decision(step, to)},"]
            case _:
                return self._simple(state)

    def _simple(self, state: FlatState) -> tuple[str, list[str]]:
        step = state.step
        match step:
            case ir.Receive() | ir.WaitFlow():
                waits = [_OneWait(step.id, step.span, step.wait)]
                return "Wait", [*self._on(waits, step, state.to), *_seconds("within", step.fail_after)]
            case ir.Await():
                waits = [_OneWait(branch.id, branch.span, branch.wait) for branch in step.branches]
                return "Wait", self._on(waits, step, state.to)
            case ir.Wait():
                return "Timer", self._timer(step)
            case ir.Status():
                return "Status", [f"word={text_literal(step.word)},"]
            case ir.Finish():
                return "Finish", self._finish(step)
            case ir.Fail():
                return "Fail", [f"because={self._functions.value(step, step.because)},"]
            case _:
                raise AssertionError(step)

    # ---- tasks -----------------------------------------------------------------------------------------------------

    def _task(self, task: ir.Task, state: FlatState) -> list[str]:
        entries = [f"run={self._functions.task(task, state.to[0])},", f"handler={text_literal(task.call.name)},"]
        entries += _texts("parameters=", [entry.name for entry in task.inputs])
        return [*entries, *self._performed(task, state)]

    def _call(self, task: ir.Task, state: FlatState) -> list[str]:
        entries = [
            f"connector={text_literal(task.call.name)},",
            f"address={text_literal(task.call.address or '')},",
            f"handler={text_literal(state.id)},",
            f"inputs={self._functions.inputs(task)},",
        ]
        return [*entries, *self._performed(task, state)]

    def _child(self, task: ir.Task, state: FlatState) -> list[str]:
        entries = [f"flow={text_literal(task.call.name)},", f"inputs={self._functions.inputs(task)},"]
        return [*entries, *self._performed(task, state)]

    def _performed(self, task: ir.Task, state: FlatState) -> list[str]:
        """What all tasks have, whoever performs them."""
        reads = ir.reads_of(task)
        entries = _texts("reads=", list(reads)) if reads else []
        entries += _texts("gives=", [output.value for output in task.outputs]) if task.outputs else []
        entries.append(f"policy={self._policies.of(task.policy)},")
        if task.key is not None:
            entries.append(f"key={self._functions.value(task, task.key, '_key')},")
        if state.undone_by:
            entries.append(f"undo={self._writer.state(state.undone_by)},")
        if task.since is not None:
            entries.append(f"since={task.since},")
        if task.until is not None:
            entries.append(f"until={task.until},")
        return entries

    # ---- blocks ----------------------------------------------------------------------------------------------------

    def _parallel(self, step: ir.Parallel | ir.Together, to: tuple[str, ...]) -> list[str]:
        entries = self._states("branches=", to[:-1])
        if isinstance(step, ir.Together) and step.join != "all":
            entries.append(f"join={text_literal(step.join)},")
        if isinstance(step, ir.Together) and step.at_least is not None:
            entries.append(f"at_least={step.at_least},")
        return entries

    def _for_each(self, step: ir.ForEach, to: tuple[str, ...]) -> list[str]:
        entries = [
            f"items={self._functions.value(step, step.items)},",
            f"item={text_literal(step.item)},",
            f"body={self._writer.state(to[0])},",
        ]
        if step.at_a_time != 1:
            entries.append(f"at_once={step.at_a_time},")
        return entries + (_texts("collect=", list(step.collect)) if step.collect else [])

    def _repeat(self, step: ir.Repeat, to: tuple[str, ...]) -> list[str]:
        entries = [f"kind={text_literal(step.loop)},", f"body={self._writer.state(to[0])},"]
        if step.condition is not None:
            entries.append(f"condition={self._functions.holds(step, step.condition)},")
        if step.times is not None:
            entries.append(f"times={step.times},")
        return [*entries, *_seconds("every", step.every), *([f"at_most={step.at_most},"] if step.at_most else [])]

    def _try(self, step: ir.Try, to: tuple[str, ...]) -> list[str]:
        clauses = []
        for clause, target in zip(step.clauses, to[1:], strict=True):
            arguments = [_tuple_text(clause.types), self._writer.state(target)]
            if clause.giving is not None:
                arguments.append(f"gives={text_literal(clause.giving)}")
            clauses.append((f"{self._writer.names.use('OnFailure')}(", arguments))
        return [f"body={self._writer.state(to[0])},", *calls("clauses=", clauses, _COLUMN)]

    # ---- waits -----------------------------------------------------------------------------------------------------

    def _on(self, waits: list[_OneWait], step: ir.Step, to: tuple[str, ...]) -> list[str]:
        waited = []
        for one, target in zip(waits, to, strict=True):
            kind, arguments = self._one_wait(one, step, self._writer.state(target))
            waited.append((f"{self._writer.names.use(kind)}(", arguments))
        return calls("on=", waited, _COLUMN)

    def _one_wait(self, one: _OneWait, step: ir.Step, to: str) -> tuple[str, list[str]]:
        wait = one.wait
        match wait:
            case ir.EventWait():
                arguments = [text_literal(wait.event), to]
                if wait.where is not None:
                    name = self._functions.where(one.id, self._writer.comment(one.span), wait, wait.where)
                    arguments.append(f"where={name}")
                if wait.connector is not None:
                    source = f"({text_literal(wait.connector)}, {text_literal(wait.address or '')})"
                    arguments.append(f"source={source}")
                return "OnEvent", arguments
            case ir.FlowWait():
                arguments = [text_literal(wait.flow), text_literal(wait.word), to]
                if wait.key is not None:
                    arguments.append(f"key={self._functions.value(step, wait.key, '_key')}")
                return "OnFlow", arguments
            case ir.TimeWait():
                return "OnTimeout", [repr(wait.after / 1000), to]

    def _timer(self, step: ir.Wait) -> list[str]:
        if isinstance(step.time, ir.Path):
            return [f"by={self._functions.value(step, step.time)},", *self._zone(step)]
        if step.time.kind == "duration":
            return _seconds("seconds", int(str(step.time.value)))
        return [f"at={text_literal(str(step.time.value))},", *self._zone(step)]

    def _zone(self, step: ir.Wait) -> list[str]:
        return [f"zone={text_literal(step.zone or self._settings.timezone)},"]

    def _finish(self, step: ir.Finish) -> list[str]:
        entries = []
        if step.result is not None:
            entries.append(f"result={self._functions.value(step, step.result)},")
        if step.outcome is not None:
            entries.append(f"outcome={text_literal(step.outcome)},")
        return entries


def calls(head: str, made: list[tuple[str, list[str]]], column: int) -> list[str]:
    """A tuple of calls as the value of an entry."""
    if len(made) == 1:
        name, arguments = made[0]
        line = f"{head}({name}{', '.join(arguments)}),),"
        if fits(line, column):
            return [line]
    lines = [line for name, arguments in made for line in listed(name, arguments, "),", column + 4)]
    return [f"{head}(", *indented(lines), "),"]


def _leads_to(state: FlatState) -> tuple[str, ...]:
    """What a row says under `to`: of a block what follows it, for the way into it stands in the row already."""
    match state.step:
        case ir.Try() | ir.Receive() | ir.WaitFlow() | ir.Await():
            return ()
        case ir.Parallel() | ir.Together() | ir.ForEach() | ir.Repeat():
            return state.to[-1:]
        case _:
            return tuple(dict.fromkeys(state.to))


def _seconds(name: str, milliseconds: int | None) -> list[str]:
    return [] if milliseconds is None else [f"{name}={milliseconds / 1000!r},"]


def _texts(head: str, entries: list[str]) -> list[str]:
    """A tuple of texts as the value of an entry."""
    if not entries:
        return [f"{head}(),"]
    return tuple_lines(head, [text_literal(entry) for entry in entries], ",", _COLUMN)


def _tuple_text(entries: tuple[str, ...]) -> str:
    return f"({', '.join(text_literal(entry) for entry in entries)}{',' if len(entries) == 1 else ''})"
