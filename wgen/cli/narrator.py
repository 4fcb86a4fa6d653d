"""Tells what happens in a run while it happens: one line for each change, as it is stored."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from wgen.cli.display import error_words, seconds_words, step_words
from wgen.runtime import Parallel, What

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wgen.cli.loading import AnyFlow
    from wgen.runtime import Entry


class Narrator:
    """Called with each entry of the history of a run."""

    def __init__(self, flows: Iterable[AnyFlow]) -> None:
        groups = [step for flow in flows for step in flow.steps.values() if isinstance(step, Parallel)]
        self._group_of = {str(branch): group for group in groups for branch in group.branches}
        self._inside: Parallel | None = None

    def __call__(self, entry: Entry) -> None:
        words = self._words(entry)
        if words is None:
            return
        group = self._group_of.get(entry.step or "")
        if group is not self._inside and entry.step is not None:
            self._inside = group
            if group is not None:
                click.echo(f"  side by side, {len(group.branches)} tasks:")
        indent = "    " if self._inside is not None and entry.step is not None else "  "
        click.echo(indent + words)

    def _words(self, entry: Entry) -> str | None:
        step = step_words(entry.step or "")
        took = "" if entry.seconds is None else f"  ({seconds_words(entry.seconds)})"
        reason = entry.reason or ""
        match entry.what:
            case What.TASK_FINISHED:
                again = f", attempt {entry.attempt}" if (entry.attempt or 1) > 1 else ""
                return f"done    {step}{again}{took}"
            case What.ATTEMPT_FAILED:
                then = f"; {reason}" if reason else ""
                return f"failed  {step}, attempt {entry.attempt}: {_error(entry)}{then}"
            case What.STEP_FAILED:
                return f"failed  {step}: {_error(entry)}"
            case What.WAIT_BEGAN:
                return f"waits   for the event {step_words(reason)}"
            case What.EVENT_DELIVERED:
                return f"got     the event {step_words(reason)}"
            case What.WORD_REACHED:
                return f"is now  {reason}"
            case What.RUN_PAUSED:
                return f"paused  {reason}"
        return None


def _error(entry: Entry) -> str:
    return error_words(json.loads(entry.error)) if entry.error else "unknown"
