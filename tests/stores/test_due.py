"""The runs in memory that are due at some time are found in order, and without a look through all of them."""

from __future__ import annotations

import asyncio
import time
from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from wgen.runtime.rows import Due, RunRow
from wgen.stores.memory import MemoryStore
from wgen.stores.memory_due import DueRuns, _Queue
from wgen.stores.memory_run import new_row
from wgen.testing.store_cases.support import LEASE, START, new_run

OWNERS = (None, "me", "you")
FLOWS = ("f", "g")
changes = st.lists(
    st.tuples(st.integers(0, 5), st.sampled_from(OWNERS), st.none() | st.integers(0, 9).map(float)), max_size=60
)


def rows_of_two_flows() -> list[RunRow]:
    return [new_row(number, new_run(flow=FLOWS[number % 2])) for number in range(6)]


@given(changes, st.integers(0, 9), st.integers(0, 6))
def test_it_tells_the_same_as_a_look_through_all_runs(
    changes: list[tuple[int, str | None, float | None]], now: int, limit: int
) -> None:
    rows, due = rows_of_two_flows(), DueRuns()
    for row in rows:
        row.due = None
    for number, owner, at in changes:
        rows[number].owner = owner
        due.put(rows[number], at)
    there = [(row.due, row) for row in rows if row.due is not None]
    wakes = [at for at, row in there if row.owner is None]
    leases = [at for at, row in there if row.owner == "you"]
    assert due.next(FLOWS, "me") == Due(min(wakes, default=None), min(leases, default=None))
    assert due.owners(["g"]) == {row.owner for _, row in there if row.owner is not None and row.flow == "g"}
    assert sorted(due.held_by("me")) == [row.number for _, row in there if row.owner == "me"]

    claimed = []
    for number in islice(due.due(FLOWS, now), limit):
        claimed.append((rows[number].due, number))
        due.put(rows[number], 100.0)
    assert claimed == sorted((at, row.number) for at, row in there if at <= now)[:limit]


def test_a_look_does_not_go_through_all_runs() -> None:
    async def main() -> None:
        store = MemoryStore()
        for number in range(100_000):
            await store.create(new_run(f"r{number}", at=START + 10 + number))
        begun = time.perf_counter()
        for _ in range(100):
            assert await store.claim(["f"], START, LEASE, 100) == []
            assert await store.next_due(["f"], "me") == Due(START + 10, None)
        assert time.perf_counter() - begun < 0.2  # it takes a hundredth of that; going through all takes ten times that

    asyncio.run(main())


def test_what_runs_leave_behind_in_a_queue_does_not_pile_up() -> None:
    queue = _Queue()
    for number in range(10):
        queue.put(number, 1.0)
    for again in range(10_000):
        queue.put(5, 1e9 - again)
    assert len(queue._heap) < 200
    assert [queue.first(), queue.times[5]] == [(1.0, 0), 1e9 - 9_999]
