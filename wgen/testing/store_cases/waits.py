"""Events that come without a run's id, waits that find them, and what sources are told of those."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from wgen.runtime.history import What
from wgen.runtime.life import RunStatus
from wgen.runtime.published import Publication, Unmatched
from wgen.runtime.rows import WaitOver
from wgen.testing.store_cases.support import (
    KEPT,
    START,
    change_of,
    claimed,
    find,
    held_run,
    kept,
    loaded,
    lost,
    parking,
    publish,
    save,
    told,
    wait,
    waiting_run,
)

if TYPE_CHECKING:
    from wgen.runtime.ports import Store


# ---- finding ----


async def an_event_finds_the_waits_that_it_may_be_meant_for(store: Store) -> None:
    await waiting_run(store, wait(order=17), id="r1")
    await waiting_run(store, wait(order="17"), wait(3, order=18), id="r2")
    await waiting_run(store, wait(order=17, part="b"), id="r3")
    await waiting_run(store, wait(event="other", order=17), id="r4")
    assert [(found.run, found.place) for found in await find(store, order=17.0)] == [("r1", 0), ("r2", 0)]
    assert [found.run for found in await find(store, order=17, part="b")] == ["r1", "r2", "r3"]
    assert [(found.run, found.place) for found in await find(store, order=18)] == [("r2", 3)]
    assert not await find(store, order=19)
    assert not await find(store, part="b")
    assert not await find(store, flow="g", order=17)


async def waits_without_comparisons_are_found_by_every_event(store: Store) -> None:
    await waiting_run(store, wait(), id="r1")
    await waiting_run(store, wait(where=None), id="r2")
    found = await find(store, any=1)
    assert [one.run for one in found] == ["r1", "r2"]
    assert found[0].fields != found[1].fields


async def a_wait_is_found_until_it_ends(store: Store) -> None:
    row = await waiting_run(store, wait(1, n=1), wait(2, n=1))
    await save(store, change_of(row, closed=[WaitOver(1)]))
    assert [found.place for found in await find(store, n=1)] == [2]
    row = (await loaded(store)).row
    await save(store, change_of(row, closed=[WaitOver(2)], opened=[wait(2, n=2)]))
    assert not await find(store, n=1)
    assert [found.place for found in await find(store, n=2)] == [2]


async def waits_end_with_their_run_and_when_it_undoes(store: Store) -> None:
    for number, status in enumerate((RunStatus.FINISHED, RunStatus.FAILED, RunStatus.UNDOING, RunStatus.CANCELLED)):
        row = await waiting_run(store, wait(n=1), id=f"r{number}")
        assert await find(store, n=1)
        await save(store, change_of(row, head=parking(status)))
        assert not await find(store, n=1)


async def a_paused_run_is_found(store: Store) -> None:
    row = await waiting_run(store, wait(n=1))
    await save(store, change_of(row, head=parking(RunStatus.PAUSED)))
    assert await publish(store, *await find(store, n=1), n=1) == ["r1"]
    stored = await loaded(store)
    assert (stored.row.due, len(stored.events)) == (None, 1)


async def a_save_under_a_lost_lease_begins_and_ends_no_wait(store: Store) -> None:
    row = await held_run(store)
    change = change_of(row, opened=[wait(n=1)])
    change.fence += 1
    assert await lost(store, change)
    assert not await find(store, n=1)
    await save(store, change_of(row, opened=[wait(n=1)]))
    change = change_of((await loaded(store)).row, closed=[WaitOver(0)])
    change.revision += 1
    assert await lost(store, change)
    assert await find(store, n=1)


# ---- giving ----


async def a_published_event_wakes_the_runs_that_it_fits(store: Store) -> None:
    await waiting_run(store, wait(n=1), id="r1")
    await waiting_run(store, wait(n=1), id="r2")
    await waiting_run(store, wait(n=1), id="r3")
    first, _, third = await find(store, n=1)
    assert await publish(store, first, third, n=1, id="e1") == ["r1", "r3"]
    assert [stored.row.id for stored in await claimed(store, START + 2)] == ["r1", "r3"]
    (event,) = (await loaded(store, "r3")).events
    assert (event.name, json.loads(event.payload), event.at) == ("e", {"n": 1}, START + 1)
    entry = (await store.history((await loaded(store)).row.number))[-1]
    assert (entry.what, entry.reason) == (What.EVENT_RECEIVED, "e")
    assert await kept(store) == []


async def a_wait_that_was_not_judged_keeps_an_event_from_being_given_or_kept(store: Store) -> None:
    await waiting_run(store, wait(n=1), id="r1")
    (first,) = await find(store, n=1)
    await waiting_run(store, wait(n=1), id="r2")
    new = Publication("f", "e", b'{"n":1}', START, [first.number], [first.number], KEPT, "e1", KEPT)
    assert await store.publish(new) is None
    assert not (await loaded(store)).events
    assert await kept(store) == []
    assert await publish(store, first, n=1, id="e1") == ["r1"]


async def a_wait_that_has_ended_in_between_gets_nothing(store: Store) -> None:
    row = await waiting_run(store, wait(n=1))
    found = await find(store, n=1)
    await save(store, change_of(row, closed=[WaitOver(0)], opened=[wait(n=2)]))
    assert await publish(store, *found, n=1) == []
    assert not (await loaded(store)).events
    assert await kept(store) == [(1, 0)]


async def an_id_is_published_once(store: Store) -> None:
    await waiting_run(store, wait(n=1))
    found = await find(store, n=1)
    assert await publish(store, *found, n=1, id="e1") == ["r1"]
    assert await publish(store, *found, n=1, id="e1") == []
    assert await publish(store, n=2, id="e2") == []
    assert await publish(store, n=2, id="e2") == []
    assert len((await loaded(store)).events) == 1
    assert await kept(store) == [(1, 0)]
    assert await publish(store, n=2, id="e2", at=START + 2000, until=START + 3000) == []  # so late it is another event
    assert await kept(store) == [(2, 0)]


async def an_id_that_was_sent_to_the_run_is_not_taken_again(store: Store) -> None:
    await waiting_run(store, wait(n=1))
    found = await find(store, n=1)
    await store.add_event(Publication("f", "e", b"{}", START, (), (), KEPT, "e1").letter("r1"))
    assert await publish(store, *found, n=1, id="e1") == []
    assert len((await loaded(store)).events) == 1
    assert await kept(store) == []


async def a_wait_gets_one_event_and_the_next_one_is_kept(store: Store) -> None:
    row = await waiting_run(store, wait(n=1), wait(0, event="other", n=1))
    assert await publish(store, *await find(store, n=1), n=1, number=1) == ["r1"]
    assert not await find(store, n=1)
    assert not await find(store, event="other", n=1)
    assert await publish(store, n=1, number=2) == []
    opened = [wait(n=1)]
    assert not await save(store, change_of(row, closed=[WaitOver(0, "e")], opened=opened, head=parking()))
    assert [json.loads(event.payload)["number"] for event in (await loaded(store)).events] == [1, 2]
    assert not await find(store, n=1)


async def of_two_waits_of_a_run_the_older_gets_the_event(store: Store) -> None:
    await waiting_run(store, wait(3, n=1), wait(2, n=1))
    assert await publish(store, *await find(store, n=1), n=1, number=1) == ["r1"]
    assert [found.place for found in await find(store, n=1)] == [2]
    assert await publish(store, *await find(store, n=1), n=1, number=2) == ["r1"]
    assert len((await loaded(store)).events) == 2


# ---- keeping ----


async def a_wait_takes_the_oldest_kept_event_that_is_meant_for_it(store: Store) -> None:
    for number in (1, 2, 3, 4):
        await publish(store, n=1, number=number, id=f"e{number}")
    row = await held_run(store)
    opened = [wait(accepts=lambda payload: json.loads(payload)["number"] > 2, n=1)]
    assert not await save(store, change_of(row, opened=opened, head=parking()))
    stored = await loaded(store)
    assert stored.row.owner == "me"
    assert [json.loads(event.payload)["number"] for event in stored.events] == [3]
    assert await kept(store) == [(3, 0)]
    assert await publish(store, n=1, number=3, id="e3") == []
    assert await kept(store) == [(3, 0)]


async def of_several_events_at_a_place_it_takes_the_oldest(store: Store) -> None:
    for event in ("b", "a"):
        await store.publish(Publication("f", event, b"{}", START, (), (), KEPT))
    row = await held_run(store)
    await save(store, change_of(row, opened=[wait(event="a", where=None), wait(event="b", where=None)]))
    assert [event.name for event in (await loaded(store)).events] == ["b"]
    assert [names.event for names in await store.unmatched()] == ["a"]


async def kept_events_are_found_by_fields_that_nobody_has_compared_before(store: Store) -> None:
    await publish(store, a=1, b="x")
    await publish(store, a=2, b="y")
    await publish(store, a=3, b="y")
    for number, opened in enumerate([wait(b="y"), wait(a=1), wait(where=None)]):
        row = await held_run(store, f"r{number}")
        await save(store, change_of(row, opened=[opened]))
    events = [(await loaded(store, f"r{number}")).events for number in range(3)]
    assert [[json.loads(event.payload)["a"] for event in those] for those in events] == [[2], [1], [3]]
    assert await kept(store) == []


async def a_kept_event_that_the_run_has_had_makes_room_for_the_next(store: Store) -> None:
    row = await held_run(store)
    await publish(store, n=1, id="e1")
    await publish(store, n=1, id="e2")
    await store.add_event(Publication("f", "e", b"{}", START, (), (), KEPT, "e1").letter("r1"))
    await save(store, change_of(row, opened=[wait(n=1)]))
    assert [json.loads(event.payload) for event in (await loaded(store)).events] == [{}, {"n": 1}]
    assert await kept(store) == []


async def what_is_kept_too_long_is_dropped_and_counted(store: Store) -> None:
    await publish(store, n=1, until=START + 10)
    await publish(store, n=1, until=START + 20)
    await publish(store, n=1, until=START + 30)
    assert await store.drop_unmatched(START + 9) == ([], START + 10)
    assert await store.drop_unmatched(START + 20) == ([Unmatched("f", "e", 0, 2)], START + 30)
    assert await store.unmatched() == [Unmatched("f", "e", 1, 2)]
    row = await held_run(store)
    await save(store, change_of(row, opened=[wait(n=1)]))
    assert len((await loaded(store)).events) == 1
    assert await store.drop_unmatched(START + 40) == ([], None)
    assert await store.unmatched() == [Unmatched("f", "e", 0, 2)]


# ---- telling ----


async def a_source_is_told_that_a_wait_begins_and_that_it_ends(store: Store) -> None:
    row = await waiting_run(store, wait(source="bell", n=1), wait(4, n=2))
    assert not await told(store, START + 1, "other")
    (begins,) = await told(store, START + 1, "other", "bell")
    assert (begins.source, begins.about, begins.handled) == ("bell", b'{"place": 0}', None)
    await store.told(begins, START + 2, None)
    assert await store.tellings(("bell",), START + 50, START + 60) == ([], None)
    await save(store, change_of(row, closed=[WaitOver(0, "e"), WaitOver(4, "e")]))
    (ends,) = await told(store, START + 50)
    assert (ends.about, ends.handled) == (b'{"place": 0}', True)
    await store.told(ends, START + 51, None)
    assert await store.tellings(("bell",), START + 100, START + 110) == ([], None)


async def a_wait_that_ends_by_anything_else_was_not_handled(store: Store) -> None:
    over = {"event": [WaitOver(0, "another")], "nothing": [WaitOver(0)], "the run": []}
    for name, closed in over.items():
        row = await waiting_run(store, wait(source="bell"), id=name)
        (begins,) = await told(store, START + 1)
        await store.told(begins, START + 1, None)
        await save(store, change_of(row, closed=closed, head=parking(RunStatus.CANCELLED)))
        (ends,) = await told(store, START + 2)
        assert ends.handled is False
        await store.told(ends, START + 2, None)


async def a_wait_that_is_over_soon_is_told_in_order_all_the_same(store: Store) -> None:
    row = await waiting_run(store, wait(source="bell"))
    await save(store, change_of(row, closed=[WaitOver(0, "e")]))
    (begins,) = await told(store, START + 2)
    assert begins.handled is None
    assert not await told(store, START + 2)
    await store.told(begins, START + 2, None)
    (ends,) = await told(store, START + 2)
    assert ends.handled is True


async def the_end_is_not_told_while_the_beginning_is(store: Store) -> None:
    row = await waiting_run(store, wait(source="bell"))
    (begins,) = await told(store, START + 2)
    await save(store, change_of(row, closed=[WaitOver(0, "e")]))
    assert await store.tellings(("bell",), START + 3, START + 13) == ([], START + 12)
    await store.told(begins, START + 4, None)
    (ends,) = await told(store, START + 4)
    assert ends.handled is True


async def what_was_not_told_in_time_is_told_by_another(store: Store) -> None:
    await waiting_run(store, wait(source="bell"))
    (slow,) = await told(store, START + 2)
    assert not await told(store, START + 11)
    (quick,) = await told(store, START + 12)
    assert quick.handled is None
    await store.told(slow, START + 13, None)  # nobody listens to that any more
    (third,) = await told(store, START + 22)
    await store.told(third, START + 23, None)
    assert not await told(store, START + 100)


async def what_could_not_be_told_is_told_again(store: Store) -> None:
    row = await waiting_run(store, wait(source="bell"))
    (first,) = await told(store, START + 2)
    await store.told(first, START + 3, START + 5)
    assert await store.tellings(("bell",), START + 4, START + 14) == ([], START + 5)
    (second,) = await told(store, START + 5)
    assert (second.handled, second.failures) == (None, 1)
    await store.told(second, START + 6, START + 60)
    await save(store, change_of(row, closed=[WaitOver(0)]))
    (ends,) = await told(store, START + 7)  # nobody has to hear of a beginning that is past
    assert ends.handled is False
    await store.told(ends, START + 8, START + 10)
    (again,) = await told(store, START + 10)
    await store.told(again, START + 10, None)
    assert not await told(store, START + 100)


async def the_end_of_a_wait_is_told_without_the_data_of_its_run_when_that_is_gone(store: Store) -> None:
    about = b'{"place": 0, "correlation": {"name": "secret"}}'
    for id in ("erased", "deleted"):
        row = await waiting_run(store, wait(source="bell")._replace(about=about), id=id)
        (begins,) = await told(store, START + 2)
        assert json.loads(begins.about)["correlation"] == {"name": "secret"}
        await store.told(begins, START + 2, None)
        await save(store, change_of(row, head=parking(RunStatus.FINISHED)))
        if id == "erased":
            assert await store.erase(row.number, (await loaded(store, id)).row.revision, [])
        else:
            assert await store.delete([[(await loaded(store, id)).row]]) == 1
        (ends,) = await told(store, START + 3)
        assert (ends.handled, json.loads(ends.about)) == (False, {"place": 0, "correlation": None})
        await store.told(ends, START + 3, None)
