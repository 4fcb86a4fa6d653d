"""Starts runs that nobody asks for: by the calendar, and because another flow has reached a word."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from wgen.errors import InputError
from wgen.runtime.clock import as_text
from wgen.runtime.codec import plain
from wgen.runtime.flow import Every, When
from wgen.runtime.history import Entry, What
from wgen.runtime.inputs import business_key, take_inputs
from wgen.runtime.life import new_run_id
from wgen.runtime.limits import run_gates
from wgen.runtime.rows import Gate, NewRun, SlotTaken, ValueRow, folded
from wgen.runtime.schedule import Schedule

if TYPE_CHECKING:
    from wgen.runtime.plan import Bound
    from wgen.runtime.ports import Surroundings
    from wgen.runtime.rows import Created, Signal

_log: Final = logging.getLogger("wgen")


class Triggers:
    """What starts the flows of an engine. `add` takes a flow in, `start_due` starts what is to start now."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._bounds: dict[str, Bound] = {}
        self._schedules: dict[tuple[str, str], Schedule] = {}
        self._next: dict[tuple[str, str], float | None] = {}
        self._unconnected: dict[str, Bound] = {}
        self._connected = False

    def add(self, bound: Bound) -> None:
        """Takes a flow in. Raises UsageError when it has a schedule that can't be read."""
        flow = bound.flow
        for id in [id for id in self._schedules if id[0] == flow.name]:
            del self._schedules[id]
        self._bounds[flow.name] = self._unconnected[flow.name] = bound
        for every in flow.triggers:
            if isinstance(every, Every):
                self._schedules[flow.name, every.words] = Schedule(flow.name, every)
                self._next.pop((flow.name, every.words), None)

    async def connect(self) -> None:
        """Has the store know which words of other flows start the flows that are new here."""
        while self._unconnected:
            name, bound = self._unconnected.popitem()
            wanted = {(folded(on.flow), on.word) for on in bound.flow.triggers if isinstance(on, When)}
            await self._around.store.connect(name, sorted(wanted))
            self._connected = self._connected or bool(wanted)

    async def start_due(self) -> float | None:
        """Stores the runs that are to start now, and returns when the next slot is."""
        await self.connect()
        if self._connected:
            for signal in await self._around.store.signals(self._bounds):
                await self._answer(signal)
        for id, schedule in list(self._schedules.items()):
            await self._take_slots(id, schedule)
        return min((slot for id in self._schedules if (slot := self._next.get(id)) is not None), default=None)

    # ---- the calendar ----

    async def _take_slots(self, id: tuple[str, str], schedule: Schedule) -> None:
        now = self._around.clock.now()
        if id in self._next and ((slot := self._next[id]) is None or slot > now):
            return
        since = await self._around.store.schedule(*id, now)
        caught_up = False
        while (due := schedule.due(since, now)) is not None:
            caught_up = caught_up or due.behind
            await self._take(schedule, since, due.at, skips=schedule.every.overlap == "skipping" and not caught_up)
            since = await self._around.store.schedule(*id, now)
        self._next[id] = schedule.after(since)

    async def _take(self, schedule: Schedule, since: float, slot: float, *, skips: bool) -> None:
        """Takes one slot, whoever else wants it, too. Slots that are caught up queue behind one another."""
        every, bound = schedule.every, self._bounds[schedule.flow]
        gates = () if every.overlap == "allowing" else (Gate(schedule.gate, 1),)
        new = None
        try:
            new = self._new_run(bound, {}, f"{every.words} {as_text(slot)}", gates)
            await self._define(bound)
        except InputError as error:
            _log.error('"%s" does not start %s: %s', schedule.flow, every.words, error)
        created = await self._around.store.take_slot(
            SlotTaken(schedule.flow, every.words, since, slot, new, schedule.gate if skips else None)
        )
        self._tell(created)

    # ---- other flows ----

    async def _answer(self, signal: Signal) -> None:
        """Starts a run because a run of another flow has reached a word."""
        bound = self._bounds[signal.starts]
        triggers = [on for on in bound.flow.triggers if isinstance(on, When)]
        new = None
        for on in triggers:
            if folded(on.flow) == folded(signal.flow) and on.word == signal.word:
                new = await self._connected_run(bound, on, signal)
        self._tell(await self._around.store.answer(signal.number, new))

    async def _connected_run(self, bound: Bound, on: When, signal: Signal) -> NewRun | None:
        given = {} if on.gives is None else {on.gives: told_of(signal, on.gives)}
        try:
            await self._define(bound)
            return self._new_run(bound, given, trace=signal.trace)
        except InputError as error:
            reason = f'run {signal.run} of "{signal.flow}" reached "{signal.word}"'
            _log.error('"%s" does not start, though %s: %s', signal.starts, reason, error)
            return None

    # ---- both ----

    def _new_run(
        self,
        bound: Bound,
        given: dict[str, Any],
        key: str | None = None,
        gates: tuple[Gate, ...] = (),
        trace: str | None = None,
    ) -> NewRun:
        known, rows = take_inputs(bound, {name: v for name, v in given.items() if name in bound.flow.inputs})
        for name, value in given.items():
            if name not in bound.flow.inputs:  # a value that only this trigger gives
                kept, text = bound.codec.coders[name].encode_json(value)
                setattr(known, name, kept)
                rows.append(ValueRow(0, name, text))
        now = self._around.clock.now()
        return NewRun(
            id=new_run_id(),
            flow=bound.flow.name,
            version=bound.flow.version,
            digest=bound.flow.digest,
            key=key or business_key(bound, known),
            position=bound.first.fresh,
            at=now,
            values=rows,
            entries=[Entry(now, What.RUN_CREATED)],
            gates=(*run_gates(bound, known), *gates),
            trace=trace,
        )

    async def _define(self, bound: Bound) -> None:
        if self._around.define is not None:
            await self._around.define(bound.flow.name)

    def _tell(self, created: Created | None) -> None:
        if created is None or not created.created:
            return
        self._around.observed([Entry(created.row.created_at, What.RUN_CREATED)])
        if self._around.telemetry is not None:
            self._around.telemetry.started(created.row.flow)


def told_of(signal: Signal, name: str) -> Any:
    """The value that a run is started with: the other run's of the same name, else what there is to tell of it."""
    values = plain(signal.values)
    if name in values:
        return values[name]
    return {"run": signal.run, "flow": signal.flow, "key": signal.key, "word": signal.word, "values": values}
