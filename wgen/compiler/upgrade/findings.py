"""What an upgrade means for runs, in words: one finding for each thing that they meet.

`who` begins a sentence: "runs can stand" where only texts are compared, "3 runs stand" where the runs are known.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from wgen.compiler import ir
from wgen.compiler.diagnostics import Diagnostic, Rule
from wgen.compiler.rules import upgrades as rules
from wgen.compiler.source import Source, Span
from wgen.compiler.words import duration_words


class Verdict(StrEnum):
    """What becomes of a run."""

    GOES_ON = "goes on"
    NEEDS_MAPPING = "needs a mapping"
    MUST_FINISH = "must finish on the old version"


ORDER = tuple(Verdict)
"""From the best to the worst."""


class Finding(NamedTuple):
    """One finding. `at_once`: a run that meets it is paused as soon as a worker with the new text takes it."""

    diagnostic: Diagnostic
    verdict: Verdict
    at_once: bool = False


class Spot(NamedTuple):
    """A place of a text."""

    source: Source
    span: Span

    @property
    def line(self) -> str:
        """`line 7 of flows/order.flow`."""
        return f"line {self.source.position(self.span.start)[0]} of {self.source.path}"

    @property
    def words(self) -> str:
        """The text of the place on one line."""
        return " ".join(self.source.text[self.span.start : self.span.end].split())


def _says(spot: Spot, rule: Rule, message: str, help: str | None, verdict: Verdict, *, at_once: bool) -> Finding:
    return Finding(Diagnostic(rule, message, spot.source, spot.span, help), verdict, at_once)


def listed(ids: Sequence[str], most: int = 3) -> str:
    """Some ids in a sentence, not all of them if there are many."""
    named = [f'"{id}"' for id in ids[:most]]
    if len(ids) > most:
        return f"{', '.join(named)} and {len(ids) - most} more"
    return " and ".join((", ".join(named[:-1]), named[-1]) if len(named) > 1 else named)


# ---- where runs stand ------------------------------------------------------------------------------------------------


def flow_gone(spot: Spot, name: str, open_: str, meant: str | None) -> Finding:
    """`open_`: how many runs may be, or are, open."""
    goes_on = f"the flow ({meant}) has most of its sentences: name it `@Flow {name}`" if meant else None
    help = goes_on or f"keep a worker with the old text until they have ended, or name the flow `@Flow {name}` again"
    message = f'no flow is called "{name}" any more, and {open_}'
    return _says(spot, rules.FLOW_GONE, message, help, Verdict.MUST_FINISH, at_once=False)


def step_renamed(spot: Spot, who: str, id: str, was: str, *, declarable: bool, begin: str) -> Finding:
    """`was` tells of the sentence before, `declarable` whether naming the old id is all that it takes."""
    retry = f"`wgen retry RUN --from {begin}` begins it by hand"
    help = f'{was}; write (with id "{id}") into this sentence, and they go on' if declarable else f"{was}; {retry}"
    message = f'{who} at "{id}", and this sentence looks like it under another name'
    return _says(spot, rules.STEP_RENAMED, message, help, Verdict.NEEDS_MAPPING, at_once=True)


def step_gone(spot: Spot, who: str, id: str, was: str | None, begin: str | None) -> Finding:
    """`begin` is the next step that is still there."""
    where = f" ({was})" if was else ""
    help = f"`wgen retry RUN --from {begin or 'STEP'}` goes on {'behind it' if begin else 'at another step'}"
    message = f'{who} at "{id}"{where}, and there is no such step any more'
    return _says(spot, rules.STEP_GONE, message, help, Verdict.NEEDS_MAPPING, at_once=True)


def step_changed(spot: Spot, who: str, id: str, what: str | None, begin: str) -> Finding:
    """`what` tells the difference."""
    told = f"{what}; " if what else ""
    again = "`wgen retry RUN` begins it as it is now" if begin == id else f"`wgen retry RUN --from {begin}` begins anew"
    message = f'{who} at "{id}", which is not the same step any more'
    return _says(spot, rules.STEP_CHANGED, message, f"{told}{again}", Verdict.NEEDS_MAPPING, at_once=True)


def step_shifted(spot: Spot, who: str, id: str, was: str | None, now: str | None) -> Finding:
    """`was` is the id that this sentence had before, `now` the one that theirs has today."""
    which = f'this one was "{was}"' if was else f'theirs is "{now}" now'
    help = f'of equal sentences one came or went, {which}; (with id "…") gives each an id that stays'
    message = f'{who} at "{id}", and go on at this sentence, which is another one'
    return _says(spot, rules.STEP_SHIFTED, message, help, Verdict.NEEDS_MAPPING, at_once=False)


def child_gone(spot: Spot, who: str, id: str, flow: str, *, at_once: bool = False) -> Finding:
    """A step that runs a flow which is not there."""
    message = f'{who} "{id}", and no flow is called "{flow}" any more'
    help = f"keep a worker with the old text of ({flow}) until they have ended"
    return _says(spot, rules.CHILD_GONE, message, help, Verdict.MUST_FINISH, at_once=at_once)


# ---- values ----------------------------------------------------------------------------------------------------------


def value_changed(spot: Spot, name: str, of: str, why: str, *, whole: bool, begin: str | None = None) -> Finding:
    """`of` tells of which runs, `begin` where a run has to be begun anew because its value can't be set."""
    words = name.replace("_", " ")
    useless = whole and begin is None
    verdict = Verdict.MUST_FINISH if useless else Verdict.NEEDS_MAPPING
    mend = f"`wgen retry RUN --from {begin}` gives it anew" if begin else f"`wgen set RUN {name}=JSON` mends a run"
    other = "let the new value have another name, or keep a worker with the old text until they have ended"
    help = other if useless else f"{mend}; or let the new type read what the old one wrote"
    message = f"({words}){of} does not fit its type any more: {why}"
    return _says(spot, rules.VALUE_CHANGED, message, help, verdict, at_once=True)


def value_unclear(spot: Spot, name: str, why: str) -> Finding:
    """The texts don't tell."""
    words = name.replace("_", " ")
    message = f"({words}) may not fit its type any more: {why}"
    help = "the texts don't tell; `wgen breaking --against STORE` tries it with the values of the open runs"
    return _says(spot, rules.VALUE_UNCLEAR, message, help, Verdict.NEEDS_MAPPING, at_once=True)


def value_lacking(spot: Spot, name: str, reader: ir.Step, who: str) -> Finding:
    """`who` tells of the runs: "3 runs do not"."""
    words = name.replace("_", " ")
    message = f"this reads ({words}), which {who} know"
    twice = (
        ", or write it twice, (until version n) for them and (since version n)" if isinstance(reader, ir.Task) else ""
    )
    help = f"ask before it with `@When ({words}) is given`{twice}; `wgen set RUN {name}=JSON` gives it to one run"
    return _says(spot, rules.VALUE_LACKING, message, help, Verdict.NEEDS_MAPPING, at_once=False)


def undo_gone(spot: Spot, done: str, undo: str, *, renamed: bool) -> Finding:
    """`done` can't be undone by the step `undo`: itself, if it ran a child. `renamed`: the spot looks like it."""
    message = f'what "{done}" has done can\'t be undone any more: there is no step "{undo}"'
    new = f"the {'sentence' if undo == done else '@Undo'} that takes its place, or keep the old one"
    where = "this sentence, which looks like it" if renamed else new
    help = f'write (with id "{undo}") into {where}'
    return _says(spot, rules.UNDO_CHANGED, message, help, Verdict.NEEDS_MAPPING, at_once=False)


def undo_changed(spot: Spot, done: str, why: str) -> Finding:
    """The step that undoes `done` is another one, or needs what was not kept for it."""
    message = f'what "{done}" has done can\'t be undone any more: {why}'
    help = "let the @Undo of that step read what it read before, in the same types"
    return _says(spot, rules.UNDO_CHANGED, message, help, Verdict.NEEDS_MAPPING, at_once=False)


# ---- those around a flow ---------------------------------------------------------------------------------------------


def _warns(spot: Spot, rule: Rule, message: str, help: str) -> Finding:
    return _says(spot, rule, message, help, Verdict.GOES_ON, at_once=False)


def input_new(spot: Spot, words: str) -> Finding:
    message = f"({words}) is an input that whoever starts the flow has to give now"
    return _warns(spot, rules.INPUTS_CHANGED, message, "give it a default: `, by default …`")


def input_gone(spot: Spot, words: str) -> Finding:
    message = f"({words}) is no input any more, and whoever gives it is refused"
    return _warns(spot, rules.INPUTS_CHANGED, message, "tell those who start the flow, or keep the input for a while")


def input_other(spot: Spot, words: str, why: str) -> Finding:
    message = f"those who start the flow may be refused for ({words}): {why}"
    return _warns(spot, rules.INPUTS_CHANGED, message, "tell those who start the flow")


def event_gone(spot: Spot, words: str, more: str = "") -> Finding:
    message = f"no sentence waits for the event ({words}) any more{more}: whoever sends it is refused"
    return _warns(spot, rules.EVENT_CHANGED, message, "tell the senders, or keep a sentence that receives it")


def event_other(spot: Spot, words: str, why: str) -> Finding:
    message = f"the senders of ({words}) may be refused: {why}"
    return _warns(spot, rules.EVENT_CHANGED, message, "tell the senders")


def result_changed(spot: Spot, before: str, now: str) -> Finding:
    message = f"the result was {before}, and is {now}"
    return _warns(spot, rules.RESULT_CHANGED, message, "tell those who read it, and flows that run this one")


def version_lowered(spot: Spot, before: int, now: int) -> Finding:
    message = f"this is version {now}, and there were runs of version {before}"
    help = "versions only rise: what holds `until` or `since` a version is told by them"
    return _warns(spot, rules.VERSION_LOWERED, message, help)


def time_shortened(spot: Spot, before: int | None, now: int) -> Finding:
    earlier = duration_words(before) if before is not None else "as long as they liked"
    message = f"runs have {duration_words(now)} from their start, and had {earlier}"
    help = "an open run that is older fails with FlowTimeout as soon as a worker takes it"
    return _warns(spot, rules.TIME_SHORTENED, message, help)


def time_up(spot: Spot, who: str, now: int) -> Finding:
    """Runs that are known to be too old."""
    message = f"{who} open for longer than {duration_words(now)}, which is all that a run has now"
    help = "they fail with FlowTimeout as soon as a worker takes them"
    return _says(spot, rules.TIME_SHORTENED, message, help, Verdict.MUST_FINISH, at_once=False)
