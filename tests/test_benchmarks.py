"""The programs of the benchmarks: what is declared is there, and the runtime's is performed in small."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
from pathlib import Path

import startup

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"
DECLARED = runpy.run_path(str(BENCHMARKS / "runtime.py"))
OURS = {"wgen_runs.py", "floors.py"}


def test_every_contender_has_its_program() -> None:
    programs = {contender.program for contender in DECLARED["CONTENDERS"]}
    assert programs > OURS
    assert {name for name in programs if not (BENCHMARKS / "contenders" / name).is_file()} == set()


def test_no_program_hides_the_library_that_it_measures() -> None:
    names = {path.stem for path in (BENCHMARKS / "contenders").glob("*.py")}
    assert names.isdisjoint({"burr", "dbos", "langgraph", "pydantic_graph", "restate", "statemachine", "transitions"})


def test_contenders_and_goals_speak_of_known_workloads() -> None:
    performed = {(w, c.name) for c in DECLARED["CONTENDERS"] for w in f"{c.workloads} {c.longer}".split()}
    assert {workload for workload, _ in performed} == set(DECLARED["WORKLOADS"])
    for goal in DECLARED["GOALS"]:
        assert (goal.workload, goal.ours) in performed
        assert goal.theirs is None or (goal.workload, goal.theirs) in performed


def test_the_runtime_is_measured_without_peers(tmp_path: Path) -> None:
    program = (sys.executable, BENCHMARKS / "runtime.py", "--trial", "--only", "W1", "--rounds", "1")
    places = ("--peers", tmp_path / "none", "--json", tmp_path / "told.json", "--folder", tmp_path)
    done = subprocess.run((*program, *places), capture_output=True, check=False, text=True, timeout=120)
    assert done.returncode == 0, done.stderr

    here = {c.name: c for c in DECLARED["CONTENDERS"] if c.performs("W1", longer=True)}
    ours = {name for name, contender in here.items() if contender.program in OURS}
    left_out = {line.removesuffix(" is left out: not installed") for line in done.stderr.splitlines()}
    assert left_out == {f"W1: {name}" for name in set(here) - ours}

    results = json.loads((tmp_path / "told.json").read_text())["results"]
    assert {result["contender"] for result in results} == ours
    for result in results:
        assert result["kept"] == here[result["contender"]].durability
        assert all(figure > 0 for figures in result["figures"].values() for figure in figures)
    assert all(f"| {name} | {here[name].durability} |" in done.stdout for name in ours)
    assert "| W1, wgen, SQLite | ≤ 1.18 × floor: SQLite |" in done.stdout


def test_an_installation_is_counted_with_its_compiled_modules(tmp_path: Path) -> None:
    for name in ("wgen-1.0.dist-info", "lark-1.3.1.dist-info", "wgen/__pycache__"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "wgen" / "code.py").write_bytes(b"x" * 1_000_000)
    (tmp_path / "wgen" / "__pycache__" / "code.pyc").write_bytes(b"x" * 15_000_000)
    installed = startup.counted(tmp_path)
    assert installed[:3] == (["lark", "wgen"], 1.0, 16.0)
    assert "| packages | 2 | ≤ 10: reached |" in installed.table()
    assert "16.0 MB with compiled modules, 1.0 without | ≤ 15: missed by 7% |" in installed.table()
