"""Blocks, waiting and ending."""

from __future__ import annotations

from typing import Any

from wgen.compiler import syntax as s
from wgen.compiler.lalr import Token
from wgen.compiler.literals import (
    fold,
)
from wgen.compiler.source import Span
from wgen.compiler.tree.parts import (
    CONDITIONS,
    Giving,
    Option,
    Parts,
    condition_of,
    find,
    line_end,
    line_span,
    only_out,
    options_of,
    origin_of,
    quoted_of,
    ref_of,
    span_of,
    time_of,
    whole,
    words_of,
)


class BlockRules:
    """The rules of all other steps."""

    def when(self, parts: Parts) -> s.When:
        arms = tuple(part for part in parts if type(part) is s.Arm)
        otherwise = next((part for part in parts if type(part) is tuple), None)
        return s.When(arms, otherwise, arms[0].span)

    def arm(self, parts: Parts) -> s.Arm:
        return s.Arm(condition_of(parts), parts[-1], line_span(parts))

    def otherwise(self, parts: Parts) -> tuple[s.Step, ...]:
        body: tuple[s.Step, ...] = parts[-1]
        return body

    def together(self, parts: Parts) -> s.Together:
        join = find(parts, Option) or Option("all", None, Span(0, 0))
        branches = tuple(part for part in parts if type(part) is s.Branch)
        kind: Any = join.kind
        return s.Together(kind, join.value, branches, line_span(parts))

    def join(self, parts: Parts) -> Option:
        if parts[-1].type == "MUST_SUCCEED":
            return Option("at least", whole(parts[0], 1), parts[0].span)
        kind = "first to finish" if parts[0].type == "FIRST_TO_FINISH" else "first to succeed"
        return Option(kind, None, span_of(parts[0]))

    def branch(self, parts: Parts) -> s.Branch:
        return s.Branch(fold(" ".join(words_of(parts, "PLAIN"))), parts[-1], line_span(parts))

    def for_each(self, parts: Parts) -> s.ForEach:
        options = options_of([part for part in parts if type(part) is Option])
        body = next(part for part in parts if type(part) is tuple)
        at_a_time = options.get("how many at a time", 1)
        return s.ForEach(
            ref_of(parts[1]), ref_of(parts[2]), at_a_time, options.get("collecting"), body, line_span(parts)
        )

    def at_a_time(self, parts: Parts) -> Option:
        return Option("how many at a time", whole(parts[1], 1), Span(parts[1].span.start, parts[2].end_pos))

    def all_at_once(self, parts: Parts) -> Option:
        return Option("how many at a time", None, span_of(parts[0]))

    def collecting(self, parts: Parts) -> Option:
        item, items = ref_of(parts[1]), ref_of(parts[2])
        return Option("collecting", (item, items), Span(parts[0].start_pos, items.span.end))

    def repeat_condition(self, parts: Parts) -> s.Repeat:
        options = options_of([part for part in parts if type(part) is Option])
        body = next(part for part in parts if type(part) is tuple)
        kind: Any = parts[1].lower()
        every, at_most = options.get("every"), options.get("at most")
        return s.Repeat(kind, condition_of(parts), None, every, at_most, body, line_span(parts))

    def repeat_times(self, parts: Parts) -> s.Repeat:
        return s.Repeat("times", None, parts[1], None, None, parts[3], line_span(parts))

    def pause(self, parts: Parts) -> Option:
        return Option("every", parts[1], Span(parts[0].start_pos + 1, parts[1].span.end))

    def rounds(self, parts: Parts) -> Option:
        return Option("at most", parts[1], span_of(parts[0]))

    def try_block(self, parts: Parts) -> s.Try:
        clauses = tuple(part for part in parts if type(part) is s.OnFailure)
        return s.Try(parts[2], clauses, line_span(parts))

    def on_failure(self, parts: Parts) -> s.OnFailure:
        end = line_end(parts)
        types = next((part for part in parts[:end] if type(part) is tuple), ())
        giving = only_out(find(parts[:end], Giving))
        return s.OnFailure(types, giving, tuple(parts[end + 1 :]), line_span(parts))

    # ---- waiting

    def wait_for(self, parts: Parts) -> s.Wait:
        time = ref_of(parts[1]) if type(parts[1]) is Token else parts[1]
        return s.Wait(False, time, None, line_span(parts))

    def wait_until(self, parts: Parts) -> s.Wait:
        time = ref_of(parts[2]) if parts[2].type == "VALUE" else time_of(parts[2])
        return s.Wait(True, time, find(parts, s.Quoted), line_span(parts))

    def wait_flow(self, parts: Parts) -> s.WaitFlow:
        return s.WaitFlow(_flow_wait(parts), find(parts, s.Duration), line_span(parts))

    def receive(self, parts: Parts) -> s.Receive:
        return s.Receive(_event_wait(parts), find(parts, s.Duration), line_span(parts))

    def origin(self, parts: Parts) -> s.Origin:
        return origin_of(parts[:-1], parts[-1])

    def where(self, parts: Parts) -> s.Condition:
        condition: s.Condition = parts[0]
        return condition

    def or_fail(self, parts: Parts) -> s.Duration:
        duration: s.Duration = parts[0]
        return duration

    def await_first(self, parts: Parts) -> s.Await:
        return s.Await(tuple(part for part in parts if type(part) is s.OnBranch), line_span(parts))

    def on_event(self, parts: Parts) -> s.OnBranch:
        return _on_branch(parts, _event_wait)

    def on_flow(self, parts: Parts) -> s.OnBranch:
        return _on_branch(parts, _flow_wait)

    def on_timeout(self, parts: Parts) -> s.OnBranch:
        return _on_branch(parts, lambda line: line[1])

    # ---- ending

    def status(self, parts: Parts) -> s.Status:
        return s.Status(quoted_of(parts[1]), line_span(parts))

    def finish(self, parts: Parts) -> s.Finish:
        result, outcome = words_of(parts, "VALUE"), words_of(parts, "STRING")
        return s.Finish(
            ref_of(result[0]) if result else None, quoted_of(outcome[0]) if outcome else None, line_span(parts)
        )

    def fail(self, parts: Parts) -> s.Fail:
        reason = parts[1]
        return s.Fail(ref_of(reason) if reason.type == "VALUE" else quoted_of(reason), line_span(parts))

    def break_line(self, parts: Parts) -> s.Break:
        return s.Break(line_span(parts))

    def continue_line(self, parts: Parts) -> s.Continue:
        return s.Continue(line_span(parts))


def _event_wait(parts: Parts) -> s.EventWait:
    return s.EventWait(parts[1], find(parts, s.Origin), find(parts, CONDITIONS))


def _flow_wait(parts: Parts) -> s.FlowWait:
    values, words = words_of(parts, "VALUE"), words_of(parts, "STRING")
    return s.FlowWait(ref_of(values[0]), ref_of(values[1]) if len(values) > 1 else None, quoted_of(words[0]))


def _on_branch(parts: Parts, read: Any) -> s.OnBranch:
    end = line_end(parts)
    return s.OnBranch(read(parts[:end]), tuple(parts[end + 1 :]), line_span(parts))
