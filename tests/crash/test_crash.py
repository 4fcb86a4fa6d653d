"""Killed at every commit and every call of a handler, runs come out right and no finished task runs again."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.crash.proof import prove, prove_stories
from tests.crash.variants import FIRST, SECOND, THIRD, VARIANTS
from tests.examples.stories import STORIES
from wgen.testing.verdict import verdict_table

PARTS = 4
POINTS = 5  # of each example; `python -m tests.crash` takes all of them


@pytest.mark.parametrize("name", VARIANTS)
def test_no_kill_does_harm(name: str, tmp_path: Path) -> None:
    verdicts = prove(name, tmp_path)
    wrong = [verdict for verdict in verdicts if not verdict.right]
    assert not wrong, "\n".join([verdict_table({name: verdicts}), *map(str, wrong)])
    variant = VARIANTS[name]
    tasks = len(variant.story.tasks) * variant.runs
    kills = Counter(len(verdict.killed) for verdict in verdicts)
    assert len(verdicts) >= 2 * tasks + 8
    assert kills[0] == 0 or not variant.steady
    assert kills[0] < len(verdicts) / 4
    assert kills[2] > (2 * tasks if variant.again else -1)


def test_each_point_is_met_once_and_repeats_what_was_in_flight(tmp_path: Path) -> None:
    verdicts = prove("async handlers", tmp_path)
    points = [point for verdict in verdicts for point in verdict.killed]
    kinds = Counter(point.rpartition(" ")[0] for point in points)
    assert len(set(points)) == len(points) == len(verdicts)
    assert kinds["before handler"] == kinds["after handler"] == 7
    assert kinds["before commit"] == kinds["after commit"] >= 9  # one a task and two for the new run, at least
    assert {len(verdict.twice) for verdict in verdicts} == {0, 1, 2, 3}
    pairs = [verdict.twice for verdict in verdicts if f"{THIRD} attempt 1" in verdict.twice]
    assert sorted([f"{SECOND} attempt 1", f"{THIRD} attempt 1"]) in pairs, "killed when the first of three was saved"
    assert [f"{THIRD} attempt 1"] in pairs, "killed when two of three were saved"


def test_a_store_that_acknowledges_before_the_commit_is_found_out(tmp_path: Path) -> None:
    verdicts = prove("a store that acknowledges too early", tmp_path)
    assert any(verdict.again for verdict in verdicts), "finished tasks ran again, and nobody noticed"
    assert any(verdict.lost for verdict in verdicts), "acknowledged saves were lost, and nobody noticed"
    assert not all(verdict.right for verdict in verdicts)


def test_a_store_that_forgets_branches_is_found_out(tmp_path: Path) -> None:
    verdicts = prove("a store that forgets branches", tmp_path)
    assert {name for verdict in verdicts for name in verdict.again} == {f"{FIRST} attempt 1", f"{SECOND} attempt 1"}
    assert [verdict for verdict in verdicts if verdict.right], "kills outside of the group do no harm"


@pytest.mark.parametrize("part", range(PARTS))
def test_examples_survive_kills_of_their_process(part: int, tmp_path: Path) -> None:
    names = list(STORIES)[part::PARTS]
    found = prove_stories(names, tmp_path, POINTS)
    wrong = [f"{name}: {verdict}" for name in names for verdict in found[name] if not verdict.right]
    assert not wrong, "\n".join([verdict_table(found), *wrong])
    verdicts = [verdict for name in names for verdict in found[name]]
    assert all(len(found[name]) >= POINTS for name in names)
    assert all(verdict.killed for verdict in verdicts)
    assert any(verdict.twice for verdict in verdicts)
