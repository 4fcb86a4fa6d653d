"""Finds every mistake of a text that the grammar can't read, each once, and keeps what is good.

The text is cut into sentences. Each is read alone, in a small text of its own that gives it what it needs around it;
a stack over the keywords looks after the blocks. What can't be read is replaced by a stand-in of the same keyword, so
that the text made of what remains can be read as a whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wgen.compiler import keywords as kw
from wgen.compiler import mistakes, syntax
from wgen.compiler.alone import STAND_INS, failure
from wgen.compiler.blocks import Frame, imbalance, opening_line
from wgen.compiler.diagnostics import Related
from wgen.compiler.keeping import Sentence
from wgen.compiler.mistakes import block
from wgen.compiler.mistakes.keyword import guess_keyword, instead_of_and
from wgen.compiler.openblocks import OpenBlocks
from wgen.compiler.rules import syntax as rules
from wgen.compiler.sentences import Chunk, chunks
from wgen.compiler.syntax import PLACEHOLDER

if TYPE_CHECKING:
    from wgen.compiler.diagnostics import Diagnostic
    from wgen.compiler.source import Source
    from wgen.compiler.stitch import Stitched


class Recovered(NamedTuple):
    """The text that remains, what is wrong with the rest, and the values that the rest mentions."""

    text: Stitched
    diagnostics: list[Diagnostic]
    loose: tuple[syntax.Ref, ...]


def recover(source: Source) -> Recovered:
    return _Recovery(source).all()


class _Recovery(OpenBlocks):
    def all(self) -> Recovered:
        self.sentences = [self._identify(chunk) for chunk in _joined_rows(chunks(self.source.text))]
        self._count_ends(0)
        for number, sentence in enumerate(self.sentences):
            self._one(number, sentence)
        self._close_all()
        return Recovered(self.out, self.found, tuple(self.loose))

    # ---- one sentence

    def _identify(self, chunk: Chunk) -> Sentence:
        if chunk.kind not in {"sentence", "other"}:
            return Sentence(chunk, None, None)
        guess = guess_keyword(self.source, chunk)
        if isinstance(guess, str):
            return Sentence(chunk, guess, None)
        return Sentence(chunk, guess.keyword, guess)

    def _one(self, number: int, sentence: Sentence) -> None:
        chunk, keyword, guess = sentence
        if guess is not None:
            self._tell_guess(sentence)
        if chunk.kind == "dots":
            self._tell(block.continues_nothing(self.source, chunk))
        elif chunk.kind in {"text", "row", "unclosed text"}:
            self._argument(chunk)
        elif keyword is None:
            self._drop(chunk)
            self.above = "unknown" if guess is not None and chunk.kind == "sentence" else self.above
        elif keyword == "flow":
            self._flow(number, sentence)
        elif keyword in kw.HEADERS:
            self._header(sentence)
        elif keyword in kw.BLOCKS:
            self._open(sentence)
        elif keyword in {"or", "otherwise", "branch", "on"}:
            self._section(sentence)
        elif keyword in {"provide", "undo"}:
            self._below(sentence)
        elif keyword == "and":
            self._and(sentence)
        elif keyword == "end":
            self._end(sentence)
        else:
            self._step(sentence)

    def _tell_guess(self, sentence: Sentence) -> None:
        guess = sentence.guess
        assert guess is not None
        diagnostic = guess.diagnostic
        if diagnostic.fix and self._failure(sentence):
            # The new keyword alone does not make it a sentence.
            diagnostic.fix = diagnostic.fix._replace(applicability="unsafe")
        self._tell(diagnostic)
        if guess.opens_block:
            self._frame("any", sentence.chunk)
            self.out.insert(f"@When ({PLACEHOLDER})\n", sentence.chunk.start)

    # ---- flows and headers

    def _flow(self, number: int, sentence: Sentence) -> None:
        self._close_all()
        self._emit_or_stand_in(sentence)
        self.stack = [Frame("flow", sentence.chunk)]
        self.above = ""
        self.takes = set()
        self._count_ends(number + 1)

    def _count_ends(self, number: int) -> None:
        """How many blocks of the flow lack their @End (below zero: how many @End are too many)."""
        self.missing_ends = imbalance(
            (s.keyword, s.guess is not None and s.guess.opens_block) for s in self.sentences[number:]
        )

    def _header(self, sentence: Sentence) -> None:
        flow = self.stack[0]
        if flow.filled or len(self.stack) > 1:
            self._late(sentence, flow)
            return
        good = self._readable(sentence)
        if good:
            self._emit(sentence)
        given = "given" if good else "lost given"
        self.above = given if sentence.keyword == "given" else ""
        self.takes = set()

    def _late(self, sentence: Sentence, flow: Frame) -> None:
        if sentence.guess is None:
            keyword = kw.SPELLED[sentence.keyword or ""]
            found = self._report(
                rules.LATE_HEADER,
                sentence.chunk,
                f"{keyword} stands below the first step",
                f"move it above the first step: {keyword} speaks of the whole flow",
            )
            if flow.first is not None:
                found.related.append(Related(opening_line(self.source.text, flow.first), "the first step"))
        self._drop(sentence.chunk)
        self.above = "unknown"
        self.takes = set()

    # ---- steps

    def _step(self, sentence: Sentence) -> None:
        keyword = sentence.keyword or ""
        self._enter(sentence.chunk)
        self._emit_or_stand_in(sentence)
        self._set_above(keyword)

    def _set_above(self, keyword: str) -> None:
        task = keyword in {"then", "and", "meanwhile"}
        self.above = "meanwhile" if keyword == "meanwhile" else "task" if task else ""
        self.takes = {"text", "row", "provide", "undo"} if task else set()

    def _and(self, sentence: Sentence) -> None:
        if self.above == "lost given":
            if self._readable(sentence):
                guess = instead_of_and(self.source, sentence.chunk, "given")
                self._header(sentence._replace(keyword="given", guess=guess))
            return
        if self.above in {"task", "condition", "given"}:
            context = self.above
            good = self._readable(sentence)
            if good:
                self._emit(sentence)
            elif context == "task":
                self.out.insert(STAND_INS["and"] + "\n", sentence.chunk.start)
            if context == "task":
                self._set_above("and")
            return
        if self.above != "unknown" and sentence.guess is None:
            self._tell(block.nothing_beside(self.source, sentence.chunk, self.above))
        # Its values count all the same: it is read as a @Then.
        then = sentence._replace(keyword="then", guess=instead_of_and(self.source, sentence.chunk, "then"))
        self._step(then)

    def _below(self, sentence: Sentence) -> None:
        keyword = sentence.keyword or ""
        if keyword not in self.takes:
            self._belongs_to_nothing(sentence)
            return
        self._emit_or_stand_in(sentence)
        if keyword == "undo":
            self.takes = {"text", "row", "provide", "second undo"}
        else:
            self.takes -= {"text", "row"}

    def _belongs_to_nothing(self, sentence: Sentence) -> None:
        keyword = kw.SPELLED[sentence.keyword or ""]
        if "second undo" in self.takes and sentence.keyword == "undo":
            self._report(
                rules.SECOND_UNDO,
                sentence.chunk,
                "this task has an @Undo already",
                "undo it with one sentence; a handler can do several things",
            )
        elif self.above != "unknown" and sentence.guess is None:
            self._report(
                rules.BELONGS_TO_NOTHING,
                sentence.chunk,
                f"{keyword} stands below no task",
                f"put {keyword} directly below the @Then, @And or @Meanwhile it belongs to",
            )
        self._drop(sentence.chunk)
        self.above = "unknown"

    def _argument(self, chunk: Chunk) -> None:
        kind = "row" if chunk.kind == "row" else "text"
        if chunk.kind == "unclosed text":
            self._tell(block.unclosed_text(self.source, chunk))
        elif kind not in self.takes:
            self._loose_argument(chunk, "text" if kind == "text" else "table")
        elif kind == "text" or self._readable_table(chunk):
            # The blanks in front count: the text's own indentation is measured by them.
            self.out.insert(" " * chunk.indent, chunk.start)
            self.out.keep(self.source.text[chunk.start : chunk.end] + "\n", chunk.start)
        self.takes.discard(kind)

    def _loose_argument(self, chunk: Chunk, name: str) -> None:
        if self.above != "unknown":
            self._report(
                rules.BELONGS_TO_NOTHING,
                chunk,
                f"this {name} stands below no task",
                f"put the {name} directly below the task that takes it, before its @Provide and @Undo",
            )

    def _readable_table(self, chunk: Chunk) -> bool:
        problem = failure(self.source.text[chunk.start : chunk.end], chunk.start, "@Then x\n", "")
        if problem is not None:
            self._tell(mistakes.explain_row(self.source, chunk, problem))
        return problem is None


def _joined_rows(found: list[Chunk]) -> list[Chunk]:
    """The rows of a table are one; comments and empty lines are left out."""
    out: list[Chunk] = []
    for chunk in found:
        if chunk.kind in {"comment", "blank"}:
            continue
        if chunk.kind == "row" and out and out[-1].kind == "row":
            out[-1] = out[-1]._replace(end=chunk.end)
        else:
            out.append(chunk)
    return out
