"""What all contenders share: each performs one workload in a process of its own and prints what it took as JSON.

    python contenders/NAME.py VARIANT WORKLOAD FOLDER

FOLDER is empty and on a real disk. What is printed is a dict of figures by name, see WORKLOADS in ../runtime.py.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

ORDER = {
    "customer": "Ada Lovelace",
    "email": "ada@example.org",
    "lines": [{"sku": f"sku-{number}", "price": 100 + number} for number in range(12)],
    "note": "leave it with the neighbours",
}
"""What a run holds and does not touch: 500 bytes of JSON."""

DETAILS = {"name": "Ada Lovelace", "email": "ada@example.org"}

TRIAL = "WGEN_TRIAL" in os.environ
"""Whether it shall only be seen that all works."""

MANY = 10 if TRIAL else 1_000
AT_ONCE = 100
PARTS = 100
NAP = 0.001

Figures = dict[str, float]
Workload = "Callable[[Path], Awaitable[Figures]]"


def main(variants: Mapping[str, Mapping[str, Any]]) -> None:
    """Performs what the command line asks for."""
    variant, workload, folder = sys.argv[1:4]
    gc.collect()
    gc.freeze()
    print(json.dumps(asyncio.run(variants[variant][workload](Path(folder)))))


async def rounds(one: Callable[[], Awaitable[object]], *, least: int, seconds: float = 1.0) -> float:
    """The median time of a thing that is done again and again, in seconds, after a few times for nothing."""
    if TRIAL:
        least, seconds = 3, 0
    for _ in range(max(1, least // 10)):
        await one()
    took = []
    end = time.perf_counter() + seconds
    while len(took) < least or time.perf_counter() < end:
        begin = time.perf_counter()
        await one()
        took.append(time.perf_counter() - begin)
    return middle(took)


def middle(took: list[float]) -> float:
    """The median, of an even number the upper one."""
    return sorted(took)[len(took) // 2]


async def in_flight(one: Callable[[int], Awaitable[object]], many: int, at_once: int) -> float:
    """The time in which so many things are done, so many of them at once."""
    numbers = iter(range(many))

    async def some() -> None:
        for number in numbers:
            await one(number)

    begin = time.perf_counter()
    await asyncio.gather(*(some() for _ in range(at_once)))
    return time.perf_counter() - begin


# ---- processes that are killed, and such that have little to do ------------------------------------------------------


def note(folder: Path) -> Callable[[str], None]:
    """A function that notes a task in a file that outlives the process."""
    handle = os.open(folder / "executed", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    return lambda task: os.write(handle, f"{task}\n".encode()) and None


def executed(folder: Path) -> list[str]:
    try:
        return (folder / "executed").read_text().split()
    except FileNotFoundError:
        return []


def recovery(folder: Path, variant: str, tasks: int, in_flight: int) -> Figures:
    """Kills a process that executes runs when half of their tasks are done; the time in which another does the rest.

    The process is this program, called with the workload `W6-work`. It ends when all runs are finished.
    """
    command = (sys.executable, sys.argv[0], variant, "W6-work", str(folder))
    first = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        while first.poll() is None and _size(folder) < tasks // 2:
            time.sleep(0.0005)
    finally:
        first.send_signal(signal.SIGKILL)
        first.wait()
    before = len(executed(folder))
    begin = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - begin
    done = executed(folder)
    assert len(set(done)) == tasks, f"{tasks - len(set(done))} tasks were not executed"
    return {"seconds": seconds, "twice": len(done) - tasks, "before": before, "in_flight": in_flight}


def _size(folder: Path) -> int:
    """How many lines of about this length are in the file."""
    return len(executed(folder)) if (folder / "executed").exists() else 0


def resident() -> float:
    """Bytes of memory of this process, as it is now."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return float(pages * resource.getpagesize())
