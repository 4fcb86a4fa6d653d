"""What the templates are filled with: plain data, every decision already taken."""

from __future__ import annotations

from wgen.compiler.records import record


@record
class HandlerView:
    """One method of the handlers: the flow's line, and its lines of Python."""

    comment: str
    lines: list[str]


@record
class FunctionView:
    """One step's function: the flow's line, and its lines of Python."""

    comment: str
    lines: list[str]


@record
class FlowView:
    """One flow of a module. Every list holds finished lines of Python without their indentation."""

    title: str
    prefix: str
    policies: list[str]
    states: list[str]
    values: list[str]
    handlers: list[HandlerView]
    functions: list[FunctionView]
    table: list[str]


@record
class ModuleView:
    """One generated module."""

    source: str
    digest: str
    title: str
    imports: list[str]
    vocabulary: list[str]
    aliases: list[str]
    flows: list[FlowView]
