"""Writes the functions of a generated module, one for each step that does or decides something."""

from __future__ import annotations

from functools import partial

from wgen.compiler import branches, ir
from wgen.compiler.expressions import Expressions
from wgen.compiler.layout import exploded, fits, indented, returned, text_literal
from wgen.compiler.writer import Writer


class Functions:
    """Each method writes one function and returns its name."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._plain = Expressions(writer.names)

    def task(self, task: ir.Task, after: str) -> str:
        """Calls the handler, keeps what it gives, and says where the flow goes on."""
        writer = self._writer
        arguments = [f"{entry.name}={self._plain.operand(entry.value)}" for entry in task.inputs]
        body = [*self._awaited(task, arguments), *returned(writer.state(after), 4)]
        parameters = [writer.known, f"handlers: {writer.prefix}Handlers"]
        return writer.function(task.id, writer.comment(task.span), "async def", parameters, writer.next_state, body)

    def _awaited(self, task: ir.Task, arguments: list[str]) -> list[str]:
        call = f"handlers.{task.call.name}("
        inner = exploded(call, arguments, ")") if arguments else [f"{call})"]
        targets = [f"known.{output.value}" for output in task.outputs]
        begin = f"{targets[0]} = " if len(targets) == 1 else ") = " if targets else ""
        awaited = f"{begin}await {self._writer.names.use('result')}("
        first = exploded("(", targets, "")[:-1] if len(targets) > 1 else []
        if not arguments and fits(f"    {awaited}{inner[0]})"):
            return [*first, f"{awaited}{inner[0]})"]
        if fits(f"    {awaited}") or len(targets) != 1:
            return [*first, awaited, *indented(inner), ")"]
        return [f"{begin}(", *indented(["await result(", *indented(inner), ")"]), ")"]

    def inputs(self, task: ir.Task) -> str:
        """What another flow or a connector gets, by name."""
        writer = self._writer
        entries = [f"{text_literal(entry.name)}: {self._plain.operand(entry.value)}" for entry in task.inputs]
        body = exploded("return {", entries, "}") if entries else ["return {}"]
        returns = f"dict[str, {writer.names.use('Any')}]"
        return writer.function(task.id, writer.comment(task.span), "def", [writer.known], returns, body)

    def decision(self, step: ir.Decision, to: tuple[str, ...]) -> str:
        """Compares, and says where the flow goes on."""
        writer = self._writer
        body: list[str] = []
        for number, (arm, target) in enumerate(zip(step.arms, to, strict=False)):
            if number:
                body.append(f"# {writer.comment(arm.span)}")
            leads_to = writer.state(target)
            body += branches.branch(self._plain.condition(arm.condition), partial(returned, leads_to), 4)
        body += returned(writer.state(to[-1]), 4)
        return writer.function(step.id, writer.comment(step.span), "def", [writer.known], writer.next_state, body)

    def holds(self, step: ir.Repeat, condition: ir.Condition) -> str:
        """Whether a loop's condition holds."""
        writer = self._writer
        body = branches.returned(self._plain.condition(condition), 4)
        return writer.function(step.id, writer.comment(step.span), "def", [writer.known], "bool", body)

    def value(self, step: ir.Step, operand: ir.Operand, suffix: str = "") -> str:
        """One value."""
        writer = self._writer
        body = returned(self._plain.operand(operand), 4)
        return writer.function(step.id + suffix, writer.comment(step.span), "def", [writer.known], "object", body)

    def where(self, id: str, comment: str, wait: ir.EventWait, where: ir.Condition) -> str:
        """Whether an event is meant for this run."""
        writer = self._writer
        annotation = writer.names.annotation(writer.flow.values[wait.event].type)
        event = f"{wait.event}_" if wait.event in ("known", "handlers") else wait.event
        condition = Expressions(writer.names, wait.event, event).condition(where)
        body = branches.returned(condition, 4)
        return writer.function(id, comment, "def", [writer.known, f"{event}: {annotation}"], "bool", body)

    def business_key(self, key: ir.Path) -> str:
        writer = self._writer
        body = returned(self._plain.operand(key), 4)
        comment = f"The business key: {writer.text(key.span)}"
        return writer.function("business_key", comment, "def", [writer.known], "object", body)

    def limited_for_each(self, each: ir.Path) -> str:
        writer = self._writer
        body = returned(self._plain.operand(each), 4)
        comment = f"The limit for each: {writer.text(each.span)}"
        return writer.function("limited_for_each", comment, "def", [writer.known], "object", body)
