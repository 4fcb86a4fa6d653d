"""The page of the benchmarks is what its figures say, and its charts show them as they are."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import charts
import pytest
import report
from charts import Bar, Line

from wgen.compiler.graph.text import width

TOLD: dict[str, dict[str, Any]] = {
    name: json.loads((report.KEPT / f"{name}.json").read_text("utf-8")) for name in report.SOURCES
}
SVG = "{http://www.w3.org/2000/svg}"
ROWS = (
    Bar("fast", "keeps nothing", 90_000, "90,000", "peer"),
    Bar("wgen", "keeps each step", 3_000, "3,000", "ours"),
    Bar("floor & least", "keeps <all>", 4, "4.00", "floor"),
)


def root(picture: str) -> ET.Element:
    return ET.fromstring(picture)


def texts(picture: str) -> list[str]:
    return [text.text or "" for text in root(picture).iter(f"{SVG}text")]


def widths(picture: str) -> dict[str, float]:
    """The bars, by whose they are."""
    found = root(picture).iter(f"{SVG}rect")
    return {rect.attrib["class"]: float(rect.attrib["width"]) for rect in found if rect.attrib["class"] != "page"}


# ---- the page --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("page", "new"), report.sections(TOLD).items(), ids=lambda part: getattr(part, "name", ""))
def test_a_page_says_what_the_figures_say(page: Path, new: dict[str, str]) -> None:
    text = page.read_text("utf-8")
    assert report.written(text, new) == text, "make figures, or python benchmarks/report.py"


def test_the_charts_are_those_of_the_figures() -> None:
    kept = {file.name: file.read_text("utf-8") for file in report.KEPT.glob("*.svg")}
    assert kept == report.charts(TOLD), "make figures, or python benchmarks/report.py"


def test_each_chart_is_on_the_page() -> None:
    page = (report.DOCS / "benchmarks.md").read_text("utf-8")
    shown = set(re.findall(r"\]\(benchmarks/([\w-]+\.svg)\)", page))
    assert shown == {file.name for file in report.KEPT.glob("*.svg")}


def test_the_page_of_speed_tells_what_was_measured_beside_its_floor() -> None:
    figures = {"wgen, SQLite": {"seconds": [0.2]}, "floor: SQLite, grouped": {"seconds": [0.004]}}
    results = [{"workload": "W5", "contender": who, "figures": told} for who, told in figures.items()]
    told = {**TOLD, "runtime": {**TOLD["runtime"], "results": results}}
    table = report.sections(told)[report.DOCS / "performance.md"]["speed"].splitlines()[4:]
    assert table == ["| events that wake runs, on SQLite | 5,000 events/s | 250,000 events/s |"]


def test_what_people_wrote_on_the_page_stays() -> None:
    page = "mine\n<!-- a -->\nold\n<!-- end of a -->\nmine, too\n<!-- b -->\n<!-- end of b -->\n"
    assert report.written(page, {"a": "new", "b": "newer"}) == (
        "mine\n<!-- a -->\n\nnew\n\n<!-- end of a -->\nmine, too\n<!-- b -->\n\nnewer\n\n<!-- end of b -->\n"
    )


def test_a_section_that_the_page_lacks_is_told() -> None:
    with pytest.raises(SystemExit, match="the page has the sections a; there are a, b"):
        report.written("<!-- a -->\n<!-- end of a -->\n", {"a": "", "b": ""})


@pytest.mark.parametrize(
    ("steps", "shown"), [(4_000.0, ["DBOS, SQLite", "wgen, SQLite"]), (10.0, ["wgen, SQLite", "DBOS, SQLite"])]
)
def test_whoever_is_best_stands_first(steps: float, shown: list[str]) -> None:
    figures = {"wgen, SQLite": 2_000.0, "DBOS, SQLite": steps}
    results = [
        {"workload": "W1", "contender": who, "figures": {"seconds": [19 / n], "steps a second": [n]}}
        for who, n in figures.items()
    ]
    drawn = report.charts({**TOLD, "runtime": {**TOLD["runtime"], "results": results}})
    assert [text for text in texts(drawn["W1.svg"]) if text in figures] == shown
    assert set(drawn) == {"startup.svg", "compiler.svg", "soak.svg", "W1.svg"}


# ---- charts ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", sorted(report.KEPT.glob("*.svg")), ids=lambda file: file.name)
def test_a_chart_can_be_read_and_heard(file: Path) -> None:
    picture = root(file.read_text("utf-8"))
    title, about = (picture.findtext(f"{SVG}{name}") for name in ("title", "desc"))
    assert picture.attrib["role"] == "img"
    assert title
    assert about
    _, _, wide, high = map(float, picture.attrib["viewBox"].split())
    for text in picture.iter(f"{SVG}text"):
        words, left, size = text.text or "", float(text.attrib["x"]), width(text.text or "")
        left -= {"start": 0.0, "middle": size / 2, "end": size}[text.attrib["text-anchor"]]
        assert 0 <= left <= wide - size, words
        assert 0 < float(text.attrib["y"]) < high, words
        if text.attrib["class"].startswith("figure"):
            assert words in about
        if text.attrib["class"].startswith("name") and left == charts.MARGIN:
            assert size <= charts.LABELS, words


def test_figures_far_apart_are_drawn_by_their_magnitude() -> None:
    picture = charts.bars("title", "steps/s", ROWS)
    drawn = widths(picture)
    assert "steps/s; logarithmic scale" in texts(picture)
    assert {"1", "10", "100", "1,000", "10,000", "100,000"} <= set(texts(picture))
    assert drawn["ours"] / drawn["peer"] == pytest.approx(3.477 / 4.954, abs=0.01)  # log10 of 3,000 and 90,000


def test_figures_near_each_other_are_drawn_from_nought() -> None:
    picture = charts.bars("title", "ms", [ROWS[0]._replace(figure=30), ROWS[1]._replace(figure=20)])
    drawn = widths(picture)
    assert "ms; the scale begins at nought" in texts(picture)
    assert drawn["ours"] / drawn["peer"] == pytest.approx(2 / 3, abs=0.01)


def test_all_figures_are_said_with_what_is_kept() -> None:
    assert root(charts.bars("title", "steps/s", ROWS)).findtext(f"{SVG}desc") == (
        "steps/s. fast (keeps nothing): 90,000; wgen (keeps each step): 3,000; floor & least (keeps <all>): 4.00."
    )


def test_lines_have_their_points_and_names_apart() -> None:
    drawn = [
        Line("flat", "10 → 1 k steps", ((10, 5.0), (1_000, 5.1))),
        Line("also flat", "1 → 2", ((10, 4.9), (1_000, 5.0))),
    ]
    picture = root(charts.lines("title", "µs", "steps", drawn))
    assert len(list(picture.iter(f"{SVG}polyline"))) == 2
    names = [float(text.attrib["y"]) for text in picture.iter(f"{SVG}text") if text.attrib["class"] == "name"]
    assert abs(names[0] - names[1]) >= 30
    assert "flat (10 → 1 k steps): 5 at 10, 5.1 at 1,000" in (picture.findtext(f"{SVG}desc") or "")
