"""Findings in the forms that people, programs and services read."""

from __future__ import annotations

import json
from importlib import import_module
from typing import TYPE_CHECKING

from wgen.cli.findings import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wgen.compiler.diagnostics import Diagnostic

FORMATS = ("concise", "full", "json", "github", "gitlab", "junit", "sarif")


def render(form: str, found: Sequence[Diagnostic], files: Sequence[str], *, color: bool = False) -> str:
    """The text of a report, ending in a newline where there is any. `files` are all that were looked at."""
    if form in ("concise", "full"):
        return shown(found, color=color, concise=form == "concise")
    if form == "json":
        from wgen.compiler.report import as_dict

        return json_text([as_dict(finding) for finding in found])
    text: str = import_module(f"wgen.cli.reports.{form}").render(found, files)
    return text


def json_text(data: object) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"
