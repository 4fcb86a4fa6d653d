"""Random flows under random faults come out as the language says; bugs that are planted are found."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from tests.simulation.planted import BUGS, planted
from tests.simulation.scripts import make_script
from tests.simulation.shrink import shrink
from tests.simulation.verdict import judge

SEEDS = 500
CHUNK = 20


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """What goes wrong is wanted here."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_whatever_goes_wrong_it_comes_out_right(first: int) -> None:
    wrong = [verdict for seed in range(first, first + CHUNK) if (verdict := judge(seed)).wrong]
    assert not wrong, "\n\n".join(str(verdict.shrunk()) for verdict in wrong)


@pytest.mark.parametrize("first", range(0, 100, 50))
def test_without_faults(first: int) -> None:
    assert [seed for seed in range(first, first + 50) if judge(seed, faults=False).wrong] == []


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_found(bug: str) -> None:
    with planted(bug):
        assert any(judge(seed).wrong for seed in range(SEEDS))


def test_a_seed_tells_the_same_story_twice() -> None:
    assert make_script(7) == make_script(7)
    with planted("undoes in order"):
        seed = next(seed for seed in range(SEEDS) if judge(seed).wrong)
        assert judge(seed).log == judge(seed).log


def test_what_fails_is_shrunk() -> None:
    with planted("undoes in order"):
        found = next(verdict for seed in range(SEEDS) if (verdict := judge(seed)).wrong)
        small = shrink(found.script, lambda script: bool(judge(found.seed, script=script).wrong))
        assert judge(found.seed, script=small).wrong
        assert len(small.text) < len(found.script.text)
