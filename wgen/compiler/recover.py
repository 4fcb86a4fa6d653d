"""Finds every mistake of a text that the grammar can't read, each once, and keeps what is good.

The text is cut into sentences. Each is read alone, in a small text of its own that gives it what it needs around it;
a stack over the keywords looks after the blocks. What can't be read is replaced by a stand-in of the same keyword, so
that the text made of what remains can be read as a whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wgen.compiler import keywords as kw
from wgen.compiler import mistakes, syntax
from wgen.compiler.alone import STAND_INS, around, failure, has_condition, is_on_failure
from wgen.compiler.blocks import Frame, ends_before, imbalance, opening_line
from wgen.compiler.diagnostics import Diagnostic, Related
from wgen.compiler.mistakes import block
from wgen.compiler.mistakes.keyword import guess_keyword, instead_of_and
from wgen.compiler.mistakes.loose import mended, mentioned
from wgen.compiler.rules import syntax as rules
from wgen.compiler.sentences import Chunk, chunks
from wgen.compiler.stitch import Stitched
from wgen.compiler.syntax import PLACEHOLDER

if TYPE_CHECKING:
    from wgen.compiler.diagnostics import Fix, Rule
    from wgen.compiler.mistakes.keyword import Guess
    from wgen.compiler.source import Source
    from wgen.compiler.tree import Misfit


class Recovered(NamedTuple):
    """The text that remains, what is wrong with the rest, and the values that the rest mentions."""

    text: Stitched
    diagnostics: list[Diagnostic]
    loose: tuple[syntax.Ref, ...]


class _Sentence(NamedTuple):
    """A sentence with its keyword; `guess` is what was told already of a keyword that is none."""

    chunk: Chunk
    keyword: str | None
    guess: Guess | None


def recover(source: Source) -> Recovered:
    return _Recovery(source).all()


class _Recovery:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.found: list[Diagnostic] = []
        self.loose: list[syntax.Ref] = []
        self.out = Stitched()
        self.stack = [Frame("flow", Chunk("blank", 0, 0, 0))]
        # What stands directly above: "given", "condition", "task", "meanwhile", "lost given" for one that was left out,
        # "unknown" for other sentences that were, or "" for anything else.
        self.above = ""
        # What may still hang below the task above.
        self.takes: set[str] = set()
        self.missing_ends = 0

    def all(self) -> Recovered:
        self.sentences = [self._identify(chunk) for chunk in _joined_rows(chunks(self.source.text))]
        self._count_ends(0)
        for number, sentence in enumerate(self.sentences):
            self._one(number, sentence)
        self._close_all()
        return Recovered(self.out, self.found, tuple(self.loose))

    # ---- one sentence

    def _identify(self, chunk: Chunk) -> _Sentence:
        if chunk.kind not in {"sentence", "other"}:
            return _Sentence(chunk, None, None)
        guess = guess_keyword(self.source, chunk)
        if isinstance(guess, str):
            return _Sentence(chunk, guess, None)
        return _Sentence(chunk, guess.keyword, guess)

    def _one(self, number: int, sentence: _Sentence) -> None:
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

    def _tell_guess(self, sentence: _Sentence) -> None:
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

    def _tell(self, diagnostic: Diagnostic) -> None:
        self.found.append(diagnostic)

    def _report(self, rule: Rule, chunk: Chunk, message: str, help: str, fix: Fix | None = None) -> Diagnostic:
        diagnostic = Diagnostic(rule, message, self.source, opening_line(self.source.text, chunk), help, fix)
        self._tell(diagnostic)
        return diagnostic

    def _drop(self, chunk: Chunk) -> None:
        """Leaves a sentence out; its values are loose, and an empty body is no mistake of its own."""
        self.stack[-1].dropped = True
        self.loose += mentioned(self.source.text, chunk)

    # ---- reading a sentence alone

    def _text(self, sentence: _Sentence) -> str:
        """The sentence, with the keyword that was meant."""
        chunk, _, guess = sentence
        text = self.source.text[chunk.start : chunk.end]
        return text if guess is None else guess.spelled + text[guess.length :]

    def _failure(self, sentence: _Sentence) -> Misfit | int | None:
        text = self._text(sentence)
        return failure(text, sentence.chunk.start, *around(sentence.keyword or "", self.above, text))

    def _readable(self, sentence: _Sentence) -> bool:
        """Reads the sentence alone and tells what is wrong with it, unless something was told already."""
        problem = self._failure(sentence)
        if problem is None:
            return True
        if sentence.guess is None:
            context = "condition" if sentence.keyword == "and" and self.above == "condition" else sentence.keyword
            found = mistakes.explain(self.source, sentence.chunk, context or "", problem)
            self._tell(found)
            self.loose += mended(found)
        self._drop(sentence.chunk)
        return False

    def _emit(self, sentence: _Sentence) -> None:
        """Takes the sentence over as it stands."""
        chunk, _, guess = sentence
        start = chunk.start
        if guess is not None:
            self.out.insert(guess.spelled, start)
            start += guess.length
        self.out.keep(self.source.text[start : chunk.end] + "\n", start)

    def _emit_or_stand_in(self, sentence: _Sentence) -> bool:
        good = self._readable(sentence)
        if good:
            self._emit(sentence)
        elif sentence.keyword in STAND_INS:
            self.out.insert(STAND_INS[sentence.keyword] + "\n", sentence.chunk.start)
        return good

    # ---- flows and headers

    def _flow(self, number: int, sentence: _Sentence) -> None:
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

    def _header(self, sentence: _Sentence) -> None:
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

    def _late(self, sentence: _Sentence, flow: Frame) -> None:
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

    def _step(self, sentence: _Sentence) -> None:
        keyword = sentence.keyword or ""
        self._enter(sentence.chunk)
        self._emit_or_stand_in(sentence)
        self._set_above(keyword)

    def _set_above(self, keyword: str) -> None:
        task = keyword in {"then", "and", "meanwhile"}
        self.above = "meanwhile" if keyword == "meanwhile" else "task" if task else ""
        self.takes = {"text", "row", "provide", "undo"} if task else set()

    def _enter(self, chunk: Chunk) -> None:
        """A step begins: its block must be one that takes steps here."""
        frame = self.stack[-1]
        if frame.kind in {"together", "await"} and frame.section is None:
            keyword, part, stand_in = (
                ("@Together", "a @Branch", f"@Branch {PLACEHOLDER}")
                if frame.kind == "together"
                else ("@Await the first", "an @On", f"@On ({PLACEHOLDER})")
            )
            self._report(
                rules.MISPLACED,
                chunk,
                f"a step directly below {keyword}",
                f"put it below {part}: {keyword} holds nothing else",
            )
            self.out.insert(stand_in + "\n", chunk.start)
            frame.section = chunk
            frame.may_be_empty = True
        frame.filled = True
        flow = self.stack[0]
        flow.filled = True
        flow.first = flow.first or chunk

    def _and(self, sentence: _Sentence) -> None:
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

    def _below(self, sentence: _Sentence) -> None:
        keyword = sentence.keyword or ""
        if keyword not in self.takes:
            self._belongs_to_nothing(sentence)
            return
        self._emit_or_stand_in(sentence)
        if keyword == "undo":
            self.takes = {"text", "row", "provide", "second undo"}
        else:
            self.takes -= {"text", "row"}

    def _belongs_to_nothing(self, sentence: _Sentence) -> None:
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

    # ---- blocks

    def _frame(self, kind: str, chunk: Chunk) -> None:
        self._enter(chunk)
        self.stack.append(Frame(kind, chunk))
        self.above = ""
        self.takes = set()

    def _open(self, sentence: _Sentence) -> None:
        keyword = sentence.keyword or ""
        self._frame(keyword, sentence.chunk)
        self._emit_or_stand_in(sentence)
        frame = self.stack[-1]
        if keyword not in {"together", "await"}:
            frame.section = sentence.chunk
        if keyword == "when" or (keyword == "repeat" and has_condition(self._text(sentence))):
            self.above = "condition"

    def _section(self, sentence: _Sentence) -> None:
        chunk, keyword, _ = sentence
        kind = {"branch": "together", "or": "when", "otherwise": "when"}.get(keyword or "", "")
        if keyword == "on":
            kind = "try" if is_on_failure(self._text(sentence)) else "await"
        frame = self._owner(kind, chunk)
        if frame is None:
            self._misplaced(sentence, kind)
            return
        while self.stack[-1] is not frame:
            self._unclosed(self.stack[-1], chunk)
        if frame.otherwise is not None:
            self._after_otherwise(sentence, frame.otherwise)
            return
        self._end_section(frame, chunk)
        frame.section = chunk
        frame.filled = frame.dropped = False
        frame.may_be_empty = keyword == "on"
        frame.clauses += 1
        if keyword == "otherwise":
            frame.otherwise = chunk
        if not self._emit_or_stand_in(sentence) and keyword == "on":
            self.out.insert("@On failure\n" if kind == "try" else f"@On ({PLACEHOLDER})\n", chunk.start)
        self.above = "condition" if keyword == "or" else ""
        self.takes = set()

    def _owner(self, kind: str, chunk: Chunk) -> Frame | None:
        """The open block a sentence belongs to: the innermost, unless an @End is missing and indentation tells more."""
        fitting = [frame for frame in self.stack if frame.kind == kind]
        if fitting and fitting[-1] is self.stack[-1] and self.missing_ends <= 0:
            return fitting[-1]
        if self.missing_ends <= 0:
            return None
        aligned = [frame for frame in fitting if frame.chunk.indent == chunk.indent]
        return (aligned or fitting or [None])[-1]  # type: ignore[list-item]  # None where there is no such block

    def _misplaced(self, sentence: _Sentence, kind: str) -> None:
        if sentence.guess is None:
            self._tell(block.misplaced(self.source, sentence.chunk, sentence.keyword or "", kind))
        self._drop(sentence.chunk)
        self.above = "condition" if sentence.keyword == "or" else "unknown"
        self.takes = set()
        if self.stack[-1].kind in {"together", "try", "await"}:
            self.stack[-1].quiet = True

    def _after_otherwise(self, sentence: _Sentence, otherwise: Chunk) -> None:
        if sentence.guess is None:
            found = self._report(
                rules.AFTER_OTHERWISE,
                sentence.chunk,
                f"{kw.SPELLED[sentence.keyword or '']} below @Otherwise",
                "@Otherwise stands once, and last in its block",
            )
            found.related.append(Related(opening_line(self.source.text, otherwise), "the @Otherwise of this block"))
        self._drop(sentence.chunk)
        self.above = "unknown"
        self.takes = set()

    def _end(self, sentence: _Sentence) -> None:
        chunk = sentence.chunk
        self.above = ""
        self.takes = set()
        frame = self._closed_by(chunk)
        if frame is None:
            self.missing_ends += 1
            if sentence.guess is None:
                self._report(
                    rules.STRAY_END,
                    chunk,
                    "this @End closes nothing",
                    "take it away, or look for the block that it was meant to close",
                    block.without_line(self.source, chunk),
                )
            return
        while self.stack[-1] is not frame:
            self._unclosed(self.stack[-1], chunk)
        self._end_block(frame, chunk)
        self._emit(sentence)

    def _closed_by(self, chunk: Chunk) -> Frame | None:
        """The block that an @End closes. Where the numbers don't match, indentation says which is the odd one."""
        blocks = self.stack[1:]
        if not blocks:
            return None
        aligned = [frame for frame in blocks if frame.chunk.indent == chunk.indent]
        if self.missing_ends > 0 and aligned and blocks[-1].chunk.indent > chunk.indent:
            return aligned[-1]
        if self.missing_ends < 0 and not aligned:
            return None
        return blocks[-1]

    def _unclosed(self, frame: Frame, before: Chunk | None) -> None:
        place = ends_before(self.source.text, self.sentences_after(frame.chunk), frame.chunk) or before
        self._tell(block.unclosed_block(self.source, frame.chunk, place))
        self.missing_ends -= 1
        self._end_block(frame, frame.chunk, told=True)
        self.out.insert("@End\n", before.start if before else frame.chunk.end)

    def sentences_after(self, chunk: Chunk) -> list[tuple[str, Chunk]]:
        return [(s.keyword or "", s.chunk) for s in self.sentences if s.chunk.start > chunk.start and s.keyword]

    def _end_block(self, frame: Frame, chunk: Chunk, *, told: bool = False) -> None:
        """Closes the innermost block; with `told`, its mistake is told already."""
        frame.quiet = frame.quiet or told
        self._end_section(frame, chunk)
        if not frame.clauses and frame.kind in {"together", "try", "await"}:
            if not frame.quiet and frame.section is (frame.chunk if frame.kind == "try" else None):
                self._tell(block.no_clause(self.source, frame.chunk, frame.kind))
            self._stand_in_clause(frame, chunk)
        self.stack.pop()

    def _stand_in_clause(self, frame: Frame, chunk: Chunk) -> None:
        if frame.kind == "try":
            self.out.insert("@On failure\n", chunk.start)
        elif frame.section is None:
            self.out.insert(
                f"@Branch {PLACEHOLDER}\n@Then {PLACEHOLDER}\n"
                if frame.kind == "together"
                else f"@On ({PLACEHOLDER})\n",
                chunk.start,
            )

    def _end_section(self, frame: Frame, chunk: Chunk) -> None:
        """A body ends: it holds a step, or one is put there."""
        if frame.filled or frame.may_be_empty or frame.section is None:
            return
        if not frame.dropped and not frame.quiet:
            self._tell(block.empty_block(self.source, frame.section))
        self.out.insert(f"@Then {PLACEHOLDER}\n", chunk.start)

    def _close_all(self) -> None:
        while len(self.stack) > 1:
            self._unclosed(self.stack[-1], None)
        flow = self.stack[0]
        told = any(found.span.start >= flow.chunk.start for found in self.found)
        if (flow.dropped or told) and not flow.filled:
            self.out.insert(f"@Then {PLACEHOLDER}\n", flow.chunk.end)


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
