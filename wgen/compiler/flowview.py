"""Prepares one flow for the template of the generated module."""

from __future__ import annotations

import builtins
from dataclasses import fields

from wgen.compiler import branches, ir
from wgen.compiler.branches import branch
from wgen.compiler.expressions import Expressions, duration_argument
from wgen.compiler.flatten import DONE, FlatState, flatten
from wgen.compiler.imports import RESERVED, Names
from wgen.compiler.layout import (
    annotated,
    assigned,
    exploded,
    fits,
    header,
    indented,
    listed,
    returned,
    text_literal,
    tuple_lines,
)
from wgen.compiler.names import python_name, unique
from wgen.compiler.source import Source
from wgen.compiler.views import FlowView, FunctionView, HandlerView

_PYTHON_NAMES = frozenset(dir(builtins))


class FlowEmitter:
    """Makes the view of one flow. `functions` are the names of the module's functions so far."""

    def __init__(self, flow: ir.Flow, source: Source, names: Names, several: bool, functions: set[str]) -> None:
        self._flow = flow
        self._source = source
        self._names = names
        self._prefix = "".join(part.capitalize() for part in flow.ident.split("_")) if several else ""
        self._several = several
        self._functions = functions
        self._members: dict[str, str] = {}
        self._policy_names: dict[str, str] = {}
        self._policy_lines: list[str] = []
        self._made: list[FunctionView] = []

    def view(self) -> FlowView:
        start, states = flatten(self._flow)
        for state in states:
            self._members[state.id] = unique(_member(state.id), self._members.values())
        self._names.use("StrEnum")
        self._names.use("dataclass")
        self._names.use("Protocol")
        rows = [line for state in states for line in self._row(state)]
        return FlowView(
            title=docstring_text(self._flow.name),
            prefix=self._prefix,
            export=self._export(),
            states=[line for id, name in self._members.items() for line in assigned(name, text_literal(id), 4)],
            values=self._values(),
            handlers=[self._handler(handler) for handler in self._flow.handlers],
            table=self._table(start, rows),
            functions=self._made,
            policies=self._policy_lines,
            aliases=self._names.alias_lines(),
        )

    def _export(self) -> str:
        return _member(self._flow.ident) if self._several else "FLOW"

    # ---- classes ---------------------------------------------------------------------------------------------------

    def _values(self) -> list[str]:
        lines: list[str] = []
        for value in self._flow.values.values():
            annotation, missing = self._names.annotation(value.type), self._names.use("MISSING")
            if "[" in annotation:
                lines += annotated(value.name, annotation, f" = {missing}", 4)
            else:
                lines += assigned(f"{value.name}: {annotation}", missing, 4)
        return lines

    def _handler(self, handler: ir.Handler) -> HandlerView:
        results = [self._names.annotation(result) for result in handler.results]
        given = f"tuple[{', '.join(results)}]" if len(results) > 1 else results[0] if results else "object"
        returns = f" -> {self._names.use('Returns')}[{given}]: ..."
        if not handler.parameters:
            return HandlerView(
                self._comment(handler), handler.name, header(f"def {handler.name}", ["self"], returns, 4)
            )
        lines = [f"def {handler.name}(", "    self,", "    *,"]
        for entry in handler.parameters:
            lines += indented(annotated(entry.name, self._names.annotation(entry.type), ",", 8))
        lines.append(f"){returns}")
        return HandlerView(self._comment(handler), handler.name, lines)

    # ---- functions -------------------------------------------------------------------------------------------------

    def _line(self, step: ir.Step | ir.Handler | ir.Arm) -> int:
        return self._source.position(step.span.start)[0]

    def _comment(self, step: ir.Step | ir.Handler | ir.Arm) -> str:
        return f"{self._line(step)}: {flow_line(self._source.text[step.span.start : step.span.end])}"

    def _function(
        self, step: ir.Step, head: str, parameters: list[str], returns: str, body: list[str], suffix: str = ""
    ) -> str:
        """Adds a step's function to the module; its name."""
        plain = (f"{self._flow.ident}_{step.id}" if self._several else step.id) + suffix
        name = unique(plain, self._functions | RESERVED | _PYTHON_NAMES)
        self._functions.add(name)
        lines = [*header(f"{head} {name}", parameters, f" -> {returns}:"), *indented(body)]
        self._made.append(FunctionView(self._comment(step), lines))
        return name

    def _next(self) -> str:
        """The type of what a step's function returns."""
        return f"{self._prefix}State | {self._names.use('Done')}"

    def _state(self, id: str) -> str:
        return self._names.use("DONE") if id == DONE else f"{self._prefix}State.{self._members[id]}"

    def _known(self) -> str:
        return f"known: {self._prefix}Values"

    def _task_function(self, task: ir.Task, after: str) -> str:
        expressions = Expressions(self._names)
        arguments = [f"{entry.name}={expressions.operand(entry.value)}" for entry in task.inputs]
        call = f"handlers.{task.call.name}("
        inner = exploded(call, arguments, ")") if arguments else [f"{call})"]
        targets = [f"known.{output.value}" for output in task.outputs]
        begin = f"{targets[0]} = " if len(targets) == 1 else ") = " if targets else ""
        awaited = f"{begin}await {self._names.use('result')}("
        body = exploded("(", targets, "")[:-1] if len(targets) > 1 else []
        if not arguments and fits(f"    {awaited}{inner[0]})"):
            body += [f"{awaited}{inner[0]})"]
        elif fits(f"    {awaited}") or len(targets) != 1:
            body += [awaited, *indented(inner), ")"]
        else:
            body += [f"{begin}(", *indented(["await result(", *indented(inner), ")"]), ")"]
        body += returned(self._state(after), 4)
        parameters = [self._known(), f"handlers: {self._prefix}Handlers"]
        return self._function(task, "async def", parameters, self._next(), body)

    def _decision_function(self, step: ir.Decision, to: tuple[str, ...]) -> str:
        expressions = Expressions(self._names)
        body: list[str] = []
        for number, (arm, target) in enumerate(zip(step.arms, to, strict=False)):
            if number:
                body.append(f"# {self._comment(arm)}")
            body += branch(expressions.condition(arm.condition), returned(self._state(target), 8), 4)
        body += returned(self._state(to[-1]), 4)
        return self._function(step, "def", [self._known()], self._next(), body)

    def _value_function(self, step: ir.Step, operand: ir.Operand, suffix: str = "") -> str:
        body = returned(Expressions(self._names).operand(operand), 4)
        return self._function(step, "def", [self._known()], "object", body, suffix)

    def _where_function(self, step: ir.Receive, where: ir.Condition) -> str:
        event = step.wait.event
        annotation = self._names.annotation(self._flow.values[event].type)
        parameter = f"{event}_" if event in ("known", "handlers") else event
        condition = Expressions(self._names, event).condition(where)
        body = branches.returned(condition, 4)
        return self._function(step, "def", [self._known(), f"{parameter}: {annotation}"], "bool", body)

    # ---- policies --------------------------------------------------------------------------------------------------

    def _policy(self, task: ir.Task) -> str:
        """The name of the task's policy: one constant for all tasks that share it."""
        arguments = self._policy_arguments(task.policy)
        text = ", ".join(arguments)
        if text not in self._policy_names:
            name = unique(self._policy_words(task.policy), self._policy_names.values())
            self._policy_names[text] = name
            self._policy_lines += listed(f"{name} = {self._names.use('Policy')}(", arguments, ")", 0)
        return self._policy_names[text]

    def _policy_words(self, policy: ir.Policy) -> str:
        often = "ONCE" if policy.retries == 0 else f"UP_TO_{policy.retries}_RETRIES" if policy.retries else "RETRIES"
        limit = duration_argument(policy.timeout).replace("=", " ").split() if policy.timeout else []
        words = "_".join([often, *(["WITHIN", limit[1], limit[0].upper()] if limit else [])])
        return f"{_member(self._flow.ident)}_{words}" if self._several else words

    def _policy_arguments(self, policy: ir.Policy) -> list[str]:
        """What differs from a policy that says nothing, as arguments."""
        if policy.retries == 0:
            # Without retries only the time limit means anything.
            policy = ir.Policy(timeout=policy.timeout)
        arguments = []
        for part in fields(ir.Policy):
            value = getattr(policy, part.name)
            if part.name == "retries":
                arguments.append(f"retries={self._names.use('UNLIMITED') if value is None else value}")
            elif part.name == "wait" and policy.retries != 0:
                arguments.append(f"wait={value / 1000!r}")
            elif value != part.default:
                text = repr(value / 1000) if part.name in ("wait", "cap", "window", "timeout") else _python(value)
                arguments.append(f"{part.name}={text}")
        return arguments

    # ---- the table -------------------------------------------------------------------------------------------------

    def _row(self, state: FlatState) -> list[str]:
        step = state.step
        to = tuple_lines("to=", [self._state(id) for id in state.to], ",", 12) if state.to else []
        match step:
            case ir.Task():
                kind, entries = "Task", self._task_row(step, state.to[0])
            case ir.Parallel():
                members = [self._state(task.id) for task in step.tasks]
                kind, entries = "Parallel", tuple_lines("branches=", members, ",", 12)
            case ir.Decision():
                kind, entries = "Decision", [f"run={self._decision_function(step, state.to)},"]
            case ir.Receive():
                kind, entries = "Receive", self._receive_row(step)
            case ir.Status():
                kind, entries = "Status", [f"word={text_literal(step.word)},"]
            case ir.Finish():
                kind, entries = "Finish", self._finish_row(step)
            case ir.Fail():
                kind, entries = "Fail", [f"because={self._value_function(step, step.because)},"]
            case _:
                raise AssertionError(step)
        place = [f"line={self._line(step)},", f"digest={text_literal(step.digest)},"]
        head = f"{self._state(step.id)}: {self._names.use(kind)}("
        return [f"    {head}", *indented([*entries, *to, *place], 2), "    ),"]

    def _task_row(self, task: ir.Task, after: str) -> list[str]:
        function = self._task_function(task, after)
        entries = [f"run={function},", f"handler={text_literal(task.call.name)},"]
        entries += _names_tuple("parameters=", [entry.name for entry in task.inputs])
        if task.outputs:
            entries += _names_tuple("gives=", [output.value for output in task.outputs])
        entries.append(f"policy={self._policy(task)},")
        if task.key is not None:
            entries.append(f"key={self._value_function(task, task.key, '_key')},")
        return entries

    def _receive_row(self, step: ir.Receive) -> list[str]:
        entries = [f"gives={text_literal(step.wait.event)},"]
        if step.wait.where is not None:
            entries.append(f"where={self._where_function(step, step.wait.where)},")
        if step.fail_after is not None:
            entries.append(f"within={step.fail_after / 1000!r},")
        return entries

    def _finish_row(self, step: ir.Finish) -> list[str]:
        entries = []
        if step.result is not None:
            entries.append(f"result={self._value_function(step, step.result)},")
        if step.outcome is not None:
            entries.append(f"outcome={text_literal(step.outcome)},")
        return entries

    def _table(self, start: str, rows: list[str]) -> list[str]:
        flow = self._flow
        head = f"{self._export()}: {self._names.use('Flow')}[{self._prefix}Values, {self._prefix}Handlers] = Flow("
        entries = [
            f"name={text_literal(flow.name)},",
            f"version={flow.version},",
            f"digest={text_literal(flow.digest)},",
            f"source={text_literal(self._source.name)},",
            f"values={self._prefix}Values,",
            *self._inputs(),
            f"start={self._state(start)},",
        ]
        if flow.key is not None:
            entries.append(f"key={self._key_function(flow.key)},")
        if flow.timeout is not None:
            entries.append(f"timeout={flow.timeout / 1000!r},")
        results = self._results()
        if results:
            entries.append(f"results={results},")
        return [head, *indented([*entries, "steps={", *rows, "},"]), ")"]

    def _key_function(self, key: ir.Path) -> str:
        name = unique(f"{self._flow.ident}_key" if self._several else "business_key", self._functions | RESERVED)
        self._functions.add(name)
        body = returned(Expressions(self._names).operand(key), 4)
        lines = [*header(f"def {name}", [self._known()], " -> object:"), *indented(body)]
        self._made.append(FunctionView(f"The business key: {self._source.text[key.span.start : key.span.end]}", lines))
        return name

    def _inputs(self) -> list[str]:
        if not self._flow.inputs:
            return ["inputs={},"]
        expressions = Expressions(self._names)
        entries = []
        for entry in self._flow.inputs:
            value = self._flow.values[entry.value]
            arguments = [text_literal(" ".join(value.words.split()))]
            if entry.default is not None:
                arguments.append(f"default={expressions.constant(entry.default, value.type)}")
            entries.append(f"{text_literal(entry.value)}: {self._names.use('Input')}({', '.join(arguments)})")
        return exploded("inputs={", entries, "},")

    def _results(self) -> str | None:
        """The type of what the run's result can be: one, a union, or None where no sentence gives any."""
        finishes = [state.step for state in flatten(self._flow)[1] if isinstance(state.step, ir.Finish)]
        kinds = list(dict.fromkeys(self._names.annotation(s.result.type) for s in finishes if s.result is not None))
        return "Any" if "Any" in kinds else " | ".join(kinds) or None


def docstring_text(name: str) -> str:
    """A flow's name in quotes, as it may stand in a docstring."""
    escaped = name.replace("\\", "\\\\").replace('""', "''")
    return f'"{escaped}"'


def flow_line(text: str) -> str:
    """A sentence of a flow on one line, comments and line ends left out."""
    lines = text.split("\n")
    kept = [line.split(" #")[0].strip().removeprefix("...").removeprefix("…").strip() for line in lines]
    return " ".join(" ".join(kept).split())


def _member(words: str) -> str:
    name = python_name(words).upper()
    return name if name.isidentifier() else f"_{name}"


def _names_tuple(head: str, entries: list[str]) -> list[str]:
    if not entries:
        return [f"{head}(),"]
    return tuple_lines(head, [text_literal(entry) for entry in entries], ",", 12)


def _python(value: object) -> str:
    if isinstance(value, str):
        return text_literal(value)
    if isinstance(value, tuple):
        return f"({', '.join(text_literal(entry) for entry in value)}{',' if len(value) == 1 else ''})"
    return repr(value)
