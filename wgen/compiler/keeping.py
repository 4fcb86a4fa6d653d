"""What is kept of a text that the grammar can't read, and what is told of the rest, sentence by sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wgen.compiler import mistakes, syntax
from wgen.compiler.alone import STAND_INS, around, failure
from wgen.compiler.blocks import Frame, opening_line
from wgen.compiler.diagnostics import Diagnostic
from wgen.compiler.mistakes.loose import mended, mentioned
from wgen.compiler.rules import syntax as rules
from wgen.compiler.sentences import Chunk
from wgen.compiler.stitch import Stitched
from wgen.compiler.syntax import PLACEHOLDER

if TYPE_CHECKING:
    from wgen.compiler.diagnostics import Fix, Rule
    from wgen.compiler.mistakes.keyword import Guess
    from wgen.compiler.source import Source
    from wgen.compiler.tree import Misfit


class Sentence(NamedTuple):
    """A sentence with its keyword; `guess` is what was told already of a keyword that is none."""

    chunk: Chunk
    keyword: str | None
    guess: Guess | None


class Keeping:
    """A text on its way from one sentence to the next. Each is read alone, and taken over where that goes well."""

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
        self.sentences: list[Sentence] = []

    # ---- telling

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

    def _text(self, sentence: Sentence) -> str:
        """The sentence, with the keyword that was meant."""
        chunk, _, guess = sentence
        text = self.source.text[chunk.start : chunk.end]
        return text if guess is None else guess.spelled + text[guess.length :]

    def _failure(self, sentence: Sentence) -> Misfit | int | None:
        text = self._text(sentence)
        return failure(text, sentence.chunk.start, *around(sentence.keyword or "", self.above, text))

    def _readable(self, sentence: Sentence) -> bool:
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

    def _emit(self, sentence: Sentence) -> None:
        """Takes the sentence over as it stands."""
        chunk, _, guess = sentence
        start = chunk.start
        if guess is not None:
            self.out.insert(guess.spelled, start)
            start += guess.length
        self.out.keep(self.source.text[start : chunk.end] + "\n", start)

    def _emit_or_stand_in(self, sentence: Sentence) -> bool:
        good = self._readable(sentence)
        if good:
            self._emit(sentence)
        elif sentence.keyword in STAND_INS:
            self.out.insert(STAND_INS[sentence.keyword] + "\n", sentence.chunk.start)
        return good

    # ---- where it stands

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

    def _frame(self, kind: str, chunk: Chunk) -> None:
        self._enter(chunk)
        self.stack.append(Frame(kind, chunk))
        self.above = ""
        self.takes = set()
