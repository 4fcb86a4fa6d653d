"""The runtime's speed: W0 to W8, for wgen, for the least code that does the job, and for other engines, in one run.

    python benchmarks/runtime.py [--all] [--only W1,W2] [--rounds 3] [--peers FOLDER] [--json FILE] [--folder FOLDER]

Each contender performs a workload in a process and a folder of its own, in turns with the others, so that all meet the
same machine; every figure is the median of the rounds. Without `--all` or `--only`, what takes long is not measured.
What is not installed, or fails, is named and left out. The durability mode stands beside each figure.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import growth
from timing import Kind, machine, said

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HERE = Path(__file__).resolve().parent / "contenders"
TIMEOUT = 600


class Contender(NamedTuple):
    """Who is measured: a program in contenders/ and its variant, with what it keeps when the power fails.

    The workloads of `longer` are those that are left out of a quick run.
    """

    name: str
    program: str
    variant: str
    durability: str
    workloads: str
    longer: str = ""

    @property
    def is_peer(self) -> bool:
        return self.program not in ("wgen_runs.py", "floors.py")

    @property
    def kind(self) -> Kind:
        return "ours" if self.program == "wgen_runs.py" else "peer" if self.is_peer else "floor"

    def performs(self, workload: str, *, longer: bool) -> bool:
        return workload in self.workloads.split() or (longer and workload in self.longer.split())


MEMORY, SQLITE, NORMAL = "wgen, memory", "wgen, SQLite", "wgen, SQLite NORMAL"
PLAIN, FLOOR, GROUPED = "floor: plain Python", "floor: SQLite", "floor: SQLite, grouped"
DBOS, RESTATE, GO = "DBOS, SQLite", "Restate", "gorchestrate/async (Go)"
NOTHING, FULL, JOURNAL = "nothing", "each step, FULL", "each step, FULL, rollback journal"

CONTENDERS = (
    Contender(MEMORY, "wgen_runs.py", "memory", NOTHING, "W0 W1 W2 W3 W5 W7", "W4x1 W4x100 W8"),
    Contender(SQLITE, "wgen_runs.py", "full", FULL, "W0 W1 W2 W3 W5 W6 W7", "W4x1 W4x100 W7x1M W8 W8store"),
    Contender(NORMAL, "wgen_runs.py", "normal", "each step, but for a power failure", "W1 W2"),
    Contender(PLAIN, "floors.py", "plain Python", NOTHING, "W1 W3"),
    Contender("floor: plain Python, JSON a step", "floors.py", "plain Python, JSON a step", NOTHING, "W1"),
    Contender(FLOOR, "floors.py", "SQLite", FULL, "W1"),
    Contender(GROUPED, "floors.py", "SQLite, grouped", FULL, "W2 W5 W6"),
    Contender(GO, "gorchestrate.py", "memory", NOTHING, "W0 W1"),
    Contender(f"{GO}, JSON a step", "gorchestrate.py", "json", NOTHING, "W1"),
    Contender("transitions, async", "transitions_machine.py", "async", NOTHING, "W1"),
    Contender("python-statemachine", "statemachine_run.py", "async", NOTHING, "", "W1"),
    Contender("pydantic-graph", "pydantic_graph_run.py", "memory", NOTHING, "", "W1 W3"),
    Contender("Burr, memory", "burr_app.py", "memory", NOTHING, "", "W1"),
    Contender("Burr, SQLite", "burr_app.py", "sqlite", JOURNAL, "", "W1 W2"),
    Contender("LangGraph, memory", "langgraph_run.py", "memory", NOTHING, "", "W1 W3"),
    Contender("LangGraph, SQLite", "langgraph_run.py", "sqlite", FULL, "", "W1 W2"),
    Contender(DBOS, "dbos_workflow.py", "sqlite", JOURNAL, "W1", "W2 W3 W4x1 W4x100 W5 W6 W7"),
    Contender(RESTATE, "restate_service.py", "server", "each step, fsync, grouped", "", "W1 W2 W3 W4x1 W4x100 W5"),
)


class Unit(NamedTuple):
    """How a figure is shown: its name in what a contender prints, a factor, and words."""

    figure: str
    factor: float
    words: str


SECONDS, MILLIS, MICROS = Unit("seconds", 1, "s"), Unit("seconds", 1e3, "ms"), Unit("seconds", 1e6, "µs")

WAITING = (
    Unit("bytes a run", 1, "bytes of memory each"),
    Unit("idle CPU", 100, "% of a processor"),
    Unit("seconds to wake", 1e3, "ms to wake one"),
)


def _grown(workload: str) -> tuple[Unit, ...]:
    return tuple(Unit(name, 1e6, "µs") for series in growth.BY_WORKLOAD[workload] for name in series.figures)


WORKLOADS: dict[str, tuple[str, tuple[Unit, ...]]] = {
    "W0": ("two loops of gorchestrate's own benchmark, with two events", (MICROS,)),
    "W1": ("one run of 19 tasks", (MICROS, Unit("steps a second", 1, "steps/s"))),
    "W2": (
        "1,000 runs of 10 tasks, 100 in flight (Burr, LangGraph: one by one)",
        (Unit("steps a second", 1, "steps/s"),),
    ),
    "W3": ("one task, 100 side by side of 1 ms, a join", (MILLIS,)),
    "W4x1": ("the registration, 1,000 runs, one at a time", (Unit("seconds", 1e3, "ms a run"),)),
    "W4x100": ("the registration, 1,000 runs, 100 in flight", (Unit("seconds", 1e3, "ms a run"),)),
    "W5": ("1,000 events for 1,000 waiting runs", (SECONDS,)),
    "W6": ("1,000 runs of 10 tasks, killed half-way; the rest", (SECONDS, Unit("twice", 1, "tasks executed twice"))),
    "W7": ("10,000 waiting runs beside 10,000 others (DBOS: 2,000)", WAITING),
    "W7x1M": ("1,000,000 waiting runs that are there when the worker begins", WAITING),
    "W8": ("a step, as values and history grow", _grown("W8")),
    "W8store": ("starts, looks and searches, as the store grows", _grown("W8store")),
}


class Goal(NamedTuple):
    """A figure of `ours` may be at most so many times that of `theirs`, or its own figure `base`; else at most so much.

    `unit` is what the latter is counted in.
    """

    workload: str
    ours: str
    most: float
    theirs: str | None = None
    figure: str = "seconds"
    base: str | None = None
    unit: str = "s"


def _flat() -> Iterator[Goal]:
    """What grows costs at most 1.2 times as much at its largest as at its smallest."""
    for workload, entries in growth.BY_WORKLOAD.items():
        for ours, series in itertools.product((MEMORY, SQLITE) if workload == "W8" else (SQLITE,), entries):
            yield Goal(workload, ours, 1.2, figure=series.figures[-1], base=series.figures[0])


GOALS = (
    Goal("W0", MEMORY, 1, GO),
    Goal("W1", MEMORY, 0.7, GO),
    Goal("W1", MEMORY, 1 / 10, "transitions, async"),
    Goal("W1", SQLITE, 1 / 0.85, FLOOR),
    Goal("W1", SQLITE, 1 / 10, DBOS),
    Goal("W2", SQLITE, 1 / 0.5, GROUPED),
    Goal("W2", SQLITE, 1 / 150, DBOS),
    Goal("W2", SQLITE, 1 / 30, RESTATE),
    Goal("W3", MEMORY, 1.5, PLAIN),
    Goal("W3", SQLITE, 0.005),
    Goal("W5", SQLITE, 0.1),
    Goal("W6", SQLITE, 0.5),
    *(
        Goal(workload, SQLITE, most, figure=figure, unit=unit)
        for workload in ("W7", "W7x1M")
        for figure, most, unit in (
            ("bytes a run", 100, "bytes"),
            ("idle CPU", 0.005, "of a processor"),
            ("seconds to wake", 0.005, "s"),
        )
    ),
    *_flat(),
)

Result = dict[str, list[float]]


def main() -> None:
    options = _options()
    wanted = options.only.split(",") if options.only else list(WORKLOADS)
    if unknown := [name for name in wanted if name not in WORKLOADS]:
        raise SystemExit(f"no workload {', '.join(unknown)}; there are {', '.join(WORKLOADS)}")
    if options.trial:
        os.environ["WGEN_TRIAL"] = "1"
    load = [os.getloadavg()[0]]
    results: dict[tuple[str, str], Result] = {}
    with tempfile.TemporaryDirectory(dir=options.folder and options.folder.resolve()) as name:
        pythons = {False: sys.executable, True: str(options.peers.absolute() / "python")}
        for workload in wanted:
            there = [c for c in CONTENDERS if c.performs(workload, longer=bool(options.all or options.only))]
            _measure(workload, there, options.rounds, pythons, Path(name), results)
    load.append(os.getloadavg()[0])
    if options.trial:
        print("A trial: the figures below are worth nothing.\n")
    print(f"CPython {machine()['python']}, {os.cpu_count()} processors; ", end="")
    print(f"load of the machine before and after: {load[0]:.1f}, {load[1]:.1f}.\n")
    for workload in dict.fromkeys(workload for workload, _ in results):
        print("\n".join(table(workload, results)), end="\n\n")
    print("\n".join(verdicts(results)))
    if options.json:
        kept = {contender.name: contender.durability for contender in CONTENDERS}
        figures = [{"workload": w, "contender": c, "kept": kept[c], "figures": f} for (w, c), f in results.items()]
        told = {"machine": machine(), "load": load, "rounds": options.rounds, "results": figures}
        options.json.write_text(json.dumps(told, indent=2) + "\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", action="store_true", help="what takes long, too")
    parser.add_argument("--only", help="these workloads, with commas between them, and all who perform them")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--trial", action="store_true", help="only see whether all works, with few runs")
    parser.add_argument("--peers", type=Path, default=Path(sys.executable).parent, help="where the peers' python is")
    parser.add_argument("--json", type=Path, help="where to write all figures")
    parser.add_argument("--folder", type=Path, help="where to work; not a disk in memory")
    return parser.parse_args()


def _measure(
    workload: str,
    there: Sequence[Contender],
    rounds: int,
    pythons: dict[bool, str],
    folder: Path,
    results: dict[tuple[str, str], Result],
) -> None:
    left_out: set[str] = set()
    for number in range(rounds):
        for contender in there:
            if contender.name in left_out:
                continue
            _progress(f"{workload}, round {number + 1}: {contender.name}")
            figures = _perform(contender, workload, pythons[contender.is_peer], folder)
            if isinstance(figures, str):
                left_out.add(contender.name)
                _progress("")
                print(f"{workload}: {contender.name} is left out: {figures}", file=sys.stderr)
                continue
            known = results.setdefault((workload, contender.name), {})
            for name, figure in figures.items():
                known.setdefault(name, []).append(figure)
    _progress("")


def _progress(words: str) -> None:
    if sys.stderr.isatty():
        print(f"\r{words}\033[K", end="", file=sys.stderr, flush=True)


def _perform(contender: Contender, workload: str, python: str, folder: Path) -> dict[str, float] | str:
    """The figures of one process, or why there are none."""
    if not (HERE / contender.program).exists() or shutil.which(python) is None:
        return "not installed"
    # Deleted at once: a store of a million runs is large. A server of a peer may still be writing when it is killed.
    with tempfile.TemporaryDirectory(dir=folder, ignore_cleanup_errors=True) as place:
        command = (python, str(HERE / contender.program), contender.variant, workload, place)
        return _call(command, place)


def _call(command: Sequence[str], place: str) -> dict[str, float] | str:
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, cwd=place, start_new_session=True) as process:
        try:
            told, complaints = process.communicate(timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            return f"it took longer than {TIMEOUT} seconds"
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)  # it may have started others
    if process.returncode:
        return complaints.strip().rpartition("\n")[2] or f"it ended with {process.returncode}"
    figures: dict[str, float] = json.loads(told.strip().rpartition("\n")[2])
    return figures


def read(told: dict[str, Any]) -> dict[tuple[str, str], Result]:
    """The results that were written as JSON."""
    return {(result["workload"], result["contender"]): result["figures"] for result in told["results"]}


# ---- what is told ----------------------------------------------------------------------------------------------------


def table(workload: str, results: dict[tuple[str, str], Result]) -> Iterator[str]:
    title, units = WORKLOADS[workload]
    yield f"**{workload}**: {title}\n"
    if workload in growth.BY_WORKLOAD:
        yield from _growth_table(workload, results)
        return
    yield f"| | kept | {' | '.join(unit.words for unit in units)} |"
    yield f"| --- | --- |{' ---: |' * len(units)}"
    for contender in CONTENDERS:
        figures = results.get((workload, contender.name))
        if figures:
            cells = [shown(statistics.median(figures[unit.figure]) * unit.factor) for unit in units]
            yield f"| {contender.name} | {contender.durability} | {' | '.join(cells)} |"


def _growth_table(workload: str, results: dict[tuple[str, str], Result]) -> Iterator[str]:
    yield "| µs | what | smallest | | largest | largest / smallest |\n| --- | --- | ---: | ---: | ---: | ---: |"
    for contender in CONTENDERS:
        if figures := results.get((workload, contender.name)):
            for series in growth.BY_WORKLOAD[workload]:
                costs = [statistics.median(figures[name]) * 1e6 for name in series.figures]
                cells = [f"{series.short(size)}: {shown(cost)}" for size, cost in zip(series.sizes, costs, strict=True)]
                between = " | ".join([cells[0], ", ".join(cells[1:-1]), cells[-1]])
                yield f"| {contender.name} | {series.name}: {series.unit} | {between} | {costs[-1] / costs[0]:.2f} |"


def shown(figure: float) -> str:
    return f"{figure:,.0f}" if abs(figure) >= 100 else f"{figure:.3g}"


def verdicts(results: dict[tuple[str, str], Result]) -> Iterator[str]:
    yield "| goal | | measured | |\n| --- | --- | ---: | --- |"
    for goal in GOALS:
        ours = _median(results, goal.workload, goal.ours, goal.figure)
        theirs = _median(results, goal.workload, goal.theirs or goal.ours, goal.base or goal.figure)
        if ours is None or theirs is None:
            continue
        is_ratio = goal.theirs is not None or goal.base is not None
        reached = ours / theirs if is_ratio else ours
        unit = f"× {goal.theirs or goal.base}" if is_ratio else goal.unit
        what = "" if goal.figure == "seconds" else f": {goal.figure}"
        verdict = said(reached, goal.most)
        yield f"| {goal.workload}, {goal.ours}{what} | ≤ {goal.most:.3g} {unit} | {reached:.3g} | {verdict} |"


def _median(results: dict[tuple[str, str], Result], workload: str, contender: str, figure: str) -> float | None:
    figures = results.get((workload, contender))
    return statistics.median(figures[figure]) if figures else None


if __name__ == "__main__":
    main()
