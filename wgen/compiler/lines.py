"""How far in a sentence stands, and how lines and their comments become a text."""

from __future__ import annotations

from typing import NamedTuple

from wgen.compiler.report import cells

# How much further in the steps of a block stand: `@Branch` and `@On` have a level of their own in theirs.
_DEPTH = {"WHEN": 1, "FOR_EACH": 1, "REPEAT": 1, "TRY": 1, "TOGETHER": 2, "AWAIT": 2}
_BLANKS = 4


class Line(NamedTuple):
    """One line; `raw` is a line of a text block, where every blank counts."""

    indent: int
    text: str
    comment: str
    raw: bool = False


class Layout:
    """Follows the keywords of a flow and knows the indentation of each sentence."""

    def __init__(self) -> None:
        # The kind of each open block and its own indentation.
        self._blocks: list[tuple[str, int]] = []
        self._in_condition = False
        self.level = 0

    def indent(self, keyword: str) -> int:
        """The indentation of the next sentence, in blanks; `level` keeps it for what hangs below."""
        self.level = self._next(keyword)
        if keyword in _DEPTH:
            self._blocks.append((keyword, self.level))
        elif keyword == "FLOW":
            self._blocks.clear()
        self._in_condition = keyword in {"WHEN", "OR_WHEN", "REPEAT"} or (self._in_condition and keyword == "AND")
        return self.level

    def _next(self, keyword: str) -> int:
        if not self._blocks:
            return 0
        kind, own = self._blocks[-1]
        if keyword == "END":
            self._blocks.pop()
            return own
        if keyword in {"OR_WHEN", "OTHERWISE"} or (keyword == "ON" and kind == "TRY"):
            return own
        if keyword in {"BRANCH", "ON"}:
            return own + _BLANKS
        if keyword == "AND" and self._in_condition:
            return own
        return own + _DEPTH[kind] * _BLANKS


def render(lines: list[Line]) -> str:
    """The text: comments of a paragraph in one column, one empty line at most between two others."""
    out: list[str] = []
    for paragraph in _paragraphs(lines):
        if out:
            out.append("")
        column = max((_width(line) for line in paragraph if line.comment and line.text), default=0) + 1
        out += [_rendered(line, column) for line in paragraph]
    return "\n".join(out) + "\n" if out else ""


def _paragraphs(lines: list[Line]) -> list[list[Line]]:
    paragraphs: list[list[Line]] = [[]]
    for line in lines:
        if line.raw or line.text or line.comment:
            paragraphs[-1].append(line)
        elif paragraphs[-1]:
            paragraphs.append([])
    return [paragraph for paragraph in paragraphs if paragraph]


def _width(line: Line) -> int:
    return line.indent + cells(line.text)


def _rendered(line: Line, column: int) -> str:
    text = " " * line.indent + line.text
    if not line.comment or not line.text:
        return text + line.comment
    return text + " " * (column - _width(line)) + line.comment
