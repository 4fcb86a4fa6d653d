"""How an event gets to a run: named, checked and kept, or refused before anything has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from wgen.errors import EventRefused, ValueRejected
from wgen.runtime.codec import plain
from wgen.runtime.correlation import fits
from wgen.runtime.definition import check_payload, event_name, event_words
from wgen.runtime.history import Entry, What
from wgen.runtime.inputs import why_not_kept
from wgen.runtime.life import ENDED
from wgen.runtime.restore import load
from wgen.runtime.rows import NewEvent, Stored
from wgen.runtime.state import Unfit

if TYPE_CHECKING:
    from wgen.runtime.plan import Bound
    from wgen.runtime.ports import Surroundings
    from wgen.runtime.rows import RunRow


class Letter(NamedTuple):
    """What somebody sends. `event` is in words or an identifier, `id` the sender's own name for it."""

    event: str
    payload: Any
    id: str | None
    strict: bool


async def send(around: Surroundings, bound: Bound | None, row: RunRow, letter: Letter) -> None:
    """Has the run keep an event until a wait takes it. Raises EventRefused."""
    check_id(letter.id)
    ended = row.status in ENDED
    if bound is not None:
        words = {name: event_words(bound.flow.events, name) for name in sorted(bound.waits_for)}
        name = event_name(letter.event, words, row.flow)
        stored = await _stored(around, row) if letter.strict or name in bound.choosy_events else None
        text = b"" if ended else _encode(bound, stored, name, letter)
    else:
        known = plain(await around.store.definition(row.digest))
        words = {name: event["words"] for name, event in known["events"].items()}
        name = event_name(letter.event, words, row.flow)
        stored = await _stored(around, row)
        text = check_payload(letter.payload, known["events"][name]["schema"], words[name])
        _check_correlation(stored, name, plain(text), words[name])
    if letter.strict and not ended and stored is not None and name not in _awaited(stored):
        raise EventRefused(f"the run {row.id} does not wait for ({words[name]}) now")
    entry = Entry(around.clock.now(), What.EVENT_RECEIVED, reason=name)
    new = NewEvent(row.id, name, text, entry.at, entry, letter.id)
    keep, telemetry = around.store.add_event, around.telemetry
    accepted = await (keep(new) if telemetry is None else telemetry.send(row.flow, new, keep))
    if accepted == "ended":
        raise EventRefused(f"the run {row.id} has ended and takes no event any more")
    if accepted == "added":
        around.observed([entry])


async def _stored(around: Surroundings, row: RunRow) -> Stored:
    """The run with its positions and values; one that is deleted just now has none."""
    return await around.store.load(row.id) or Stored(row)


def check_id(id: object) -> None:
    """Raises EventRefused for what can't be the sender's own name of an event."""
    if id is not None and (reason := why_not_kept(id)) is not None:
        raise EventRefused(f"the id of an event {reason}")


def _encode(bound: Bound, stored: Stored | None, name: str, letter: Letter) -> bytes:
    """Checks the payload by the flow's own types, and whether an open wait wants it, where waits can choose."""
    coder = bound.codec.coders[name]
    try:
        payload, text = coder.encode_json(letter.payload)
    except ValueRejected as error:
        raise EventRefused(f"the payload does not fit: {error}") from error
    if stored is None or name not in bound.choosy_events:
        return text
    try:
        run = load(bound, stored)
    except Unfit:  # the run will be paused for that; the event is kept for when it goes on
        return text
    wheres: list[Any] = [
        (p.plan.step.on[wait.on].where, p.known)
        for p in run.leaves()
        if p.plan
        for wait in p.waits
        if wait.event == name
    ]
    if wheres and not any(where is None or _holds(where, known, payload, coder.words) for where, known in wheres):
        raise EventRefused(f"({coder.words}) is not meant for the run {run.id}: its condition does not hold")
    return text


def _check_correlation(stored: Stored, name: str, payload: Any, words: str) -> None:
    """Without the flow's code: whether an open wait wants the event, as far as its stored correlation tells."""
    waits = [wait for wait in _waits(stored) if wait["event"] == name]
    wanted = [wait.get("correlation") for wait in waits]
    if wanted and all(correlation is not None and not fits(correlation, payload) for correlation in wanted):
        raise EventRefused(f"({words}) is not meant for the run {stored.row.id}: its condition does not hold")


def _holds(where: Any, known: Any, payload: Any, words: str) -> bool:
    try:
        return bool(where(known, payload))
    except Exception as error:
        raise EventRefused(f"({words}) can't be compared with what the run waits for: {error}") from error


def _awaited(stored: Stored) -> set[str]:
    """The events that the run waits for now."""
    return {wait["event"] for wait in _waits(stored)}


def _waits(stored: Stored) -> list[dict[str, Any]]:
    bodies = [plain(text) for text in (stored.row.position, *(p.body for p in stored.positions))]
    return [wait for body in bodies for wait in body.get("waits", ())]
