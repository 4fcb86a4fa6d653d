"""The guard of the speed: a slowdown is told, with what to do about it; and what it counts can be done."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING

import guard
import guarded
import pytest

if TYPE_CHECKING:
    from pathlib import Path

OURS = [thing for thing in guard.THINGS if thing.floor is not None]
CEILINGS = dict.fromkeys((thing.name for thing in OURS), 11.0)
# Each thing costs ten floors.
COUNTED = {thing.name: 1_000.0 if thing.floor is None else 10_000.0 for thing in guard.THINGS}


def complaints(counted: dict[str, float], ceilings: dict[str, float] = CEILINGS) -> str:
    return "\n".join(guard.complaints(list(guard.judged(OURS, counted, ceilings))))


def remarks(counted: dict[str, float]) -> str:
    return "\n".join(guard.remarks(list(guard.judged(OURS, counted, CEILINGS))))


def test_nothing_is_said_of_what_keeps_below_its_ceiling() -> None:
    assert complaints(COUNTED) == remarks(COUNTED) == ""
    assert complaints({**COUNTED, "event": 10_900.0}) == ""


def test_a_slowdown_is_told_with_its_size_and_what_to_do() -> None:
    assert complaints({**COUNTED, "step-on-sqlite": 13_200.0}).splitlines() == [
        "a step of one run, on SQLite: 13.20 × a row in a commit of its own, 20% above the ceiling of 11.00.",
        "To see why, call this here and on an older commit, and compare:",
        "  python -m cProfile -s tottime benchmarks/guarded.py step-on-sqlite 2090",
        "If it has to be so, set the ceilings anew and say in the commit why:",
        "  make guard ARGS='--update --only step-on-sqlite'",
    ]


def test_a_machine_on_which_all_is_dearer_is_no_slowdown() -> None:
    assert complaints({name: 1.5 * count for name, count in COUNTED.items()}) == ""


def test_a_ceiling_that_is_missing_or_far_away_is_told() -> None:
    assert "branch has no ceiling yet" in complaints(COUNTED, {k: v for k, v in CEILINGS.items() if k != "branch"})
    assert "make guard ARGS='--update --only branch'" in remarks({**COUNTED, "branch": 5_000.0})


def test_a_new_ceiling_leaves_a_tenth_of_room() -> None:
    assert guard.new_ceiling(10) == 11


def _versions() -> list[str]:
    """Those of Python that the package says it is for."""
    package = tomllib.loads((guard.HERE.parent / "pyproject.toml").read_text("utf-8"))["project"]
    python = "Programming Language :: Python :: "
    return [name.removeprefix(python) for name in package["classifiers"] if name.startswith(python)]


def test_the_committed_ceilings_are_those_of_all_things() -> None:
    ceilings = json.loads(guard.CEILINGS.read_text("utf-8"))
    assert list(ceilings) == [f"cpython {version}" for version in _versions()]
    for judged in ceilings.values():
        assert list(judged) == [thing.name for thing in OURS]
        assert all(ceiling > 1 for ceiling in judged.values())


def test_what_is_counted_is_there_with_its_floor() -> None:
    assert [thing.name for thing in guard.THINGS] == list(guarded.THINGS)
    assert {thing.floor for thing in OURS} == {thing.name for thing in guard.THINGS if thing.floor is None}
    assert all(thing.long >= 10 * thing.short or thing.name == "step-of-many" for thing in guard.THINGS)


@pytest.mark.parametrize("thing", guard.THINGS, ids=lambda thing: thing.name)
def test_it_can_be_done(thing: guard.Guarded) -> None:
    program = (sys.executable, guard.PROGRAM, thing.name, str(thing.short))
    done = subprocess.run(program, capture_output=True, check=False, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_without_valgrind_it_fails_and_names_it(tmp_path: Path) -> None:
    program = (sys.executable, guard.HERE / "guard.py")
    done = subprocess.run(program, env={"PATH": str(tmp_path)}, capture_output=True, check=False, text=True)
    assert done.returncode == 1
    assert "valgrind is not installed, and nothing was counted; on Debian: apt-get install valgrind" in done.stderr


def test_a_thing_that_there_is_not_is_refused() -> None:
    with pytest.raises(SystemExit, match="there is no walk; there are step-in-memory, "):
        guard.wanted("walk")
