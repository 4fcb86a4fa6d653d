"""What the tests of pictures share: flows to draw, and readers of the formats that are text."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import NamedTuple

from wgen.compiler.compile import check
from wgen.compiler.graph.draw import draw
from wgen.compiler.graph.drawing import Drawing
from wgen.compiler.source import Source

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples/flows").glob("*/*.flow"))
WHOLE = ROOT / "tests/pictures/whole_language.flow"


def drawing_of(source: Path | str) -> Drawing:
    """The drawing of a flow file, or of a text."""
    checked = check(Source.read(source) if isinstance(source, Path) else Source(source))
    assert [finding.message for finding in checked.errors] == []
    return draw(*checked.module.flows)


class Seen(NamedTuple):
    """What a reader makes of a picture: the words of each thing by its name, and the arrows with theirs."""

    words: dict[str, str]
    arrows: list[tuple[str, str, str]]


# ---- mermaid ---------------------------------------------------------------------------------------------------------

_MERMAID_SHAPE = re.compile(r'(\w+)_(?:[\[({>/]+)"(.*)"(?:[\])}/]+)')
_MERMAID_FRAME = re.compile(r'subgraph (\w+)_\["(.*)"\]')
_MERMAID_ARROW = re.compile(r'(\w+)_ -\.?->(?:\|"(.*)"\|)? (\w+)_')


def read_mermaid(text: str) -> Seen:
    seen = Seen({}, [])
    first, *lines = text.splitlines()
    assert first == "flowchart TD"
    for line in map(str.strip, lines):
        if shape := _MERMAID_SHAPE.fullmatch(line) or _MERMAID_FRAME.fullmatch(line):
            assert shape[1] not in seen.words
            seen.words[shape[1]] = _of_mermaid(shape[2]).strip()
        elif arrow := _MERMAID_ARROW.fullmatch(line):
            seen.arrows.append((arrow[1], arrow[3], _of_mermaid(arrow[2] or "")))
        else:
            assert line == "end"
    return seen


def _of_mermaid(text: str) -> str:
    return unescape(re.sub(r"#(\d+);", r"&#\1;", re.sub(r"#([a-z]+);", r"&\1;", text)))


# ---- dot -------------------------------------------------------------------------------------------------------------

_QUOTED = r'"((?:[^"\\]|\\.)*)"'
_SETTING = re.compile(rf"(\w+)={_QUOTED}")
_SETTINGS = rf"\[((?:\w+={_QUOTED}(?:, )?)+)\]"
_DOT_SHAPE = re.compile(rf"{_QUOTED} {_SETTINGS}")
_DOT_ARROW = re.compile(rf"{_QUOTED} -> {_QUOTED}(?: {_SETTINGS})?")
_DOT_FRAME = re.compile(rf"subgraph {_QUOTED} \{{")
_DOT_RANK = re.compile(rf'\{{ rank="same"; {_QUOTED}(?:; {_QUOTED})* \}}')
_DOT_DEFAULT = re.compile(rf"(graph|node|edge) {_SETTINGS}")


def read_dot(text: str) -> Seen:
    """Fails for a line that is no statement of the language, and for a bracket that is not closed."""
    seen = Seen({}, [])
    first, *lines = text.splitlines()
    assert re.fullmatch(rf"digraph {_QUOTED} \{{", first)
    frames: list[str] = [""]
    for line in map(str.strip, lines):
        if frame := _DOT_FRAME.fullmatch(line):
            frames.append(frame[1].removeprefix("cluster_"))
        elif line == "}":
            frames.pop()
        elif default := _DOT_DEFAULT.fullmatch(line):
            if frames[-1:] != [""]:
                seen.words[frames[-1]] = _settings(default[2])["label"]
        elif shape := _DOT_SHAPE.fullmatch(line):
            assert shape[1] not in seen.words
            seen.words[shape[1]] = _settings(shape[2])["label"]
        elif arrow := _DOT_ARROW.fullmatch(line):
            seen.arrows.append(_dot_arrow(arrow[1], arrow[2], _settings(arrow[3] or "")))
        else:
            assert _DOT_RANK.fullmatch(line), line
    assert frames == []
    return seen


def _settings(text: str) -> dict[str, str]:
    return {name: _of_dot(value) for name, value in _SETTING.findall(text)}


def _of_dot(text: str) -> str:
    signs = re.sub(r"\\(.)", lambda match: {"n": " "}.get(match[1], match[1]), text)
    return unescape(signs)


def _dot_arrow(start: str, end: str, settings: dict[str, str]) -> tuple[str, str, str]:
    if settings.get("dir") == "back":
        start, end = end, start
    return settings.get("ltail", start).removeprefix("cluster_"), end, settings.get("label", "")
