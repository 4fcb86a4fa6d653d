"""SARIF 2.1.0, the standard form of what static analysis finds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from wgen import __version__
from wgen.cli.reports import json_text
from wgen.cli.reports.places import service_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wgen.compiler.diagnostics import Diagnostic, Fix, Related, Rule
    from wgen.compiler.source import Source, Span

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}


def render(found: Sequence[Diagnostic], files: Sequence[str]) -> str:
    rules = sorted({finding.rule for finding in found})
    driver = {"name": "wgen", "version": __version__, "rules": [_rule(rule) for rule in rules]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "artifacts": [{"location": _artifact(file)} for file in files],
        "results": [_result(finding, rules.index(finding.rule)) for finding in found],
    }
    return json_text({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(rule: Rule) -> dict[str, Any]:
    from wgen.compiler.catalogue import page_of

    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.about},
        "fullDescription": {"text": page_of(rule).text},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _result(finding: Diagnostic, index: int) -> dict[str, Any]:
    message = f"{finding.message}; {finding.help}" if finding.help else finding.message
    result = {
        "ruleId": finding.rule.code,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": {"text": message},
        "locations": [_location(finding.source, finding.span)],
    }
    if finding.related:
        result["relatedLocations"] = [_related(finding.source, related) for related in finding.related]
    if finding.fix and finding.fix.applicability == "safe":
        result["fixes"] = [_fix(finding, finding.fix)]
    return result


def _related(source: Source, related: Related) -> dict[str, Any]:
    return {**_location(source, related.span), "message": {"text": related.note}}


def _location(source: Source, span: Span) -> dict[str, Any]:
    return {"physicalLocation": {"artifactLocation": _artifact(source.path), "region": _region(source, span)}}


def _fix(finding: Diagnostic, fix: Fix) -> dict[str, Any]:
    replacements = [
        {"deletedRegion": _region(finding.source, edit.span), "insertedContent": {"text": edit.text}}
        for edit in fix.edits
    ]
    change = {"artifactLocation": _artifact(finding.source.path), "replacements": replacements}
    return {"description": {"text": finding.help or finding.message}, "artifactChanges": [change]}


def _artifact(path: str) -> dict[str, str]:
    place = service_path(path)
    return {"uri": ("file://" if place.startswith("/") else "") + quote(place, errors="surrogateescape")}


def _region(source: Source, span: Span) -> dict[str, int]:
    line, column = source.position(span.start)
    end_line, end_column = source.position(span.end)
    return {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}
