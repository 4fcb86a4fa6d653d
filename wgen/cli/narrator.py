"""Tells what happens in a run while it happens: one line for each change, as it is stored."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

import click

from wgen.cli.display import error_words, seconds_words, step_words
from wgen.runtime import Parallel, What
from wgen.runtime.signs import read_watch_event

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
        self._heard = True

    def __call__(self, entry: Entry) -> None:
        words = self._words(entry) if self._heard else None
        if words is None:
            return
        try:
            self._tell(entry, words)
        except BrokenPipeError:
            # Nobody reads on. The run goes on all the same: it is worth more than its telling.
            self._heard = False
            sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - for the rest of the process

    def _tell(self, entry: Entry, words: str) -> None:
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
                return f"waits   {_awaited(reason) or step}"
            case What.EVENT_DELIVERED:
                return f"got     {_awaited(reason).removeprefix('for ')}"
            case What.CHILD_STARTED:
                return f"starts  {step}, run {reason}"
            case What.CHILD_ENDED:
                return f"ended   {step}: {reason}"
            case What.FAILURE_CAUGHT:
                return f"caught  {step}: {_error(entry)}"
            case What.UNDO_BEGAN:
                because = f"{step} has failed: {_error(entry)}" if entry.error else "the run is cancelled"
                return f"undoes  what is finished, for {because}"
            case What.UNDO_FAILED:
                return f"failed  to undo by {step}: {_error(entry)}"
            case What.WORD_REACHED:
                return f"is now  {reason}"
            case What.RUN_PAUSED:
                return f"paused  {reason}"
        return None


def _awaited(reason: str) -> str:
    """What a run waits for, in words: events, or another flow's word."""
    waits = []
    for event in filter(None, reason.split(", ")):
        watched = read_watch_event(event)
        waits.append(
            f"the event {step_words(event)}" if watched is None else f'flow {watched.flow} reaching "{watched.word}"'
        )
    return f"for {' or '.join(waits)}" if waits else ""


def _error(entry: Entry) -> str:
    return error_words(json.loads(entry.error)) if entry.error else "unknown"
