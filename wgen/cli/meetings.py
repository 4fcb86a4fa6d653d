"""What open runs meet in the flows of today, in words: one finding for all runs that meet the same."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from wgen.cli.findings import plural
from wgen.compiler.source import Source, Span
from wgen.compiler.upgrade import findings as say
from wgen.compiler.upgrade.alignment import Alignment, Line, align
from wgen.compiler.upgrade.compare import successor
from wgen.compiler.upgrade.findings import Finding, Spot
from wgen.compiler.upgrade.steps import is_same_by_id
from wgen.compiler.upgrade.ways import Ways

if TYPE_CHECKING:
    from wgen.compiler.upgrade.texts import Text


class Meeting(NamedTuple):
    """One thing that runs meet. `kind` is that of a misfit, or one of Shifted, Lacking, Unheard, TooOld, FlowGone.

    `digest` is the definition that the runs began by, where its steps matter. `begin` is where a run has to be begun
    anew. `stands`: they meet it where they stand, not further on.
    """

    kind: str
    flow: str
    step: str = ""
    value: str = ""
    message: str = ""
    digest: str = ""
    begin: str | None = None
    whole: bool = False
    at_once: bool = True
    stands: bool = True


class Before:
    """A flow as the store remembers it: of each step the line and the digest."""

    def __init__(self, definition: Mapping[str, Any] | None) -> None:
        known = definition or {}
        self.steps: dict[str, dict[str, Any]] = dict(sorted(known.get("steps", {}).items(), key=_line))
        self.source: str | None = known.get("source")
        self.events: dict[str, dict[str, Any]] = known.get("events", {})

    def was(self, step: str) -> str:
        """`line 7 of order.flow`."""
        return f"line {self.steps[step]['line']} of {self.source}" if step in self.steps else "a step of before"

    def after(self, step: str) -> list[str]:
        """The steps that stood behind one."""
        ids = list(self.steps)
        return ids[ids.index(step) + 1 :] if step in ids else []


def _line(entry: tuple[str, dict[str, Any]]) -> int:
    return int(entry[1]["line"])


class Today:
    """A flow as its text has it now, held against what runs began by."""

    def __init__(self, text: Text) -> None:
        self.text = text
        self._alignments: dict[str, Alignment] = {}

    @cached_property
    def ways(self) -> Ways:
        return Ways(self.text.flow)

    def spot(self, step: str) -> Spot:
        """Where a step is written; the beginning of the flow, where it has no such step."""
        state = self.ways.states.get(step)
        return self.text.spot(state.step) if state else self.text.heading

    def aligned(self, before: Before, digest: str) -> Alignment:
        """Which of the old steps is which of today's, by their ids alone: the old sentences are not at hand."""
        if digest not in self._alignments:
            old, new = ([Line(id, "", id.replace("_", " ")) for id in ids] for ids in (before.steps, self.ways.states))
            self._alignments[digest] = align(old, new)
        return self._alignments[digest]


def finding(meeting: Meeting, count: int, flows: Mapping[str, Today], before: Before, store: str) -> Finding:
    """What a number of runs meet."""
    if meeting.kind == "FlowGone":
        return _flow_gone(meeting, count, flows, before, store)
    today = flows[meeting.flow]
    who = _runs(count, "stands", "stand")
    spot = today.spot(meeting.step)
    match meeting.kind:
        case "StepMissing":
            return _missing(meeting, who, today, before)
        case "StepChanged":
            return say.step_changed(spot, who, meeting.step, None, today.ways.begin(meeting.step))
        case "Shifted":
            shift = today.aligned(before, meeting.digest).shifted[meeting.step]
            return say.step_shifted(spot, who, meeting.step, *shift)
        case "ValuesChanged":
            value = Spot(today.text.source, today.text.flow.values[meeting.value].span)
            of = f" of {_runs(count, '', '')}"
            return say.value_changed(
                value, meeting.value, of, meeting.message, whole=meeting.whole, begin=meeting.begin
            )
        case "Lacking":
            step = today.ways.states[meeting.step].step
            return say.value_lacking(spot, meeting.value, step, _runs(count, "does not", "do not"))
        case "UndoUnfit":
            return _undo(meeting, today, before)
        case _:
            return _others(meeting, count, today, before)


def _others(meeting: Meeting, count: int, today: Today, before: Before) -> Finding:
    match meeting.kind:
        case "FlowMissing":
            who = _runs(count, "stands at", "stand at") if meeting.stands else _runs(count, "comes to", "come to")
            spot = today.spot(meeting.step)
            return say.child_gone(spot, who, meeting.step, meeting.message, at_once=meeting.at_once)
        case "Unheard":
            words = before.events.get(meeting.value, {}).get("words", meeting.value.replace("_", " "))
            more = f" ({_runs(count, 'waits for it or keeps one', 'wait for it or keep one')})"
            return say.event_gone(today.text.heading, words, more)
        case _:
            return say.time_up(today.text.heading, _runs(count, "is", "are"), today.text.flow.timeout or 0)


def _runs(count: int, verb: str, verbs: str) -> str:
    return f"{plural(count, 'run')} {verb if count == 1 else verbs}".rstrip()


def _flow_gone(meeting: Meeting, count: int, flows: Mapping[str, Today], before: Before, store: str) -> Finding:
    meant = successor(before.steps, {name: today.ways.states for name, today in flows.items()})
    spot = flows[meant].text.heading if meant else Spot(Source("", store), Span(0, 0))
    of_it = f"{plural(count, 'run')} of it {'is' if count == 1 else 'are'} open"
    return say.flow_gone(spot, meeting.flow, of_it, meant)


def _missing(meeting: Meeting, who: str, today: Today, before: Before) -> Finding:
    ways, id = today.ways, meeting.step
    renamed = today.aligned(before, meeting.digest).renamed.get(id)
    if renamed is not None:
        step = ways.states[renamed].step
        declarable = is_same_by_id(today.text, step, id, before.steps[id]["digest"])
        was = f"it was {before.was(id)}"
        return say.step_renamed(today.spot(renamed), who, id, was, declarable=declarable, begin=ways.begin(renamed))
    kept = next((other for other in before.after(id) if other in ways.states), None)
    begin = ways.begin(kept) if kept else None
    return say.step_gone(today.text.heading, who, id, before.was(id), begin)


def _undo(meeting: Meeting, today: Today, before: Before) -> Finding:
    if not meeting.value:  # the step that undoes is there
        found = say.undo_changed(today.spot(meeting.step), meeting.step, meeting.message)
    else:
        renamed = today.aligned(before, meeting.digest).renamed.get(meeting.value)
        spot = today.spot(renamed or "")
        found = say.undo_gone(spot, meeting.step, meeting.value, renamed=renamed is not None)
    return found._replace(at_once=meeting.at_once)
