"""Every example runs to its end, in memory and on SQLite, and its files are as wgen leaves them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.examples.folders import FLOWS
from tests.examples.stories import STORIES, Story
from wgen.testing.life import AllEnded
from wgen.testing.loop import run_leaping
from wgen.testing.simulation import perform


@pytest.mark.parametrize("store", ["memory", "sqlite"])
@pytest.mark.parametrize("name", STORIES)
def test_it_ends_as_told(name: str, store: str, tmp_path: Path) -> None:
    comes_out(STORIES[name], "memory://" if store == "memory" else f"sqlite:///{tmp_path}/runs.db")


def comes_out(story: Story, url: str) -> None:
    """Performs a story on a store and compares what has come of it with what is told."""
    scene = story.scene
    run = run_leaping(scene.start, perform(scene, AllEnded(), url), "perform")
    view = run.view
    error = None if view.error is None else f"{view.error['type']}: {view.error['message']}"
    assert (view.status, error) == (story.status, story.error)
    assert (view.outcome, view.word, view.result) == (story.outcome, story.word, story.result)
    called = [call.handler for root in run.runs if root.view.parent is None for call in root.calls]
    assert story.calls is None or called == story.calls
    assert not story.often or Counter(called) == story.often
    assert not run.unsent
    for other in run.runs:
        assert other.view.ended, f"{other.view.flow} is left behind"


def test_every_example_has_a_story() -> None:
    folders = {folder.name for folder in FLOWS.iterdir() if folder.is_dir()}
    assert folders == {story.folder for story in STORIES.values()}


def test_every_example_is_in_the_list() -> None:
    listed = (FLOWS.parent / "README.md").read_text()
    for folder in FLOWS.iterdir():
        assert f"(flows/{folder.name}/{folder.name}.flow)" in listed
