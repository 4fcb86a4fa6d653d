"""Runs and their histories in words, for people at a terminal."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

import click

from wgen.cli.config import DEFAULT_STORE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# The two shapes that reach the eye: a run as JSON, and an entry of its history as JSON.
RunJson = dict[str, Any]
EntryJson = dict[str, Any]


def as_json(value: object, *, indent: int | None = 2) -> str:
    return json.dumps(value, indent=indent, ensure_ascii=False)


def print_json(value: object) -> None:
    click.echo(as_json(value))


def step_words(step: str) -> str:
    return step.replace("_", " ")


def seconds_words(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def error_words(error: dict[str, Any]) -> str:
    return f"{error['type']}: {error['message']}" if error.get("message") else str(error["type"])


# ---- one run ---------------------------------------------------------------------------------------------------------


def run_lines(run: RunJson) -> list[str]:
    """Everything about a run, one fact a line."""
    facts = {
        "run": run["id"],
        "flow": f"{run['flow']}, version {run['version']}",
        "key": run["key"],
        "parent": run["parent"],
        "status": status_words(run),
        "word": run["word"],
        "stands at": ", ".join(run["steps"]),
        "waits for": "; ".join(wait_words(wait) for wait in run["waiting_for"]),
        "wakes at": run["wake_at"],
        "created": run["created_at"],
        "updated": run["updated_at"],
        "attempts": ", ".join(f"{step} {count}" for step, count in run["attempts"].items() if count > 1),
        "result": None if run["result"] is None else as_json(run["result"], indent=None),
    }
    lines = [f"{name + ':':<11}{fact}" for name, fact in facts.items() if fact]
    values = [f"  {name} = {as_json(value, indent=None)}" for name, value in run["values"].items()]
    return [*lines, *(["values:", *values] if values else [])]


def status_words(run: RunJson) -> str:
    """`finished as "registered"`, `failed: FlowFailed: risk too high (line 19)`."""
    if run["outcome"]:
        return f'{run["status"]} as "{run["outcome"]}"'
    error = run["error"]
    if not error:
        return str(run["status"])
    place = f" (line {error['flow_line']})" if error.get("flow_line") else ""
    return f"{run['status']}: {error_words(error)}{place}"


def wait_words(wait: dict[str, Any]) -> str:
    """`event "approval" until 2026-03-01T09:30:00.000Z`."""
    kind = next((kind for kind in ("event", "flow", "time") if wait.get(kind)), "time")
    until = f" until {wait['until']}" if wait.get("until") else ""
    return f'{kind} "{wait[kind]}"{until}' if kind != "time" else f"a time{until}"


# ---- many runs -------------------------------------------------------------------------------------------------------


def table_lines(runs: Sequence[RunJson]) -> list[str]:
    """A table of runs, as wide as its texts."""
    head = ("RUN", "FLOW", "KEY", "STATUS", "WORD", "UPDATED")
    rows = [
        (run["id"], run["flow"], run["key"] or "", run["status"], run["word"] or "", run["updated_at"]) for run in runs
    ]
    widths = [max(len(row[at]) for row in (head, *rows)) for at in range(len(head))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in (head, *rows)
    ]


def history_lines(entries: Iterable[EntryJson]) -> list[str]:
    """A history, one change a line."""
    return [f"{entry['at']}  {entry['what']:<15}  {_entry_words(entry)}".rstrip() for entry in entries]


def _entry_words(entry: EntryJson) -> str:
    words = [entry["step"] or ""]
    if (entry["attempt"] or 1) > 1:
        words.append(f"attempt {entry['attempt']}")
    if entry["seconds"] is not None:
        words.append(seconds_words(entry["seconds"]))
    if entry["error"]:
        words.append(error_words(entry["error"]))
    words += [entry["reason"] or "", f"by {entry['by']}" if entry["by"] else ""]
    return ", ".join(word for word in words if word)


# ---- commands that go on with a run ----------------------------------------------------------------------------------


def command_line(*words: str, store: str) -> str:
    """A command to paste, with the store where it is not the usual one."""
    return shlex.join(["wgen", *words, *([] if store == DEFAULT_STORE else ["--store", store])])
