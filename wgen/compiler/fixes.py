"""Mends a text with the safe fixes of its findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
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

    All at once; where that would bring new errors, one after the other, and those that do are left.
    """
    checked = check(source)
    for _ in range(_MOST_ROUNDS):
        found = [finding.fix for finding in checked.diagnostics if finding.fix and wanted(finding)]
        fixes = [fix for fix in found if fix.applicability == "safe"]
        better = next(_mended(checked, [fixes, *([fix] for fix in fixes)], check), None)
        if better is None:
            break
        checked = better
    return checked.source.text


def _mended(checked: Checked, choices: Iterable[list[Fix]], check: Callable[[Source], Checked]) -> Iterator[Checked]:
    """The text with one choice of fixes after the other, where that changes it and brings no error."""
    for fixes in choices:
        text = with_edits(checked.source.text, compatible(fixes))
        if text != checked.source.text:
            again = check(Source(text, checked.source.path))
            if len(again.errors) <= len(checked.errors):
                yield again


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
