"""Claims and leases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wgen.runtime.life import RunStatus
from wgen.runtime.rows import Due, Held, Lease, Stored
from wgen.testing.store_cases.support import (
    LEASE,
    START,
    change_of,
    claimed,
    held_run,
    loaded,
    new_run,
    parking,
    save,
    send,
)

if TYPE_CHECKING:
    from wgen.runtime.ports import Store


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
    assert (again[0].lost, again[0].was_due) == (Lease("other", START + 10), START + 10)
    assert again[0].row.fence == 2


async def the_leases_of_an_owner_can_be_ended(store: Store) -> None:
    for n in range(2):
        await store.create(new_run(f"r{n}"))
    await claimed(store, START, limit=1)
    row = await held_run(store, "mine")
    assert await store.owners(["f"]) == ["me", "other"]
    assert await store.owners(["g"]) == []
    await store.end_leases("other", START + 2)
    assert [(stored.row.id, stored.lost) for stored in await claimed(store, START + 1)] == [("r1", None)]
    assert [(stored.row.id, stored.lost) for stored in await claimed(store, START + 2)] == [
        ("r0", Lease("other", START + 2))
    ]
    assert await store.renew([Held(row.number, row.fence)], START + 20) == {row.number: 0}
    await store.end_leases("other", START + 90)
    assert (await loaded(store, "r0")).row.due == START + 12


async def a_parked_run_is_due_at_its_time(store: Store) -> None:
    row = await held_run(store)
    await save(store, change_of(row, head=parking(due=START + 50)))
    assert not await claimed(store, START + 49)
    got = await claimed(store, START + 52)
    assert (got[0].lost, got[0].row.status, got[0].was_due) == (None, RunStatus.RUNNING, START + 50)


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
    assert (now.status, now.owner, now.due) == (RunStatus.PAUSED, None, START)  # it may have an order to obey


async def next_due_tells_wakes_and_foreign_leases(store: Store) -> None:
    assert await store.next_due(["f"], "me") == Due(None, None)
    await store.create(new_run("r1", at=START + 7))
    await store.create(new_run("r2", at=START + 3))
    await held_run(store, "r3")
    await store.create(new_run("r4", flow="g", at=START))
    assert await store.next_due(["f"], "me") == Due(START + 3, None)
    assert await store.next_due(["f"], "you") == Due(START + 3, START + 10)
