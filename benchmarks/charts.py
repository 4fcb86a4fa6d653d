"""Draws figures as SVG pictures: bars for contenders, lines for what grows. No library, no script, no foreign font.

They are read on light and on dark pages, and aloud: each has a title and a description that holds all figures.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from timing import Kind

WIDTH, MARGIN = 780, 24
LABELS = 270
"""How much room the names beside the bars have."""
VALUES = 90
"""How much room is kept behind the longest bar for its figure."""
ROW, BAR, HEAD, FOOT = 40, 18, 78, 40
FIELD = 300
"""The height of a field of lines."""
FAR = 20
"""From how many times the least on the most is drawn on a logarithmic scale."""

_STYLE = """\
text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; fill: #1f2328; }
.title { font-size: 17px; font-weight: 600; }
.small { font-size: 11.5px; fill: #59636e; }
.strong { font-weight: 600; }
.figure { stroke: #ffffff; stroke-width: 4px; paint-order: stroke; }
.page { fill: #ffffff; }
.grid { stroke: #d1d9e0; stroke-width: 1; }
.ours { fill: #0969da; } .floor { fill: #c5ced6; } .peer { fill: #818b98; }
polyline { fill: none; stroke-width: 2.5; stroke-linejoin: round; }
.line0 { stroke: #0969da; } .line1 { stroke: #bc4c00; } .line2 { stroke: #1a7f37; } .line3 { stroke: #8250df; }
.line4 { stroke: #bf3989; } .line5 { stroke: #4d2d00; }
.dot0 { fill: #0969da; } .dot1 { fill: #bc4c00; } .dot2 { fill: #1a7f37; } .dot3 { fill: #8250df; }
.dot4 { fill: #bf3989; } .dot5 { fill: #4d2d00; }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc; }
.small { fill: #9198a1; }
.figure { stroke: #0d1117; }
.page { fill: #0d1117; }
.grid { stroke: #3d444d; }
.ours { fill: #4493f8; } .floor { fill: #3d444d; } .peer { fill: #656c76; }
.line0 { stroke: #4493f8; } .line1 { stroke: #f0883e; } .line2 { stroke: #3fb950; } .line3 { stroke: #ab7df8; }
.line4 { stroke: #f778ba; } .line5 { stroke: #e3b341; }
.dot0 { fill: #4493f8; } .dot1 { fill: #f0883e; } .dot2 { fill: #3fb950; } .dot3 { fill: #ab7df8; }
.dot4 { fill: #f778ba; } .dot5 { fill: #e3b341; }
}"""
DOTS = 12
"""A line of more points than this is drawn without dots, and only its ends are said."""


class Bar(NamedTuple):
    """A contender: what it is called, what else stands below its name, its figure, and the figure in words."""

    name: str
    note: str
    figure: float
    shown: str
    kind: Kind


class Line(NamedTuple):
    """What grows, from where to where: pairs of how far it has grown and what it costs then, the least first."""

    name: str
    note: str
    points: tuple[tuple[float, float], ...]


class Scale(NamedTuple):
    """From a figure to a place, between two figures and two places."""

    low: float
    high: float
    begin: float
    end: float
    is_log: bool

    def __call__(self, figure: float) -> float:
        at, low, high = (math.log10(n) if self.is_log else n for n in (figure, self.low, self.high))
        return round(self.begin + (at - low) / (high - low) * (self.end - self.begin), 1)

    def ticks(self) -> list[float]:
        if self.is_log:
            return [10.0**n for n in range(round(math.log10(self.low)), round(math.log10(self.high)) + 1)]
        step = 10.0 ** math.floor(math.log10(self.high))
        step = next(step * part for part in (0.1, 0.2, 0.25, 0.5, 1, 2) if self.high / (step * part) <= 5)
        return [step * n for n in range(math.floor(self.high / step + 1e-9) + 1)]


def bars(title: str, note: str, rows: Sequence[Bar]) -> str:
    """One bar a contender, the way they are given."""
    figures = [row.figure for row in rows]
    scale = _scale(figures, MARGIN + LABELS, WIDTH - MARGIN - VALUES, room=0.1)
    bottom = HEAD + ROW * len(rows)
    parts = [*_grid(scale, HEAD - 6, bottom, amount)]
    for number, row in enumerate(rows):
        parts += _row(row, HEAD + ROW * number, scale)
    said = f"{note}. {'; '.join(f'{row.name} ({row.note}): {row.shown}' for row in rows)}."
    scaled = "logarithmic scale" if scale.is_log else "the scale begins at nought"
    return _picture(title, f"{note}; {scaled}", said, bottom + FOOT, parts)


def _row(row: Bar, top: float, scale: Scale) -> Iterator[str]:
    end = max(scale(row.figure), scale.begin + 2)
    strong = " strong" if row.kind == "ours" else ""
    yield _text(MARGIN, top + 15, row.name, f"name{strong}")
    yield _text(MARGIN, top + 30, row.note, "small")
    yield (
        f'<rect class="{row.kind}" x="{scale.begin:g}" y="{top + 6:g}" '
        f'width="{end - scale.begin:g}" height="{BAR}" rx="2"/>'
    )
    yield _text(end + 6, top + 20, row.shown, f"figure{strong}")


def lines(title: str, note: str, across: str, drawn: Sequence[Line], *, is_log: bool = True) -> str:
    """Lines over a common field: what it costs, upwards, over how far it has grown. Both scales are alike."""
    x = _scale([at for line in drawn for at, _ in line.points], MARGIN + 60, WIDTH - MARGIN - LABELS, is_log=is_log)
    bottom = HEAD + FIELD
    y = _scale([cost for line in drawn for _, cost in line.points], bottom, HEAD, is_log=is_log)
    parts = list(_grid(x, HEAD, bottom, amount))
    for tick in y.ticks():
        parts.append(f'<path class="grid" d="M{x.begin:g} {y(tick):g}H{x.end:g}"/>')
        parts.append(_text(x.begin - 8, y(tick) + 4, amount(tick), "small", "end"))
    parts.append(_text((x.begin + x.end) / 2, bottom + 34, across, "small", "middle"))
    for number, line in enumerate(drawn):
        parts.append(f'<polyline class="line{number}" points="{_path(line, x, y)}"/>')
        dots = line.points if len(line.points) <= DOTS else ()
        parts += [f'<circle class="dot{number}" cx="{x(at):g}" cy="{y(cost):g}" r="4"/>' for at, cost in dots]
    parts += _names(drawn, x.end + 10, y)
    scaled = "both scales are logarithmic" if is_log else "both scales begin at nought"
    said = "; ".join(_said(line) for line in drawn)
    return _picture(title, f"{note}; {scaled}", f"{note}, over {across}. {said}.", bottom + FOOT + 12, parts)


def _said(line: Line) -> str:
    told = line.points if len(line.points) <= DOTS else (line.points[0], line.points[-1])
    return f"{line.name} ({line.note}): {', '.join(f'{amount(cost)} at {amount(at)}' for at, cost in told)}"


def _path(line: Line, x: Scale, y: Scale) -> str:
    return " ".join(f"{x(at):g},{y(cost):g}" for at, cost in line.points)


def _names(drawn: Sequence[Line], left: float, y: Scale) -> Iterator[str]:
    """The names of the lines at their ends, moved apart where they would meet, each with its last figure."""
    ends = sorted((y(line.points[-1][1]), number) for number, line in enumerate(drawn))
    last = -math.inf
    for end, number in ends:
        last = max(end, last + 30)
        line = drawn[number]
        yield f'<circle class="dot{number}" cx="{left + 4:g}" cy="{last:g}" r="4"/>'
        yield _text(left + 14, last + 4, line.name, "name")
        yield _text(left + 14, last + 18, _ends(line), "small")


def _ends(line: Line) -> str:
    """What it costs at first and at last."""
    return f"{line.note}: {amount(line.points[0][1])} → {amount(line.points[-1][1])}"


# ---- parts -----------------------------------------------------------------------------------------------------------


def amount(figure: float) -> str:
    """A figure with three digits that count."""
    if figure >= 1_000_000:
        return f"{figure / 1_000_000:.3g} M"
    if figure >= 100:
        return f"{figure:,.0f}"
    return f"{figure:.3g}"


def _scale(figures: Sequence[float], begin: float, end: float, *, is_log: bool | None = None, room: float = 0) -> Scale:
    """The scale on which these figures are drawn; `room` is what is left below the least, in magnitudes."""
    low, high = min(figures), max(figures)
    if is_log is None:
        is_log = high >= FAR * low > 0
    if not is_log:
        return Scale(0, high or 1, begin, end, is_log=False)
    least = math.floor(math.log10(low) - room)
    return Scale(10.0**least, 10.0 ** max(math.ceil(math.log10(high)), least + 1), begin, end, is_log=True)


def _grid(scale: Scale, top: float, bottom: float, shown: Callable[[float], str]) -> Iterator[str]:
    for tick in scale.ticks():
        yield f'<path class="grid" d="M{scale(tick):g} {top:g}V{bottom:g}"/>'
        yield _text(scale(tick), bottom + 16, shown(tick), "small", "middle")


def _text(x: float, y: float, words: str, look: str, anchor: str = "start") -> str:
    return f'<text class="{look}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(words)}</text>'


def _picture(title: str, note: str, said: str, height: float, parts: Sequence[str]) -> str:
    size = f'viewBox="0 0 {WIDTH} {height:g}" width="{WIDTH}" height="{height:g}"'
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="title about">',
            f'<title id="title">{escape(title)}</title>',
            f'<desc id="about">{escape(said)}</desc>',
            f"<style>\n{_STYLE}\n</style>",
            f'<rect class="page" width="{WIDTH}" height="{height:g}" rx="6"/>',
            _text(MARGIN, 34, title, "title"),
            _text(MARGIN, 56, note, "small"),
            *parts,
            "</svg>\n",
        )
    )
