"""A drawing as a Mermaid flowchart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wgen.compiler.graph.drawing import Frame, Shape, parts_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wgen.compiler.graph.drawing import Arrow, Drawing, Kind, Part

_BOX = ('["', '"]')
_ROUND = ('(["', '"])')
_SLANTED = ('[/"', '"/]')
_HEXAGON = ('{{"', '"}}')
_SIDES: dict[Kind, tuple[str, str]] = {
    "trigger": _SLANTED,
    "start": _ROUND,
    "task": _BOX,
    "undo": _BOX,
    "flow": ('[["', '"]]'),
    "question": ('{"', '"}'),
    "loop": _HEXAGON,
    "wait": _SLANTED,
    "status": ('>"', '"]'),
    "bar": _HEXAGON,
    "point": ('(("', '"))'),
    "jump": _ROUND,
    "finish": _ROUND,
    "fail": _ROUND,
}
_INDENT = "    "

# `#` begins an entity in Mermaid, so it goes first.
_ESCAPES = {"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "&": "#amp;", "`": "#96;", "\n": " "}


def mermaid(drawing: Drawing) -> str:
    """The text of a flowchart."""
    lines = [*_parts(drawing.parts), *(_arrow(arrow) for arrow in drawing.arrows)]
    return "\n".join(["flowchart TD", *(_INDENT + line for line in lines)]) + "\n"


def _parts(parts: Iterable[Part]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, Shape):
            before, behind = _SIDES[part.kind]
            yield f"{_name(part.name)}{before}{_escape(part.label or ' ')}{behind}"
        elif isinstance(part, Frame):
            yield f'subgraph {_name(part.name)}["{_escape(part.label or " ")}"]'
            yield from (_INDENT + line for line in _parts(parts_in(part)))
            yield "end"
        else:
            yield from _parts(parts_in(part))


def _arrow(arrow: Arrow) -> str:
    line = "-->" if arrow.kind == "next" else "-.->"
    label = f'|"{_escape(arrow.label)}"|' if arrow.label else ""
    return f"{_name(arrow.start)} {line}{label} {_name(arrow.end)}"


def _name(name: str) -> str:
    """The last `_` keeps names apart from Mermaid's own words (`end`)."""
    return f"{name}_"


def _escape(text: str) -> str:
    return "".join(_ESCAPES.get(sign, sign) for sign in text)
