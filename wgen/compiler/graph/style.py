"""The style sheet of SVG pictures. Readers with dark screens get dark ones, and all others light ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wgen.compiler.graph.colors import DARK, HUES, LIGHT
from wgen.compiler.graph.text import SIZE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wgen.compiler.graph.colors import Palette

# The class of a picture: in a page its style sheet speaks of nothing else.
ROOT = "wgen"
_FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
_FORMS = {
    "text": f"font: {SIZE}px {_FONTS}; stroke: none",
    "g": "stroke-width: 1.5",
    "path, .frame rect": "fill: none",
    ".start text, .bar text": "font-weight: 600",
    ".frame": "stroke-dasharray: 6 4",
    ".failure path, .aside path, .undo rect": "stroke-dasharray: 5 4",
}


def style() -> str:
    """The rules as text."""
    light = [*_FORMS.items(), *_colors(LIGHT)]
    dark = ["@media (prefers-color-scheme: dark) {", *map(_rule, _colors(DARK)), "}"]
    return "\n".join([*map(_rule, light), *dark]) + "\n"


def _colors(palette: Palette) -> Iterator[tuple[str, str]]:
    yield "text", f"fill: {palette.ink}"
    yield ".canvas, .bar text", f"fill: {palette.canvas}"
    yield ".word, .frame text", f"fill: {palette.word}"
    yield ".frame", f"stroke: {palette.frame}"
    yield ".next, .aside", f"fill: {palette.arrow}; stroke: {palette.arrow}"
    failure = palette.shapes["red"][1]
    yield ".failure", f"fill: {failure}; stroke: {failure}"
    for hue, (fill, line) in palette.shapes.items():
        kinds = ", ".join(f".{kind}" for kind, of in HUES.items() if of == hue)
        yield kinds, f"fill: {fill}; stroke: {line}"


def _rule(rule: tuple[str, str]) -> str:
    selectors, settings = rule
    return ", ".join(f".{ROOT} {selector}" for selector in selectors.split(", ")) + f" {{ {settings} }}"
