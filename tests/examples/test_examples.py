"""Every example runs to its end, in memory and on SQLite, and its files are as wgen leaves them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.examples.folders import FLOWS
from tests.examples.stage import Stage
from tests.examples.stories import STORIES, Story
from tests.runtime.support import go
from wgen.runtime.finding import find_store


@pytest.mark.parametrize("store", ["memory", "sqlite"])
@pytest.mark.parametrize("name", STORIES)
def test_it_ends_as_told(name: str, store: str, tmp_path: Path) -> None:
    go(perform(STORIES[name], "memory://" if store == "memory" else f"sqlite:///{tmp_path}/runs.db"))


async def perform(story: Story, url: str) -> None:
    """Performs a story on a store and compares what has come of it with what is told."""
    store = find_store(url)
    await store.open()
    stage = Stage(story, store)
    run = await stage.perform()
    error = None if run.error is None else f"{run.error['type']}: {run.error['message']}"
    assert (run.status, error) == (story.status, story.error)
    assert (run.outcome, run.word, run.result) == (story.outcome, story.word, story.result)
    called = [handler for handler, _ in stage.calls]
    assert story.calls is None or called == story.calls
    assert not story.often or Counter(called) == story.often
    for row in await stage.engine.runs(children=True):
        assert row.ended, f"{row.flow} is left behind"
    await store.close()


def test_every_example_has_a_story() -> None:
    folders = {folder.name for folder in FLOWS.iterdir() if folder.is_dir()} - {"customer_registration"}
    assert folders == {story.folder for story in STORIES.values()}


def test_every_example_is_in_the_list() -> None:
    listed = (FLOWS.parent / "README.md").read_text()
    for folder in FLOWS.iterdir():
        assert f"(flows/{folder.name}/{folder.name}.flow)" in listed
