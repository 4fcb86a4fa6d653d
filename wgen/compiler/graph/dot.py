"""A drawing as Graphviz source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wgen.compiler.graph.colors import HUES, LIGHT
from wgen.compiler.graph.drawing import Frame, Row, Shape, parts_in, shapes_in
from wgen.compiler.graph.text import width, wrap

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wgen.compiler.graph.drawing import Arrow, Drawing, Kind, Part

_SHAPES: dict[Kind, str] = {
    "trigger": 'shape="note"',
    "start": 'shape="box", style="filled,rounded,bold"',
    "task": 'shape="box"',
    "undo": 'shape="box", style="filled,dashed"',
    "flow": 'shape="box", peripheries="2"',
    "question": 'shape="hexagon", margin="0,0"',
    "loop": 'shape="box", style="filled,diagonals"',
    "wait": 'shape="note"',
    "status": 'shape="tab"',
    "bar": 'shape="box", height="0.3"',
    "point": 'shape="point", width="0.12"',
    "jump": 'shape="box", style="filled,rounded"',
    "finish": 'shape="box", style="filled,rounded"',
    "fail": 'shape="box", style="filled,rounded"',
}
_FONT = 'fontname="Helvetica,Arial,sans-serif"'
_HEAD = f"""\
    graph [rankdir="TB", compound="true", newrank="true", ranksep="0.35", nodesep="0.4", {_FONT}, fontsize="11"]
    node [style="filled", {_FONT}, fontsize="11", margin="0.14,0.08", color="{LIGHT.frame}"]
    edge [{_FONT}, fontsize="10", color="{LIGHT.arrow}", fontcolor="{LIGHT.word}", arrowsize="0.7"]"""
_INDENT = "    "
_ROOM = 180


def dot(drawing: Drawing) -> str:
    """The text of a directed graph."""
    return _Writer(drawing).text()


class _Writer:
    def __init__(self, drawing: Drawing) -> None:
        self.drawing = drawing
        # Graphviz draws an arrow out of a frame as one of a shape in it, cut off at the frame.
        self.tails = dict(_tails(drawing.parts))
        shapes = (shape for part in drawing.parts for shape in shapes_in(part))
        self.order = {shape.name: number for number, shape in enumerate(shapes)}

    def text(self) -> str:
        lines = [*_parts(self.drawing.parts, "axis"), *map(self.arrow, self.drawing.arrows)]
        head = f"digraph {_quoted(self.drawing.title)} {{"
        return "\n".join([head, _HEAD, *(_INDENT + line for line in lines), "}"]) + "\n"

    def arrow(self, arrow: Arrow) -> str:
        settings = [f"label={_wrapped(arrow.label)}"] if arrow.label else []
        start, end = self.tails.get(arrow.start, arrow.start), arrow.end
        if arrow.start in self.tails:
            settings.append(f"ltail={_quoted(_cluster(arrow.start))}")
        if arrow.kind != "next":
            settings.append('style="dashed"')
        if arrow.kind == "failure":
            settings.append(f'color="{LIGHT.shapes["red"][1]}"')
        if self.order[end] < self.order[start]:
            # Turned round, for the layout ranks shapes along their arrows.
            start, end = end, start
            settings.append('dir="back"')
        return f"{_quoted(start)} -> {_quoted(end)}" + (f" [{', '.join(settings)}]" if settings else "")


def _parts(parts: Iterable[Part], group: str) -> Iterator[str]:
    """Shapes of one group stand straight below each other, where that is possible."""
    for part in parts:
        match part:
            case Shape():
                yield _shape(part, group)
            case Row():
                yield from _row(part, group)
            case Frame():
                yield f"subgraph {_quoted(_cluster(part.name))} {{"
                look = f'labeljust="l", style="dashed", color="{LIGHT.frame}", fontcolor="{LIGHT.word}"'
                yield f"{_INDENT}graph [label={_quoted(part.label)}, {look}]"
                yield from (_INDENT + line for line in _parts((part.body,), group))
                yield "}"
            case _:
                yield from _parts(parts_in(part), group)


def _shape(shape: Shape, group: str) -> str:
    fill, line = LIGHT.shapes[HUES[shape.kind]]
    ink = LIGHT.canvas if shape.kind == "bar" else LIGHT.ink
    look = f'{_SHAPES[shape.kind]}, fillcolor="{fill}", color="{line}", fontcolor="{ink}", group="{group}"'
    return f"{_quoted(shape.name)} [label={_wrapped(shape.label)}, {look}]"


def _row(row: Row, group: str) -> Iterator[str]:
    for number, part in enumerate(parts_in(row)):
        yield from _parts((part,), f"{group}.{number}" if row.is_beside(number) else group)
    if row.come == "aside":
        firsts = (next(shapes_in(column), None) for column in row.columns)
        yield f'{{ rank="same"; {"; ".join(_quoted(first.name) for first in firsts if first)} }}'


def _tails(parts: Iterable[Part]) -> Iterator[tuple[str, str]]:
    for part in parts:
        if isinstance(part, Frame):
            yield part.name, next(shapes_in(part)).name
        yield from _tails(parts_in(part))


def _cluster(name: str) -> str:
    return f"cluster_{name}"


def _wrapped(text: str) -> str:
    """Shapes are as wide as their longest word."""
    return _quoted("\n".join(wrap(text, max([_ROOM, *map(width, text.split())]))))


def _quoted(text: str) -> str:
    escaped = text.replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
