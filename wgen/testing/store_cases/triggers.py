"""Limits, schedules, connected flows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from wgen.runtime.life import RunStatus
from wgen.runtime.rows import Ask, Gate, SlotTaken, Stored, ValueRow
from wgen.testing.store_cases.support import (
    LEASE,
    START,
    change_of,
    claimed,
    ended_run,
    held_run,
    loaded,
    new_run,
    parking,
    save,
)

if TYPE_CHECKING:
    from wgen.runtime.ports import Store


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
    assert signal[1:6] == ("ship", "f", "r1", "k", "paid")
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


async def the_signals_of_a_run_are_gone_with_its_data(store: Store) -> None:
    await store.connect("ship", [("f", "paid")])
    for id in ("erased", "deleted", "kept"):
        row = await held_run(store, id, values=[ValueRow(0, "name", json.dumps(id).encode())])
        await save(store, change_of(row, words=["paid"]))
        row.revision += 1
        ended = await ended_run(store, row)
        if id == "erased":
            (signal,) = await store.signals(["ship"])
            assert await store.erase(row.number, ended.revision, [])
            assert await store.answer(signal.number, new_run("r2", flow="ship")) is None
        elif id == "deleted":
            assert await store.delete([[ended]]) == 1
    assert [(told.run, json.loads(told.values)) for told in await store.signals(["ship"])] == [
        ("kept", {"name": "kept"})
    ]
    assert await store.load("r2") is None


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
