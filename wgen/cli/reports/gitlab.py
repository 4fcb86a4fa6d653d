"""The code quality report of GitLab."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING, Any

from wgen.cli.reports import json_text
from wgen.cli.reports.places import service_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wgen.compiler.diagnostics import Diagnostic

_SEVERITIES = {"error": "major", "warning": "minor", "info": "info"}


def render(found: Sequence[Diagnostic], files: Sequence[str]) -> str:  # noqa: ARG001 - as all reports
    seen: Counter[str] = Counter()
    return json_text([_entry(finding, seen) for finding in found])


def _entry(finding: Diagnostic, seen: Counter[str]) -> dict[str, Any]:
    path = service_path(finding.source.path)
    return {
        "description": finding.message,
        "check_name": f"{finding.rule.code} {finding.rule.name}",
        "fingerprint": _fingerprint(f"{path}\n{finding.rule.code}\n{finding.message}", seen),
        "severity": _SEVERITIES[finding.severity],
        "location": {
            "path": path,
            "lines": {"begin": finding.place[1], "end": finding.source.position(finding.span.end)[0]},
        },
    }


def _fingerprint(what: str, seen: Counter[str]) -> str:
    """Tells a finding from others and stays when lines move: the same one twice in a file is counted."""
    seen[what] += 1
    return hashlib.sha256(f"{what}\n{seen[what]}".encode("utf-8", "surrogateescape")).hexdigest()[:32]
