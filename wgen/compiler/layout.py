"""Lays out lines of Python the way `ruff format` leaves them.

What fits into 88 columns stands on one line; what does not has one entry a line with a comma behind the last, which
formatters keep at any line length.
"""

from __future__ import annotations

from collections.abc import Sequence

from wgen.compiler.report import cells

WIDTH = 88
_INDENT = "    "


def fits(line: str, column: int = 0) -> bool:
    """Whether a line that begins at a column stays within the width. Wide signs count twice, as formatters do it."""
    return column + (len(line) if line.isascii() else cells(line)) <= WIDTH


def indented(lines: Sequence[str], by: int = 1) -> list[str]:
    return [_INDENT * by + line if line else line for line in lines]


def exploded(head: str, entries: Sequence[str], tail: str) -> list[str]:
    """One entry a line: `head(`, `    entry,` …, `tail`."""
    return [head, *(f"{_INDENT}{entry}," for entry in entries), tail]


def listed(head: str, entries: Sequence[str], tail: str, column: int) -> list[str]:
    """`head a, b tail` on one line where that fits behind `column` blanks, else one entry a line."""
    line = head + ", ".join(entries) + tail
    return [line] if fits(line, column) else exploded(head, entries, tail)


def header(head: str, parameters: Sequence[str], tail: str, column: int = 0) -> list[str]:
    """The `def` line of a function."""
    return listed(f"{head}(", parameters, f"){tail}", column)


def assigned(target: str, value: str, column: int) -> list[str]:
    """`target = value`, the value in brackets on a line of its own where only that fits."""
    return _bracketed(f"{target} = ", value, column)


def annotated(name: str, annotation: str, tail: str, column: int) -> list[str]:
    """`name: annotation` and what follows; an annotation too long for the line is opened at its first bracket."""
    line = f"{name}: {annotation}{tail}"
    outer, bracket, inner = annotation.partition("[")
    if fits(line, column) or not bracket or not inner.endswith("]"):
        return [line]
    return [f"{name}: {outer}[", f"{_INDENT}{inner[:-1]}", f"]{tail}"]


def returned(value: str, column: int) -> list[str]:
    return _bracketed("return ", value, column)


def _bracketed(head: str, value: str, column: int) -> list[str]:
    line = head + value
    helps = fits(f"{head}(", column) and fits(_INDENT + value, column)
    if fits(line, column) or not helps:
        return [line]
    return [f"{head}(", f"{_INDENT}{value}", ")"]


def text_literal(text: str) -> str:
    """A text in double quotes, or in single ones where that saves escapes."""
    if text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    quote = "'" if text.count('"') > text.count("'") else '"'
    signs = []
    for sign in text:
        if sign in ("\\", quote):
            signs.append("\\" + sign)
        elif sign.isprintable():
            signs.append(sign)
        else:
            signs.append(repr(sign)[1:-1])
    return quote + "".join(signs) + quote


def tuple_lines(head: str, entries: Sequence[str], tail: str, column: int) -> list[str]:
    """A tuple as the value of `head`; the comma of a lone entry does not make it more than one line."""
    if len(entries) == 1 and column + len(head) + len(entries[0]) + len("(,)") + len(tail) <= WIDTH:
        return [f"{head}({entries[0]},){tail}"]
    return listed(f"{head}(", entries, f"){tail}", column)
