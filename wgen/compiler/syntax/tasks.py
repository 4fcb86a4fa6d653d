"""The sentences of tasks, in the syntax tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from wgen.compiler.source import Span
    from wgen.compiler.syntax.values import Argument, Out, Quoted, Ref

# Stands for the words and values of a sentence with a syntax error, of which the parser has told already: later passes
# say nothing about it. A private-use sign, so no text holds it by chance.
PLACEHOLDER = "\ue000"


class Prose(NamedTuple):
    r"""Words of a sentence that mean nothing to the compiler, as written (`\\#` resolved)."""

    text: str
    span: Span


class Setting(NamedTuple):
    """One entry of `(with …)`, or `(since version n)` / `(until version n)`.

    `value`: retries int · wait and timeout milliseconds · key a Ref · id a text · since and until a version.
    """

    kind: Literal["retries", "wait", "timeout", "key", "id", "since", "until"]
    value: int | str | Ref
    span: Span


class TextBlock(NamedTuple):
    '''A `"""` argument, its indentation removed.'''

    text: str
    span: Span


class Table(NamedTuple):
    """Rows of `| a | b |`, cells stripped and unescaped; the first row holds the keys."""

    rows: tuple[tuple[str, ...], ...]
    span: Span


class Sentence(NamedTuple):
    """The words of a task: `validate (details) using (b) giving (c) (with no retry)`.

    `parts` stand before the first marker, modifiers taken out; `flow` is the child flow of `run flow (name)`, then
    there are no parts. The span covers the words behind the keyword, without a comment.
    """

    parts: tuple[Prose | Ref | Quoted, ...]
    flow: Ref | None
    using: tuple[Argument, ...]
    giving: tuple[Out, ...]
    settings: tuple[Setting, ...]
    span: Span


class Task(NamedTuple):
    """`@Then`, `@And`, `@Meanwhile` or `@Undo` with its sentence and what hangs below it.

    `span` is the whole line from the keyword to the end of the sentence. An `@Undo` has no undo of its own.
    """

    sentence: Sentence
    text: TextBlock | None
    table: Table | None
    provides: tuple[Out, ...]
    undo: Task | None
    span: Span
