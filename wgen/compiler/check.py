"""Runs every rule over the IR: a flow that passes does what its text says."""

from __future__ import annotations

from typing import NewType

from wgen.compiler import ir
from wgen.compiler.checking import Check, View
from wgen.compiler.diagnostics import Diagnostic
from wgen.compiler.paths import follow_paths
from wgen.compiler.rules import order, policies, project, values
from wgen.compiler.source import Source

CheckedModule = NewType("CheckedModule", ir.Module)
"""A file without errors: the type checker sees to it that nothing else is emitted."""

CHECKS: tuple[Check, ...] = (*values.CHECKS, *order.CHECKS, *policies.CHECKS, *project.CHECKS)


def check(module: ir.Module, source: Source, loose: frozenset[str]) -> list[Diagnostic]:
    """What all rules say about a file."""
    views = [View(source, flow, follow_paths(flow), loose) for flow in module.flows]
    return [diagnostic for view in views for rule in CHECKS for diagnostic in rule(view)]
