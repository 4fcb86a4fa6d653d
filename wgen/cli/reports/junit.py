"""JUnit's XML: a suite for each file, and a failed case for each error and warning in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from wgen.compiler.report import full

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wgen.compiler.diagnostics import Diagnostic

_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


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
    begin = f'  <testsuite name={_attribute(file)} tests="{tests}" failures="{len(notable)}" errors="0">'
    return [begin, *(cases or [f'    <testcase name="wgen lint" classname={_attribute(file)}/>']), "  </testsuite>"]


def _case(file: str, finding: Diagnostic) -> list[str]:
    name = f"{finding.rule.code} {finding.rule.name}"
    line = finding.place[1]
    about = f"type={_attribute(finding.severity)} message={_attribute(finding.message)}"
    return [
        f'    <testcase name={_attribute(name)} classname={_attribute(file)} line="{line}">',
        f"      <failure {about}>{escape(_clean(full(finding)))}</failure>",
        "    </testcase>",
    ]


def _attribute(text: str) -> str:
    return quoteattr(_clean(text))


def _clean(text: str) -> str:
    return _NOT_IN_XML.sub("\ufffd", text)
