"""The death of a worker at every point of a user's own flow: what does harm is found, what does none is let pass."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from itertools import count
from typing import Any

import pytest

from tests.compiled import compiled
from wgen.errors import UsageError
from wgen.runtime import current
from wgen.runtime.rows import Lease, Stored
from wgen.stores.memory import MemoryStore
from wgen.testing import Event, Other, Verdict, crash_matrix, crashes
from wgen.testing.verdict import verdict_table

ORDER = compiled("""
@Flow order
@Given (amount) as int
@Retry each task once
@Then price (amount) giving (total) as int
@Then charge (total)
@And pack (amount)
@Receive (signature) as str, or fail after 1 week
@Then archive (signature)
@Finish with (total) as "delivered"
""")[0]
SCENE: dict[str, Any] = {"inputs": {"amount": 40}, "events": {"signature": "Ada"}}


class Handlers:
    """What they know is in the run, and in the world outside."""

    async def price_amount(self, *, amount: int) -> int:
        return 3 * amount

    async def charge_total(self, **_: int) -> None:
        await asyncio.sleep(1)
        if current().attempt == 1:
            raise ConnectionError("no bank")

    def pack_amount(self, *, amount: int) -> None: ...

    async def archive_signature(self, **_: str) -> None: ...


class Forgetful(Handlers):
    """These keep what a later task needs in their own memory."""

    total = 0

    async def price_amount(self, *, amount: int) -> int:
        self.total = 3 * amount
        return self.total

    async def archive_signature(self, **_: str) -> None:
        if not self.total:
            raise LookupError("which order was it?")


def test_a_flow_survives() -> None:
    matrix = crash_matrix(ORDER, Handlers, **SCENE).survived()
    killed = [point for verdict in matrix.verdicts for point in verdict.killed]
    kinds = [point.rpartition(" ")[0] for point in killed]
    assert kinds.count("before handler") == kinds.count("after handler") == 5
    assert kinds.count("before commit") == kinds.count("after commit") >= 5
    assert len(set(killed)) == len(killed) == len(matrix.verdicts)
    rows = [line.split() for line in str(matrix).splitlines()]
    assert rows[0][:3] == ["points", "killed", "wrong"]
    assert [row[-6:] for row in rows[3:5]] == [["5", "5", "0", "6", "0", "0"], ["5", "5", "0", "6", "0", "0"]]
    assert rows[5][0] == "all"


def test_only_what_was_in_flight_runs_again() -> None:
    matrix = crash_matrix(ORDER, Handlers, **SCENE)
    told = {verdict.killed[0]: verdict.twice for verdict in matrix.verdicts}
    assert told["after handler 1"] == told["before commit 1"] == ["price_amount attempt 1"]
    assert told["after commit 1"] == []
    assert {tuple(twice) for twice in told.values()} >= {("charge_total attempt 1", "pack_amount attempt 1")}


def test_handlers_that_remember_in_their_own_memory_are_found_out() -> None:
    with pytest.raises(AssertionError) as caught:
        crash_matrix(ORDER, Forgetful, **SCENE).survived()
    said = str(caught.value)
    assert said.startswith('"order" does not survive the death of its worker\nkilled ')
    assert "status of \"order\" is 'failed', not 'finished'" in said
    assert "archive_signature was lost" in said
    assert "points  killed  wrong results" in said
    crash_matrix(ORDER, Forgetful(), **SCENE).survived()  # one object is one memory, whatever dies around it


class BranchesForgotten(MemoryStore):
    """When it hands out a run whose worker died, it forgets how far the branches have got."""

    async def claim(self, flows: Collection[str], now: float, lease: Lease, limit: int) -> list[Stored]:
        claimed = await super().claim(flows, now, lease, limit)
        for stored in claimed:
            if stored.lost is not None:
                stored.positions = ()
        return claimed


def test_a_finished_task_that_runs_again_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crashes, "find_store", BranchesForgotten)
    matrix = crash_matrix(ORDER, Handlers, **SCENE)
    again = {tried for verdict in matrix.bad for tried in verdict.again}
    assert again >= {"pack_amount attempt 1"}
    with pytest.raises(AssertionError, match="pack_amount attempt 1 ran again, though it was saved"):
        matrix.survived()
    assert len(matrix.bad) < len(matrix.verdicts)


def test_children_events_and_timers() -> None:
    parent, child = compiled("""
@Flow parent
@Given (parts) as list of str
@For each (part) in (parts), all at once, collecting (piece) into (pieces)
    @Then run flow (child) using (part) giving (piece) as str
@End
@Wait 2 weeks
@Receive (word) as str, or fail after 1 day
@Finish with (pieces)

@Flow child
@Given (part) as str
@Wait 1 day
@Then make (part) giving (piece) as str
@Finish with (piece)
""")
    matrix = crash_matrix(
        parent,
        {"make_part": lambda part: f"{part} made"},
        inputs={"parts": ["a", "b", "c"]},
        events=[Event("word", "now")],
        others=[Other(child)],
    ).survived()
    assert len(matrix.verdicts) > 20


def test_handlers_that_give_something_else_each_time_are_told_of() -> None:
    numbers = count()
    handlers = {"price_amount": lambda **_: next(numbers)}
    with pytest.raises(
        UsageError, match='"order" comes out differently when nobody dies: result of "order" is 1, not 0'
    ):
        crash_matrix(ORDER, handlers, stub_missing=True, **SCENE)


def test_ids_of_runs_may_be_in_results() -> None:
    handlers = {"price_amount": 1, "charge_total": None, "pack_amount": None, "archive_signature": None}
    flow = compiled("@Flow keys\n@Then take a key giving (key) as str\n@Finish with (key)\n")[0]
    crash_matrix(flow, {"take_a_key": lambda: current().key}).survived()
    crash_matrix(ORDER, handlers, **SCENE).survived()


def test_a_flow_that_does_not_end_is_told_of() -> None:
    flow = compiled("@Flow stuck\n@Then begin\n@Receive (news)\n")[0]
    with pytest.raises(UsageError, match='"stuck" does not come to an end, it is waiting at receive_news'):
        crash_matrix(flow, {"begin": None})


def test_the_deaths_are_not_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    crash_matrix(ORDER, Handlers, **SCENE)
    assert not caplog.records
    logging.getLogger("wgen").warning("heard again")
    assert [record.message for record in caplog.records] == ["heard again"]


def test_the_table() -> None:
    killed = Verdict(["before commit 1"], twice=["a attempt 1"])
    bad = Verdict(["after commit 1"], wrong=["status is 'paused'"], again=["a attempt 1", "b attempt 1"])
    lines = verdict_table({"good": [killed, Verdict([])], "a longer name": [bad]}).splitlines()
    assert [line.split() for line in lines[1:]] == [
        ["good", "2", "1", "0", "1", "0", "0"],
        ["a", "longer", "name", "1", "1", "1", "0", "2", "0"],
    ]
    assert len({len(line) for line in lines}) == 1
