"""Mends a text with the safe fixes of its findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from wgen.compiler.source import Source

if TYPE_CHECKING:
    from wgen.compiler.compile import Checked
    from wgen.compiler.diagnostics import Diagnostic, Edit, Fix

_MOST_ROUNDS = 10


def apply_fixes(
    source: Source, check: Callable[[Source], Checked], wanted: Callable[[Diagnostic], bool] = lambda _: True
) -> str:
    """The text with all safe fixes of wanted findings, and of those that show only when others are mended.

    A round that would leave more errors than before is not taken.
    """
    checked = check(source)
    for _ in range(_MOST_ROUNDS):
        fixes = [found.fix for found in checked.diagnostics if found.fix and wanted(found)]
        text = with_edits(source.text, compatible(fix for fix in fixes if fix.applicability == "safe"))
        if text == source.text:
            break
        mended = Source(text, source.path)
        again = check(mended)
        if _errors(again) > _errors(checked):
            break
        source, checked = mended, again
    return source.text


def compatible(fixes: Iterable[Fix]) -> list[Edit]:
    """The edits of as many fixes as don't touch each other; a fix is taken whole, or waits for the next round."""
    taken: list[Edit] = []
    for fix in fixes:
        edits = [edit for edit in fix.edits if edit not in taken]
        if not any(_touch(edit, other) for edit in edits for other in taken):
            taken += edits
    return taken


def with_edits(text: str, edits: Iterable[Edit]) -> str:
    for span, new in sorted(edits, reverse=True):
        text = text[: span.start] + new + text[span.end :]
    return text


def _touch(one: Edit, other: Edit) -> bool:
    return one.span.start <= other.span.end and other.span.start <= one.span.end


def _errors(checked: Checked) -> int:
    return sum(finding.severity == "error" for finding in checked.diagnostics)
