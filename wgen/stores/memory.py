"""Keeps runs in the memory of this process, for tests and for scripts that need no durability."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from wgen.errors import LostLease, RunIsOpen
from wgen.runtime.history import Entry
from wgen.runtime.life import ENDED, RunStatus
from wgen.runtime.rows import Created, Event, Lease, NewEvent, ended_as, refused_child
from wgen.runtime.signs import child_event, gate_event
from wgen.stores.memory_due import DueRuns
from wgen.stores.memory_gates import RUN, Gates
from wgen.stores.memory_run import Run, fits, gone_row, new_row
from wgen.stores.memory_triggers import Triggers
from wgen.stores.memory_waits import Waits

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from wgen.runtime.published import Publication, Telling, Unmatched, Waiting
    from wgen.runtime.rows import Accepted, Change, Due, Head, Held, NewRun, RunQuery, RunRow, Signal, SlotTaken, Stored


class MemoryStore:
    """A store without durability. `url` is `memory://`."""

    def __init__(self, url: str = "memory://") -> None:
        self.url = url
        self._runs: list[Run] = []
        self._due = DueRuns()
        self._by_id: dict[str, Run] = {}
        self._open_keys: dict[tuple[str, str], Run] = {}
        self._definitions: dict[str, bytes] = {}
        self._gates = Gates(lambda number: self._runs[number].row.status is RunStatus.PAUSED)
        self._waits = Waits(self._keep_event)
        self._triggers = Triggers()

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
        run = Run(new_row(len(self._runs), new))
        run.values = {(scope, name): text for scope, name, text in new.values}
        run.history.extend(new.entries)
        self._runs.append(run)
        self._due.put(run.row, run.row.due)
        self._by_id[new.id] = run
        if new.key is not None:
            self._open_keys[new.flow, new.key] = run
        if new.undoes is not None:
            run.take_undos(self._by_id[new.undoes])
        if new.gates:
            self._pass_gates(run, new)
        return Created(run.row.copy(), created=True)

    def _pass_gates(self, run: Run, new: NewRun) -> None:
        """A limited run begins at once, at a later time, or when there is room."""
        begin = self._gates.enter(run.row.number, RUN, new.gates, new.at)
        if begin != new.at:
            run.row.status, run.row.owner = RunStatus.PENDING, None
            self._due.put(run.row, begin)

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
            run.save_rest(change)
        for scope, name, text in change.values:
            run.values[scope, name] = text
        if change.more:
            self._concern_others(run, change)
        return change.head is None or self._save_head(run, change.head, change)

    def _open_again(self, run: Run) -> None:
        row = run.row
        if row.key is not None and (other := self._open_keys.setdefault((row.flow, row.key), run)) is not run:
            raise RunIsOpen(f"the run {other.row.id} has the key {row.key!r} now, and is open")

    def _concern_others(self, run: Run, change: Change) -> None:
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
                self._triggers.reached(run, word, change.trace)
            run.reached[word] = change.at
            for other in self._runs:
                for watch in [w for w in other.watches.values() if run.meets(w, word)]:
                    self._tell(change, other.row.id, watch.event)
        for watch in change.watches:
            run.watches[watch.event] = watch
            if any(other.meets(watch, watch.word, watch.since) for other in self._runs):
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
                    self._due.put(self._runs[other].row, begin)
            else:
                self._let_in(self._runs[other], of, begin, at)

    def _let_in(self, run: Run, place: int, begin: float, at: float) -> None:
        """An attempt may begin at a time: its run hears of it, once."""
        row, name = run.row, gate_event(place)
        if any(event.name == name for event in run.events.values()):
            return
        row.mail += 1
        run.events[row.mail] = Event(row.mail, name, repr(begin).encode(), at)
        if row.owner is None and row.status in (RunStatus.WAITING, RunStatus.PENDING):
            self._due.put(run.row, at if row.due is None else min(row.due, at))

    def _tell(self, change: Change, run: str, event: str, payload: bytes = b"null") -> None:
        self._keep_event(NewEvent(run, event, payload, change.at, None, trace=change.trace))

    def _save_head(self, run: Run, head: Head, change: Change) -> bool:
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
            self._due.put(run.row, due)
        return not head.release or row.mail == head.mail

    async def claim(self, flows: Collection[str], now: float, lease: Lease, limit: int) -> list[Stored]:
        due = islice(self._due.due(flows, now), limit)
        return [self._claim(self._runs[number], lease) for number in due]

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

    def _claim(self, run: Run, lease: Lease) -> Stored:
        row = run.row
        lost, due = None if row.owner is None or row.due is None else Lease(row.owner, row.due), row.due
        row.fence += 1
        row.owner = lease.owner
        self._due.put(run.row, lease.until)
        if row.status in (RunStatus.PENDING, RunStatus.WAITING):
            row.status = RunStatus.RUNNING
        return run.stored(lost, due)

    async def renew(self, held: Collection[Held], until: float) -> dict[int, int]:
        rows = self._held(held)
        for row in rows:
            self._due.put(row, until)
        return {row.number: row.mail for row in rows}

    async def release(self, held: Collection[Held], due: float) -> None:
        for row in self._held(held):
            row.owner = None
            self._due.put(row, due)
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
            self._due.put(run.row, new.at if row.due is None else min(row.due, new.at))
        return "added"

    async def owners(self, flows: Collection[str]) -> list[str]:
        return sorted(self._due.owners(flows))

    async def end_leases(self, owner: str, now: float) -> None:
        for number in self._due.held_by(owner):
            row = self._runs[number].row
            self._due.put(row, min(row.due or now, now))

    async def next_due(self, flows: Collection[str], owner: str) -> Due:
        return self._due.next(flows, owner)

    async def runs(self, query: RunQuery) -> list[RunRow]:
        there = (run.row for run in reversed(self._runs) if run.row.id in self._by_id)
        rows = [row.copy() for row in there if fits(row, query)]
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
        run.erase(entries)
        self._forget(row)
        return True

    def _forget(self, row: RunRow) -> None:
        """The run does not go on, and nothing goes on because of it."""
        self._gates.forget(row.number)
        self._waits.tellings.forget(row.id)
        self._triggers.forget(row.id)

    async def delete(self, families: Collection[Collection[RunRow]]) -> int:
        deleted = 0
        for family in families:
            if all(self._is_still_ended(row) for row in family):
                deleted += len(family)
                for row in family:
                    self._delete(row)
        return deleted

    def _is_still_ended(self, read: RunRow) -> bool:
        run = self._by_id.get(read.id)
        return run is not None and run.row.status in ENDED and run.row.revision == read.revision

    def _delete(self, row: RunRow) -> None:
        del self._by_id[row.id]
        self._forget(row)
        self._runs[row.number] = Run(gone_row(row.number))

    async def words(self, number: int) -> list[str]:
        return list(self._runs[number].words)

    async def schedule(self, flow: str, words: str, now: float) -> float:
        return self._triggers.slot(flow, words, now)

    async def take_slot(self, slot: SlotTaken) -> Created | None:
        if not self._triggers.take_slot(slot):
            return None
        if slot.new is None or (slot.unless is not None and self._gates.anybody_at(slot.unless)):
            return None
        return self._add(slot.new)

    async def connect(self, starts: str, words: Sequence[tuple[str, str]]) -> None:
        self._triggers.connect(starts, words)

    async def signals(self, starts: Collection[str]) -> list[Signal]:
        return self._triggers.signals(starts)

    async def answer(self, number: int, new: NewRun | None) -> Created | None:
        taken = self._triggers.take(number)
        return self._add(new) if taken and new is not None else None

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
