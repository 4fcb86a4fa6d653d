"""The statuses of a run, the moves between them, and run ids."""

from __future__ import annotations

import uuid

import pytest

from wgen.errors import NotAllowed
from wgen.runtime.life import ENDED, MOVES, RunStatus, move, new_run_id


def test_every_status_has_its_moves_and_every_one_can_be_reached() -> None:
    assert set(MOVES) == set(RunStatus)
    reached, frontier = {RunStatus.PENDING}, [RunStatus.PENDING]
    while frontier:
        new = MOVES[frontier.pop()] - reached
        reached |= new
        frontier += new
    assert reached == set(RunStatus)


def test_from_an_end_only_a_failed_run_comes_back() -> None:
    assert [status for status in sorted(ENDED) if MOVES[status]] == [RunStatus.FAILED]


def test_a_move_that_is_not_in_the_table_is_refused() -> None:
    assert move(RunStatus.RUNNING, RunStatus.FINISHED) is RunStatus.FINISHED
    assert move(RunStatus.PAUSED, RunStatus.PAUSED) is RunStatus.PAUSED
    with pytest.raises(NotAllowed, match="a finished run can't become running"):
        move(RunStatus.FINISHED, RunStatus.RUNNING)


def test_run_ids_are_version_7_and_never_run_backwards() -> None:
    ids = [new_run_id() for _ in range(20_000)]
    assert ids == sorted(ids)
    assert len(set(ids)) == len(ids)
    assert {(uuid.UUID(id).version, uuid.UUID(id).variant) for id in ids} == {(7, uuid.RFC_4122)}
