"""Prepares one flow for the template of the generated module."""

from __future__ import annotations

from wgen.compiler import ir
from wgen.compiler.expressions import Expressions
from wgen.compiler.flatten import FlatState, flatten
from wgen.compiler.functions import Functions
from wgen.compiler.layout import annotated, assigned, exploded, header, indented, text_literal
from wgen.compiler.policynames import PolicyNames
from wgen.compiler.rows import Rows
from wgen.compiler.settings import Settings
from wgen.compiler.starting import limit_lines, trigger_lines
from wgen.compiler.views import FlowView, HandlerView
from wgen.compiler.writer import Writer, constant_name, docstring_text


def flow_view(writer: Writer, settings: Settings) -> FlowView:
    """All of one flow that the template prints."""
    flow = writer.flow
    start, states = flatten(flow)
    writer.name_states(states)
    for name in ("StrEnum", "dataclass", "Protocol"):
        writer.names.use(name)
    policies = PolicyNames(writer)
    rows = Rows(writer, policies, settings)
    row_lines = [line for state in states for line in rows.row(state)]
    return FlowView(
        title=docstring_text(flow.name),
        prefix=writer.prefix,
        states=[line for id, name in writer.members.items() for line in assigned(name, text_literal(id), 4)],
        values=_values(writer),
        handlers=[_handler(writer, handler) for handler in flow.handlers],
        table=_table(writer, settings, start, states, row_lines),
        functions=writer.functions,
        policies=policies.lines,
    )


def _values(writer: Writer) -> list[str]:
    lines: list[str] = []
    for value in writer.flow.values.values():
        annotation, missing = writer.names.annotation(value.type), writer.names.use("MISSING")
        if "[" in annotation:
            lines += annotated(value.name, annotation, f" = {missing}", 4)
        else:
            lines += assigned(f"{value.name}: {annotation}", missing, 4)
    return lines


def _handler(writer: Writer, handler: ir.Handler) -> HandlerView:
    results = [writer.names.annotation(result) for result in handler.results]
    given = f"tuple[{', '.join(results)}]" if len(results) > 1 else results[0] if results else "object"
    returns = f" -> {writer.names.use('Returns')}[{given}]: ..."
    comment = writer.comment(handler.span)
    if not handler.parameters:
        return HandlerView(comment, header(f"def {handler.name}", ["self"], returns, 4))
    lines = [f"def {handler.name}(", "    self,", "    *,"]
    for entry in handler.parameters:
        lines += indented(annotated(entry.name, writer.names.annotation(entry.type), ",", 8))
    return HandlerView(comment, [*lines, f"){returns}"])


def _table(writer: Writer, settings: Settings, start: str, states: list[FlatState], rows: list[str]) -> list[str]:
    flow, names, prefix = writer.flow, writer.names, writer.prefix
    export = constant_name(flow.ident) if writer.several else "FLOW"
    head = f"{export}: {names.use('Flow')}[{prefix}Values, {prefix}Handlers] = Flow("
    entries = [
        f"name={text_literal(flow.name)},",
        f"version={flow.version},",
        f"digest={text_literal(flow.digest)},",
        f"source={text_literal(writer.source_name)},",
        f"values={prefix}Values,",
        *_inputs(writer),
        *_events(writer, states),
        f"start={writer.state(start)},",
    ]
    if flow.key is not None:
        entries.append(f"key={Functions(writer).business_key(flow.key)},")
    if flow.timeout is not None:
        entries.append(f"timeout={flow.timeout / 1000!r},")
    entries += [*trigger_lines(writer, settings), *limit_lines(writer)]
    results = _results(writer, states)
    if results:
        entries.append(f"results={results},")
    return [head, *indented([*entries, "steps={", *rows, "},"]), ")"]


def _inputs(writer: Writer) -> list[str]:
    flow = writer.flow
    if not flow.inputs:
        return ["inputs={},"]
    expressions = Expressions(writer.names)
    entries = []
    for entry in flow.inputs:
        value = flow.values[entry.value]
        arguments = [text_literal(" ".join(value.words.split()))]
        if entry.default is not None:
            arguments.append(f"default={expressions.constant(entry.default, value.type)}")
        entries.append(f"{text_literal(entry.value)}: {writer.names.use('Input')}({', '.join(arguments)})")
    return exploded("inputs={", entries, "},")


def _events(writer: Writer, states: list[FlatState]) -> list[str]:
    """The words of each event that the flow waits for."""
    waits = [wait for state in states for wait in _waits(state.step) if isinstance(wait, ir.EventWait)]
    words = {wait.event: " ".join(writer.flow.values[wait.event].words.split()) for wait in waits}
    entries = [f"{text_literal(name)}: {text_literal(text)}" for name, text in words.items()]
    return exploded("events={", entries, "},") if entries else []


def _waits(step: ir.Step) -> list[ir.EventWait | ir.FlowWait | ir.TimeWait]:
    match step:
        case ir.Receive() | ir.WaitFlow():
            return [step.wait]
        case ir.Await():
            return [branch.wait for branch in step.branches]
        case _:
            return []


def _results(writer: Writer, states: list[FlatState]) -> str | None:
    """The type of what the run's result can be: one, a union, or None where no sentence gives any."""
    finishes = [state.step for state in states if isinstance(state.step, ir.Finish)]
    kinds = [writer.names.annotation(step.result.type) for step in finishes if step.result is not None]
    return "Any" if "Any" in kinds else " | ".join(dict.fromkeys(kinds)) or None
