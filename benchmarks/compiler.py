"""The compiler's speed: C1 to C4, for wgen and for the tools that do a like job for other languages.

    python benchmarks/compiler.py [--runs 15] [--flows 1000] [--peers FOLDER] [--json FILE]

Whole processes are measured, start to end, as a user or a CI waits for them. Every figure is a median and also a
multiple of `python -c pass`, which is run in turns with it, so that machines can be compared. The peers
are optional and stand in an environment of their own: what is not installed there is named and left out. No figure
here has a durability mode: nothing is stored but files.
"""

from __future__ import annotations

import argparse
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from timing import BARE, REFERENCE, Figure, measure, table, write
from workload import FEATURE, FLOW, PYTHON, SCHEMA, SQL, many_flows

if TYPE_CHECKING:
    from collections.abc import Iterator

BIN = Path(sys.executable).parent
# As the installed command does it: without `-m`, which loads more.
WGEN = (sys.executable, "-c", "from wgen.cli.main import main; main()")


def main() -> None:
    options = _options()
    for name in ("interegular", "regex"):
        if find_spec(name):
            print(f"{name} is installed: lark loads it, which a user's installation has not", file=sys.stderr)
    with tempfile.TemporaryDirectory(dir=options.folder and options.folder.resolve()) as name:
        folder = Path(name)
        # A repository of its own: what the one around it ignores, such as build/, wgen would pass over.
        subprocess.run(["git", "init", "--quiet", name], check=False)
        os.environ["WGEN_CACHE_DIR"] = str(folder / "cache")
        # wgen is installed from this checkout: its compiled modules are kept, as those of an installed package are.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        load = [os.getloadavg()[0]]
        floor = Figure("`python -c pass`", measure(BARE, folder, options.runs), kind="floor")
        figures = [*_one_flow(folder, options.runs), *_many(folder, options.flows, options.runs)]
        peers, missing = _peers(folder, options.peers, options.runs)
        load.append(os.getloadavg()[0])
    print(table([figure.told() for figure in (floor, *figures, *peers)]))
    print(f"\nNot installed, left out: {', '.join(missing) or 'none'}.")
    print(f"Load of the machine before and after: {load[0]:.1f}, {load[1]:.1f}.")
    if options.json:
        write(options.json, [floor, *figures, *peers], load, left_out=missing)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=15, help="measured runs of each short command")
    parser.add_argument("--flows", type=int, default=1000, help="flows of C2 to C4")
    parser.add_argument("--peers", type=Path, default=BIN, help="the folder that holds the peers' commands")
    parser.add_argument("--json", type=Path, help="also write the figures there")
    parser.add_argument("--folder", type=Path, help="where to work; not a disk in memory")
    return parser.parse_args()


def _one_flow(folder: Path, runs: int) -> Iterator[Figure]:
    place = folder / "one"
    place.mkdir()
    (place / "order.flow").write_text(FLOW.format(n=0), encoding="utf-8")
    yield Figure("C1 `wgen lint`, one flow of 20 lines", measure((*WGEN, "lint"), place, runs), 9)


def _many(folder: Path, count: int, runs: int) -> Iterator[Figure]:
    place = folder / "many"
    moved = itertools.count()

    def begin_anew() -> None:
        # Moved away, and not deleted: a file system is slow to make files where it has just deleted as many.
        if place.exists():
            place.rename(folder / f"many_{next(moved)}")
        place.mkdir()
        many_flows(place, count)
        for kept in (folder / "cache").glob("generated-*"):
            kept.unlink()

    cold = measure((*WGEN, "generate"), place, max(3, runs // 3), before=begin_anew)
    yield Figure(f"C2 `wgen generate`, {count:,} flows, nothing kept", cold, 1.3 / REFERENCE, 1.3)
    yield Figure("C3 the same, nothing changed", measure((*WGEN, "generate"), place, runs), 7)
    checked = measure((*WGEN, "generate", "--check"), place, runs)
    yield Figure("C4 `wgen generate --check`, nothing changed", checked, 0.1 / REFERENCE, 0.1)


# ---- peers -----------------------------------------------------------------------------------------------------------

_GHERKIN = "from gherkin.parser import Parser; Parser().parse(open('order.feature').read())"

# Name, the file it reads and its text, the command on it. The work is the nearest each of them does to C1.
_PEERS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("ruff check", "order.py", PYTHON, ("ruff", "check", "--no-cache", "--isolated", "order.py")),
    ("gherkin-official", "order.feature", FEATURE, ("python", "-c", _GHERKIN)),
    ("behave --dry-run", "features/order.feature", FEATURE, ("behave", "--dry-run", "--no-summary", "-f", "null")),
    ("sqlfluff lint", "order.sql", SQL, ("sqlfluff", "lint", "--dialect", "ansi", "order.sql")),
    (
        "datamodel-codegen",
        "order.json",
        SCHEMA,
        ("datamodel-codegen", "--input", "order.json", "--input-file-type", "jsonschema", "--output", "order.py"),
    ),
)


def _peers(folder: Path, programs: Path, runs: int) -> tuple[list[Figure], list[str]]:
    figures, missing = [], []
    for name, file, text, (program, *arguments) in _PEERS:
        found = shutil.which(program, path=str(programs.absolute()))
        place = folder / name.replace(" ", "_")
        (place / file).parent.mkdir(parents=True)
        (place / file).write_text(text, encoding="utf-8")
        if program == "behave":
            (place / "features" / "steps").mkdir()
            (place / "features" / "steps" / "order.py").write_text(_BEHAVE_STEPS, encoding="utf-8")
        if found is None or (program == "python" and not _has_gherkin(found)):
            missing.append(name)
        else:
            figures.append(Figure(f"`{name}`, one small file", measure((found, *arguments), place, runs), kind="peer"))
    return figures, missing


def _has_gherkin(python: str) -> bool:
    return subprocess.run([python, "-c", "import gherkin"], capture_output=True, check=False).returncode == 0


_BEHAVE_STEPS = """\
from behave import step, use_step_matcher

use_step_matcher("re")


@step(".*")
def anything(context):
    pass
"""

if __name__ == "__main__":
    main()
