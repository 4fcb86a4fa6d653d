"""The colours of pictures, for light and for dark backgrounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from wgen.compiler.graph.drawing import Kind


class Palette(NamedTuple):
    """The colours of one background. `shapes` holds a fill and a line for each hue, `word` is for words on arrows."""

    canvas: str
    ink: str
    word: str
    frame: str
    arrow: str
    shapes: dict[str, tuple[str, str]]


HUES: dict[Kind, str] = {
    "trigger": "green",
    "start": "green",
    "task": "blue",
    "undo": "blue",
    "flow": "violet",
    "question": "yellow",
    "loop": "yellow",
    "wait": "orange",
    "status": "teal",
    "bar": "dark",
    "point": "dark",
    "jump": "grey",
    "finish": "green",
    "fail": "red",
}

LIGHT = Palette(
    canvas="#ffffff",
    ink="#1f2328",
    word="#4d5660",
    frame="#9aa4af",
    arrow="#57606a",
    shapes={
        "green": ("#e3f6e8", "#2c8a47"),
        "blue": ("#eaf2fd", "#3b73b9"),
        "violet": ("#f1eafc", "#7b54b8"),
        "yellow": ("#fff4d6", "#a9790f"),
        "orange": ("#ffeadb", "#bd6321"),
        "teal": ("#e0f4f5", "#23858c"),
        "grey": ("#f0f2f4", "#6b7580"),
        "red": ("#fde8e4", "#c4432b"),
        "dark": ("#57606a", "#57606a"),
    },
)
DARK = Palette(
    canvas="#0d1117",
    ink="#e6edf3",
    word="#a9b3bd",
    frame="#5b6570",
    arrow="#9aa4af",
    shapes={
        "green": ("#12321d", "#46a862"),
        "blue": ("#12263f", "#5b95dd"),
        "violet": ("#271b3d", "#a081da"),
        "yellow": ("#362a0c", "#cf9f35"),
        "orange": ("#3b2212", "#dd8447"),
        "teal": ("#0f2f32", "#46a9b0"),
        "grey": ("#21262d", "#8b949e"),
        "red": ("#3d1a15", "#f0806a"),
        "dark": ("#9aa4af", "#9aa4af"),
    },
)
