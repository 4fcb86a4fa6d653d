"""SVG pictures: nothing overlaps, arrows can be followed, everybody can read them."""

from __future__ import annotations

from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings

from tests.compiler.pictures import EXAMPLES, WHOLE, drawing_of
from tests.compiler.svgs import Area, Picture, Point
from tests.flows import flow_texts
from wgen.compiler.compile import check
from wgen.compiler.graph.colors import DARK, HUES, LIGHT, Palette
from wgen.compiler.graph.draw import draw
from wgen.compiler.graph.drawing import Drawing
from wgen.compiler.graph.svg import svg
from wgen.compiler.graph.text import width, wrap
from wgen.compiler.source import Source


def assert_readable(drawing: Drawing) -> None:
    """That all is in view, words stand in their shapes and nothing stands on something else."""
    picture = Picture(svg(drawing))
    inside = [words.area for name, words in picture.words.items() if name in picture.shapes]
    titles = [words.area for name, words in picture.words.items() if name in picture.frames]
    labels = [label.area for label in picture.labels]
    things = [*picture.shapes.values(), *titles, *labels]
    for thing in (*things, *inside, *picture.frames.values()):
        assert picture.view.holds(thing)
    for one, other in combinations(things, 2):
        assert not one.meets(other)
    for name, words in picture.words.items():
        assert (picture.shapes | picture.frames)[name].holds(words.area)
    assert_followable(drawing, picture)


def assert_followable(drawing: Drawing, picture: Picture) -> None:
    """That arrows lead from one end to the other, touch nothing else, and part before they lead elsewhere."""
    ordered = sorted(drawing.arrows, key=lambda arrow: arrow.kind == "next")
    places = picture.shapes | picture.frames
    labels = iter(picture.labels)
    own = {arrow: next(labels) for arrow in drawing.arrows if arrow.label}
    for arrow, corners in zip(ordered, picture.lines, strict=True):
        assert places[arrow.start].on_side(corners[0])
        assert places[arrow.end].on_side(corners[-1])
        # Words that do not stand beside their line stand in front of it.
        others = [label.area for label in picture.labels if not (label.centred and label is own.get(arrow))]
        for before, after in pairwise(corners):
            assert (before[0] == after[0]) != (before[1] == after[1])
            line = Area(*map(min, before, after), *map(max, before, after))
            assert not any(line.meets(thing) for thing in (*picture.shapes.values(), *others))
    drawn = zip(ordered, picture.lines, strict=True)
    pieces = [(arrow, sorted(piece)) for arrow, corners in drawn for piece in pairwise(corners)]
    for (one, piece), (other, rival) in combinations(pieces, 2):
        apart = one.start != other.start and one.end != other.end
        assert not (apart and along(piece, rival))


def along(one: list[Point], other: list[Point]) -> bool:
    """Whether two pieces of lines have more than a point in common. Each is upright or level, and sorted."""
    for way, across in ((0, 1), (1, 0)):
        if one[0][across] == one[1][across] == other[0][across] == other[1][across]:
            return max(one[0][way], other[0][way]) < min(one[1][way], other[1][way])
    return False


@pytest.mark.parametrize("flow", [*EXAMPLES, WHOLE], ids=lambda path: path.stem)
def test_pictures_are_readable(flow: Path) -> None:
    assert_readable(drawing_of(flow))


@settings(max_examples=300)
@given(flow_texts())
def test_pictures_of_random_flows_are_readable(text: str) -> None:
    assert_readable(draw(*check(Source(text)).module.flows))


@pytest.mark.parametrize(
    "words", ["a" * 200, "flow:" + "/path" * 60, "W" * 90 + " i", "支付" * 60, "the quick brown fox " * 30, "é"]
)
def test_long_words_are_readable(words: str) -> None:
    lines = [f"@Then {words}", f'@Fail because "{words}"']
    branches = ["@Together", f"@Branch {words}", "@Then a", "@Branch b", "@Then b", "@End"]
    assert_readable(drawing_of("\n".join([f"@Flow {words}", *branches, *lines])))
    assert_readable(drawing_of("\n".join([f"@Flow {words}", *lines, "@Flow another", "@Then a"])))


def test_lines_break_between_words_and_are_about_as_long_as_each_other() -> None:
    assert wrap("finish with payout as paid out", 180) == ["finish with payout", "as paid out"]
    assert wrap("", 100) == []
    assert wrap("https://example.org/a/long/path", 120) == ["https://example.", "org/a/long/path"]


# Advances of DejaVu Sans at 13 units.
@pytest.mark.parametrize(
    ("text", "measured"),
    [
        ("ask the identity service about (application - applicant)", 352.9),
        ("illegal filling", 78.3),
        ("WWW MMM", 76.3),
        ("Überweisung prüfen: 100 %", 181.4),
    ],
)
def test_a_text_is_as_wide_as_in_a_wide_font(text: str, measured: float) -> None:
    assert measured <= width(text) <= 1.15 * measured


def test_a_picture_tells_what_it_shows() -> None:
    root = ET.fromstring(svg(drawing_of('@Flow pay & ship\n@About Money < goods.\n@Then call "A" & B')))
    name = "{http://www.w3.org/2000/svg}"
    assert root.attrib["role"] == "img"
    assert [part.tag.removeprefix(name) for part in root[:3]] == ["title", "desc", "style"]
    assert (root[0].text, root[1].text) == ("pay & ship", "Money < goods.")


def test_a_picture_needs_nothing_else_and_leaves_its_page_alone() -> None:
    text = svg(drawing_of(WHOLE))
    assert not any(word in text for word in ("<script", "href", "url(", "@import", "@font-face", " id="))
    rules = text.split("<style>")[1].split("</style>")[0].splitlines()
    selectors = [one for rule in rules if rule.endswith(" }") for one in rule.split(" { ")[0].split(", ")]
    assert len(selectors) > 40
    assert all(selector.startswith(".wgen ") for selector in selectors)


def brightness(color: str) -> float:
    """The relative luminance of WCAG 2."""
    parts = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted([brightness(one), brightness(other)])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_colours_can_be_told_apart(palette: Palette) -> None:
    assert set(HUES.values()) == set(palette.shapes)
    assert contrast(palette.word, palette.canvas) > 4.5
    assert contrast(palette.arrow, palette.canvas) > 3
    for hue, (fill, line) in palette.shapes.items():
        assert contrast(palette.canvas if hue == "dark" else palette.ink, fill) > 4.5
        assert contrast(line, palette.canvas) > 3
