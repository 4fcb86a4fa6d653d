"""Writes what starts a flow by itself, and how many of its runs and tasks may be at work."""

from __future__ import annotations

from wgen.compiler import ir
from wgen.compiler.functions import Functions
from wgen.compiler.layout import text_literal
from wgen.compiler.rows import calls
from wgen.compiler.settings import Settings
from wgen.compiler.words import duration_words
from wgen.compiler.writer import Writer

_COLUMN = 4  # of an entry of the flow
_DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")


def trigger_lines(writer: Writer, settings: Settings) -> list[str]:
    """The calendar and the other flows that start this one; connectors are no business of the flow's own module."""
    found = []
    for trigger in writer.flow.triggers:
        match trigger:
            case ir.StartEvery():
                found.append((f"{writer.names.use('Every')}(", _every(trigger, settings)))
            case ir.StartWhen():
                gives = [f"gives={text_literal(trigger.giving)}"] if trigger.giving else []
                named = [text_literal(" ".join(trigger.flow.split())), text_literal(trigger.word)]
                found.append((f"{writer.names.use('When')}(", [*named, *gives]))
            case ir.StartOn():
                pass
    return calls("triggers=", found, _COLUMN) if found else []


def _every(every: ir.StartEvery, settings: Settings) -> list[str]:
    zone = every.zone or settings.timezone
    words = _words(every)
    if every.interval is not None:
        arguments = [text_literal(words), f"seconds={every.interval / 1000!r}"]
    else:
        shown = f'{words} in "{every.zone}"' if every.zone else words
        arguments = [text_literal(shown), f"cron={text_literal(_cron(every))}", f"zone={text_literal(zone)}"]
    if every.overlap != "skipping":
        arguments.append(f"overlap={text_literal(every.overlap)}")
    return [*arguments, "catching_up=True"] if every.catching_up else arguments


def _words(every: ir.StartEvery) -> str:
    if every.interval is not None:
        return f"every {duration_words(every.interval)}".replace("every 1 ", "every ")
    return f'on schedule "{_cron(every)}"' if every.cron is not None else f"every {every.day} at {every.time}"


def _cron(every: ir.StartEvery) -> str:
    """A calendar sentence as a cron line."""
    if every.cron is not None:
        return " ".join(every.cron.split())
    hour, minute = (every.time or "00:00").split(":")
    day = every.day or "day"
    days = {"day": "*", "weekday": "1-5"}.get(day) or str(_DAYS.index(day))
    return f"{int(minute)} {int(hour)} * * {days}"


def limit_lines(writer: Writer) -> list[str]:
    """The limits of the flow's runs, and those of its tasks."""
    functions = Functions(writer)
    lines = []
    for scope, head in (("flow", "limits="), ("task", "task_limits=")):
        found = [
            (f"{writer.names.use('Limit')}(", _limit(limit, functions))
            for limit in writer.flow.limits
            if limit.scope == scope
        ]
        lines += calls(head, found, _COLUMN) if found else []
    return lines


def _limit(limit: ir.Limit, functions: Functions) -> list[str]:
    arguments = [str(limit.count)]
    if limit.per is not None:
        arguments.append(f"per={limit.per / 1000!r}")
    if limit.each is not None:
        arguments.append(f"each={functions.limited_for_each(limit.each)}")
    return arguments
