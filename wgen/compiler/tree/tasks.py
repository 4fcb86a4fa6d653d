"""Tasks: their sentences, modifiers and arguments."""

from __future__ import annotations

from typing import Any

from wgen.compiler import syntax as s
from wgen.compiler.lalr import Token
from wgen.compiler.literals import (
    block_text,
    fold,
    row_cells,
    unquoted,
)
from wgen.compiler.rules import syntax as rules
from wgen.compiler.source import Span
from wgen.compiler.tree.parts import (
    Giving,
    Misfit,
    Modifier,
    Option,
    Parts,
    Using,
    options_of,
    quoted_of,
    ref_of,
    span_of,
    version_of,
    whole,
)


class TaskRules:
    """The rules of `@Then`, `@And`, `@Meanwhile`, `@Provide` and `@Undo`."""

    def body(self, parts: Parts) -> tuple[s.Step, ...]:
        return tuple(parts)

    def group(self, parts: Parts) -> s.Group:
        return s.Group(tuple(parts), Span(parts[0].span.start, parts[-1].span.end))

    def task(self, parts: Parts) -> s.Task:
        text = table = undo = None
        provides: tuple[s.Out, ...] = ()
        for part in parts[3:]:
            kind = type(part)
            if kind is s.TextBlock:
                text = part
            elif kind is s.Table:
                table = part
            elif kind is tuple:
                provides += part
            elif undo is None:
                undo = part
            else:
                raise Misfit(
                    rules.SECOND_UNDO,
                    "this task has an @Undo already",
                    part.span,
                    "undo it with one sentence; a handler can do several things",
                )
        return s.Task(parts[1], text, table, provides, undo, Span(parts[0].start_pos, parts[2].start_pos))

    undo_task = task

    def meanwhile(self, parts: Parts) -> s.Meanwhile:
        task = self.task(parts)
        return s.Meanwhile(task, task.span)

    def provide(self, parts: Parts) -> tuple[s.Out, ...]:
        return tuple(part for part in parts if type(part) is s.Out)

    def text_block(self, parts: Parts) -> s.TextBlock:
        token = parts[0]
        return s.TextBlock(block_text(token, token.indentation), span_of(token))

    def table(self, parts: Parts) -> s.Table:
        tokens = parts[::2]
        rows = tuple(map(row_cells, tokens))
        for row, token in zip(rows, tokens, strict=True):
            if len(row) != len(rows[0]):
                raise Misfit(
                    rules.RAGGED_ROW,
                    f"this row has {_cells(len(row))}, the first has {_cells(len(rows[0]))}",
                    span_of(token),
                    "give every row a cell for each word of the first row; an empty cell is `| |`",
                )
        return s.Table(rows, Span(tokens[0].start_pos, tokens[-1].end_pos))

    def sentence(self, parts: Parts) -> s.Sentence:
        said: list[s.Prose | s.Ref | s.Quoted] = []
        tail: Parts = []
        for part in parts:
            if type(part) is not Token:
                tail.append(part)
            elif part.type == "VALUE":
                said.append(ref_of(part))
            elif part.type == "STRING":
                said.append(quoted_of(part))
            else:
                _say(said, part)
        return _sentence(tuple(said), None, tail, _reach(parts))

    def run_flow(self, parts: Parts) -> s.Sentence:
        flow = next(part for part in parts if type(part) is Token)
        return _sentence((), ref_of(flow), [part for part in parts if part is not flow], _reach(parts))

    def using(self, parts: Parts) -> Using:
        last = parts[-1]
        return Using(tuple(parts), (last.alias or last.value).span)

    def argument(self, parts: Parts) -> s.Argument:
        return s.Argument(parts[0], ref_of(parts[1]) if len(parts) == 2 else None)

    def giving(self, parts: Parts) -> Giving:
        last = parts[-1]
        return Giving(tuple(parts), (last.type or last.value).span)

    def out(self, parts: Parts) -> s.Out:
        return s.Out(ref_of(parts[0]), parts[1] if len(parts) == 2 else None)

    def type(self, parts: Parts) -> s.TypeName:
        wrappers: Any = tuple("list" if part.type == "LIST_OF" else "optional" for part in parts[:-1])
        return s.TypeName(wrappers, str(parts[-1]), Span(parts[0].start_pos, parts[-1].end_pos))

    def settings(self, parts: Parts) -> Modifier:
        settings = parts[1:-1]
        options_of([Option(_SETTING_NAMES[setting.kind], setting, setting.span) for setting in settings])
        return Modifier(tuple(settings), Span(parts[0].start_pos, parts[-1].end_pos))

    def version(self, parts: Parts) -> Modifier:
        span = Span(parts[0].start_pos, parts[2].end_pos)
        kind: Any = "since" if parts[0].type == "SINCE_OPEN" else "until"
        return Modifier((s.Setting(kind, version_of(parts[1]), span),), span)

    def set_retries(self, parts: Parts) -> s.Setting:
        count = parts[0]
        if isinstance(count, s.Number):
            return s.Setting("retries", whole(count), Span(count.span.start, parts[1].end_pos))
        return s.Setting("retries", 0, Span(count.start_pos, parts[1].end_pos))

    def set_wait(self, parts: Parts) -> s.Setting:
        return s.Setting("wait", parts[1].milliseconds, Span(parts[0].start_pos, parts[1].span.end))

    def set_timeout(self, parts: Parts) -> s.Setting:
        return s.Setting("timeout", parts[1].milliseconds, Span(parts[0].start_pos, parts[1].span.end))

    def set_key(self, parts: Parts) -> s.Setting:
        value = ref_of(parts[1])
        return s.Setting("key", value, Span(parts[0].start_pos, value.span.end))

    def set_id(self, parts: Parts) -> s.Setting:
        return s.Setting("id", unquoted(parts[1]), Span(parts[0].start_pos, parts[1].end_pos))


_SETTING_NAMES = {
    "retries": "the number of retries",
    "wait": "the wait between retries",
    "timeout": "the timeout",
    "key": "the key",
    "id": "the id",
}


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"


def _say(said: list[s.Prose | s.Ref | s.Quoted], token: Any) -> None:
    """Words on both sides of a line end (or behind `Use`) are one run of words."""
    text = fold(token)
    start = token.start_pos
    last = said[-1] if said else None
    if isinstance(last, s.Prose):
        said[-1] = s.Prose(f"{last.text} {text}", Span(last.span.start, start + len(token.rstrip())))
    else:
        said.append(s.Prose(text, Span(start, start + len(token.rstrip()))))


def _reach(parts: Parts) -> Span:
    first, last = parts[0], parts[-1]
    first_kind, last_kind = type(first), type(last)
    start = first.start_pos if first_kind is Token else first.span.start
    if last_kind is Token:
        return Span(start, last.start_pos + len(last.rstrip()))
    return Span(start, last.span.end)


def _sentence(said: tuple[s.Prose | s.Ref | s.Quoted, ...], flow: s.Ref | None, tail: Parts, span: Span) -> s.Sentence:
    using: tuple[s.Argument, ...] = ()
    giving: tuple[s.Out, ...] = ()
    settings: tuple[s.Setting, ...] = ()
    for part in tail:
        if type(part) is Using:
            using += part.arguments
        elif type(part) is Giving:
            giving += part.outs
        else:
            settings += part.settings
    return s.Sentence(said, flow, using, giving, settings, span)
