"""Annotations of GitHub Actions: workflow commands that show a finding beside its line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wgen.cli.reports.places import service_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wgen.compiler.diagnostics import Diagnostic

_LEVELS = {"error": "error", "warning": "warning", "info": "notice"}


def render(found: Sequence[Diagnostic], files: Sequence[str]) -> str:  # noqa: ARG001 - as all reports
    return "".join(f"{_command(finding)}\n" for finding in found)


def _command(finding: Diagnostic) -> str:
    path, line, column = finding.place
    end_line, end_column = finding.source.position(finding.span.end)
    places = {"file": service_path(path), "line": line, "col": column, "endLine": end_line}
    if end_line == line:
        places["endColumn"] = end_column
    places["title"] = f"{finding.rule.code} {finding.rule.name}"
    listed = ",".join(f"{name}={_escaped(str(value), ':,')}" for name, value in places.items())
    message = f"{finding.message} ({finding.help})" if finding.help else finding.message
    return f"::{_LEVELS[finding.severity]} {listed}::{_escaped(message)}"


def _escaped(text: str, more: str = "") -> str:
    """The signs that would end a part of a command, as `%XX`."""
    for sign in "%\r\n" + more:
        text = text.replace(sign, f"%{ord(sign):02X}")
    return text
