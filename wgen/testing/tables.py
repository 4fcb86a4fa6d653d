"""Tables as text, for the messages of failed tests and for reports."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from wgen.runtime.codec import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wgen.runtime.history import Entry


def table(rows: Iterable[Sequence[str]], *, numbers: bool = False) -> str:
    """Columns as wide as their texts; with `numbers` all but the first are aligned to the right."""
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(_line(row, widths, numbers).rstrip() for row in rows)


def _line(row: Sequence[str], widths: Sequence[int], numbers: bool) -> str:
    cells = zip(row, widths, strict=True)
    return "  ".join(
        cell.rjust(width) if numbers and at else cell.ljust(width) for at, (cell, width) in enumerate(cells)
    )


def history_table(history: Iterable[Entry], start: float) -> str:
    """What happened to a run, and how long after `start`."""
    head = ("after", "what", "step", "")
    return table([head, *((_after(entry.at - start), entry.what, entry.step or "", _more(entry)) for entry in history)])


def _after(seconds: float) -> str:
    return str(timedelta(milliseconds=round(seconds * 1000))).removesuffix("000")


def _more(entry: Entry) -> str:
    error = plain(entry.error)
    words = [
        f"attempt {entry.attempt}" if (entry.attempt or 1) > 1 else "",
        error_words(error) if error else "",
        entry.reason or "",
    ]
    return ", ".join(word for word in words if word)


def error_words(error: dict[str, str]) -> str:
    return f"{error['type']}: {error['message']}" if error.get("message") else error["type"]
