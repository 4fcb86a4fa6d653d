"""Guards the speed of wgen where noise can't fool it: by the number of instructions that the processor executes.

    python benchmarks/guard.py [--only NAME,NAME] [--update]

valgrind counts them, so neither a busy machine nor its clock matters. Each thing in guarded.py is done in a short and
a long process; what the long one takes more, divided by what it does more, is what one of them costs, without start-up.
That is held against the least that does the job in plain Python and sqlite3, counted in the same way in the same run.
The ratio may not pass the ceiling in guard.json. `--update` writes ceilings a tenth above what is counted now.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

HERE = Path(__file__).resolve().parent
PROGRAM, CEILINGS = HERE / "guarded.py", HERE / "guard.json"
ROOM = 0.1
"""How far above what is counted a new ceiling is set. The counts themselves move by less than a hundredth."""

PYTHON = f"{sys.implementation.name} {sys.version_info[0]}.{sys.version_info[1]}"
_REFS = re.compile(r"I\s+refs:\s+([\d,]+)")


class Guarded(NamedTuple):
    """One thing that is counted: its name in guarded.py, what one of it is, and the floor, None for a floor itself."""

    name: str
    what: str
    floor: str | None
    short: int
    long: int


THINGS = (
    Guarded("awaited-call", "an awaited call", None, 1_000, 51_000),
    Guarded("task-of-the-loop", "a task of the event loop", None, 100, 5_100),
    Guarded("committed-row", "a row in a commit of its own", None, 100, 2_100),
    Guarded("grouped-row", "a row in a commit of 100", None, 1_000, 21_000),
    Guarded("python-tokenized", "20 lines read by tokenize", None, 10, 110),
    Guarded("step-in-memory", "a step of one run, in memory", "awaited-call", 190, 3_990),
    Guarded("step-on-sqlite", "a step of one run, on SQLite", "committed-row", 190, 2_090),
    Guarded("step-of-many", "a step, 100 runs in flight, on SQLite", "grouped-row", 1_000, 3_000),
    Guarded("branch", "a branch of a fan-out, in memory", "task-of-the-loop", 100, 1_100),
    Guarded("event", "an event for a waiting run, with the run, on SQLite", "committed-row", 20, 220),
    Guarded("flow-is-checked", "a flow of 20 lines, checked", "python-tokenized", 2, 22),
    Guarded("flow-is-compiled", "a flow of 20 lines, compiled to a module", "python-tokenized", 2, 22),
)
BY_NAME = {thing.name: thing for thing in THINGS}


class Cost(NamedTuple):
    """What one thing costs, in instructions and in floors, and what it may cost, in floors."""

    thing: Guarded
    instructions: float
    ratio: float
    ceiling: float | None

    @property
    def over(self) -> bool:
        return self.ceiling is not None and self.ratio > self.ceiling

    @property
    def slack(self) -> bool:
        """Whether the ceiling is so far away that much could be lost unseen."""
        return self.ceiling is not None and self.ratio < self.ceiling / (1 + ROOM) * 0.85


def main() -> None:
    options = _options()
    if shutil.which("valgrind") is None:
        raise SystemExit(
            "guard: valgrind is not installed, and nothing was counted; on Debian: apt-get install valgrind"
        )
    things = wanted(options.only)
    ceilings = json.loads(CEILINGS.read_text("utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        counted = count([*things, *_floors_of(things)], Path(folder))
    costs = list(judged(things, counted, ceilings.get(PYTHON, {})))
    print(_table(costs, counted))
    if options.update:
        ceilings[PYTHON] = ceilings.get(PYTHON, {}) | {cost.thing.name: new_ceiling(cost.ratio) for cost in costs}
        CEILINGS.write_text(json.dumps(ceilings, indent=2) + "\n", "utf-8")
        print(f"\n{CEILINGS.name} has new ceilings for {PYTHON}: commit them, and say why.")
    elif PYTHON not in ceilings:
        print(f"\nNothing is judged: there are ceilings for {', '.join(ceilings)}, and this is {PYTHON}.")
    elif said := list(complaints(costs)):
        raise SystemExit("\n" + "\n".join(said))
    else:
        print("\n" + "\n".join(["No ceiling is passed.", *remarks(costs)]))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help="these things, with commas between them, and their floors")
    parser.add_argument("--update", action="store_true", help="set the ceilings anew, on purpose")
    return parser.parse_args()


def wanted(only: str | None) -> list[Guarded]:
    ours = [thing for thing in THINGS if thing.floor is not None]
    names = only.split(",") if only else [thing.name for thing in ours]
    if unknown := set(names) - {thing.name for thing in ours}:
        raise SystemExit(
            f"guard: there is no {', '.join(sorted(unknown))}; there are {', '.join(t.name for t in ours)}"
        )
    return [thing for thing in ours if thing.name in names]


def _floors_of(things: Sequence[Guarded]) -> list[Guarded]:
    return [BY_NAME[name] for name in dict.fromkeys(thing.floor for thing in things) if name is not None]


# ---- counting --------------------------------------------------------------------------------------------------------


def count(things: Sequence[Guarded], folder: Path) -> dict[str, float]:
    """Instructions of one of each, with as many at work as there are processors: they don't disturb each other."""
    # Modules and the parser's tables are compiled and kept by an earlier start, and hashes are the same each time.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "WGEN_"))}
    environment = {**kept, "PYTHONHASHSEED": "0", "WGEN_CACHE_DIR": str(folder)}
    for thing in things:
        _call((sys.executable, str(PROGRAM), thing.name, str(thing.short)), environment)
    calls = [(thing.name, number) for thing in things for number in (thing.short, thing.long)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        counts = list(pool.map(lambda call: _instructions(call[0], call[1], environment), calls))
    return {
        thing.name: (long - short) / (thing.long - thing.short)
        for thing, short, long in zip(things, counts[::2], counts[1::2], strict=True)
    }


def _instructions(name: str, number: int, environment: Mapping[str, str]) -> int:
    # cachegrind counts the same as callgrind does, in half the time.
    tool = ("valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null")
    told = _call((*tool, sys.executable, str(PROGRAM), name, str(number)), environment)
    found = _REFS.search(told)
    if found is None:
        raise SystemExit(f"guard: valgrind did not tell how many instructions {name} took:\n{told}")
    return int(found[1].replace(",", ""))


def _call(command: Sequence[str], environment: Mapping[str, str]) -> str:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"guard: {' '.join(command)} ended with {done.returncode}:\n{done.stderr}")
    return done.stderr


# ---- judging ---------------------------------------------------------------------------------------------------------


def judged(things: Sequence[Guarded], counted: Mapping[str, float], ceilings: Mapping[str, float]) -> Iterator[Cost]:
    for thing in things:
        if thing.floor is not None:
            ratio = counted[thing.name] / counted[thing.floor]
            yield Cost(thing, counted[thing.name], ratio, ceilings.get(thing.name))


def new_ceiling(ratio: float) -> float:
    return round(ratio * (1 + ROOM), 2)


def complaints(costs: Sequence[Cost]) -> Iterator[str]:
    """What is wrong, how to see why, and how to have it so. Nothing, if nothing is."""
    for cost in costs:
        if cost.ceiling is None:
            yield f"{cost.thing.name} has no ceiling yet: make guard ARGS='--update --only {cost.thing.name}'"
    slow = [cost for cost in costs if cost.over]
    for cost in slow:
        over = cost.ratio / (cost.ceiling or 1) - 1
        floor = BY_NAME[cost.thing.floor or ""].what
        yield f"{cost.thing.what}: {cost.ratio:.2f} × {floor}, {over:.0%} above the ceiling of {cost.ceiling:.2f}."
    if slow:
        first = slow[0].thing
        yield "To see why, call this here and on an older commit, and compare:"
        yield f"  python -m cProfile -s tottime benchmarks/guarded.py {first.name} {first.long}"
        yield "If it has to be so, set the ceilings anew and say in the commit why:"
        yield f"  make guard ARGS='--update --only {','.join(cost.thing.name for cost in slow)}'"


def remarks(costs: Sequence[Cost]) -> Iterator[str]:
    if names := [cost.thing.name for cost in costs if cost.slack]:
        yield "Much faster than it has to be; lower the ceilings, so that it stays so:"
        yield f"  make guard ARGS='--update --only {','.join(names)}'"


def _table(costs: Sequence[Cost], counted: Mapping[str, float]) -> str:
    lines = ["| instructions of | | floor | | × floor | ceiling |", "| --- | ---: | --- | ---: | ---: | ---: |"]
    for cost in costs:
        floor = BY_NAME[cost.thing.floor or ""]
        ceiling = "–" if cost.ceiling is None else f"{cost.ceiling:.2f}"
        ours = f"| {cost.thing.what} | {cost.instructions:,.0f}"
        lines.append(f"{ours} | {floor.what} | {counted[floor.name]:,.0f} | {cost.ratio:.2f} | {ceiling} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
