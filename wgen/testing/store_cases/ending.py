"""What becomes of ended runs: opened again, undone by another run, erased, deleted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from wgen.errors import RunIsOpen
from wgen.runtime.history import Entry, What
from wgen.runtime.life import RunStatus
from wgen.runtime.rows import Gate, PositionRow, RunQuery, UndoRow, ValueRow
from wgen.testing.store_cases.support import (
    LEASE,
    START,
    change_of,
    ended_run,
    held_run,
    loaded,
    lost,
    new_run,
    parking,
    save,
    send,
)

if TYPE_CHECKING:
    from wgen.runtime.ports import Store


async def a_failed_run_is_opened_again(store: Store) -> None:
    row = await held_run(store, key="k")
    await save(store, change_of(row, head=parking(RunStatus.FAILED, error=b'{"type":"X"}')))
    failed = (await loaded(store)).row
    assert await save(store, change_of(failed, head=parking(RunStatus.PENDING, due=START)))
    opened = await loaded(store)
    assert (opened.row.status, opened.row.error, opened.row.due) == (RunStatus.PENDING, None, START)
    assert not (await store.create(new_run("r2", key="k"))).created


async def a_run_is_not_opened_again_while_another_has_its_key(store: Store) -> None:
    row = await held_run(store, key="k")
    await save(store, change_of(row, head=parking(RunStatus.FAILED)))
    await store.create(new_run("r2", key="k"))
    failed = (await loaded(store)).row
    try:
        await save(store, change_of(failed, head=parking(RunStatus.PENDING, due=START)))
    except RunIsOpen:
        pass
    else:
        raise AssertionError("two open runs have one key")
    assert (await loaded(store)).row.status is RunStatus.FAILED


async def a_pending_run_behind_a_gate_is_not_due_before_its_turn(store: Store) -> None:
    gate = Gate("g", 1)
    row = await held_run(store, gates=[gate])
    await store.create(new_run("r2", gates=[gate]))
    waiting = (await loaded(store, "r2")).row
    await save(store, change_of(waiting, head=parking(RunStatus.PAUSED)))
    paused = (await loaded(store, "r2")).row
    assert await save(store, change_of(paused, head=parking(RunStatus.PENDING, due=START)))
    assert (await loaded(store, "r2")).row.due is None
    await save(store, change_of(row, head=parking(RunStatus.FINISHED)))
    assert (await loaded(store, "r2")).row.due == START + 1


async def a_paused_run_is_passed_over_at_its_gate(store: Store) -> None:
    gate = Gate("g", 1)
    row = await held_run(store, gates=[gate])
    for id in ("r2", "r3", "r4"):
        await store.create(new_run(id, gates=[gate]))
    await save(store, change_of((await loaded(store, "r2")).row, head=parking(RunStatus.PAUSED)))
    await save(store, change_of(row, head=parking(RunStatus.FINISHED)))
    assert [(await loaded(store, id)).row.due for id in ("r2", "r3", "r4")] == [None, START + 1, None]
    paused = (await loaded(store, "r2")).row
    await save(store, change_of(paused, head=parking(RunStatus.PENDING, due=START + 5)))
    assert (await loaded(store, "r2")).row.due is None
    await save(store, change_of((await loaded(store, "r3")).row, head=parking(RunStatus.FINISHED)))
    assert [(await loaded(store, id)).row.due for id in ("r2", "r4")] == [START + 1, None]


async def a_paused_run_comes_in_when_it_goes_on_and_there_is_room(store: Store) -> None:
    gate = Gate("g", 1)
    row = await held_run(store, gates=[gate])
    await store.create(new_run("r2", gates=[gate]))
    await save(store, change_of((await loaded(store, "r2")).row, head=parking(RunStatus.PAUSED)))
    await save(store, change_of(row, head=parking(RunStatus.FINISHED)))
    paused = (await loaded(store, "r2")).row
    await save(store, change_of(paused, head=parking(RunStatus.PENDING, due=START + 5)))
    assert (await loaded(store, "r2")).row.due == START + 5
    await store.create(new_run("r3", gates=[gate]))
    assert (await loaded(store, "r3")).row.due is None


async def a_failed_run_that_is_retried_passes_its_gates_again(store: Store) -> None:
    gate = Gate("g", 1)
    for id in ("r1", "r2", "r3"):
        await store.create(new_run(id, gates=[gate]))
    await save(store, change_of((await loaded(store)).row, head=parking(RunStatus.FAILED)))
    await save(store, change_of((await loaded(store)).row, head=parking(RunStatus.PENDING, due=START)))
    assert [(await loaded(store, id)).row.due for id in ("r1", "r2", "r3")] == [None, START + 1, None]
    for id in ("r2", "r3"):
        await save(store, change_of((await loaded(store, id)).row, head=parking(RunStatus.FINISHED)))
    assert (await loaded(store)).row.due == START + 1
    await store.create(new_run("r4", gates=[gate]))
    assert (await loaded(store, "r4")).row.due is None


async def a_run_takes_over_the_undos_of_an_ended_one(store: Store) -> None:
    row = await held_run(store)
    undos = [UndoRow(1, 3, b'{"step":"a"}'), UndoRow(2, 0, b'{"step":"b"}')]
    await save(store, change_of(row, undos=undos, head=parking(RunStatus.FINISHED)))
    await store.create(new_run("r2", undoes="r1", error=b'{"type":"RunCancelled"}', key=None))
    taken = await loaded(store, "r2")
    assert (taken.row.status, taken.row.error, taken.row.due) == (
        RunStatus.UNDOING,
        b'{"type":"RunCancelled"}',
        START,
    )
    assert list(taken.undos) == [UndoRow(1, 0, b'{"step":"a"}'), UndoRow(2, 0, b'{"step":"b"}')]
    assert list((await loaded(store)).undos) == []


async def an_erased_run_tells_nothing_of_its_data(store: Store) -> None:
    row = await held_run(store, key="secret", trace="secret", values=[ValueRow(0, "a", b'"secret"')])
    told = Entry(START, What.ATTEMPT_FAILED, "s", 1, reason="secret", error=b'{"type":"X","message":"secret"}')
    await send(store)
    error = b'{"type":"X","message":"secret","step":"s","flow_line":1,"undo":[]}'
    change = change_of(
        row,
        entries=[told],
        positions=[PositionRow(1, 0, b'{"step":"secret"}')],
        undos=[UndoRow(1, 0, b'"secret"')],
        head=parking(RunStatus.FAILED, error=error, result=b'"secret"', mail=1),
    )
    await save(store, change)
    failed = (await loaded(store)).row
    assert not await store.erase(row.number, failed.revision + 1, [])
    assert await store.erase(row.number, failed.revision, [Entry(START + 2, What.RUN_ERASED, by="me")])
    erased = await loaded(store)
    assert (erased.row.key, erased.row.result, erased.row.status) == (None, None, RunStatus.FAILED)
    assert json.loads(erased.row.error or b"") == {
        "type": "X",
        "message": "erased",
        "step": "s",
        "flow_line": 1,
        "undo": [],
    }
    entries = await store.history(row.number)
    assert "secret" not in repr(erased) + repr(entries)
    assert [entry.what for entry in entries][-1] == What.RUN_ERASED
    assert json.loads(next(entry.error for entry in entries if entry.error) or b"")["type"] == "X"


async def an_open_run_is_neither_erased_nor_deleted(store: Store) -> None:
    row = await held_run(store)
    assert not await store.erase(row.number, row.revision, [])
    assert await store.delete([[row]]) == 0
    assert (await loaded(store)).values


async def a_deleted_run_is_gone(store: Store) -> None:
    row = await held_run(store)
    ended = await ended_run(store, row)
    await held_run(store, "r2")
    assert await store.delete([[ended]]) == 1
    assert await store.load("r1") is None
    assert [found.id for found in await store.runs(RunQuery())] == ["r2"]
    assert await store.delete([[ended]]) == 0


async def a_family_with_a_run_that_was_opened_again_is_not_deleted(store: Store) -> None:
    """Whoever deletes it has looked at its runs just before."""
    failed = await ended_run(store, await held_run(store), RunStatus.FAILED)
    below = await ended_run(store, await held_run(store, "r2", parent="r1"))
    other = await ended_run(store, await held_run(store, "r3"))
    await save(store, change_of(failed, head=parking(RunStatus.PENDING, due=START)))
    assert await store.delete([[failed, below], [other]]) == 1
    assert {found.id for found in await store.runs(RunQuery(children=True))} == {"r1", "r2"}

    again = await ended_run(store, (await loaded(store)).row, RunStatus.FAILED)
    assert await store.delete([[failed, below]]) == 0  # by now it may have other runs below it
    assert await store.delete([[again, below]]) == 2


async def a_deleted_run_takes_no_event(store: Store) -> None:
    """Whoever sends it has looked for the run just before."""
    row = await held_run(store)
    assert await store.delete([[await ended_run(store, row)]]) == 1
    assert await send(store) == "ended"


async def a_save_of_a_deleted_run_is_refused(store: Store) -> None:
    ended = await ended_run(store, await held_run(store))
    late = change_of(ended, dropped=[(0, "a")], values=[ValueRow(0, "b", b"1" * 500)])
    assert await store.delete([[ended]]) == 1
    assert await lost(store, late)  # it would have been kept just before
    assert await store.claim(["f"], START + 9, LEASE, 9) == []


async def ended_runs_are_found_by_age_and_children_by_their_parent(store: Store) -> None:
    row = await held_run(store)
    await held_run(store, "r2", parent="r1")
    await held_run(store, "r3")
    await save(store, change_of(row, head=parking(RunStatus.FINISHED)))
    assert [found.id for found in await store.runs(RunQuery(ended_before=START + 1))] == ["r1"]
    assert await store.runs(RunQuery(ended_before=START)) == []
    assert [found.id for found in await store.runs(RunQuery(parent="r1"))] == ["r2"]
