"""Why a run does not go on, and the smallest thing that would make it: from a store alone, for every state of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wgen.runtime.clock import as_text
from wgen.runtime.codec import plain
from wgen.runtime.definition import event_words
from wgen.runtime.ending import PAUSED
from wgen.runtime.forgetting import is_erased
from wgen.runtime.life import ENDED, RunStatus
from wgen.runtime.owners import is_gone
from wgen.runtime.rows import ORDER
from wgen.runtime.signs import GATE, read_watch_event
from wgen.runtime.state import CHILD
from wgen.runtime.view import leaves_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wgen.runtime.ports import Store
    from wgen.runtime.rows import Stored


@dataclass(frozen=True, slots=True)
class Why:
    """One sentence, and what would unblock the run: each a command or a thing that has to happen."""

    status: RunStatus
    because: str
    unblock: list[str]


async def why(store: Store, stored: Stored, now: float) -> Why:
    """Looks at a run, and at those that it waits for."""
    row = stored.row
    if row.status in ENDED:
        return Why(row.status, *_ended(stored, retriable=not await is_erased(store, stored)))
    if row.owner is not None:
        return Why(row.status, *_held(stored, now))
    if row.status is RunStatus.PAUSED:
        return Why(row.status, *_paused(stored))
    if any(event.name.startswith(ORDER) for event in stored.events):
        return Why(row.status, "it has been told what to do, and no worker has done it yet", [_worker(row.flow)])
    waits = [found async for found in _waits(store, stored, now)]
    if waits:
        because = "; ".join(dict.fromkeys(because for because, _ in waits))
        return Why(row.status, because, list(dict.fromkeys(way for _, ways in waits for way in ways)))
    return Why(row.status, *_due(stored, now))


def _ended(stored: Stored, *, retriable: bool) -> tuple[str, list[str]]:
    row = stored.row
    if row.status is RunStatus.FINISHED:
        return "it has finished" + (f' as "{row.outcome}"' if row.outcome else ""), []
    error = plain(row.error) or {}
    told = f"{error.get('type')}: {error.get('message')}" if error.get("message") else str(error.get("type"))
    where = f" at {error['step']}" if error.get("step") else ""
    if row.status is RunStatus.CANCELLED:
        return f"it was cancelled{where}: {error.get('message', '')}".rstrip(": "), []
    if not retriable:
        return f"it failed{where} with {error.get('type')}, and its data was erased", []
    return f"it failed{where} with {told}", [f"wgen retry {row.id}"]


def _held(stored: Stored, now: float) -> tuple[str, list[str]]:
    row = stored.row
    until = as_text(row.due or now)
    at = ", ".join(leaf["step"] for leaf in leaves_of(stored)) or "its end"
    does, doing = ("undoes", "undoing") if row.status is RunStatus.UNDOING else ("executes", "executing")
    is_over = (row.due or now) <= now
    if is_gone(row.owner or ""):
        way = _worker(row.flow) + ("" if is_over else f", on this machine at once, elsewhere at {until}")
        return f"the worker {row.owner} was {doing} {at}, and its process is gone", [way]
    if is_over:
        return f"the worker {row.owner} was {doing} {at} and has not been heard of since {until}", [_worker(row.flow)]
    return f"the worker {row.owner} {does} {at}, and holds the run until {until} or longer", [
        f"the end of {at}, or of the lease at {until} if the worker has died"
    ]


def _paused(stored: Stored) -> tuple[str, list[str]]:
    row = stored.row
    error = plain(row.error) or {}
    resume = f"wgen resume {row.id}"
    if error.get("type") == PAUSED:
        whose = f" by {error['by']}" if error.get("by") else ""
        what = f": {error['message']}" if error.get("message") else ""
        return f"it was paused{whose}{what}", [resume]
    where = f" at {error['step']}" if error.get("step") else ""
    ways = {
        "StepMissing": [f"wgen retry {row.id} --from STEP --drive PATH, with a step of today's flow"],
        "StepChanged": [f"wgen retry {row.id} --drive PATH, which begins the step as the flow has it today"],
        "ValuesChanged": [f"wgen set {row.id} NAME=JSON, then {resume}"],
        "ValueMissing": [f"wgen set {row.id} NAME=JSON, then {resume}"],
        "FlowMissing": [f"a worker that knows the flow, then {resume}"],
    }
    return f"it is paused{where}: {error.get('message')}", ways.get(str(error.get("type")), [resume])


async def _waits(store: Store, stored: Stored, now: float) -> Any:
    """What each of its positions waits for."""
    row = stored.row
    known = plain(await store.definition(row.digest)) or {}
    for leaf in leaves_of(stored):
        for found in _leaf_waits(leaf, row.id, known):
            yield found
        for wait in leaf.get("waits", ()):
            if (wait["event"] or "").startswith(CHILD):
                yield await _child(store, wait, now)


def _leaf_waits(leaf: dict[str, Any], run: str, known: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    step = leaf["step"]
    if leaf.get("halted") or leaf.get("joining"):
        return
    if (wake := leaf.get("wake_at")) is not None:
        attempt = leaf.get("attempt", 0)
        yield (
            f"{step} failed {attempt} time{'s'[: attempt != 1]} and is tried again at {as_text(wake)}",
            [f"the time {as_text(wake)}"],
        )
    for wait in leaf.get("waits", ()):
        if not (wait["event"] or "").startswith(CHILD):
            yield _wait(step, wait, run, known)


def _wait(step: str, wait: dict[str, Any], run: str, known: dict[str, Any]) -> tuple[str, list[str]]:
    event, until = wait["event"], wait["until"]
    limit = "" if until is None else f" until {as_text(until)}"
    if event is None:
        return f"{step} waits{limit}", [f"the time {as_text(until)}"]
    if event.startswith(GATE):
        return f"{step} waits for room behind a limit", ["the end of an attempt that is at work under the same limit"]
    watched = read_watch_event(event)
    if watched is not None:
        flow, word, key = watched
        of = "" if key is None else f" with the key {key!r}"
        return f'{step} waits for a run of "{flow}"{of} to reach "{word}"{limit}', [
            f'a run of "{flow}"{of} at "{word}"'
        ]
    return _event(step, event, run, known, limit)


def _event(step: str, event: str, run: str, known: dict[str, Any], limit: str) -> tuple[str, list[str]]:
    events = known.get("events", {})
    words = event_words({event: events[event]["words"]} if event in events else {}, event)
    type_ = type_words(events.get(event, {}).get("schema", {}))
    return f"{step} waits for the event ({words}){limit}", [f"wgen send {run} {event} --payload JSON, with {type_}"]


def type_words(schema: dict[str, Any]) -> str:
    """What a payload has to be, in a few words."""
    if "title" in schema and schema.get("type") == "object":
        return f"a {schema['title']} ({', '.join(schema.get('properties', {}))})"
    return str(schema["type"]) if isinstance(schema.get("type"), str) else "any content"


async def _child(store: Store, wait: dict[str, Any], now: float) -> tuple[str, list[str]]:
    id = wait["event"].removeprefix(CHILD)
    child = await store.load(id)
    if child is None:
        return f'it waits for the run {id} of "{wait["flow"]}", which is gone', []
    below = await why(store, child, now)
    return f'it waits for the run {id} of "{child.row.flow}", which is {below.status}: {below.because}', below.unblock


def _due(stored: Stored, now: float) -> tuple[str, list[str]]:
    row = stored.row
    if row.due is None:
        return f'other runs of "{row.flow}" are in its place: a limit lets no more begin now', [
            "the end of a run under the same limit"
        ]
    if row.due > now:
        return f"it begins at {as_text(row.due)}", [f"the time {as_text(row.due)}"]
    verb = "is to undo what it has done" if row.status is RunStatus.UNDOING else "is ready to go on"
    return f"it {verb}, and no worker has taken it", [_worker(row.flow)]


def _worker(flow: str) -> str:
    return f'a worker that knows "{flow}": wgen worker PATH'
