"""A sentence that can't be read, as the detectors look at it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from wgen.compiler.diagnostics import Diagnostic, Edit, Fix
from wgen.compiler.sentences import without_comments
from wgen.compiler.source import Span

if TYPE_CHECKING:
    from typing import Literal

    from wgen.compiler.diagnostics import Rule
    from wgen.compiler.sentences import Chunk
    from wgen.compiler.source import Source

_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_DOTS = re.compile(r"(\n[ \t]*)(\.\.\.|\u2026)")
_WORD = re.compile(r'"(?:[^"\\\n]|\\.)*"|\([^()\n]*\)|[^\s(),"]+|\S')


class Broken(NamedTuple):
    """Places are offsets in `text`; `code` and `bare` are as long, with blanks for what does not matter.

    `code` is without comments and continuation dots, `bare` also without what stands in quotes. `at` is where the
    sentence stops making sense.
    """

    source: Source
    start: int
    keyword: str
    text: str
    code: str
    bare: str
    at: int

    @classmethod
    def of(cls, source: Source, chunk: Chunk, keyword: str, at: int) -> Broken:
        text = source.text[chunk.start : chunk.end]
        code = _DOTS.sub(lambda dots: dots[1] + " " * len(dots[2]), without_comments(text))
        bare = _STRING.sub(lambda quoted: '"' + " " * (len(quoted[0]) - 2) + '"', code)
        # Blanks in front of what does not fit are no part of it.
        at += len(code[at:]) - len(code[at:].lstrip())
        return cls(source, chunk.start, keyword, text, code, bare, min(at, len(code)))

    @property
    def rest(self) -> str:
        """What stands from the place on where the sentence stops making sense."""
        return self.code[self.at :]

    @property
    def before(self) -> str:
        return self.code[: self.at]

    def word_at(self) -> str:
        word = _WORD.match(self.rest)
        return word.group() if word else ""

    def word_span(self) -> tuple[int, int]:
        if not self.rest.strip():
            end = len(self.code.rstrip())
            return end, end
        return self.at, self.at + len(self.word_at())

    def diagnostic(
        self, rule: Rule, message: str, span: tuple[int, int], help: str, fix: Fix | None = None
    ) -> Diagnostic:
        return Diagnostic(rule, message, self.source, self.span(*span), help, fix)

    def span(self, start: int, end: int) -> Span:
        return Span(self.start + start, self.start + end)

    def fix(self, applicability: Literal["safe", "unsafe"], *edits: tuple[int, int, str]) -> Fix:
        return Fix(applicability, tuple(Edit(self.span(start, end), text) for start, end, text in edits))
