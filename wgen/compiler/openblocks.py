"""The blocks that are open in a text with mistakes: which sentence belongs to which, and where each ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wgen.compiler import keywords as kw
from wgen.compiler.alone import has_condition, is_on_failure
from wgen.compiler.blocks import Frame, ends_before, opening_line
from wgen.compiler.diagnostics import Related
from wgen.compiler.keeping import Keeping, Sentence
from wgen.compiler.mistakes import block
from wgen.compiler.rules import syntax as rules
from wgen.compiler.syntax import PLACEHOLDER

if TYPE_CHECKING:
    from wgen.compiler.sentences import Chunk


class OpenBlocks(Keeping):
    """Looks after the blocks, by a stack over the keywords, and by indentation where an @End is missing."""

    def _open(self, sentence: Sentence) -> None:
        keyword = sentence.keyword or ""
        self._frame(keyword, sentence.chunk)
        self._emit_or_stand_in(sentence)
        frame = self.stack[-1]
        if keyword not in {"together", "await"}:
            frame.section = sentence.chunk
        if keyword == "when" or (keyword == "repeat" and has_condition(self._text(sentence))):
            self.above = "condition"

    def _section(self, sentence: Sentence) -> None:
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

    def _misplaced(self, sentence: Sentence, kind: str) -> None:
        if sentence.guess is None:
            self._tell(block.misplaced(self.source, sentence.chunk, sentence.keyword or "", kind))
        self._drop(sentence.chunk)
        self.above = "condition" if sentence.keyword == "or" else "unknown"
        self.takes = set()
        if self.stack[-1].kind in {"together", "try", "await"}:
            self.stack[-1].quiet = True

    def _after_otherwise(self, sentence: Sentence, otherwise: Chunk) -> None:
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

    # ---- ends

    def _end(self, sentence: Sentence) -> None:
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
