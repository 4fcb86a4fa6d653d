"""What it takes until wgen is there: imports and short commands as whole processes, and what its installation holds.

    python benchmarks/startup.py [--runs 15] [--json FILE] [--folder FOLDER]

The installation is counted by having pip install the wheel of this checkout, without extras, into an empty folder:
its packages are those that pip has put there, wgen among them; its megabytes (of 10⁶ bytes) are all files as pip leaves
them, once with the modules that it has compiled and once without. pip itself stands elsewhere.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from timing import BARE, Figure, measure, said, table, write
from workload import FLOW

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HERE = Path(__file__).resolve().parent
WGEN = (sys.executable, "-c", "from wgen.cli.main import main; main()")
ENGINE = """\
import asyncio, sys
sys.path.insert(0, sys.argv[1])
from measured_flow import TEN_TASKS
from wgen.runtime import Engine

class Handlers:
    async def count_up_count(self, *, count):
        return count + 1

async def main():
    async with Engine("sqlite:///runs.db") as engine:
        engine.register(TEN_TASKS, Handlers())
        assert await (await engine.start(TEN_TASKS, count=0, order={})).result() == 10

asyncio.run(main())
"""


class Installed(NamedTuple):
    """An installation, and the goals for it."""

    packages: list[str]
    megabytes: float
    compiled: float

    most_packages: int = 10
    most_megabytes: int = 15

    def table(self) -> str:
        kept = f"{self.compiled:.1f} MB with compiled modules, {self.megabytes:.1f} without"
        return "\n".join(
            (
                "| base installation | | goal |",
                "| --- | --- | --- |",
                f"| packages | {len(self.packages)} | {self._said(len(self.packages), self.most_packages)} |",
                f"| on the disk | {kept} | {self._said(self.compiled, self.most_megabytes)} |",
            )
        )

    @staticmethod
    def _said(reached: float, most: int) -> str:
        return f"≤ {most}: {said(reached, most)}"


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory(dir=options.folder and options.folder.resolve()) as name:
        folder = Path(name)
        subprocess.run(["git", "init", "--quiet", name], check=False)
        os.environ["WGEN_CACHE_DIR"] = str(folder / "cache")
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        load = [os.getloadavg()[0]]
        figures = list(_figures(folder, options.runs))
        load.append(os.getloadavg()[0])
        installed = _install(folder)
    print(table([figure.told() for figure in figures]))
    print(f"\n{installed.table()}")
    print(f"\nThe packages: {', '.join(installed.packages)}.")
    print(f"Load of the machine before and after: {load[0]:.1f}, {load[1]:.1f}.")
    if options.json:
        write(options.json, figures, load, installed=installed._asdict())


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=15, help="measured runs of each command")
    parser.add_argument("--json", type=Path, help="also write the figures there")
    parser.add_argument("--folder", type=Path, help="where to work; not a disk in memory")
    return parser.parse_args()


def _figures(folder: Path, runs: int) -> Iterator[Figure]:
    (folder / "order.flow").write_text(FLOW.format(n=0), encoding="utf-8")
    commands: Sequence[tuple[str, tuple[str, ...], float | None]] = (
        ("`python -c pass`", BARE, None),
        ("`import wgen.runtime`", (sys.executable, "-c", "import wgen.runtime"), 10),
        ("an engine on SQLite, one run of 10 tasks", (sys.executable, "-c", ENGINE, str(HERE / "flows")), None),
        ("`wgen lint`, one flow of 20 lines", (*WGEN, "lint"), 9),
        ("`wgen --help`", (*WGEN, "--help"), None),
    )
    for what, command, goal in commands:
        yield Figure(what, measure(command, folder, runs), goal, kind="floor" if command is BARE else "ours")


# ---- what is installed -----------------------------------------------------------------------------------------------


def _install(folder: Path) -> Installed:
    pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
    subprocess.run((*pip, "wheel", "--no-deps", "--wheel-dir", folder / "wheel", HERE.parent), check=True)
    (wheel,) = (folder / "wheel").glob("*.whl")
    there = folder / "installed"
    subprocess.run((*pip, "install", "--target", there, wheel), check=True, env={**os.environ, "PYTHONPATH": ""})
    return counted(there)


def counted(there: Path) -> Installed:
    """What a folder holds into which pip has installed."""
    packages = sorted(info.name.partition("-")[0] for info in there.glob("*.dist-info"))
    sizes = {file: file.stat().st_size for file in there.rglob("*") if file.is_file()}
    without = sum(size for file, size in sizes.items() if file.suffix != ".pyc")
    return Installed(packages, without / 1e6, sum(sizes.values()) / 1e6)


if __name__ == "__main__":
    main()
