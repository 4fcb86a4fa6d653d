"""Runs every rule over the IR: a flow that passes does what its text says."""

from __future__ import annotations

from typing import NewType

from wgen.compiler import ir, syntax
from wgen.compiler.checking import Check, View, every_step
from wgen.compiler.diagnostics import Diagnostic
from wgen.compiler.neighbours import Neighbours
from wgen.compiler.paths import follow_paths
from wgen.compiler.rules import defaults, flows, loops, order, policies, project, style, times, untyped, values
from wgen.compiler.source import Source

CheckedModule = NewType("CheckedModule", ir.Module)
"""A file without errors: the type checker sees to it that nothing else is emitted."""

CHECKS: tuple[Check, ...] = tuple(
    check
    for family in (values, defaults, untyped, order, loops, policies, times, style, project, flows)
    for check in family.CHECKS
)


def check(module: ir.Module, tree: syntax.File, source: Source, loose: frozenset[str]) -> list[Diagnostic]:
    """What all rules say about a file."""
    neighbours = Neighbours(source, module)
    views = [
        View(source, written, flow, tuple(every_step(flow.body)), follow_paths(flow), loose, neighbours)
        for flow, written in zip(module.flows, tree.flows, strict=True)
    ]
    return [diagnostic for view in views for rule in CHECKS for diagnostic in rule(view)]
