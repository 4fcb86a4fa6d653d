"""One run in memory: its rows, and what a change does to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wgen.runtime.history import Entry
from wgen.runtime.life import ENDED, RunStatus
from wgen.runtime.rows import Event, Lease, PositionRow, RunRow, Stored, UndoRow, ValueRow, Watch, erased, new_status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wgen.runtime.rows import Change, EntryRow, NewRun, RunQuery


@dataclass(slots=True)
class Run:
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

    def save_rest(self, change: Change) -> None:
        """The parts of a change that most steps do not have."""
        for dropped in change.dropped:
            self.values.pop(dropped, None)
        self.undos |= {undo.number: undo for undo in change.undos}
        for number in change.undone:
            self.undos.pop(number, None)
        for id in change.gone:
            self.positions.pop(id, None)
            for key in [key for key in self.values if key[0] == id]:
                del self.values[key]
        for position in change.positions:
            self.positions[position.id] = position
        for number in change.taken:
            self.events.pop(number, None)
        self.words.update(dict.fromkeys(change.words))

    def take_undos(self, ended: Run) -> None:
        """What a finished run has done is this one's to undo."""
        self.undos = {number: undo._replace(scope=0) for number, undo in ended.undos.items()}
        ended.undos = {}

    def meets(self, watch: Watch, word: str, since: float = 0.0) -> bool:
        """Whether this run, which has reached a word, is what somebody watches for."""
        is_one = watch.word == word and watch.flow == self.row.flow and watch.key in (None, self.row.key)
        return is_one and self.reached.get(word, -1.0) >= since

    def erase(self, entries: Sequence[Entry]) -> None:
        """Forgets what an ended run knew; these entries are what is left to tell."""
        row = self.row
        row.revision += 1
        row.key, row.result, row.position, row.trace = None, None, b'{"step":null}', None
        row.error = erased(row.error)
        for forgotten in (self.positions, self.values, self.undos, self.events):
            forgotten.clear()
        told = [Entry(*entry) for entry in self.history]
        self.history = [*(entry._replace(reason=None, error=erased(entry.error)) for entry in told), *entries]


def gone_row(number: int) -> RunRow:
    """What is left of a deleted run: its number, which nobody gets again, and nothing that a save or a lease fits."""
    return RunRow(number, "", "", 0, "", None, RunStatus.FINISHED, b"", 0.0, 0.0, revision=-1, fence=-1)


def new_row(number: int, new: NewRun) -> RunRow:
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


def fits(row: RunRow, query: RunQuery) -> bool:
    """Whether a run is one of those that are asked for."""
    wanted = {"flow": query.flow, "status": query.status, "word": query.word, "key": query.key, "parent": query.parent}
    is_one = all(value is None or getattr(row, name) == value for name, value in wanted.items())
    is_one = is_one and (query.children or query.parent is not None or row.parent is None)
    before = query.ended_before
    is_one = is_one and (before is None or (row.status in ENDED and row.updated_at <= before))
    return is_one and (query.since is None or row.created_at >= query.since)
