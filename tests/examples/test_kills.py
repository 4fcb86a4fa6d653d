"""Killed once at each of its commits, an example comes out as if nothing had happened, and repeats nothing done."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests.examples.stage import Stage
from tests.examples.stories import STORIES, Story
from tests.runtime.support import go
from wgen.runtime.view import RunView
from wgen.stores.memory import MemoryStore


@pytest.mark.parametrize("written", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("name", STORIES)
def test_no_kill_changes_the_end(name: str, written: bool) -> None:
    go(kill_everywhere(STORIES[name], written=written))


async def kill_everywhere(story: Story, *, written: bool) -> None:
    """Performs a story with a kill at each of its commits, before it is written or just after."""
    calm = Stage(story, MemoryStore())
    end = _end(await calm.perform())
    for commit in range(1, calm.mortal.commits + 1):
        stage = Stage(story, MemoryStore(), commit, written=written)
        run = await stage.perform()
        where = f"killed at commit {commit} of {calm.mortal.commits}"
        assert stage.killed, where
        assert _end(run) == end, where
        assert all(row.ended for row in await stage.engine.runs(children=True)), where
        assert await _finished(stage) == await _finished(calm), where
        assert len(stage.calls) <= len(calm.calls) + stage.at_work, f"{where}: {_often(stage) - _often(calm)}"


def _end(run: RunView) -> Any:
    error = None if run.error is None else {**run.error}
    return run.status, run.outcome, run.word, run.result, error


async def _finished(stage: Stage) -> Counter[tuple[str, str | None]]:
    """How often each task of each flow has finished, by the histories."""
    runs = await stage.engine.runs(children=True)
    entries = [(run.flow, entry) for run in runs for entry in await stage.engine.history(run.id)]
    return Counter((flow, entry.step) for flow, entry in entries if entry.what == "task finished")


def _often(stage: Stage) -> Counter[str]:
    return Counter(handler for handler, _ in stage.calls)
