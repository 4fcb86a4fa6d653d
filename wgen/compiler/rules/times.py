"""WG3, times: waits between retries, time zones and calendars that can't be meant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wgen.compiler import syntax
from wgen.compiler.checking import View
from wgen.compiler.cron import cron_problem
from wgen.compiler.diagnostics import Diagnostic, Edit, Fix, Related, Rule
from wgen.compiler.names import edit_distance
from wgen.compiler.scope import all_tasks, bodies

CAP_BELOW_WAIT = Rule(
    "WG305", "cap-below-wait", "warning", "the longest wait between retries is shorter than the first"
)
UNKNOWN_ZONE = Rule("WG306", "unknown-zone", "error", "a time zone that does not exist")
BAD_SCHEDULE = Rule("WG307", "bad-schedule", "error", "an interval of nothing, or a cron text that can't be read")
IDLE_MODIFIER = Rule("WG308", "idle-modifier", "warning", "a modifier that has no effect where it stands")


def cap_below_wait(view: View) -> Iterator[Diagnostic]:
    """A cap that already cuts the first wait."""
    said = {entry.kind: entry for entry in view.tree.header if isinstance(entry, syntax.Retry)}
    wait, cap = said.get("wait"), said.get("cap")
    if not (wait and cap and isinstance(wait.value, syntax.Duration) and isinstance(cap.value, syntax.Duration)):
        return
    if cap.value.milliseconds < wait.value.milliseconds:
        yield view.says(
            CAP_BELOW_WAIT,
            cap.span,
            "no wait is longer than this, but the first one is said to be",
            help="raise the cap, or shorten the wait",
            related=[Related(wait.span, "the first wait")],
        )


# ---- zones and calendars ---------------------------------------------------------------------------------------------


def unknown_zone(view: View) -> Iterator[Diagnostic]:
    """A zone that the time zone database lacks."""
    entries = (*view.tree.header, *_every_step(view.tree.body))
    zones = [entry.zone for entry in entries if isinstance(entry, (syntax.StartEvery, syntax.Wait)) and entry.zone]
    for zone in zones:
        if _exists(zone.text) or not _exists("Europe/Berlin"):
            continue
        meant = _closest_zone(zone.text)
        yield view.says(
            UNKNOWN_ZONE,
            zone.span,
            f'there is no time zone "{zone.text}"',
            help=f'did you mean "{meant}"?' if meant else 'zones are named like "Europe/Berlin" or "UTC"',
            fix=Fix("safe", (Edit(zone.span, f'"{meant}"'),)) if meant else None,
        )


def _every_step(steps: Iterable[syntax.Step]) -> Iterator[syntax.Step]:
    for step in steps:
        yield step
        for body in bodies(step):
            yield from _every_step(body)


def _exists(zone: str) -> bool:
    """Whether a zone is known. On a machine without the database none is, and nothing can be said."""
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - only flows that name a zone pay for loading it

    try:
        ZoneInfo(zone)
    except (OSError, ValueError, LookupError):
        return False
    return True


def _closest_zone(zone: str) -> str | None:
    from zoneinfo import available_timezones  # noqa: PLC0415 - as above

    wanted = zone.lower().replace(" ", "_")
    found = [(edit_distance(wanted, name.lower(), 2), name) for name in sorted(available_timezones())]
    distance, name = min(found, default=(3, ""))
    return name if distance <= 2 and len(zone) > 4 else None


def bad_schedule(view: View) -> Iterator[Diagnostic]:
    """A schedule that no calendar could follow."""
    for entry in view.tree.header:
        if isinstance(entry, syntax.StartEvery) and entry.interval and not entry.interval.milliseconds:
            message = "a flow can't start again after no time at all"
            yield view.says(BAD_SCHEDULE, entry.interval.span, message, help="write how long it is from start to start")
        if isinstance(entry, syntax.StartEvery) and entry.cron and (problem := cron_problem(entry.cron.text)):
            yield view.says(
                BAD_SCHEDULE,
                entry.cron.span,
                problem,
                help='the five parts are minute, hour, day, month and weekday, as in "30 2 * * 1-5"',
            )


# ---- modifiers -------------------------------------------------------------------------------------------------------


def idle_modifier(view: View) -> Iterator[Diagnostic]:
    """A modifier without effect."""
    said = {entry.kind for entry in view.tree.header if isinstance(entry, syntax.Retry)}
    retried = any(_retries(entry) for entry in view.tree.header) or ("window" in said and "count" not in said)
    for task in all_tasks(view.tree.body):
        own = {setting.kind: setting for setting in task.sentence.settings}
        if "wait" in own and not (own["retries"].value if "retries" in own else retried):
            yield view.says(
                IDLE_MODIFIER,
                own["wait"].span,
                "this says how long to wait for a retry, but this task is not retried",
                help="say how often: `(with 3 retries, retry wait 2 seconds)`",
            )
        since = own["since"].value if "since" in own else 0
        if isinstance(since, int) and since > view.flow.version:
            yield view.says(
                IDLE_MODIFIER,
                own["since"].span,
                f"no run does this yet: the flow is version {view.flow.version}",
                help=f"raise the flow's version: `@Flow {view.flow.name}, version {since}`",
            )


def _retries(entry: syntax.Header) -> bool:
    return isinstance(entry, syntax.Retry) and entry.kind == "count" and entry.value != 0


CHECKS = (cap_below_wait, unknown_zone, bad_schedule, idle_modifier)
