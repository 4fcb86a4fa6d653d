"""The suite that every store passes, users' own included.

Each case is a coroutine function that gets an open, empty store:

    @pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
    def test_my_store(case): asyncio.run(with_my_store(case))
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, Final

from wgen.errors import LostLease
from wgen.runtime.history import Entry, What
from wgen.runtime.life import RunStatus
from wgen.runtime.ports import (
    Ask,
    Change,
    Due,
    Gate,
    Head,
    Held,
    Lease,
    NewEvent,
    NewRun,
    PositionRow,
    RunQuery,
    RunRow,
    SlotTaken,
    Stored,
    ValueRow,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from wgen.runtime.ports import Accepted, Store

START: Final = 1000.0
BODY: Final = b'{"step":"first","digest":"1"}'
LEASE: Final = Lease("me", START + 10)


# ---- what the cases are written with ----


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


# ---- creating and reading ----


async def a_new_run_is_pending_and_due(store: Store) -> None:
    row, created = await store.create(new_run(key="k"))
    assert created
    again = (await loaded(store)).row
    assert again == row
    assert (again.status, again.due, again.owner, again.key) == (RunStatus.PENDING, START, None, "k")
    assert (again.position, again.created_at, again.revision) == (BODY, START, 0)


async def a_new_run_under_a_lease_is_running(store: Store) -> None:
    row = await held_run(store)
    assert (row.status, row.owner, row.due) == (RunStatus.RUNNING, "me", START + 10)
    assert not await claimed(store, START + 5)


async def a_run_that_is_not_there_loads_as_none(store: Store) -> None:
    assert await store.load("nobody") is None


async def values_and_history_are_kept(store: Store) -> None:
    await store.create(new_run(values=[ValueRow(0, "a", '"ä \\u0000 🙂"'.encode()), ValueRow(0, "b", b"null")]))
    stored = await loaded(store)
    assert sorted(stored.values) == [(0, "a", '"ä \\u0000 🙂"'.encode()), (0, "b", b"null")]
    assert await store.history(stored.row.number) == [Entry(START, "run created")]


async def an_open_key_gives_the_open_run(store: Store) -> None:
    first = await store.create(new_run("r1", key="k"))
    second = await store.create(new_run("r2", key="k"))
    assert (second.created, second.row.id) == (False, first.row.id)
    assert await store.load("r2") is None


async def a_key_is_free_again_after_the_end(store: Store) -> None:
    row = await held_run(store, key="k")
    assert await save(store, change_of(row, head=parking(RunStatus.FINISHED)))
    assert (await store.create(new_run("r2", key="k"))).created


async def flows_do_not_share_keys(store: Store) -> None:
    await store.create(new_run("r1", key="k"))
    assert (await store.create(new_run("r2", key="k", flow="g"))).created


async def two_at_once_make_one_run_of_a_key(store: Store) -> None:
    made = await asyncio.gather(*(store.create(new_run(f"r{n}", key="k")) for n in range(20)))
    assert sum(created for _, created in made) == 1
    assert len({row.id for row, _ in made}) == 1


# ---- saving ----


async def a_save_writes_what_has_changed(store: Store) -> None:
    row = await held_run(store)
    entry = Entry(START + 1, "task finished", "first", 1, 0.5, None, None, b'{"type":"E"}')
    assert await save(
        store, change_of(row, root=b'{"step":"second"}', values=[(0, "a", b"2"), (0, "b", b"3")], entries=[entry])
    )
    stored = await loaded(store)
    assert (stored.row.position, stored.row.revision, stored.row.updated_at) == (b'{"step":"second"}', 1, START + 1)
    assert sorted(stored.values) == [(0, "a", b"2"), (0, "b", b"3")]
    assert (await store.history(row.number))[-1] == entry


async def saves_follow_one_another_without_waiting(store: Store) -> None:
    row = await held_run(store)
    pending = []
    for number in range(5):
        row.revision = number
        pending.append(store.save(change_of(row, entries=[Entry(START + number, "task finished")])))
    assert all([saved if isinstance(saved, bool) else await saved for saved in pending])
    assert (await loaded(store)).row.revision == 5
    assert [entry.at for entry in await store.history(row.number)][1:] == [START + n for n in range(5)]


async def a_stale_revision_is_refused(store: Store) -> None:
    row = await held_run(store)
    await save(store, change_of(row))
    assert await lost(store, change_of(row, values=[(0, "a", b"9")], entries=[Entry(START, "task finished")]))
    assert (await loaded(store)).values[0].value == b"1"
    assert len(await store.history(row.number)) == 1


async def a_stale_fence_is_refused(store: Store) -> None:
    row = await held_run(store)
    assert len(await claimed(store, START + 11)) == 1
    assert await lost(store, change_of(row))


async def one_stale_save_hurts_no_other(store: Store) -> None:
    rows = [await held_run(store, f"r{n}") for n in range(10)]
    await save(store, change_of(rows[3]))
    outcomes = await asyncio.gather(*(lost(store, change_of(row)) for row in rows))
    assert outcomes == [n == 3 for n in range(10)]


async def branches_come_and_go(store: Store) -> None:
    row = await held_run(store)
    children = [PositionRow(1, 0, b'{"step":"x"}'), PositionRow(2, 0, b'{"step":"y"}')]
    await save(store, change_of(row, positions=children, values=[(1, "b", b"1"), (2, "c", b"2")]))
    stored = await loaded(store)
    assert sorted(stored.positions) == children
    assert sorted(stored.values) == [(0, "a", b"1"), (1, "b", b"1"), (2, "c", b"2")]
    await save(store, change_of(stored.row, gone=[1, 2], values=[(0, "b", b"1")]))
    stored = await loaded(store)
    assert not stored.positions
    assert sorted(stored.values) == [(0, "a", b"1"), (0, "b", b"1")]


async def a_position_that_goes_and_comes_in_one_save_is_there(store: Store) -> None:
    row = await held_run(store)
    await save(store, change_of(row, positions=[PositionRow(1, 0, b"{}")], values=[(1, "b", b"1")]))
    row.revision += 1
    await save(store, change_of(row, gone=[1], positions=[PositionRow(1, 0, b'{"step":"new"}')]))
    stored = await loaded(store)
    assert list(stored.positions) == [(1, 0, b'{"step":"new"}')]
    assert list(stored.values) == [(0, "a", b"1")]


async def words_are_kept_in_order_and_once(store: Store) -> None:
    row = await held_run(store)
    for revision, word in enumerate(["one", "two", "one"]):
        row.revision = revision
        change = change_of(row, words=[word])
        change.at = START + revision
        await save(store, change)
    assert await store.words(row.number) == ["one", "two"]


async def an_end_is_kept(store: Store) -> None:
    row = await held_run(store)
    head = parking(RunStatus.FINISHED, word="w", outcome="o", result=b'{"x":1}', error=b"{}")
    assert await save(store, change_of(row, head=head))
    row = (await loaded(store)).row
    assert (row.status, row.word, row.outcome, row.result, row.error) == ("finished", "w", "o", b'{"x":1}', b"{}")
    assert (row.owner, row.due) == (None, None)
    assert not await claimed(store, START + 1e9)


async def attempts_are_those_of_the_latest_execution(store: Store) -> None:
    row = await held_run(store)
    entries = [
        Entry(START, "attempt failed", "a", 1),
        Entry(START, "task finished", "a", 2),
        Entry(START, "task finished", "b", 1),
    ]
    await save(store, change_of(row, entries=entries))
    assert await store.attempts(row.number) == {"a": 2, "b": 1}


# ---- claims and leases ----


async def due_runs_are_claimed_longest_due_first(store: Store) -> None:
    for n in (3, 1, 2):
        await store.create(new_run(f"r{n}", at=START + n))
    got = await claimed(store, START + 2.5)
    assert [stored.row.id for stored in got] == ["r1", "r2"]
    assert all((s.row.status, s.row.owner, s.row.fence, s.lost) == ("running", "other", 1, None) for s in got)


async def a_claim_takes_no_more_than_its_limit_and_only_its_flows(store: Store) -> None:
    for n in range(3):
        await store.create(new_run(f"f{n}"))
        await store.create(new_run(f"g{n}", flow="g"))
    assert len(await claimed(store, START, flows=("g",), limit=2)) == 2
    assert {s.row.flow for s in await claimed(store, START, flows=("g", "h"))} == {"g"}
    assert not await claimed(store, START, flows=())


async def a_claimed_run_is_claimed_again_only_after_its_lease(store: Store) -> None:
    await store.create(new_run())
    assert len(await claimed(store, START)) == 1
    assert not await claimed(store, START + 9.9)
    again = await claimed(store, START + 10)
    assert again[0].lost == Lease("other", START + 10)
    assert again[0].row.fence == 2


async def a_parked_run_is_due_at_its_time(store: Store) -> None:
    row = await held_run(store)
    await save(store, change_of(row, head=parking(due=START + 50)))
    assert not await claimed(store, START + 49)
    got = await claimed(store, START + 50)
    assert (got[0].lost, got[0].row.status) == (None, RunStatus.RUNNING)


async def a_run_that_waits_for_no_time_is_not_due(store: Store) -> None:
    row = await held_run(store)
    await save(store, change_of(row, head=parking()))
    assert not await claimed(store, START + 1e9)
    assert await store.next_due(["f"], "me") == Due(None, None)


async def renewing_prolongs_and_tells_the_mail(store: Store) -> None:
    one, two = await held_run(store, "r1"), await held_run(store, "r2")
    await send(store)
    held = [Held(one.number, one.fence), Held(two.number, two.fence)]
    assert await store.renew(held, START + 20) == {one.number: 1, two.number: 0}
    assert not await claimed(store, START + 19)
    assert len(await claimed(store, START + 20)) == 2
    assert await store.renew(held, START + 40) == {}


async def a_released_run_is_pending_and_due(store: Store) -> None:
    row = await held_run(store)
    await store.release([Held(row.number, row.fence)], START + 1)
    now = (await loaded(store)).row
    assert (now.status, now.owner, now.due) == (RunStatus.PENDING, None, START + 1)
    assert (await claimed(store, START + 1))[0].lost is None


async def who_lost_the_lease_releases_nothing(store: Store) -> None:
    row = await held_run(store)
    await claimed(store, START + 11)
    await store.release([Held(row.number, row.fence)], START)
    assert (await loaded(store)).row.owner == "other"


async def one_run_is_claimed_due_or_not(store: Store) -> None:
    row = await held_run(store)
    await save(store, change_of(row, head=parking()))
    got = await store.claim_run("r1", START, LEASE)
    assert isinstance(got, Stored)
    assert await store.claim_run("r1", START + 5, Lease("other", START + 15)) == LEASE
    got = await store.claim_run("r1", START + 10, Lease("other", START + 20))
    assert isinstance(got, Stored)
    assert got.lost == LEASE


async def an_ended_or_unknown_run_is_not_claimed(store: Store) -> None:
    row = await held_run(store)
    await save(store, change_of(row, head=parking(RunStatus.FAILED)))
    assert await store.claim_run("r1", START, LEASE) is None
    assert await store.claim_run("nobody", START, LEASE) is None


async def a_paused_run_keeps_its_status_through_claim_and_release(store: Store) -> None:
    row = await held_run(store)
    await save(store, change_of(row, head=parking(RunStatus.PAUSED)))
    got = await store.claim_run("r1", START, LEASE)
    assert isinstance(got, Stored)
    assert got.row.status is RunStatus.PAUSED
    await store.release([Held(row.number, got.row.fence)], START)
    now = (await loaded(store)).row
    assert (now.status, now.owner, now.due) == (RunStatus.PAUSED, None, None)


async def next_due_tells_wakes_and_foreign_leases(store: Store) -> None:
    assert await store.next_due(["f"], "me") == Due(None, None)
    await store.create(new_run("r1", at=START + 7))
    await store.create(new_run("r2", at=START + 3))
    await held_run(store, "r3")
    await store.create(new_run("r4", flow="g", at=START))
    assert await store.next_due(["f"], "me") == Due(START + 3, None)
    assert await store.next_due(["f"], "you") == Due(START + 3, START + 10)


# ---- events ----


async def events_are_kept_in_order_of_arrival(store: Store) -> None:
    row = await held_run(store)
    for name in ("b", "a", "b"):
        assert await send(store, name) == "added"
    counter, events = await store.events(row.number)
    assert counter == 3
    assert [event.name for event in events] == ["b", "a", "b"]
    assert events == list((await loaded(store)).events)
    assert (events[0].payload, events[0].at) == (b'{"n":1}', START)
    assert [entry.what for entry in await store.history(row.number)][1:] == ["event received"] * 3


async def taken_events_are_gone(store: Store) -> None:
    row = await held_run(store)
    await send(store, "a")
    await send(store, "b")
    _, events = await store.events(row.number)
    await save(store, change_of(row, taken=[events[0].number]))
    assert await store.events(row.number) == (2, events[1:])


async def an_event_id_is_taken_once(store: Store) -> None:
    row = await held_run(store)
    await held_run(store, "r2")
    assert await send(store, id="e1") == "added"
    assert await send(store, id="e1") == "duplicate"
    assert await send(store, id="e1", run="r2") == "added"
    counter, events = await store.events(row.number)
    assert (counter, len(events)) == (1, 1)
    await save(store, change_of(row, taken=[events[0].number], head=parking(RunStatus.FINISHED, mail=1)))
    assert await send(store, id="e1") == "duplicate"


async def an_ended_run_takes_no_event(store: Store) -> None:
    row = await held_run(store)
    await save(store, change_of(row, head=parking(RunStatus.FINISHED)))
    assert await send(store) == "ended"
    assert await store.events(row.number) == (0, [])


async def an_event_wakes_a_waiting_run(store: Store) -> None:
    row = await held_run(store)
    await save(store, change_of(row, head=parking(due=START + 1000)))
    await send(store, at=START + 5)
    assert (await claimed(store, START + 5))[0].events[0].name == "go"


async def an_event_does_not_wake_a_paused_or_a_held_run(store: Store) -> None:
    row = await held_run(store, "r1")
    await held_run(store, "r2")
    await save(store, change_of(row, head=parking(RunStatus.PAUSED)))
    await send(store, run="r1")
    await send(store, run="r2")
    assert not await claimed(store, START + 5)


async def unread_mail_keeps_a_run_from_being_parked(store: Store) -> None:
    row = await held_run(store)
    await send(store)
    change = change_of(row, head=parking(), values=[(0, "a", b"2")], entries=[Entry(START, "task finished")])
    assert not await save(store, change)
    stored = await loaded(store)
    assert (stored.row.owner, stored.row.due, stored.row.revision) == ("me", START + 10, 1)
    assert stored.values[0].value == b"2"
    assert await save(store, change_of(stored.row, head=parking(mail=1)))
    assert (await loaded(store)).row.owner is None


# ---- lists and definitions ----


async def runs_are_listed_newest_first(store: Store) -> None:
    for n in range(5):
        await store.create(new_run(f"r{n}", at=START + n, flow="f" if n % 2 else "g", key=f"k{n}"))

    async def ids(**wanted: Any) -> list[str]:
        return [row.id for row in await store.runs(RunQuery(**wanted))]

    assert await ids() == ["r4", "r3", "r2", "r1", "r0"]
    assert await ids(limit=2) == ["r4", "r3"]
    assert await ids(flow="f") == ["r3", "r1"]
    assert await ids(key="k2") == ["r2"]
    assert await ids(since=START + 3) == ["r4", "r3"]
    assert await ids(flow="g", since=START + 1, limit=1) == ["r4"]
    assert await ids(status=RunStatus.RUNNING) == []
    assert await ids(flow="nothing") == []


async def runs_are_found_by_status_and_word(store: Store) -> None:
    row = await held_run(store)
    await store.create(new_run("r2"))
    await save(store, change_of(row, words=["active"], head=parking(word="active")))
    assert [r.id for r in await store.runs(RunQuery(status=RunStatus.WAITING))] == ["r1"]
    assert [r.id for r in await store.runs(RunQuery(word="active"))] == ["r1"]


# ---- limits, schedules, connected flows ----


async def a_gate_lets_in_as_many_as_it_holds_and_the_next_when_one_ends(store: Store) -> None:
    gates = (Gate("g", 2),)
    rows = [await held_run(store, f"r{n}", gates=gates) for n in range(4)]
    assert [row.status for row in rows] == ["running", "running", "pending", "pending"]
    assert [(row.owner, row.due) for row in rows[1:3]] == [("me", START + 10), (None, None)]
    assert await store.claim_run("r2", START, LEASE) is None
    assert await claimed(store, START) == []
    await save(store, change_of(rows[1], head=parking(RunStatus.FAILED)))
    assert [stored.row.id for stored in await claimed(store, START + 1)] == ["r2"]
    await save(store, change_of(rows[0], head=parking(RunStatus.FINISHED)))
    assert [stored.row.id for stored in await claimed(store, START + 1)] == ["r3"]


async def a_run_that_waits_keeps_its_place_at_a_gate(store: Store) -> None:
    row = await held_run(store, gates=(Gate("g", 1),))
    await held_run(store, "r2", gates=(Gate("g", 1),))
    await save(store, change_of(row, head=parking()))
    assert await claimed(store, START + 1) == []


async def gates_of_two_names_are_passed_together(store: Store) -> None:
    one = await held_run(store, "r1", gates=(Gate("a", 1),))
    two = await held_run(store, "r2", gates=(Gate("b", 1),))
    await held_run(store, "both", gates=(Gate("a", 1), Gate("b", 1)))
    assert (await held_run(store, "r3", gates=(Gate("c", 1),))).status == "running"
    await save(store, change_of(one, head=parking(RunStatus.FINISHED)))
    assert await claimed(store, START + 1) == []
    await save(store, change_of(two, head=parking(RunStatus.FINISHED)))
    assert [stored.row.id for stored in await claimed(store, START + 1)] == ["both"]


async def a_rate_puts_off_those_that_are_too_many(store: Store) -> None:
    gates = (Gate("g", 2, 10.0),)
    made = [await store.create(new_run(f"r{n}", gates=gates, at=START + n)) for n in range(5)]
    assert [created.row.due for created in made] == [START, START + 1, START + 10, START + 11, START + 20]
    assert await store.claim_run("r2", START + 9, LEASE) is None
    assert isinstance(await store.claim_run("r2", START + 10, LEASE), Stored)
    assert (await store.create(new_run("late", gates=gates, at=START + 99))).row.due == START + 99


async def attempts_ask_wait_and_are_told_in_order(store: Store) -> None:
    gates = (Gate("g", 1),)
    rows = [await held_run(store, f"r{n}") for n in range(3)]
    assert not await save(store, change_of(rows[0], asks=[Ask(0, gates)], head=parking(RunStatus.PENDING)))
    assert [(e.name, json.loads(e.payload)) for e in (await store.events(rows[0].number))[1]] == [("gate:0", START + 1)]
    for row in rows[1:]:
        assert await save(store, change_of(row, asks=[Ask(4, gates)], head=parking(RunStatus.PENDING)))
    assert await claimed(store, START + 1) == []
    first = (await loaded(store, "r0")).row
    await save(store, change_of(first, left=[0]))
    assert (await store.events(first.number))[1] == []  # what is not read is taken back
    (told,) = await claimed(store, START + 1)
    assert (told.row.id, [event.name for event in told.events]) == ("r1", ["gate:4"])


async def who_is_inside_is_told_again_but_has_one_event(store: Store) -> None:
    row = await held_run(store)
    for revision in range(3):
        row.revision = revision
        await save(store, change_of(row, asks=[Ask(0, (Gate("g", 1),))]))
    counter, events = await store.events(row.number)
    assert (counter, len(events)) == (1, 1)
    row.revision = 3
    await save(store, change_of(row, asks=[Ask(0, (Gate("g", 1),))], taken=[events[0].number]))
    assert len((await store.events(row.number))[1]) == 1


async def attempts_of_a_paused_run_leave_their_gates(store: Store) -> None:
    row = await held_run(store, gates=(Gate("run", 1),))
    other = await held_run(store, "r2")
    await save(store, change_of(row, asks=[Ask(0, (Gate("g", 1),))]))
    await save(store, change_of(other, asks=[Ask(0, (Gate("g", 1),))], head=parking(RunStatus.PENDING)))
    row = (await loaded(store)).row
    await save(store, change_of(row, head=parking(RunStatus.PAUSED, mail=row.mail)))
    assert [stored.row.id for stored in await claimed(store, START + 1)] == ["r2"]
    assert (await held_run(store, "r3", gates=(Gate("run", 1),))).status == "pending"


async def a_slot_is_taken_once(store: Store) -> None:
    assert await store.schedule("f", "daily", START) == START
    assert await store.schedule("f", "daily", START + 5) == START
    assert await store.schedule("f", "hourly", START + 5) == START + 5
    slot = SlotTaken("f", "daily", START, START + 10, new_run("r1"), None)
    created = await store.take_slot(slot)
    assert created is not None
    assert (created.created, created.row.id) == (True, "r1")
    assert await store.take_slot(slot._replace(new=new_run("r2"))) is None
    assert await store.load("r2") is None
    assert await store.schedule("f", "daily", START) == START + 10


async def a_slot_is_taken_without_a_run_while_its_gate_is_in_use(store: Store) -> None:
    await store.schedule("f", "daily", START)
    row = await held_run(store, gates=(Gate("g", 1),))
    slot = SlotTaken("f", "daily", START, START + 1, new_run("r2"), "g")
    assert await store.take_slot(slot) is None
    assert await store.load("r2") is None
    await save(store, change_of(row, head=parking(RunStatus.FINISHED)))
    assert await store.take_slot(slot._replace(since=START + 1, at=START + 2)) is not None


async def a_connected_word_leaves_one_signal_a_run(store: Store) -> None:
    await store.connect("ship", [("f", "paid")])
    row = await held_run(store, key="k")
    for revision, word in enumerate(["other", "paid", "paid"]):
        row.revision = revision
        await save(store, change_of(row, words=[word], values=[(0, "b", b'"x"')]))
    (signal,) = await store.signals(["ship", "more"])
    assert signal[1:-1] == ("ship", "f", "r1", "k", "paid")
    assert json.loads(signal.values) == {"a": 1, "b": "x"}
    assert await store.signals(["more"]) == []
    assert await store.signals([]) == []


async def a_signal_is_answered_once(store: Store) -> None:
    await store.connect("ship", [("f", "paid")])
    await save(store, change_of(await held_run(store), words=["paid"]))
    (signal,) = await store.signals(["ship"])
    created = await store.answer(signal.number, new_run("r2", flow="ship"))
    assert created is not None
    assert created.created
    assert await store.answer(signal.number, new_run("r3", flow="ship")) is None
    assert await store.load("r3") is None
    assert await store.signals(["ship"]) == []


async def words_are_connected_anew(store: Store) -> None:
    await store.connect("ship", [("f", "paid"), ("g", "paid")])
    await store.connect("thank", [("f", "paid")])
    await store.connect("ship", [("f", "sent")])
    row = await held_run(store)
    await save(store, change_of(row, words=["paid", "sent"]))
    assert {(s.starts, s.word) for s in await store.signals(["ship", "thank"])} == {("ship", "sent"), ("thank", "paid")}


async def definitions_are_kept(store: Store) -> None:
    assert await store.definition("d") is None
    await store.put_definition("d", b'{"flow":"f"}')
    await store.put_definition("d", b'{"flow":"f"}')
    assert await store.definition("d") == b'{"flow":"f"}'


CASES: Final[tuple[Callable[[Store], Awaitable[None]], ...]] = (
    a_new_run_is_pending_and_due,
    a_new_run_under_a_lease_is_running,
    a_run_that_is_not_there_loads_as_none,
    values_and_history_are_kept,
    an_open_key_gives_the_open_run,
    a_key_is_free_again_after_the_end,
    flows_do_not_share_keys,
    two_at_once_make_one_run_of_a_key,
    a_save_writes_what_has_changed,
    saves_follow_one_another_without_waiting,
    a_stale_revision_is_refused,
    a_stale_fence_is_refused,
    one_stale_save_hurts_no_other,
    branches_come_and_go,
    a_position_that_goes_and_comes_in_one_save_is_there,
    words_are_kept_in_order_and_once,
    an_end_is_kept,
    attempts_are_those_of_the_latest_execution,
    due_runs_are_claimed_longest_due_first,
    a_claim_takes_no_more_than_its_limit_and_only_its_flows,
    a_claimed_run_is_claimed_again_only_after_its_lease,
    a_parked_run_is_due_at_its_time,
    a_run_that_waits_for_no_time_is_not_due,
    renewing_prolongs_and_tells_the_mail,
    a_released_run_is_pending_and_due,
    who_lost_the_lease_releases_nothing,
    one_run_is_claimed_due_or_not,
    an_ended_or_unknown_run_is_not_claimed,
    a_paused_run_keeps_its_status_through_claim_and_release,
    next_due_tells_wakes_and_foreign_leases,
    events_are_kept_in_order_of_arrival,
    taken_events_are_gone,
    an_event_id_is_taken_once,
    an_ended_run_takes_no_event,
    an_event_wakes_a_waiting_run,
    an_event_does_not_wake_a_paused_or_a_held_run,
    unread_mail_keeps_a_run_from_being_parked,
    runs_are_listed_newest_first,
    runs_are_found_by_status_and_word,
    a_gate_lets_in_as_many_as_it_holds_and_the_next_when_one_ends,
    a_run_that_waits_keeps_its_place_at_a_gate,
    gates_of_two_names_are_passed_together,
    a_rate_puts_off_those_that_are_too_many,
    attempts_ask_wait_and_are_told_in_order,
    who_is_inside_is_told_again_but_has_one_event,
    attempts_of_a_paused_run_leave_their_gates,
    a_slot_is_taken_once,
    a_slot_is_taken_without_a_run_while_its_gate_is_in_use,
    a_connected_word_leaves_one_signal_a_run,
    a_signal_is_answered_once,
    words_are_connected_anew,
    definitions_are_kept,
)
