"""Writes the tables of docs/benchmarks.md and docs/performance.md, and their charts, from the figures that are kept.

    python benchmarks/report.py [FOLDER]

What the benchmarks have written into FOLDER, such as build/, is taken over into docs/benchmarks/ first. In the pages
the lines between `<!-- NAME -->` and `<!-- end of NAME -->` are written by this program; the others are people's own.
"""

from __future__ import annotations

import json
import re
import shutil
import statistics
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import growth
import runtime
import soak
import startup
import timing
from charts import Bar, Line, amount, bars, lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DOCS = Path(__file__).resolve().parent.parent / "docs"
KEPT = DOCS / "benchmarks"
SOURCES = ("startup", "compiler", "runtime", "soak")
_SECTION = re.compile(r"^<!-- (\S+) -->\n.*?^<!-- end of \1 -->\n", re.MULTILINE | re.DOTALL)

Told = dict[str, Any]


class Chart(NamedTuple):
    """Which figure of a workload its chart shows, and whether more of it is better."""

    unit: str
    more: bool = False


CHARTS = {
    "W0": Chart("seconds"),
    "W1": Chart("steps a second", more=True),
    "W2": Chart("steps a second", more=True),
    "W3": Chart("seconds"),
    "W4x1": Chart("seconds"),
    "W4x100": Chart("seconds"),
    "W5": Chart("seconds"),
    "W6": Chart("seconds"),
}


class Unit(NamedTuple):
    """How a figure is told: times `part`, or, inverse, so many of them in its time."""

    words: str
    part: float = 1
    inverse: bool = False


STEPS, MILLIS, PERCENT = Unit("steps/s"), Unit("ms", 1_000), Unit("% of a processor", 100)
EVENTS = Unit("events/s", 1_000, inverse=True)
# What is told, the workload, whose figure, whose floor, the figure's name and its unit.
SPEED = (
    ("one run after the other, in memory", "W1", runtime.MEMORY, runtime.PLAIN, "steps a second", STEPS),
    ("the same on SQLite", "W1", runtime.SQLITE, runtime.FLOOR, "steps a second", STEPS),
    ("the same with `?synchronous=NORMAL`", "W1", runtime.NORMAL, "", "steps a second", STEPS),
    ("100 runs in flight, on SQLite", "W2", runtime.SQLITE, runtime.GROUPED, "steps a second", STEPS),
    (
        "events that wake runs, on SQLite",
        "W5",
        runtime.SQLITE,
        runtime.GROUPED,
        "seconds",
        Unit("events/s", 1_000, inverse=True),
    ),
    (
        "after `kill -9`: to start, and do the 5,000 steps that are left",
        "W6",
        runtime.SQLITE,
        runtime.GROUPED,
        "seconds",
        MILLIS,
    ),
    ("an idle worker beside 1,000,000 waiting runs", "W7x1M", runtime.SQLITE, "", "idle CPU", PERCENT),
    ("to wake one of them", "W7x1M", runtime.SQLITE, "", "seconds to wake", MILLIS),
)


def main() -> None:
    if len(sys.argv) > 1:
        take_over(Path(sys.argv[1]))
    told = {name: json.loads((KEPT / f"{name}.json").read_text("utf-8")) for name in SOURCES}
    for file in KEPT.glob("*.svg"):
        file.unlink()
    for name, picture in charts(told).items():
        (KEPT / name).write_text(picture, "utf-8")
    for page, new in sections(told).items():
        page.write_text(written(page.read_text("utf-8"), new), "utf-8")


def take_over(folder: Path) -> None:
    KEPT.mkdir(exist_ok=True)
    for name in SOURCES:
        if (folder / f"{name}.json").exists():
            shutil.copy(folder / f"{name}.json", KEPT)
        else:
            print(f"{folder} has no {name}.json: what is kept of it stays", file=sys.stderr)


def written(page: str, new: Mapping[str, str]) -> str:
    """The page with its sections as they are to be. Each must be there, and no other."""
    there = _SECTION.findall(page)
    if sorted(there) != sorted(new):
        raise SystemExit(f"the page has the sections {', '.join(there)}; there are {', '.join(new)}")
    return _SECTION.sub(lambda match: _section(match[1], new[match[1]]), page)


def _section(name: str, text: str) -> str:
    return f"<!-- {name} -->\n\n{text}\n\n<!-- end of {name} -->\n"


# ---- sections --------------------------------------------------------------------------------------------------------


def sections(told: Mapping[str, Told]) -> dict[Path, dict[str, str]]:
    """What each page says between its marks, by their names."""
    return {DOCS / "benchmarks.md": _benchmarks(told), DOCS / "performance.md": {"speed": _speed(told["runtime"])}}


def _benchmarks(told: Mapping[str, Told]) -> dict[str, str]:
    results = runtime.read(told["runtime"])
    found = {
        "start-up": _processes("startup.svg", STARTUP, told["startup"]),
        "installation": _installation(told["startup"]),
        "compiler": _processes("compiler.svg", COMPILER, told["compiler"]),
        "machine": _measured(told["runtime"]),
        "soak": _soaked(told["soak"]),
        "growth": _text(*(_embedded(file, "What grows, and what it costs") for file, _ in _growing(told["runtime"]))),
        "goals": "\n".join(runtime.verdicts(results)),
    }
    return found | {name: _workload(name, results) for name in runtime.WORKLOADS}


def _speed(told: Told) -> str:
    """The few figures that say most, of those that there are."""
    results = runtime.read(told)
    lines = ["| | wgen | the least that does the job |", "| --- | ---: | ---: |"]
    for what, workload, ours, floor, figure, unit in SPEED:
        if (measured := results.get((workload, ours))) is not None:
            least = results.get((workload, floor))
            cells = [_one_figure(measured, figure, unit), "" if least is None else _one_figure(least, figure, unit)]
            lines.append(f"| {what} | {' | '.join(cells)} |")
    return _text(_measured(told), "\n".join(lines))


def _one_figure(figures: runtime.Result, name: str, unit: Unit) -> str:
    median = statistics.median(figures[name])
    return f"{runtime.shown(unit.part / median if unit.inverse else median * unit.part)} {unit.words}"


def _workload(name: str, results: Mapping[tuple[str, str], runtime.Result]) -> str:
    title, _ = runtime.WORKLOADS[name]
    if not any(workload == name for workload, _ in results):
        return f"**{name}**: {title}. Not part of this run."
    heading, *table = runtime.table(name, dict(results))
    return _text(heading.strip(), *([_embedded(f"{name}.svg", title)] if name in CHARTS else []), "\n".join(table))


def _measured(told: Told) -> str:
    """On what it was measured."""
    machine, load = told["machine"], told["load"]
    rounds = f"medians of {told['rounds']} rounds; " if "rounds" in told else ""
    return (
        f"CPython {machine['python']}, {machine['system']}, {machine['processors']} processors; {rounds}"
        f"load of the machine before and after: {load[0]:.1f}, {load[1]:.1f}."
    )


def _processes(chart: str, title: str, told: Told) -> str:
    absent = ", ".join(told.get("left_out", ()))
    more = [f"Not installed, and left out: {absent}."] if absent else []
    return _text(_measured(told), _embedded(chart, title), timing.table(told["figures"]), *more)


def _installation(told: Told) -> str:
    installed = startup.Installed(**told["installed"])
    return f"{installed.table()}\n\nThe packages: {', '.join(installed.packages)}."


def _soaked(told: Told) -> str:
    samples = [soak.Sample(**sample) for sample in told["samples"]]
    machine, last = told["machine"], samples[-1]
    said = (
        f"CPython {machine['python']}, {machine['system']}, {machine['processors']} processors: "
        f"{last.runs:,} runs in {last.seconds / 60:.0f} minutes."
    )
    table = "\n".join((soak.HEADING, *(verdict.row() for verdict in soak.judged(samples))))
    return _text(said, _embedded("soak.svg", SOAKED), table)


def _text(*parts: str) -> str:
    return "\n\n".join(parts)


def _embedded(file: str, title: str) -> str:
    return f"![{title}](benchmarks/{file})"


# ---- charts ----------------------------------------------------------------------------------------------------------

STARTUP = "Whole processes, as multiples of bare Python"
COMPILER = "The compiler and its peers, as multiples of bare Python"
SOAKED = "A worker at full load, over time"
GROWN = "how many times as large as at first"


def charts(told: Mapping[str, Told]) -> dict[str, str]:
    """The pictures of the page, by the names of their files."""
    results = runtime.read(told["runtime"])
    found = {
        "startup.svg": _multiples(STARTUP, told["startup"]),
        "compiler.svg": _multiples(COMPILER, told["compiler"]),
    }
    found["soak.svg"] = _over_time(told["soak"])
    for name, chart in CHARTS.items():
        if rows := list(_rows(name, chart, results)):
            title, units = runtime.WORKLOADS[name]
            words = next(unit.words for unit in units if unit.figure == chart.unit)
            note = f"{words}; {'more' if chart.more else 'less'} is better; below each name what it keeps"
            found[f"{name}.svg"] = bars(f"{name}: {title}", note, rows)
    return found | dict(_growing(told["runtime"]))


def _growing(told: Told) -> Iterator[tuple[str, str]]:
    """A chart for each store: what a step, a start and a search cost, as what they meet grows."""
    results = runtime.read(told)
    for contender in runtime.CONTENDERS:
        found = []
        for workload, entries in growth.BY_WORKLOAD.items():
            if figures := results.get((workload, contender.name)):
                found += [_line(series, figures) for series in entries]
        if found:
            title = f"{contender.name}: what grows, and what it costs"
            file = f"growth-{contender.name.rpartition(' ')[2].lower()}.svg"
            yield file, lines(title, "µs; a flat line costs the same however large it grows", GROWN, found)


def _line(series: growth.Series, figures: runtime.Result) -> Line:
    costs = [statistics.median(figures[name]) * 1e6 for name in series.figures]
    times = [size / series.sizes[0] for size in series.sizes]
    note = f"{series.short(series.sizes[0])} → {series.short(series.sizes[-1])} {series.unit}"
    return Line(series.name, note, tuple(zip(times, costs, strict=True)))


def _rows(name: str, chart: Chart, results: Mapping[tuple[str, str], runtime.Result]) -> Iterator[Bar]:
    """The contenders, the best first, whoever that is."""
    _, units = runtime.WORKLOADS[name]
    unit = next(unit for unit in units if unit.figure == chart.unit)
    found = []
    for contender in runtime.CONTENDERS:
        if figures := results.get((name, contender.name)):
            figure = statistics.median(figures[unit.figure]) * unit.factor
            kept = f"keeps {contender.durability}"
            found.append(Bar(contender.name, kept, figure, runtime.shown(figure), contender.kind))
    yield from sorted(found, key=lambda row: row.figure, reverse=chart.more)


def _over_time(told: Told) -> str:
    """Each measure as a multiple of its median, so that all fit into one field."""
    samples = [soak.Sample(**sample) for sample in told["samples"]]
    drawn = []
    for verdict in soak.judged(samples):
        values = [float(getattr(sample, verdict.measure.name)) / verdict.median for sample in samples]
        minutes = (sample.seconds / 60 for sample in samples)
        drawn.append(
            Line(verdict.measure.name, f"× {amount(verdict.median)}", tuple(zip(minutes, values, strict=True)))
        )
    return lines(SOAKED, "each measure as a multiple of its median", "minutes", drawn, is_log=False)


def _multiples(title: str, told: Told) -> str:
    rows = []
    for figure in told["figures"]:
        what = figure["what"].replace("`", "")
        name, _, rest = what.partition(", ")
        goal = "" if figure["goal"] is None else f"goal ≤ {figure['goal']:.3g} ×"
        note = "; ".join(words for words in (rest, goal) if words)
        rows.append(Bar(name, note, figure["ratio"], f"{figure['ratio']:.1f} ×", figure["kind"]))
    return bars(title, "× python -c pass; less is better", rows)


if __name__ == "__main__":
    main()
