"""Builds the syntax tree while the grammar is being read: one method a rule of `flow.lark`, named like it.

Each gets the list of what its parts became. Every sentence begins with its keyword and ends with its line end, so the
two give its place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from lark import Token

from wgen.compiler import syntax as s
from wgen.compiler.literals import (
    block_text,
    fixed_words,
    fold,
    number_value,
    row_cells,
    unit_milliseconds,
    unquoted,
    value_parts,
)
from wgen.compiler.rules import syntax as rules
from wgen.compiler.source import Span

if TYPE_CHECKING:
    from wgen.compiler.diagnostics import Rule

Parts = list[Any]

_STEPS = (
    s.Group, s.Meanwhile, s.When, s.Together, s.ForEach, s.Repeat, s.Try, s.Receive, s.Wait, s.WaitFlow, s.Await,
    s.Status, s.Finish, s.Fail, s.Break, s.Continue,
)  # fmt: skip
_CONDITIONS = (s.Test, s.AllOf, s.AnyOf)


class Misfit(Exception):
    """Something that reads well and can't be meant: a ragged table, half a retry. Ends the reading at once."""

    def __init__(self, rule: Rule, message: str, span: Span, help: str) -> None:
        super().__init__(message)
        self.rule = rule
        self.message = message
        self.span = span
        self.help = help


# ---- what only lives between two rules -------------------------------------------------------------------------------


class _FlowLine(NamedTuple):
    name: str
    version: int
    span: Span


class _Modifier(NamedTuple):
    settings: tuple[s.Setting, ...]
    span: Span


class _Using(NamedTuple):
    arguments: tuple[s.Argument, ...]
    span: Span


class _Giving(NamedTuple):
    outs: tuple[s.Out, ...]
    span: Span


class _Option(NamedTuple):
    kind: str
    value: Any
    span: Span


# ---- helpers ---------------------------------------------------------------------------------------------------------


# A token of a text has its places; lark's types say that it may lack them, so parts are `Any` here.
def _span(token: Any) -> Span:
    return Span(token.start_pos, token.end_pos)


def _line(parts: Parts) -> Span:
    """From the keyword to the line end: of a sentence without a body, and of the first line of a block."""
    last = parts[-1]
    kind = type(last)
    if kind is Token and last.type == "NL":
        return Span(parts[0].start_pos, last.start_pos)
    return Span(parts[0].start_pos, parts[_line_end(parts)].start_pos)


def _line_end(parts: Parts) -> int:
    return next(i for i, part in enumerate(parts) if type(part) is Token and part.type == "NL")


def _ref(token: Any) -> s.Ref:
    # The blank behind a bracket is read with it.
    text = token.rstrip()
    return s.Ref(value_parts(text), Span(token.start_pos, token.start_pos + len(text)))


def _quoted(token: Token) -> s.Quoted:
    return s.Quoted(unquoted(token), _span(token))


def _first(parts: Parts, kind: Any) -> Any:
    return next((part for part in parts if isinstance(part, kind)), None)


def _tokens(parts: Parts, name: str) -> Parts:
    return [part for part in parts if type(part) is Token and part.type == name]


def _count(number: s.Number) -> int:
    if not isinstance(number.value, int) or number.value < 0:
        raise Misfit(rules.NOT_WHOLE, "this must be a whole number", number.span, "write a number such as 3 or three")
    return number.value


def _join(kind: type[s.AllOf | s.AnyOf], tests: Parts) -> s.Condition:
    """One condition of several, without a level of its own for what is joined the same way."""
    if len(tests) == 1:
        condition: s.Condition = tests[0]
        return condition
    return kind(tuple(part for test in tests for part in (test.tests if isinstance(test, kind) else (test,))))


def _condition(parts: Parts) -> s.Condition:
    """The condition of a line and of the `@And` lines below it."""
    return _join(s.AllOf, [part for part in parts if isinstance(part, _CONDITIONS)])


def _options(options: list[_Option]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for option in options:
        if option.kind in found:
            raise Misfit(
                rules.TWICE, f"{option.kind} is said twice", option.span, "keep one of the two: each option stands once"
            )
        found[option.kind] = option.value
    return found


class TreeBuilder:
    """The parser's transformer. It holds nothing, so one serves all parses."""

    # ---- files and flows

    def start(self, parts: Parts) -> s.File:
        opening, *flows = parts[1:] if type(parts[0]) is Token else parts
        imports = tuple(part for part in opening.header if isinstance(part, s.Import))
        rest = tuple(part for part in opening.header if not isinstance(part, s.Import))
        if rest or opening.body:
            flows.insert(0, opening._replace(header=rest))
        return s.File(imports, tuple(flows))

    def opening(self, parts: Parts) -> s.Flow:
        header, body = self._header_and_body(parts)
        first = header[0].span if header else body[0].span if body else Span(0, 0)
        return s.Flow(None, 1, header, body, first)

    def flow(self, parts: Parts) -> s.Flow:
        line = parts[0]
        header, body = self._header_and_body(parts[1:])
        return s.Flow(line.name, line.version, header, body, line.span)

    def flow_line(self, parts: Parts) -> _FlowLine:
        number = parts[-2]
        version = 1
        if number.type == "NUMBER":
            version = _version(number)
        return _FlowLine(fold(" ".join(_tokens(parts, "TITLE"))), version, _line(parts))

    def _header_and_body(self, parts: Parts) -> tuple[tuple[s.Header, ...], tuple[s.Step, ...]]:
        header: list[s.Header] = []
        for i, part in enumerate(parts):
            if isinstance(part, _STEPS):
                return tuple(header), tuple(parts[i:])
            if type(part) is list:
                header.extend(part)
            else:
                header.append(part)
        return tuple(header), ()

    # ---- header sentences

    def about(self, parts: Parts) -> s.About:
        return s.About(fold(" ".join(parts[1:-1])), _line(parts))

    def import_types(self, parts: Parts) -> s.Import:
        return s.Import(tuple(map(str, parts[1:-2])), str(parts[-2]), _line(parts))

    def given(self, parts: Parts) -> list[s.Given]:
        return [part for part in parts if type(part) is s.Given]

    def input(self, parts: Parts) -> s.Given:
        value = _ref(parts[0])
        type_ = _first(parts, s.TypeName)
        default = _first(parts[1:], (s.Quoted, s.Number, s.Duration, s.TimeOfDay, s.Boolean))
        last = default or type_ or value
        return s.Given(s.Out(value, type_), default, Span(value.span.start, last.span.end))

    def default(self, parts: Parts) -> s.Constant:
        constant: s.Constant = parts[0]
        return constant

    def key(self, parts: Parts) -> s.Key:
        return s.Key(_ref(parts[1]), _line(parts))

    def start_on(self, parts: Parts) -> s.StartOn:
        words = _tokens(parts, "CONNECTOR")
        giving = _first(parts, _Giving)
        return s.StartOn(_origin(words, _tokens(parts, "STRING")[0]), _only_out(giving), _line(parts))

    def start_cron(self, parts: Parts) -> s.StartEvery:
        return self._every(parts, cron=_quoted(parts[1]))

    def start_every(self, parts: Parts) -> s.StartEvery:
        each = parts[1]
        if type(each) is Token:
            each = s.Duration(unit_milliseconds(each), _span(each))
        return self._every(parts, interval=each)

    def start_daily(self, parts: Parts) -> s.StartEvery:
        return self._every(parts, day=(parts[1].lower(), self.time(parts[2:])))

    def _every(
        self,
        parts: Parts,
        interval: s.Duration | None = None,
        day: tuple[str, s.TimeOfDay] | None = None,
        cron: s.Quoted | None = None,
    ) -> s.StartEvery:
        options = _options([part for part in parts if type(part) is _Option])
        overlap = options.get("what to do with overlaps", "skipping")
        zone = _first(parts, s.Quoted)
        return s.StartEvery(interval, day, cron, zone, overlap, "catching up" in options, _line(parts))

    def start_option(self, parts: Parts) -> _Option:
        word = fixed_words(parts[0])
        if parts[0].type == "OVERLAPS":
            return _Option("what to do with overlaps", word.split()[0], _span(parts[0]))
        return _Option("catching up", True, _span(parts[0]))

    def zone(self, parts: Parts) -> s.Quoted:
        return _quoted(parts[0])

    def start_when(self, parts: Parts) -> s.StartWhen:
        return s.StartWhen(_ref(parts[1]), _quoted(parts[2]), _only_out(_first(parts, _Giving)), _line(parts))

    def retry_count(self, parts: Parts) -> s.Retry:
        times = parts[1]
        if type(times) is Token:
            times = 1 if times.type == "ONCE" else 0
        return s.Retry("count", times, _line(parts))

    def retry_shape(self, parts: Parts) -> s.Retry:
        return s.Retry("shape", parts[1].lower(), _line(parts))

    def retry_random(self, parts: Parts) -> s.Retry:
        return s.Retry("random", "random", _line(parts))

    def retry_wait(self, parts: Parts) -> s.Retry:
        return s.Retry("wait", parts[1], _line(parts))

    def retry_cap(self, parts: Parts) -> s.Retry:
        return s.Retry("cap", parts[1], _line(parts))

    def retry_window(self, parts: Parts) -> s.Retry:
        return s.Retry("window", parts[1], _line(parts))

    def retry_names(self, parts: Parts) -> s.Retry:
        return s.Retry("only" if parts[1].type == "ONLY" else "never", parts[2], _line(parts))

    def timeout(self, parts: Parts) -> s.Timeout:
        return s.Timeout("flow" if parts[1].type == "FLOW_SCOPE" else "task", parts[2], _line(parts))

    def limit(self, parts: Parts) -> s.Limit:
        scope, number, unit = parts[1:4]
        per = None if unit.type == "AT_A_TIME" else unit_milliseconds(unit)
        each = _ref(parts[4]) if parts[4].type == "VALUE" else None
        return s.Limit("flow" if scope.type == "FLOW_SCOPE" else "task", _count(number), per, each, _line(parts))

    def texts(self, parts: Parts) -> tuple[s.Quoted, ...]:
        return tuple(map(_quoted, parts))

    def times(self, parts: Parts) -> int:
        return _count(parts[0])

    # ---- tasks

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
        return s.TextBlock(block_text(token, token.column - 1), _span(token))

    def table(self, parts: Parts) -> s.Table:
        tokens = parts[::2]
        rows = tuple(map(row_cells, tokens))
        for row, token in zip(rows, tokens, strict=True):
            if len(row) != len(rows[0]):
                raise Misfit(
                    rules.RAGGED_ROW,
                    f"this row has {_cells(len(row))}, the first has {_cells(len(rows[0]))}",
                    _span(token),
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
                said.append(_ref(part))
            elif part.type == "STRING":
                said.append(_quoted(part))
            else:
                _say(said, part)
        return _sentence(tuple(said), None, tail, _reach(parts))

    def run_flow(self, parts: Parts) -> s.Sentence:
        flow = next(part for part in parts if type(part) is Token)
        return _sentence((), _ref(flow), [part for part in parts if part is not flow], _reach(parts))

    def using(self, parts: Parts) -> _Using:
        last = parts[-1]
        return _Using(tuple(parts), (last.alias or last.value).span)

    def argument(self, parts: Parts) -> s.Argument:
        return s.Argument(parts[0], _ref(parts[1]) if len(parts) == 2 else None)

    def giving(self, parts: Parts) -> _Giving:
        last = parts[-1]
        return _Giving(tuple(parts), (last.type or last.value).span)

    def out(self, parts: Parts) -> s.Out:
        return s.Out(_ref(parts[0]), parts[1] if len(parts) == 2 else None)

    def type(self, parts: Parts) -> s.TypeName:
        wrappers: Any = tuple("list" if part.type == "LIST_OF" else "optional" for part in parts[:-1])
        return s.TypeName(wrappers, str(parts[-1]), Span(parts[0].start_pos, parts[-1].end_pos))

    def settings(self, parts: Parts) -> _Modifier:
        settings = parts[1:-1]
        _options([_Option(_SETTING_NAMES[setting.kind], setting, setting.span) for setting in settings])
        return _Modifier(tuple(settings), Span(parts[0].start_pos, parts[-1].end_pos))

    def version(self, parts: Parts) -> _Modifier:
        span = Span(parts[0].start_pos, parts[2].end_pos)
        kind: Any = "since" if parts[0].type == "SINCE_OPEN" else "until"
        return _Modifier((s.Setting(kind, _version(parts[1]), span),), span)

    def set_retries(self, parts: Parts) -> s.Setting:
        count = parts[0]
        if isinstance(count, s.Number):
            return s.Setting("retries", _count(count), Span(count.span.start, parts[1].end_pos))
        return s.Setting("retries", 0, Span(count.start_pos, parts[1].end_pos))

    def set_wait(self, parts: Parts) -> s.Setting:
        return s.Setting("wait", parts[1].milliseconds, Span(parts[0].start_pos, parts[1].span.end))

    def set_timeout(self, parts: Parts) -> s.Setting:
        return s.Setting("timeout", parts[1].milliseconds, Span(parts[0].start_pos, parts[1].span.end))

    def set_key(self, parts: Parts) -> s.Setting:
        value = _ref(parts[1])
        return s.Setting("key", value, Span(parts[0].start_pos, value.span.end))

    def set_id(self, parts: Parts) -> s.Setting:
        return s.Setting("id", unquoted(parts[1]), Span(parts[0].start_pos, parts[1].end_pos))

    # ---- blocks

    def when(self, parts: Parts) -> s.When:
        arms = tuple(part for part in parts if type(part) is s.Arm)
        otherwise = next((part for part in parts if type(part) is tuple), None)
        return s.When(arms, otherwise, arms[0].span)

    def arm(self, parts: Parts) -> s.Arm:
        return s.Arm(_condition(parts), parts[-1], _line(parts))

    def otherwise(self, parts: Parts) -> tuple[s.Step, ...]:
        body: tuple[s.Step, ...] = parts[-1]
        return body

    def together(self, parts: Parts) -> s.Together:
        join = _first(parts, _Option) or _Option("all", None, Span(0, 0))
        branches = tuple(part for part in parts if type(part) is s.Branch)
        kind: Any = join.kind
        return s.Together(kind, join.value, branches, _line(parts))

    def join(self, parts: Parts) -> _Option:
        if parts[-1].type == "MUST_SUCCEED":
            return _Option("at least", _count(parts[0]), parts[0].span)
        kind = "first to finish" if parts[0].type == "FIRST_TO_FINISH" else "first to succeed"
        return _Option(kind, None, _span(parts[0]))

    def branch(self, parts: Parts) -> s.Branch:
        return s.Branch(fold(" ".join(_tokens(parts, "PLAIN"))), parts[-1], _line(parts))

    def for_each(self, parts: Parts) -> s.ForEach:
        options = _options([part for part in parts if type(part) is _Option])
        body = next(part for part in parts if type(part) is tuple)
        at_a_time = options.get("how many at a time", 1)
        return s.ForEach(_ref(parts[1]), _ref(parts[2]), at_a_time, options.get("collecting"), body, _line(parts))

    def at_a_time(self, parts: Parts) -> _Option:
        return _Option("how many at a time", _count(parts[1]), Span(parts[1].span.start, parts[2].end_pos))

    def all_at_once(self, parts: Parts) -> _Option:
        return _Option("how many at a time", None, _span(parts[0]))

    def collecting(self, parts: Parts) -> _Option:
        item, items = _ref(parts[1]), _ref(parts[2])
        return _Option("collecting", (item, items), Span(parts[0].start_pos, items.span.end))

    def repeat_condition(self, parts: Parts) -> s.Repeat:
        options = _options([part for part in parts if type(part) is _Option])
        body = next(part for part in parts if type(part) is tuple)
        kind: Any = parts[1].lower()
        every, at_most = options.get("every"), options.get("at most")
        return s.Repeat(kind, _condition(parts), None, every, at_most, body, _line(parts))

    def repeat_times(self, parts: Parts) -> s.Repeat:
        return s.Repeat("times", None, parts[1], None, None, parts[3], _line(parts))

    def pause(self, parts: Parts) -> _Option:
        return _Option("every", parts[1], Span(parts[0].start_pos + 1, parts[1].span.end))

    def rounds(self, parts: Parts) -> _Option:
        return _Option("at most", parts[1], _span(parts[0]))

    def try_block(self, parts: Parts) -> s.Try:
        clauses = tuple(part for part in parts if type(part) is s.OnFailure)
        return s.Try(parts[2], clauses, _line(parts))

    def on_failure(self, parts: Parts) -> s.OnFailure:
        end = _line_end(parts)
        types = next((part for part in parts[:end] if type(part) is tuple), ())
        giving = _only_out(_first(parts[:end], _Giving))
        return s.OnFailure(types, giving, tuple(parts[end + 1 :]), _line(parts))

    # ---- waiting

    def wait_for(self, parts: Parts) -> s.Wait:
        time = _ref(parts[1]) if type(parts[1]) is Token else parts[1]
        return s.Wait(False, time, None, _line(parts))

    def wait_until(self, parts: Parts) -> s.Wait:
        time = _ref(parts[2]) if parts[2].type == "VALUE" else self.time(parts[2:])
        return s.Wait(True, time, _first(parts, s.Quoted), _line(parts))

    def wait_flow(self, parts: Parts) -> s.WaitFlow:
        return s.WaitFlow(_flow_wait(parts), _first(parts, s.Duration), _line(parts))

    def receive(self, parts: Parts) -> s.Receive:
        return s.Receive(_event_wait(parts), _first(parts, s.Duration), _line(parts))

    def origin(self, parts: Parts) -> s.Origin:
        return _origin(parts[:-1], parts[-1])

    def where(self, parts: Parts) -> s.Condition:
        condition: s.Condition = parts[0]
        return condition

    def or_fail(self, parts: Parts) -> s.Duration:
        duration: s.Duration = parts[0]
        return duration

    def await_first(self, parts: Parts) -> s.Await:
        return s.Await(tuple(part for part in parts if type(part) is s.OnBranch), _line(parts))

    def on_event(self, parts: Parts) -> s.OnBranch:
        return _on_branch(parts, _event_wait)

    def on_flow(self, parts: Parts) -> s.OnBranch:
        return _on_branch(parts, _flow_wait)

    def on_timeout(self, parts: Parts) -> s.OnBranch:
        return _on_branch(parts, lambda line: line[1])

    # ---- ending

    def status(self, parts: Parts) -> s.Status:
        return s.Status(_quoted(parts[1]), _line(parts))

    def finish(self, parts: Parts) -> s.Finish:
        result, outcome = _tokens(parts, "VALUE"), _tokens(parts, "STRING")
        return s.Finish(_ref(result[0]) if result else None, _quoted(outcome[0]) if outcome else None, _line(parts))

    def fail(self, parts: Parts) -> s.Fail:
        reason = parts[1]
        return s.Fail(_ref(reason) if reason.type == "VALUE" else _quoted(reason), _line(parts))

    def break_line(self, parts: Parts) -> s.Break:
        return s.Break(_line(parts))

    def continue_line(self, parts: Parts) -> s.Continue:
        return s.Continue(_line(parts))

    # ---- conditions and literals

    def any_of(self, parts: Parts) -> s.Condition:
        return _join(s.AnyOf, parts)

    def all_of(self, parts: Parts) -> s.Condition:
        return _join(s.AllOf, parts)

    def is_true(self, parts: Parts) -> s.Test:
        value = _ref(parts[0])
        return s.Test(value, "true", (), False, value.span)

    def negated(self, parts: Parts) -> s.Test:
        test: s.Test = parts[1]
        return test._replace(negated=not test.negated, span=Span(parts[0].start_pos, test.span.end))

    def equals(self, parts: Parts) -> s.Test:
        return _test(parts, "is", parts[-1:])

    def ordered(self, parts: Parts) -> s.Test:
        return _test(parts, fixed_words(parts[-2]), parts[-1:])

    def in_state(self, parts: Parts) -> s.Test:
        span = Span(parts[0].start_pos, parts[-1].end_pos)
        op: Any = fixed_words(parts[-1])
        return s.Test(_ref(parts[0]), op, (), len(parts) == 3, span)

    def one_of(self, parts: Parts) -> s.Test:
        return _test(parts, "one of", [part for part in parts if type(part) is not Token])

    def operand(self, parts: Parts) -> s.Operand:
        operand: s.Operand = _ref(parts[0]) if type(parts[0]) is Token else parts[0]
        return operand

    def quoted(self, parts: Parts) -> s.Quoted:
        return _quoted(parts[0])

    def number(self, parts: Parts) -> s.Number:
        return s.Number(number_value(parts[0]), _span(parts[0]))

    def duration(self, parts: Parts) -> s.Duration:
        number, unit = parts
        span = Span(number.span.start, unit.end_pos)
        milliseconds = number.value * unit_milliseconds(unit)
        if milliseconds < 0 or milliseconds != int(milliseconds):
            raise Misfit(
                rules.BAD_DURATION,
                "a duration is a whole number of milliseconds, and not below zero",
                span,
                "write a duration such as 90 seconds or 1.5 hours",
            )
        return s.Duration(int(milliseconds), span)

    def time(self, parts: Parts) -> s.TimeOfDay:
        hour, minute = parts[0].split(":")
        return s.TimeOfDay(int(hour), int(minute), _span(parts[0]))

    def boolean(self, parts: Parts) -> s.Boolean:
        return s.Boolean(parts[0].lower() in {"yes", "true"}, _span(parts[0]))


_SETTING_NAMES = {
    "retries": "the number of retries",
    "wait": "the wait between retries",
    "timeout": "the timeout",
    "key": "the key",
    "id": "the id",
}


def _version(number: Token) -> int:
    if not number.isdecimal() or int(number) < 1:
        raise Misfit(
            rules.BAD_VERSION, f"a version is a whole number from 1, not {number}", _span(number), "write `version 2`"
        )
    return int(number)


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"


def _only_out(giving: _Giving | None) -> s.Out | None:
    """The one value of a place that gives one; another raises at its place."""
    if giving is None:
        return None
    if len(giving.outs) > 1:
        raise Misfit(
            rules.UNREADABLE,
            "only one value is given here",
            giving.outs[1].value.span,
            "keep one value; its fields are read as (value - field)",
        )
    return giving.outs[0]


def _origin(words: Parts, address: Any) -> s.Origin:
    span = Span(words[0].start_pos, address.end_pos)
    return s.Origin(fold(" ".join(words)).lower(), _quoted(address), span)


def _event_wait(parts: Parts) -> s.EventWait:
    return s.EventWait(parts[1], _first(parts, s.Origin), _first(parts, _CONDITIONS))


def _flow_wait(parts: Parts) -> s.FlowWait:
    values, words = _tokens(parts, "VALUE"), _tokens(parts, "STRING")
    return s.FlowWait(_ref(values[0]), _ref(values[1]) if len(values) > 1 else None, _quoted(words[0]))


def _on_branch(parts: Parts, read: Any) -> s.OnBranch:
    end = _line_end(parts)
    return s.OnBranch(read(parts[:end]), tuple(parts[end + 1 :]), _line(parts))


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
        if type(part) is _Using:
            using += part.arguments
        elif type(part) is _Giving:
            giving += part.outs
        else:
            settings += part.settings
    return s.Sentence(said, flow, using, giving, settings, span)


def _test(parts: Parts, op: Any, right: Parts) -> s.Test:
    span = Span(parts[0].start_pos, right[-1].span.end)
    negated = len(parts) > 2 and type(parts[1]) is Token and parts[1].type == "NOT"
    return s.Test(_ref(parts[0]), op, tuple(right), negated, span)
