"""Events that come without a run's id: each finds the runs that wait for it, or is kept for those who will."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from wgen.errors import EventRefused, ValueRejected
from wgen.runtime.correlation import NOTHING
from wgen.runtime.definition import event_words, find_event
from wgen.runtime.log import logger
from wgen.runtime.mail import check_id
from wgen.runtime.open_waits import is_meant, is_open
from wgen.runtime.published import Publication
from wgen.runtime.restore import load
from wgen.runtime.state import Unfit

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from wgen.runtime.plan import Bound
    from wgen.runtime.ports import Surroundings
    from wgen.runtime.published import Waiting
    from wgen.runtime.rows import Stored

DAY: Final = 86400.0

_PAUSE: Final = 1.0
"""Seconds between two times that events are dropped, so that many are dropped at once."""


class _Letter(NamedTuple):
    """A published event as one flow takes it."""

    bound: Bound
    event: str
    payload: Any
    text: bytes
    id: str | None


class Publisher:
    """Gives events to the runs that wait for them. What no run waits for is kept for `keep` seconds."""

    def __init__(self, around: Surroundings, keep: float) -> None:
        self._around = around
        self._keep = keep
        self._not_before = 0.0

    async def publish(self, bounds: Collection[Bound], event: str, payload: Any, id: str | None) -> list[str]:
        """Returns the ids of the runs that have got the event. Raises EventRefused if no flow can take it."""
        check_id(id)
        letters = list(_letters(bounds, event, payload, id))
        return [run for letter in letters for run in await self._publish(letter)]

    async def _publish(self, letter: _Letter) -> list[str]:
        store, now, telemetry = self._around.store, self._around.clock.now(), self._around.telemetry
        flow = letter.bound.flow.name
        fits: dict[int, bool] = {}
        runs = None
        while runs is None:
            for wait in await store.waiting(flow, letter.event, letter.text):
                if wait.number not in fits:
                    fits[wait.number] = await self._fits(letter, wait)
            new = Publication(
                flow=flow,
                event=letter.event,
                payload=letter.text,
                at=now,
                judged=fits.keys(),
                fits=[number for number, meant in fits.items() if meant],
                until=now + self._keep,
                id=letter.id,
                known_until=now + max(self._keep, DAY),
            )
            runs = await (store.publish(new) if telemetry is None else telemetry.publish(new, store.publish))
        self._around.observed(new.entry for _ in runs)
        return runs

    async def _fits(self, letter: _Letter, wait: Waiting) -> bool:
        """Whether the event is meant for a wait that was found: its own condition says so."""
        if wait.fields == NOTHING:
            return True
        stored = await self._around.store.load(wait.run)
        return stored is not None and _is_met(letter, wait, stored)

    async def drop(self) -> float | None:
        """Drops what was kept long enough, and says so in the log. Returns when that is to be done next."""
        now = self._around.clock.now()
        if now < self._not_before:
            return self._not_before
        dropped, soonest = await self._around.store.drop_unmatched(now)
        for flow, event, _, count in dropped:
            logger.warning(
                'dropped %d event%s (%s) for "%s": no run has waited for %s in time', count, "s"[: count != 1], event,
                flow, "it" if count == 1 else "them", extra={"run": None, "flow": flow, "step": None},
            )  # fmt: skip
        if dropped:
            self._not_before = now + _PAUSE
        return soonest if soonest is None else max(soonest, self._not_before)


def _letters(bounds: Collection[Bound], event: str, payload: Any, id: str | None) -> Iterator[_Letter]:
    """The event for each flow that can take it. Raises EventRefused if there is none."""
    taken, refused = 0, []
    for bound in bounds:
        words = {name: event_words(bound.flow.events, name) for name in sorted(bound.waits_for)}
        name = find_event(event, words)
        if name is None:
            continue
        if name not in bound.open_events:
            refused.append(
                f'"{bound.flow.name}" waits for ({words[name]}) without `where` and without a source, so nothing tells '
                "which run is meant: send it to a run, or write what it has to hold"
            )
            continue
        try:
            yield _Letter(bound, name, *bound.codec.coders[name].encode_json(payload), id)
            taken += 1
        except ValueRejected as error:
            refused.append(f'the payload does not fit "{bound.flow.name}": {error}')
    if not taken:
        raise EventRefused("; ".join(refused) or _nobody(bounds, event))


def _nobody(bounds: Collection[Bound], event: str) -> str:
    known = sorted({event_words(bound.flow.events, name) for bound in bounds for name in bound.open_events})
    waits = f"they wait for: {', '.join(known)}" if known else "they wait for none that comes without a run's id"
    return f'no flow that is registered here ever waits for an event "{event}"; {waits}'


def _is_met(letter: _Letter, wait: Waiting, stored: Stored) -> bool:
    try:
        run = load(letter.bound, stored)
    except Unfit:  # it will be paused for that; the event is kept for when it goes on, where the fields tell enough
        return bool(wait.fields)
    position = run.positions.get(wait.place)
    if position is None or position.plan is None:
        return False
    waited = [one for one in position.waits if one.event == letter.event and one.on is not None]
    ons = [position.plan.step.on[one.on] for one in waited]
    return any(is_open(on) and is_meant(on, position.known, letter.payload) for on in ons)
