"""Files, flows and header sentences."""

from __future__ import annotations

from wgen.compiler import syntax as s
from wgen.compiler.lalr import Token
from wgen.compiler.literals import (
    fixed_words,
    fold,
    unit_milliseconds,
)
from wgen.compiler.source import Span
from wgen.compiler.tree.parts import (
    STEPS,
    FlowLine,
    Giving,
    Option,
    Parts,
    find,
    line_span,
    only_out,
    options_of,
    origin_of,
    quoted_of,
    ref_of,
    span_of,
    time_of,
    version_of,
    whole,
    words_of,
)


class HeaderRules:
    """The rules above the first step."""

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

    def flow_line(self, parts: Parts) -> FlowLine:
        number = parts[-2]
        version = 1
        if number.type == "NUMBER":
            version = version_of(number)
        return FlowLine(fold(" ".join(words_of(parts, "TITLE"))), version, line_span(parts))

    def _header_and_body(self, parts: Parts) -> tuple[tuple[s.Header, ...], tuple[s.Step, ...]]:
        header: list[s.Header] = []
        for i, part in enumerate(parts):
            if isinstance(part, STEPS):
                return tuple(header), tuple(parts[i:])
            if type(part) is list:
                header.extend(part)
            else:
                header.append(part)
        return tuple(header), ()

    # ---- header sentences

    def about(self, parts: Parts) -> s.About:
        return s.About(fold(" ".join(parts[1:-1])), line_span(parts))

    def import_types(self, parts: Parts) -> s.Import:
        return s.Import(tuple(map(str, parts[1:-2])), str(parts[-2]), line_span(parts))

    def given(self, parts: Parts) -> list[s.Given]:
        return [part for part in parts if type(part) is s.Given]

    def input(self, parts: Parts) -> s.Given:
        value = ref_of(parts[0])
        type_ = find(parts, s.TypeName)
        default = find(parts[1:], (s.Quoted, s.Number, s.Duration, s.TimeOfDay, s.Boolean))
        last = default or type_ or value
        return s.Given(s.Out(value, type_), default, Span(value.span.start, last.span.end))

    def default(self, parts: Parts) -> s.Constant:
        constant: s.Constant = parts[0]
        return constant

    def key(self, parts: Parts) -> s.Key:
        return s.Key(ref_of(parts[1]), line_span(parts))

    def start_on(self, parts: Parts) -> s.StartOn:
        words = words_of(parts, "CONNECTOR")
        giving = find(parts, Giving)
        return s.StartOn(origin_of(words, words_of(parts, "STRING")[0]), only_out(giving), line_span(parts))

    def start_cron(self, parts: Parts) -> s.StartEvery:
        return self._every(parts, cron=quoted_of(parts[1]))

    def start_every(self, parts: Parts) -> s.StartEvery:
        each = parts[1]
        if type(each) is Token:
            each = s.Duration(unit_milliseconds(each), span_of(each))
        return self._every(parts, interval=each)

    def start_daily(self, parts: Parts) -> s.StartEvery:
        return self._every(parts, day=(parts[1].lower(), time_of(parts[2])))

    def _every(
        self,
        parts: Parts,
        interval: s.Duration | None = None,
        day: tuple[str, s.TimeOfDay] | None = None,
        cron: s.Quoted | None = None,
    ) -> s.StartEvery:
        options = options_of([part for part in parts if type(part) is Option])
        overlap = options.get("what to do with overlaps", "skipping")
        zone = find(parts, s.Quoted)
        return s.StartEvery(interval, day, cron, zone, overlap, "catching up" in options, line_span(parts))

    def start_option(self, parts: Parts) -> Option:
        word = fixed_words(parts[0])
        if parts[0].type == "OVERLAPS":
            return Option("what to do with overlaps", word.split()[0], span_of(parts[0]))
        return Option("catching up", True, span_of(parts[0]))

    def zone(self, parts: Parts) -> s.Quoted:
        return quoted_of(parts[0])

    def start_when(self, parts: Parts) -> s.StartWhen:
        return s.StartWhen(ref_of(parts[1]), quoted_of(parts[2]), only_out(find(parts, Giving)), line_span(parts))

    def retry_count(self, parts: Parts) -> s.Retry:
        times = parts[1]
        if type(times) is Token:
            times = 1 if times.type == "ONCE" else 0
        return s.Retry("count", times, line_span(parts))

    def retry_shape(self, parts: Parts) -> s.Retry:
        return s.Retry("shape", parts[1].lower(), line_span(parts))

    def retry_random(self, parts: Parts) -> s.Retry:
        return s.Retry("random", "random", line_span(parts))

    def retry_wait(self, parts: Parts) -> s.Retry:
        return s.Retry("wait", parts[1], line_span(parts))

    def retry_cap(self, parts: Parts) -> s.Retry:
        return s.Retry("cap", parts[1], line_span(parts))

    def retry_window(self, parts: Parts) -> s.Retry:
        return s.Retry("window", parts[1], line_span(parts))

    def retry_names(self, parts: Parts) -> s.Retry:
        return s.Retry("only" if parts[1].type == "ONLY" else "never", parts[2], line_span(parts))

    def timeout(self, parts: Parts) -> s.Timeout:
        return s.Timeout("flow" if parts[1].type == "FLOW_SCOPE" else "task", parts[2], line_span(parts))

    def limit(self, parts: Parts) -> s.Limit:
        scope, number, unit = parts[1:4]
        per = None if unit.type == "AT_A_TIME" else unit_milliseconds(unit)
        each = ref_of(parts[4]) if parts[4].type == "VALUE" else None
        count = whole(number, 1)
        return s.Limit("flow" if scope.type == "FLOW_SCOPE" else "task", count, per, each, line_span(parts))

    def texts(self, parts: Parts) -> tuple[s.Quoted, ...]:
        return tuple(map(quoted_of, parts))

    def times(self, parts: Parts) -> int:
        return whole(parts[0])
