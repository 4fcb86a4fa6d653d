"""WG5: the project around a flow: its other flows, its handlers, its generated files."""

from __future__ import annotations

from wgen.compiler.diagnostics import Rule

SAME_FLOW_NAME = Rule("WG501", "same-flow-name", "error", "two flows of one name")
