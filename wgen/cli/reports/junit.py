"""JUnit's XML: a suite for each file, and a failed case for each error and warning in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wgen.compiler.report import full
from wgen.compiler.xmltext import xml_attribute, xml_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wgen.compiler.diagnostics import Diagnostic


def render(found: Sequence[Diagnostic], files: Sequence[str]) -> str:
    of_file: dict[str, list[Diagnostic]] = {file: [] for file in files}
    for finding in found:
        of_file[finding.source.path].append(finding)
    suites = [line for file, findings in of_file.items() for line in _suite(file, findings)]
    count = sum(finding.severity != "info" for finding in found)
    head = ['<?xml version="1.0" encoding="utf-8"?>', f'<testsuites name="wgen" failures="{count}">']
    return "\n".join([*head, *suites, "</testsuites>", ""])


def _suite(file: str, found: list[Diagnostic]) -> list[str]:
    notable = [finding for finding in found if finding.severity != "info"]
    cases = [line for finding in notable for line in _case(file, finding)]
    tests = len(notable) or 1
    begin = f'  <testsuite name={xml_attribute(file)} tests="{tests}" failures="{len(notable)}" errors="0">'
    return [begin, *(cases or [f'    <testcase name="wgen lint" classname={xml_attribute(file)}/>']), "  </testsuite>"]


def _case(file: str, finding: Diagnostic) -> list[str]:
    name = f"{finding.rule.code} {finding.rule.name}"
    line = finding.place[1]
    about = f"type={xml_attribute(finding.severity)} message={xml_attribute(finding.message)}"
    return [
        f'    <testcase name={xml_attribute(name)} classname={xml_attribute(file)} line="{line}">',
        f"      <failure {about}>{xml_text(full(finding))}</failure>",
        "    </testcase>",
    ]
