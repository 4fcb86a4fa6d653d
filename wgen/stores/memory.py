"""Keeps runs in the memory of this process, for tests and for scripts that need no durability."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wgen.errors import LostLease, RunIsOpen
from wgen.runtime.history import Entry
from wgen.runtime.life import ENDED, RunStatus
from wgen.runtime.rows import (
    Created,
    Due,
    Event,
    Lease,
    NewEvent,
    PositionRow,
    RunRow,
    Signal,
    Stored,
    UndoRow,
    ValueRow,
    Watch,
    ended_as,
    erased,
    folded,
    new_status,
    refused_child,
)
from wgen.runtime.signs import child_event, gate_event
from wgen.stores.memory_gates import RUN, Gates
from wgen.stores.memory_waits import Waits

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from wgen.runtime.rows import (
        Accepted,
        Change,
        EntryRow,
        Head,
        Held,
        NewRun,
        Publication,
        RunQuery,
        SlotTaken,
        Telling,
        Unmatched,
        Waiting,
    )


@dataclass(slots=True)
class _Run:
    """Everything about one run."""

    row: RunRow
    positions: dict[int, PositionRow] = field(default_factory=dict)
    values: dict[tuple[int, str], bytes] = field(default_factory=dict)
    undos: dict[int, UndoRow] = field(default_factory=dict)
    watches: dict[str, Watch] = field(default_factory=dict)
    reached: dict[str, float] = field(default_factory=dict)
    events: dict[int, Event] = field(default_factory=dict)
    event_ids: set[str] = field(default_factory=set)
    history: list[EntryRow] = field(default_factory=list)
    words: dict[str, None] = field(default_factory=dict)

    def stored(self, lost: Lease | None = None, was_due: float | None = None) -> Stored:
        values = [ValueRow(scope, name, text) for (scope, name), text in self.values.items()]
        row, positions, undos = self.row.copy(), list(self.positions.values()), list(self.undos.values())
        return Stored(row, positions, values, list(self.events.values()), undos, lost, was_due)


class MemoryStore:
    """A store without durability. `url` is `memory://`."""

    def __init__(self, url: str = "memory://") -> None:
        self.url = url
        self._runs: list[_Run] = []
        self._gone: set[int] = set()
        self._due: dict[int, _Run] = {}
        self._by_id: dict[str, _Run] = {}
        self._open_keys: dict[tuple[str, str], _Run] = {}
        self._definitions: dict[str, bytes] = {}
        self._gates = Gates(lambda number: self._runs[number].row.status is RunStatus.PAUSED)
        self._waits = Waits(self._keep_event)
        self._schedules: dict[tuple[str, str], float] = {}
        self._connections: dict[str, list[tuple[str, str]]] = {}
        self._signals: dict[int, Signal] = {}
        self._last_signal = 0

    async def exists(self) -> bool:
        return True

    async def open(self, *, create: bool = True, look: bool = False) -> None:
        """There is nothing to open."""

    async def close(self) -> None:
        """There is nothing to close; the runs stay as long as the object does."""

    async def create(self, new: NewRun, /) -> Created:
        return self._add(new)

    def _add(self, new: NewRun) -> Created:
        if new.key is not None and (other := self._open_keys.get((new.flow, new.key))) is not None:
            return Created(other.row.copy(), created=False)
        run = _Run(_new_row(len(self._runs), new))
        run.values = {(scope, name): text for scope, name, text in new.values}
        run.history.extend(new.entries)
        self._runs.append(run)
        self._due[run.row.number] = run
        self._by_id[new.id] = run
        if new.key is not None:
            self._open_keys[new.flow, new.key] = run
        if new.undoes is not None:
            self._take_undos(run, new.undoes)
        if new.gates:
            self._pass_gates(run, new)
        return Created(run.row.copy(), created=True)

    def _take_undos(self, run: _Run, ended: str) -> None:
        """What a finished run has done is this one's to undo."""
        other = self._by_id[ended]
        run.undos = {number: undo._replace(scope=0) for number, undo in other.undos.items()}
        other.undos = {}

    def _pass_gates(self, run: _Run, new: NewRun) -> None:
        """A limited run begins at once, at a later time, or when there is room."""
        begin = self._gates.enter(run.row.number, RUN, new.gates, new.at)
        if begin != new.at:
            run.row.status, run.row.owner = RunStatus.PENDING, None
            self._set_due(run, begin)

    async def row(self, id: str, /) -> RunRow | None:
        run = self._by_id.get(id)
        return None if run is None else run.row.copy()

    async def load(self, id: str, /) -> Stored | None:
        run = self._by_id.get(id)
        return None if run is None else run.stored()

    def save(self, change: Change, /) -> bool:
        run = self._runs[change.number]
        row = run.row
        if row.revision != change.revision or row.fence != change.fence:
            raise LostLease(f"the run {row.id} is executed by another worker now")
        if change.head is not None and row.status in ENDED:
            self._open_again(run)
        row.revision += 1
        row.position = change.root
        row.updated_at = change.at
        run.history += change.entries
        if change.more:
            _save_rest(run, change)
        for scope, name, text in change.values:
            run.values[scope, name] = text
        if change.more:
            self._concern_others(run, change)
        return change.head is None or self._save_head(run, change.head, change)

    def _open_again(self, run: _Run) -> None:
        row = run.row
        if row.key is not None and (other := self._open_keys.setdefault((row.flow, row.key), run)) is not run:
            raise RunIsOpen(f"the run {other.row.id} has the key {row.key!r} now, and is open")

    def _concern_others(self, run: _Run, change: Change) -> None:
        """Children begin; words are told to those who watch for them, whichever of the two comes first."""
        for child in change.children:
            if not self._add(child).created:
                self._keep_event(refused_child(child))
        for order in change.orders:
            self._keep_event(order)
        for event in change.unwatched:
            run.watches.pop(event, None)
        for word in change.words:
            if word not in run.reached:
                self._signal(run, word, change.trace)
            run.reached[word] = change.at
            for other in self._runs:
                for watch in [w for w in other.watches.values() if _meets(w, run, word)]:
                    self._tell(change, other.row.id, watch.event)
        for watch in change.watches:
            run.watches[watch.event] = watch
            if any(_meets(watch, other, watch.word, since=watch.since) for other in self._runs):
                self._tell(change, run.row.id, watch.event)
        for over in change.closed:
            self._waits.end(run.row.id, change.at, over)
        self._waits.begin(run.row, change.opened, change.at)
        for place in change.left:
            self._make_room(run.row.number, change.at, place)
        for wanted in change.asks:
            begin = self._gates.ask(run.row.number, wanted, change.at)
            if begin is not None:
                self._let_in(run, wanted.place, begin, change.at)

    def _make_room(self, run: int, at: float, place: int | None = None, *, returns: bool = False) -> None:
        """Somebody leaves a gate, and those come in who waited for that."""
        if place is not None:
            events = self._runs[run].events
            for number in [n for n, event in events.items() if event.name == gate_event(place)]:
                del events[number]
        for other, of, begin in self._gates.leave(run, at, place, returns=returns):
            if of == RUN:
                if self._runs[other].row.status is RunStatus.PENDING:
                    self._set_due(self._runs[other], begin)
            else:
                self._let_in(self._runs[other], of, begin, at)

    def _let_in(self, run: _Run, place: int, begin: float, at: float) -> None:
        """An attempt may begin at a time: its run hears of it, once."""
        row, name = run.row, gate_event(place)
        if any(event.name == name for event in run.events.values()):
            return
        row.mail += 1
        run.events[row.mail] = Event(row.mail, name, repr(begin).encode(), at)
        if row.owner is None and row.status in (RunStatus.WAITING, RunStatus.PENDING):
            self._set_due(run, at if row.due is None else min(row.due, at))

    def _signal(self, run: _Run, word: str, trace: str | None) -> None:
        """A word that may start other flows, and that the run has not reached before."""
        row = run.row
        for starts, words in self._connections.items():
            if (folded(row.flow), word) in words:
                self._last_signal = number = self._last_signal + 1
                known = {name: json.loads(text) for (scope, name), text in run.values.items() if scope == 0}
                values = json.dumps({name: value for name, value in known.items() if name.isidentifier()})
                told = Signal(number, starts, row.flow, row.id, row.key, word, values.encode(), trace)
                self._signals[number] = told

    def _tell(self, change: Change, run: str, event: str, payload: bytes = b"null") -> None:
        self._keep_event(NewEvent(run, event, payload, change.at, None, trace=change.trace))

    def _save_head(self, run: _Run, head: Head, change: Change) -> bool:
        row, at = run.row, change.at
        row.status, row.word, row.outcome = head.status, head.word, head.outcome
        row.result, row.error = head.result, head.error
        if row.status in ENDED and row.key is not None:
            self._open_keys.pop((row.flow, row.key), None)
        if row.status in ENDED and row.parent is not None:
            self._tell(change, row.parent, child_event(row.id), ended_as(head))
        if row.status in ENDED or row.status is RunStatus.UNDOING:
            self._waits.end(row.id, at)
        if row.status in ENDED:
            run.watches.clear()
            self._make_room(row.number, at, returns=row.status is RunStatus.FAILED)
        elif row.status is RunStatus.PAUSED:
            for place in self._gates.places(row.number):
                self._make_room(row.number, at, place)
        if head.release and row.mail == head.mail:
            row.owner = None
            due = head.due
            if row.status is RunStatus.PENDING and self._gates.waits(row.number):
                begin = self._gates.come_back(row.number, at)
                due = None if begin is None else max(begin, due or begin)
            self._set_due(run, due)
        return not head.release or row.mail == head.mail

    async def claim(self, flows: Collection[str], now: float, lease: Lease, limit: int) -> list[Stored]:
        due = [run for run in self._of(flows) if run.row.due is not None and run.row.due <= now]
        due.sort(key=lambda run: run.row.due or 0.0)
        return [self._claim(run, lease) for run in due[:limit]]

    async def claim_run(self, id: str, now: float, lease: Lease) -> Stored | Lease | None:
        run = self._by_id.get(id)
        if run is None or run.row.status in ENDED:
            return None
        row = run.row
        if row.owner is not None and row.due is not None and row.due > now:
            return Lease(row.owner, row.due)
        if row.status is RunStatus.PENDING and (row.due is None or row.due > now):
            return None  # a limit holds it back
        return self._claim(run, lease)

    def _claim(self, run: _Run, lease: Lease) -> Stored:
        row = run.row
        lost, due = None if row.owner is None or row.due is None else Lease(row.owner, row.due), row.due
        row.fence += 1
        row.owner = lease.owner
        self._set_due(run, lease.until)
        if row.status in (RunStatus.PENDING, RunStatus.WAITING):
            row.status = RunStatus.RUNNING
        return run.stored(lost, due)

    def _set_due(self, run: _Run, due: float | None) -> None:
        run.row.due = due
        if due is None:
            self._due.pop(run.row.number, None)
        else:
            self._due[run.row.number] = run

    async def renew(self, held: Collection[Held], until: float) -> dict[int, int]:
        rows = self._held(held)
        for row in rows:
            row.due = until
        return {row.number: row.mail for row in rows}

    async def release(self, held: Collection[Held], due: float) -> None:
        for row in self._held(held):
            row.owner = None
            self._set_due(self._runs[row.number], due)
            if row.status is RunStatus.RUNNING:
                row.status = RunStatus.PENDING

    def _held(self, held: Collection[Held]) -> list[RunRow]:
        rows = [(self._runs[number].row, fence) for number, fence in held]
        return [row for row, fence in rows if row.fence == fence and row.owner is not None]

    async def events(self, number: int) -> tuple[int, list[Event]]:
        run = self._runs[number]
        return run.row.mail, list(run.events.values())

    async def add_event(self, new: NewEvent) -> Accepted:
        return self._keep_event(new)

    def _keep_event(self, new: NewEvent) -> Accepted:
        run = self._by_id.get(new.run)
        if run is None:  # it had ended, and was deleted
            return "ended"
        row = run.row
        if new.id is not None and new.id in run.event_ids:
            return "duplicate"
        if row.status in ENDED:
            return "ended"
        row.mail += 1
        run.events[row.mail] = Event(row.mail, new.name, new.payload, new.at, new.trace)
        if new.entry is not None:
            run.history.append(new.entry)
        if new.id is not None:
            run.event_ids.add(new.id)
        if row.owner is None and (row.status in (RunStatus.WAITING, RunStatus.UNDOING) or new.is_order):
            self._set_due(run, new.at if row.due is None else min(row.due, new.at))
        return "added"

    async def owners(self, flows: Collection[str]) -> list[str]:
        return sorted({run.row.owner for run in self._of(flows) if run.row.owner is not None})

    async def end_leases(self, owner: str, now: float) -> None:
        for run in self._due.values():
            if run.row.owner == owner:
                run.row.due = min(run.row.due or now, now)

    async def next_due(self, flows: Collection[str], owner: str) -> Due:
        rows = [run.row for run in self._of(flows)]
        wake = min((row.due or 0.0 for row in rows if row.owner is None), default=None)
        lease = min((row.due or 0.0 for row in rows if row.owner not in (None, owner)), default=None)
        return Due(wake, lease)

    def _of(self, flows: Collection[str]) -> Iterable[_Run]:
        """The runs of these flows that are due at some time."""
        return (run for run in self._due.values() if run.row.flow in flows)

    async def runs(self, query: RunQuery) -> list[RunRow]:
        there = (run.row for run in reversed(self._runs) if run.row.number not in self._gone)
        rows = [row.copy() for row in there if _fits(row, query)]
        return rows[: query.limit]

    async def history(self, number: int) -> list[Entry]:
        return [Entry(*entry) for entry in self._runs[number].history]

    async def attempts(self, number: int) -> dict[str, int]:
        entries = (Entry(*entry) for entry in self._runs[number].history)
        return {e.step: e.attempt for e in entries if e.step is not None and e.attempt is not None}

    async def erase(self, number: int, revision: int, entries: Sequence[Entry]) -> bool:
        run = self._runs[number]
        row = run.row
        if row.status not in ENDED or row.revision != revision:
            return False
        row.revision += 1
        row.key, row.result, row.position, row.trace = None, None, b'{"step":null}', None
        row.error = erased(row.error)
        for forgotten in (run.positions, run.values, run.undos, run.events):
            forgotten.clear()
        self._gates.forget(number)
        self._waits.tellings.forget(row.id)
        told = [Entry(*entry) for entry in run.history]
        run.history = [*(entry._replace(reason=None, error=erased(entry.error)) for entry in told), *entries]
        return True

    async def delete(self, numbers: Collection[int]) -> int:
        ended = {number for number in numbers if self._runs[number].row.status in ENDED} - self._gone
        for number in ended:
            row = self._runs[number].row
            del self._by_id[row.id]
            self._gates.forget(number)
            self._waits.tellings.forget(row.id)
            self._runs[number] = _Run(row)
        self._gone |= ended
        return len(ended)

    async def words(self, number: int) -> list[str]:
        return list(self._runs[number].words)

    async def schedule(self, flow: str, words: str, now: float) -> float:
        return self._schedules.setdefault((flow, words), now)

    async def take_slot(self, slot: SlotTaken) -> Created | None:
        if self._schedules[slot.flow, slot.words] != slot.since:
            return None
        self._schedules[slot.flow, slot.words] = slot.at
        if slot.new is None or (slot.unless is not None and self._gates.anybody_at(slot.unless)):
            return None
        return self._add(slot.new)

    async def connect(self, starts: str, words: Sequence[tuple[str, str]]) -> None:
        self._connections[starts] = list(words)

    async def signals(self, starts: Collection[str]) -> list[Signal]:
        return [signal for signal in self._signals.values() if signal.starts in starts]

    async def answer(self, number: int, new: NewRun | None) -> Created | None:
        gone = self._signals.pop(number, None) is None
        return None if gone or new is None else self._add(new)

    async def waiting(self, flow: str, event: str, payload: bytes) -> list[Waiting]:
        return self._waits.find(flow, event, payload)

    async def publish(self, new: Publication) -> list[str] | None:
        return self._waits.publish(new)

    async def unmatched(self) -> list[Unmatched]:
        return self._waits.counts()

    async def drop_unmatched(self, now: float) -> tuple[list[Unmatched], float | None]:
        return self._waits.drop(now)

    async def tellings(self, sources: Collection[str], now: float, until: float) -> tuple[list[Telling], float | None]:
        return self._waits.tellings.claim(sources, now, until)

    async def told(self, telling: Telling, now: float, again: float | None) -> None:
        self._waits.tellings.settle(telling, now, again)

    async def put_definition(self, digest: str, body: bytes) -> None:
        self._definitions[digest] = body

    async def definition(self, digest: str) -> bytes | None:
        return self._definitions.get(digest)

    def changed(self) -> bool:
        return False


def _save_rest(run: _Run, change: Change) -> None:
    """The parts of a change that most steps do not have."""
    for dropped in change.dropped:
        run.values.pop(dropped, None)
    run.undos |= {undo.number: undo for undo in change.undos}
    for number in change.undone:
        run.undos.pop(number, None)
    for id in change.gone:
        run.positions.pop(id, None)
        for key in [key for key in run.values if key[0] == id]:
            del run.values[key]
    for position in change.positions:
        run.positions[position.id] = position
    for number in change.taken:
        run.events.pop(number, None)
    run.words.update(dict.fromkeys(change.words))


def _new_row(number: int, new: NewRun) -> RunRow:
    lease = new.lease
    return RunRow(
        number=number,
        id=new.id,
        flow=new.flow,
        version=new.version,
        digest=new.digest,
        key=new.key,
        status=new_status(new),
        error=new.error,
        position=new.position,
        created_at=new.at,
        updated_at=new.at,
        owner=None if lease is None else lease.owner,
        due=new.at if lease is None else lease.until,
        parent=new.parent,
        depth=new.depth,
        trace=new.trace,
    )


def _meets(watch: Watch, run: _Run, word: str, since: float = 0.0) -> bool:
    """Whether a run that has reached a word is what somebody watches for."""
    is_one = watch.word == word and watch.flow == run.row.flow and watch.key in (None, run.row.key)
    return is_one and run.reached.get(word, -1.0) >= since


def _fits(row: RunRow, query: RunQuery) -> bool:
    wanted = {"flow": query.flow, "status": query.status, "word": query.word, "key": query.key, "parent": query.parent}
    fits = all(value is None or getattr(row, name) == value for name, value in wanted.items())
    fits = fits and (query.children or query.parent is not None or row.parent is None)
    before = query.ended_before
    fits = fits and (before is None or (row.status in ENDED and row.updated_at <= before))
    return fits and (query.since is None or row.created_at >= query.since)
