"""gorchestrate/async, a Go library: its program in gorchestrate/ does the work, built beside this Python's command."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import partial
from pathlib import Path

from meter import ORDER, Figures, main

PROGRAM = Path(sys.executable).with_name("gorchestrate")


def perform(variant: str, workload: str) -> float:
    """Seconds of a run: it looks at its result and takes the median itself."""
    if not PROGRAM.exists():
        raise SystemExit(f"not built: go build -C {Path(__file__).with_suffix('')} -o {PROGRAM}")
    command = (PROGRAM, variant, workload)
    done = subprocess.run(command, input=json.dumps(ORDER), stdout=subprocess.PIPE, text=True, check=True)
    return float(done.stdout)


async def w0(variant: str, _folder: Path) -> Figures:
    return {"seconds": perform(variant, "W0")}


async def w1(variant: str, _folder: Path) -> Figures:
    seconds = perform(variant, "W1")
    return {"seconds": seconds, "steps a second": 19 / seconds}


if __name__ == "__main__":
    main({"memory": {"W0": partial(w0, "memory"), "W1": partial(w1, "memory")}, "json": {"W1": partial(w1, "json")}})
