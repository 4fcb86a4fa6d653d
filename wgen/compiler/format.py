"""`wgen fmt`: the one way a flow is laid out. It moves blanks and changes capital letters, and nothing else.

It works on the words as the grammar sees them, so it can't take prose for a keyword or a bracket for a comment.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wgen.compiler.keywords import SPELLED
from wgen.compiler.lines import Layout, Line, render
from wgen.compiler.literals import BREAK, deindented
from wgen.compiler.parse import parse
from wgen.compiler.read import tokens
from wgen.compiler.report import cells
from wgen.compiler.rules import syntax as rules
from wgen.errors import CompileError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from wgen.compiler.lalr import Token
    from wgen.compiler.source import Source

# A text that only lacks steps can be laid out all the same.
_HARMLESS = frozenset({rules.EMPTY_FILE, rules.NO_STEPS, rules.HEADER_ABOVE_FLOW})
_CELL = re.compile(r"((?:[^|\\]|\\.)*)\|")
_DOTS = "... "
_COMMA = re.compile(r",\s*")
# Words that mean something to the user only: they keep their letters.
_OWN_WORDS = frozenset({"TEXT", "TITLE", "PLAIN", "CONNECTOR", "NAME", "FIRST_USE", "VALUE", "STRING", "_USE"})
_PROSE = frozenset({"TEXT", "FIRST_USE", "VALUE", "STRING"})
_NO_BLANK_BEFORE = ("_COMMA", "_VERSION", "_BY_DEFAULT", "PAUSE", "UP_TO", "_OR_FAIL_AFTER", "CLOSE", "_DOT")


def format_text(source: Source) -> str:
    """The text in canonical form. Raises CompileError for a text that can't be read."""
    errors = [d for d in parse(source).diagnostics if d.severity == "error" and d.rule not in _HARMLESS]
    if errors:
        raise CompileError(f"{source.path} can't be formatted: it has syntax errors", errors)
    return render(_Formatter(source.text).lines())


class _Formatter:
    def __init__(self, text: str) -> None:
        self.text = text
        self.layout = Layout()
        self.out: list[Line] = []
        # Comments and empty lines that wait for the sentence below them.
        self.waiting: list[str] = []

    def lines(self) -> list[Line]:
        for words in _sentences(self.text):
            first = words[0]
            if first.type == "NL":
                self.waiting += first.split("\n")[:-1]
            elif first.type == "TEXT_BLOCK":
                self._text_block(words)
            elif first.type == "ROW":
                self._table(words)
            else:
                self._sentence(words)
        self._flush(0)
        return self.out

    def _flush(self, indent: int) -> None:
        for line in self.waiting:
            comment = line.strip()
            self.out.append(Line(indent, "", comment) if comment else Line(0, "", ""))
        self.waiting = []

    def _end(self, indent: int, text: str, line_end: str) -> None:
        """Adds a line with the comment behind it, and keeps what stands below for the next sentence."""
        comment, *below = line_end.split("\n")
        self.out.append(Line(indent, text.rstrip(), comment.strip()))
        self.waiting = below[:-1]

    # ---- sentences

    def _sentence(self, words: list[Any]) -> None:
        indent = self.layout.indent(words[0].type)
        self._flush(indent)
        for text, line_end in _lines_of(words, self.text):
            self._flush(indent)
            self._end(indent, text, line_end)
            if words[-1] is not line_end:
                # The lines behind the first are continuations.
                indent = self.layout.level + 4

    # ---- arguments

    def _text_block(self, words: list[Any]) -> None:
        token, line_end = words
        indent = self.layout.level
        self._flush(indent)
        opening, *content, _ = token.split("\n")
        self.out.append(Line(indent, '"""', opening[3:].strip()))
        for line in deindented(content, token.indentation):
            self.out.append(Line(indent if line else 0, line, "", raw=True))
        self._end(indent, '"""', line_end)

    def _table(self, words: list[Any]) -> None:
        rows = [[cell.strip() for cell in _CELL.findall(row[1:])] for row in words[::2]]
        widths = [max(map(cells, column)) for column in zip(*rows, strict=True)]
        for row, line_end in zip(rows, words[1::2], strict=True):
            self._flush(self.layout.level)
            padded = (cell + " " * (width - cells(cell)) for cell, width in zip(row, widths, strict=True))
            self._end(self.layout.level, f"| {' | '.join(padded)} |", line_end)


def _sentences(text: str) -> Iterator[list[Any]]:
    """The words of each sentence with its line end; the rows of a table are one."""
    words: list[Any] = []
    for token in tokens(text):
        if words and words[-1].type == "NL" and not (token.type == "ROW" and words[0].type == "ROW"):
            yield words
            words = []
        words.append(token)
    if words:
        yield words


def _lines_of(words: list[Any], source: str) -> Iterator[tuple[str, str]]:
    """The lines of a sentence, each with its line end: comment, lines between, and the dots of the next."""
    line = ""
    before: Token | None = None
    for word in words[:-1]:
        gap = source[before.end_pos : word.start_pos] if before is not None else ""
        if "\n" in gap:
            yield line, gap
            line = _DOTS
        elif line not in {"", _DOTS} and _blank_between(before, word, gap):
            line += " "
        *broken, rest = _pieces(word)
        for piece, line_end in broken:
            yield line + piece, line_end
            line = _DOTS
        line += rest[0]
        before = word
    yield line, words[-1]


def _blank_between(before: Any, word: Any, gap: str) -> bool:
    if word.type in _NO_BLANK_BEFORE:
        return False
    return bool(gap) or not (before.type in _PROSE and word.type in _PROSE) or before[-1:].isspace()


def _pieces(word: Any) -> list[tuple[str, str]]:
    """The canonical text of a word, in as many pieces as it stands on lines, with the line ends between."""
    texts = BREAK.split(word)
    breaks = [*BREAK.findall(word), ""]
    return [
        (_canonical(word.type, text, first=not n), line_end)
        for n, (text, line_end) in enumerate(zip(texts, breaks, strict=True))
    ]


def _canonical(kind: str, text: str, *, first: bool) -> str:
    text = " ".join(text.split())
    if kind == "VALUE":
        return f"({text[1:-1].strip()})"
    if kind in {"WITH_OPEN", "SINCE_OPEN", "UNTIL_OPEN"}:
        return "(" + text[1:].strip().lower()
    if kind in _OWN_WORDS:
        return text
    if first and text.startswith("@"):
        spelled = SPELLED[text[1:].lower().split()[0]]
        return " ".join(spelled.split()[: len(text.split())])
    return _COMMA.sub(", ", text.lower()) if text != "," else text
