"""A drawing as SVG, which needs nothing but a browser: no script, no font, no other file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wgen.compiler.graph.drawing import Column, Frame, Shape
from wgen.compiler.graph.outlines import arrow_head, outline, rounded
from wgen.compiler.graph.place import place
from wgen.compiler.graph.route import route
from wgen.compiler.graph.sizes import Box, words_of
from wgen.compiler.graph.style import ROOT, style
from wgen.compiler.graph.text import LINE
from wgen.compiler.graph.ways import Ways
from wgen.compiler.xmltext import xml_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wgen.compiler.graph.drawing import Drawing, Part
    from wgen.compiler.graph.place import Spot
    from wgen.compiler.graph.route import Line, Words

_MARGIN = 24


def svg(drawing: Drawing) -> str:
    """The text of a picture, readable on light and on dark."""
    ways = Ways(Column(drawing.parts), drawing.arrows)
    spots = place(ways)
    whole = spots[()].box
    canvas = Box(-_MARGIN, -_MARGIN, whole.right + _MARGIN, whole.bottom + _MARGIN)
    view = f'viewBox="{canvas.left} {canvas.top} {canvas.width} {canvas.height}"'
    size = f'width="{canvas.width}" height="{canvas.height}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="{ROOT}" role="img" {view} {size}>',
            f"<title>{xml_text(drawing.title)}</title>",
            *([f"<desc>{xml_text(drawing.about)}</desc>"] if drawing.about else []),
            f"<style>\n{style()}</style>",
            _rect(canvas, "canvas"),
            *_body([(part, spots[path]) for path, part in ways.parts.items()], route(ways, spots)),
            "</svg>\n",
        ]
    )


def _body(parts: list[tuple[Part, Spot]], lines: list[Line]) -> Iterator[str]:
    """From the back to the front."""
    yield from (_frame(part, spot) for part, spot in parts if isinstance(part, Frame))
    # What always happens hides what sometimes does where both lead the same way.
    yield from map(_line, sorted(lines, key=lambda line: line.arrow.kind == "next"))
    yield from (_shape(part, spot) for part, spot in parts if isinstance(part, Shape))
    yield from (text for line in lines if line.words for text in _words(line.words))


def _frame(frame: Frame, spot: Spot) -> str:
    box = spot.box
    title = _lines([frame.label], box.left + 12, box.top + 17, "start") if frame.label else ""
    return f'<g class="frame"><title>{xml_text(frame.name)}</title>{_rect(box)}{title}</g>'


def _rect(box: Box, css: str = "") -> str:
    kind = f'class="{css}" ' if css else 'rx="8" '
    return f'<rect {kind}x="{box.left}" y="{box.top}" width="{box.width}" height="{box.height}"/>'


def _line(line: Line) -> str:
    return f'<g class="{line.arrow.kind}"><path d="{rounded(line.corners)}"/>{arrow_head(*line.corners[-2:])}</g>'


def _shape(shape: Shape, spot: Spot) -> str:
    words = words_of(shape)
    first = spot.box.middle - (len(words) - 1) * LINE // 2 + 5
    text = _lines(words, spot.axis, first, "middle") if words else ""
    return f'<g class="{shape.kind}"><title>{xml_text(shape.name)}</title>{outline(shape.kind, spot.box)}{text}</g>'


def _words(words: Words) -> Iterator[str]:
    """The words of an arrow. What stands on its line hides that piece of it."""
    if words.anchor == "middle":
        yield _rect(words.box, "canvas")
    yield _lines(words.lines, words.x, words.y, words.anchor, "word")


def _lines(lines: Sequence[str], x: int, y: int, anchor: str, css: str = "") -> str:
    kind = f' class="{css}"' if css else ""
    rows = [f'<tspan x="{x}" y="{y + number * LINE}">{xml_text(line)}</tspan>' for number, line in enumerate(lines)]
    return f'<text{kind} text-anchor="{anchor}">{"".join(rows)}</text>'
