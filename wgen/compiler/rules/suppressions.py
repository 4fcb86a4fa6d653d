"""WG9: comments that silence findings."""

from __future__ import annotations

from wgen.compiler.diagnostics import Rule

UNUSED = Rule("WG901", "unused-ignore", "warning", "a comment ignores a finding that is not there")
UNKNOWN = Rule("WG902", "unknown-ignore", "warning", "a comment ignores a rule that does not exist, or names none")
