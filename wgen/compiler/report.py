"""How a diagnostic looks: one line, with its source, or as data."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wgen.compiler.diagnostics import Diagnostic, Fix
    from wgen.compiler.source import Source, Span

_TAB = 4
_BOLD, _BLUE, _PLAIN = "\033[1m", "\033[1;34m", "\033[0m"
_COLORS = {"error": "\033[1;31m", "warning": "\033[1;33m", "info": "\033[1;36m"}


def sort(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """By file, place and rule: the order of the text."""
    return sorted(diagnostics, key=lambda found: (*found.place, found.rule.code))


def concise(diagnostic: Diagnostic) -> str:
    """`flows/x.flow:5:16: error[WG101] unknown-value: message`."""
    path, line, column = diagnostic.place
    return f"{path}:{line}:{column}: {_headline(diagnostic)}"


def full(diagnostic: Diagnostic, color: bool = False) -> str:
    """The finding with the lines it speaks of, its help and whether it mends itself."""
    paint = _Paint(diagnostic.severity, color)
    path, line, column = diagnostic.place
    if not diagnostic.source.text.strip():  # it is about a place that has no text, such as a store
        hint = _help(diagnostic)
        return "\n".join(
            [paint.headline(diagnostic), f" {paint.blue('-->')} {path}", *([f"  = {hint}"] if hint else [])]
        )
    marks = _marks(diagnostic)
    width = len(str(max(mark.line for mark in marks)))
    gutter = " " * width
    out = [paint.headline(diagnostic), f"{gutter}{paint.blue('-->')} {path}:{line}:{column}"]
    out.append(f"{gutter} {paint.blue('|')}")
    out += _source_lines(diagnostic.source, marks, width, paint)
    hint = _help(diagnostic)
    if hint:
        out += [f"{gutter} {paint.blue('|')}", f"{gutter} {paint.blue('=')} {hint}"]
    return "\n".join(out)


def as_dict(diagnostic: Diagnostic) -> dict[str, Any]:
    """The shape that `--output-format json` prints."""
    source = diagnostic.source
    return {
        "code": diagnostic.rule.code,
        "name": diagnostic.rule.name,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "file": source.path,
        **_place(source, diagnostic.span),
        "help": diagnostic.help,
        "fix": _fix(source, diagnostic.fix),
        "related": [
            {"message": related.note, "file": source.path, **_place(source, related.span)}
            for related in diagnostic.related
        ],
    }


def _headline(diagnostic: Diagnostic) -> str:
    rule = diagnostic.rule
    return f"{diagnostic.severity}[{rule.code}] {rule.name}: {diagnostic.message}"


def _help(diagnostic: Diagnostic) -> str | None:
    if diagnostic.fix is None:
        return f"help: {diagnostic.help}" if diagnostic.help else None
    return f"help: {diagnostic.help or 'this can be mended'}  [{diagnostic.fix.applicability} fix]"


def _place(source: Source, span: Span) -> dict[str, int]:
    line, column = source.position(span.start)
    end_line, end_column = source.position(span.end)
    return {"line": line, "column": column, "end_line": end_line, "end_column": end_column}


def _fix(source: Source, fix: Fix | None) -> dict[str, Any] | None:
    if fix is None:
        return None
    edits = [{**_place(source, edit.span), "text": edit.text} for edit in fix.edits]
    return {"applicability": fix.applicability, "edits": edits}


# ---- lines and the marks below them ----------------------------------------------------------------------------------


class _Mark(NamedTuple):
    """What is underlined in one line: columns from 0, the end exclusive."""

    line: int
    start: int
    end: int
    sign: str
    note: str


class _Paint:
    """Colours, or none."""

    def __init__(self, severity: str, color: bool) -> None:
        self._severity = _COLORS[severity]
        self._color = color

    def blue(self, text: str) -> str:
        return f"{_BLUE}{text}{_PLAIN}" if self._color else text

    def mark(self, text: str, sign: str) -> str:
        if not self._color:
            return text
        return f"{self._severity if sign == '^' else _BLUE}{text}{_PLAIN}"

    def headline(self, diagnostic: Diagnostic) -> str:
        if not self._color:
            return _headline(diagnostic)
        rule = diagnostic.rule
        title = f"{self._severity}{diagnostic.severity}[{rule.code}] {rule.name}{_PLAIN}"
        return f"{title}{_BOLD}: {diagnostic.message}{_PLAIN}"


def _marks(diagnostic: Diagnostic) -> list[_Mark]:
    """The marks of the finding and of the places related to it, in the order of the text."""
    marks = _underline(diagnostic.source, diagnostic.span, "^", "")
    for related in diagnostic.related:
        marks += _underline(diagnostic.source, related.span, "-", related.note)
    return sorted(marks, key=lambda mark: (mark.line, mark.sign != "^", mark.start))


def _underline(source: Source, span: Span, sign: str, note: str) -> list[_Mark]:
    """One mark; two, in the first and the last line, for a place of several lines."""
    line, column = source.position(span.start)
    last, end = source.position(max(span.start, span.end - 1))
    end = end + 1 if span.end > span.start else column
    if line == last:
        return [_Mark(line, column - 1, max(end - 1, column), sign, note)]
    first = _Mark(line, column - 1, max(len(_shown(source, line).rstrip()), column), sign, "")
    text = _shown(source, last)
    return [first, _Mark(last, len(text) - len(text.lstrip()), end - 1, sign, note)]


def _source_lines(source: Source, marks: list[_Mark], width: int, paint: _Paint) -> list[str]:
    out: list[str] = []
    shown = 0
    for mark in marks:
        if mark.line != shown:
            out += _lines_between(source, shown, mark.line, width, paint)
            out.append(_source_line(source, mark.line, width, paint))
            shown = mark.line
        text = _shown(source, mark.line)
        before = " " * cells(text[: mark.start])
        signs = mark.sign * max(1, cells(text[mark.start : mark.end]))
        note = f" {mark.note}" if mark.note else ""
        out.append(f"{' ' * width} {paint.blue('|')} {before}{paint.mark(signs + note, mark.sign)}")
    return out


def _lines_between(source: Source, shown: int, line: int, width: int, paint: _Paint) -> list[str]:
    """Nothing, the one line left out, or dots for more."""
    if not shown or line == shown + 1:
        return []
    return [_source_line(source, shown + 1, width, paint)] if line == shown + 2 else ["..."]


def _source_line(source: Source, line: int, width: int, paint: _Paint) -> str:
    text = "".join(" " * _TAB if sign == "\t" else sign for sign in _shown(source, line).rstrip())
    return f"{paint.blue(f'{line:>{width}} |')} {text}".rstrip()


def cells(text: str) -> int:
    """How many columns a terminal needs for a text."""
    return sum(map(_cell, text))


def _cell(sign: str) -> int:
    if sign == "\t":
        return _TAB
    if unicodedata.combining(sign) or unicodedata.category(sign) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1


_PICTURES = {code: 0x2400 + code for code in range(0x20) if code != ord("\t")}


def _shown(source: Source, number: int) -> str:
    """A line of the text; control signs, which would move the terminal's cursor, by their pictures."""
    return source.line(number).translate(_PICTURES)
