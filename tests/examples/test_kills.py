"""A worker that dies once at any commit or call of a handler: the examples come out as if nothing had happened."""

from __future__ import annotations

import pytest

from tests.examples.stories import STORIES, Story
from wgen.testing.crashes import run_matrix
from wgen.testing.points import KINDS


@pytest.mark.parametrize("name", STORIES)
def test_no_death_changes_the_end(name: str) -> None:
    kill_everywhere(STORIES[name])


def kill_everywhere(story: Story) -> None:
    """Performs a story with a death at each of its points: each is met, and none does any harm."""
    matrix = run_matrix(story.scene).survived()
    assert all(verdict.killed for verdict in matrix.verdicts)
    kinds = {verdict.killed[0].rpartition(" ")[0] for verdict in matrix.verdicts}
    assert kinds == set(KINDS)
