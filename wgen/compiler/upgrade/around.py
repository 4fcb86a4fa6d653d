"""What changes for those around a flow: who starts it, sends it events, or reads its result."""

from __future__ import annotations

from collections.abc import Iterator

from wgen.compiler import ir
from wgen.compiler.checking import every_step
from wgen.compiler.types import describe
from wgen.compiler.upgrade import findings as say
from wgen.compiler.upgrade.findings import Finding, Spot
from wgen.compiler.upgrade.texts import Text
from wgen.compiler.upgrade.valuetypes import ValueTypes


def around(old: Text, new: Text, types: ValueTypes) -> Iterator[Finding]:
    """What others have to know of an upgrade."""
    yield from _inputs(old, new, types)
    yield from _events(old, new, types)
    was, now = _result(old.flow), _result(new.flow)
    if was != now:
        yield say.result_changed(new.heading, was, now)
    if new.flow.version < old.flow.version:
        yield say.version_lowered(new.heading, old.flow.version, new.flow.version)
    if new.flow.timeout is not None and (old.flow.timeout is None or new.flow.timeout < old.flow.timeout):
        yield say.time_shortened(new.heading, old.flow.timeout, new.flow.timeout)


def _inputs(old: Text, new: Text, types: ValueTypes) -> Iterator[Finding]:
    before = {entry.value: entry for entry in old.flow.inputs}
    after = {entry.value: entry for entry in new.flow.inputs}
    for name, entry in after.items():
        spot, words = Spot(new.source, entry.span), new.flow.values[name].words
        changed = types.change(name)
        if entry.default is None and (name not in before or before[name].default is not None):
            yield say.input_new(spot, words)
        elif name in before and changed is not None:
            yield say.input_other(spot, words, changed.why)
    for name, entry in before.items():
        if name not in after:
            yield say.input_gone(Spot(old.source, entry.span), old.flow.values[name].words)


def _events(old: Text, new: Text, types: ValueTypes) -> Iterator[Finding]:
    after = events_of(new.flow)
    for name, wait in events_of(old.flow).items():
        words = old.flow.values[name].words
        changed = types.change(name)
        if name not in after:
            yield say.event_gone(Spot(old.source, wait.span), words)
        elif changed is not None:
            yield say.event_other(Spot(new.source, after[name].span), words, changed.why)


def events_of(flow: ir.Flow) -> dict[str, ir.EventWait]:
    """The events that a flow waits for, each with the first sentence that does."""
    found: dict[str, ir.EventWait] = {}
    for step in every_step(flow.body):
        waits = [step.wait] if isinstance(step, ir.Receive) else []
        waits += (
            [b.wait for b in step.branches if isinstance(b.wait, ir.EventWait)] if isinstance(step, ir.Await) else []
        )
        for wait in waits:
            found.setdefault(wait.event, wait)
    return found


def _result(flow: ir.Flow) -> str:
    """What a run gives when it finishes, in words."""
    results = [step.result for step in every_step(flow.body) if isinstance(step, ir.Finish) and step.result]
    return " or ".join(dict.fromkeys(describe(result.type) for result in results)) or "nothing"
