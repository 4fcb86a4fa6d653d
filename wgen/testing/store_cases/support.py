"""What the cases are written with: runs of a flow "f", and changes of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from wgen.errors import LostLease
from wgen.runtime.correlation import mark_of
from wgen.runtime.history import Entry, What
from wgen.runtime.life import RunStatus
from wgen.runtime.published import Publication, Telling, Waiting
from wgen.runtime.rows import Change, Head, Lease, NewEvent, NewRun, RunRow, Stored, ValueRow, WaitRow

if TYPE_CHECKING:
    from collections.abc import Callable

    from wgen.runtime.ports import Store
    from wgen.runtime.rows import Accepted

START: Final = 1000.0
BODY: Final = b'{"step":"first","digest":"1"}'
LEASE: Final = Lease("me", START + 10)
KEPT: Final = START + 100
WHERE: Final[Any] = len  # stands for a condition; what it compares is said beside it


def new_run(id: str = "r1", **changed: Any) -> NewRun:
    """A run of the flow "f"."""
    parts: dict[str, Any] = {
        "id": id,
        "flow": "f",
        "version": 1,
        "digest": "d",
        "key": None,
        "position": BODY,
        "at": START,
        "values": [ValueRow(0, "a", b"1")],
        "entries": [Entry(START, What.RUN_CREATED)],
    }
    return NewRun(**{**parts, **changed})


async def held_run(store: Store, id: str = "r1", **changed: Any) -> RunRow:
    """A run that is created under our lease."""
    return (await store.create(new_run(id, lease=LEASE, **changed))).row


def change_of(row: RunRow, **parts: Any) -> Change:
    """The next change of a run."""
    change = Change(row.number, row.revision, row.fence, START + 1, parts.pop("root", BODY), parts.pop("entries", []))
    for name, value in parts.items():
        setattr(change, name, value)
    return change


def parking(status: RunStatus = RunStatus.WAITING, *, due: float | None = None, mail: int = 0, **parts: Any) -> Head:
    """A head that gives the run back."""
    named: dict[str, Any] = {"word": None, "outcome": None, "result": None, "error": None, **parts}
    return Head(status, **named, release=True, due=due, mail=mail)


async def save(store: Store, change: Change) -> bool:
    """Saves, whether the store answers at once or later."""
    saved = store.save(change)
    return saved if isinstance(saved, bool) else await saved


async def loaded(store: Store, id: str = "r1") -> Stored:
    stored = await store.load(id)
    assert stored is not None, f"the run {id} is gone"
    return stored


async def ended_run(store: Store, row: RunRow, status: RunStatus = RunStatus.FINISHED) -> RunRow:
    """A run of ours that has ended now."""
    await save(store, change_of(row, head=parking(status)))
    return (await loaded(store, row.id)).row


async def lost(store: Store, change: Change) -> bool:
    """Whether the save is refused."""
    try:
        await save(store, change)
    except LostLease:
        return True
    return False


async def send(
    store: Store, name: str = "go", *, run: str = "r1", id: str | None = None, at: float = START
) -> Accepted:
    entry = Entry(at, What.EVENT_RECEIVED, reason=name)
    return await store.add_event(NewEvent(run, name, b'{"n":1}', at, entry, id))


async def claimed(store: Store, now: float, *, flows: tuple[str, ...] = ("f",), limit: int = 10) -> list[Stored]:
    return await store.claim(flows, now, Lease("other", now + 10), limit)


# ---- waits and events that find them ----


def wait(
    place: int = 0,
    accepts: Callable[[bytes], bool] = lambda _: True,
    *,
    event: str = "e",
    where: Any = WHERE,
    source: str | None = None,
    **fields: Any,
) -> WaitRow:
    """A wait for an event with these fields."""
    mark = mark_of(where, fields or None)
    return WaitRow(place, event, *mark, accepts, source, b'{"place": %d}' % place)


async def waiting_run(store: Store, *waits: WaitRow, id: str = "r1", status: RunStatus = RunStatus.WAITING) -> RunRow:
    """A run that has begun to wait and was let go."""
    row = await held_run(store, id)
    assert await save(store, change_of(row, opened=waits, head=parking(status)))
    return (await loaded(store, id)).row


async def find(store: Store, *, event: str = "e", flow: str = "f", **payload: Any) -> list[Waiting]:
    return await store.waiting(flow, event, json.dumps(payload).encode())


async def publish(
    store: Store, *fits: Waiting, id: str | None = None, at: float = START + 1, until: float = KEPT, **payload: Any
) -> list[str] | None:
    """Publishes an event "e" to these of the waits that it may be meant for; all of those were looked at."""
    judged = [found.number for found in await find(store, **payload)]
    numbers = [found.number for found in fits]
    text = json.dumps(payload).encode()
    return await store.publish(Publication("f", "e", text, at, judged, numbers, until, id, at + 1000))


async def kept(store: Store) -> list[tuple[int, int]]:
    return [(names.kept, names.dropped) for names in await store.unmatched()]


async def told(store: Store, at: float, *sources: str, until: float | None = None) -> list[Telling]:
    found, _ = await store.tellings(sources or ("bell",), at, until or at + 10)
    return found
