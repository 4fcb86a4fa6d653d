"""A task writes to the application's own tables in the transaction of its step: once, or not at all."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.runtime.operated import Noting, Place
from tests.runtime.support import go
from wgen.runtime import current, transaction

PAYING = """
@Given (order)
@Retry each task once
@Retry wait period is 1 second
@Then charge (order) giving (receipt)
@Then thank for (order)
@Finish with (receipt)
"""


class Till(Noting):
    """Charges an order by a row in the ledger; `wrong` is what goes wrong behind it, once."""

    def __init__(self, wrong: BaseException | None = None) -> None:
        super().__init__()
        self.wrong = wrong
        self.waits: asyncio.Event | None = None

    async def charge_order(self, *, order: str) -> str:
        self.seen.append("charge_order")
        async with transaction() as db:
            db.execute("INSERT INTO ledger VALUES (?, ?)", (current().run, order))
            (rows,) = db.execute("SELECT count(*) FROM ledger").fetchone()
        if self.waits is not None:
            await self.waits.wait()
        if self.wrong is not None:
            wrong, self.wrong = self.wrong, None
            raise wrong
        return f"receipt {rows}"


def ledger(tmp_path: Path) -> list[Any]:
    with closing(sqlite3.connect(tmp_path / "runs.db")) as db:
        return db.execute("SELECT note FROM ledger ORDER BY rowid").fetchall()


def a_place(tmp_path: Path, handlers: Any, text: str = PAYING) -> Place:
    return Place(text, f"sqlite:///{tmp_path}/runs.db", handlers)


async def with_ledger(place: Place) -> None:
    place.store._writer.db.execute("CREATE TABLE ledger (run TEXT, note TEXT UNIQUE)")  # type: ignore[attr-defined]


def test_what_a_task_writes_is_kept_with_its_step(tmp_path: Path) -> None:
    async def main() -> None:
        place = a_place(tmp_path, Till())
        async with place.opened() as engine:
            await with_ledger(place)
            run = (await engine.start(place.flows[0], order="o1")).id
            assert (await engine.drive(run)).result == "receipt 1"
            assert ledger(tmp_path) == [("o1",)]

    go(main())


def test_what_a_failed_attempt_has_written_is_gone(tmp_path: Path) -> None:
    async def main() -> None:
        place = a_place(tmp_path, Till(ConnectionError("no answer")))
        async with place.opened() as engine:
            await with_ledger(place)
            run = (await engine.start(place.flows[0], order="o1")).id
            await engine.tick()
            assert ledger(tmp_path) == []
            await place.clock.move(1)
            await engine.tick()
            assert (await engine.view(run)).result == "receipt 1"
            assert ledger(tmp_path) == [("o1",)]

    go(main())


def test_an_error_of_the_sql_fails_the_attempt_alone(tmp_path: Path) -> None:
    async def main() -> None:
        place = a_place(tmp_path, Till())
        async with place.opened() as engine:
            await with_ledger(place)
            first, second = [(await engine.start(place.flows[0], order="o1")).id for _ in range(2)]
            await engine.drive(first)
            await engine.tick()
            await place.clock.move(1)
            await engine.tick()
            view = await engine.view(second)
            assert view.error is not None
            assert (view.status, view.error["type"]) == ("failed", "IntegrityError")
            assert ledger(tmp_path) == [("o1",)]

    go(main())


def test_many_runs_share_the_store_and_one_transaction_follows_the_other(tmp_path: Path) -> None:
    async def main() -> None:
        place = a_place(tmp_path, Till())
        async with place.opened(), place.engine(worker=True) as engine:
            await with_ledger(place)
            runs = [await engine.start(place.flows[0], order=f"o{number}") for number in range(30)]
            results = await asyncio.gather(*(run.result() for run in runs))
            assert sorted(results) == sorted(f"receipt {number}" for number in range(1, 31))
            assert len(ledger(tmp_path)) == 30

    go(main())


def test_a_worker_that_has_lost_its_lease_commits_nothing_of_the_tasks(tmp_path: Path) -> None:
    async def main() -> None:
        till = Till()
        place = a_place(tmp_path, till)
        async with place.opened() as engine:
            await with_ledger(place)
            place.handlers.holds["thank_for_order"] = asyncio.Event()
            gate = asyncio.Event()
            till.waits = gate
            run = (await engine.start(place.flows[0], order="o1")).id
            task = await engine.crew.claim_run(run)
            assert isinstance(task, asyncio.Task)
            await place.clock.settle()
            stored = place.store._opened[0].db  # type: ignore[attr-defined]
            stored.execute("UPDATE runs SET fence = fence + 1")  # somebody else has claimed it
            gate.set()
            await asyncio.wait([task])
            assert ledger(tmp_path) == []

    go(main())


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("COMMIT", "the transaction begins and ends with the step"),
        ("/* now */ end transaction", "the transaction begins and ends with the step"),
        ("-- first\nrollback", "the transaction begins and ends with the step"),
        ("  begin immediate", "the transaction begins and ends with the step"),
        ("SAVEPOINT mine", "the transaction begins and ends with the step"),
        ("ATTACH ':memory:' AS other", "what is written to another file is not committed with the step"),
        ("PRAGMA synchronous = OFF", "how the file is kept is the store's to say"),
    ],
)
def test_the_transaction_is_the_stores(tmp_path: Path, sql: str, words: str) -> None:
    class Committing(Noting):
        async def charge_order(self, **_: Any) -> None:
            async with transaction() as db:
                db.execute("INSERT INTO ledger VALUES ('', 'o1')")
                db.execute(sql)

    async def main() -> None:
        place = a_place(tmp_path, Committing(), PAYING.replace("@Retry each task once\n", ""))
        async with place.opened() as engine:
            await with_ledger(place)
            view = await engine.drive((await engine.start(place.flows[0], order="o1")).id)
            assert view.error is not None
            assert view.error["message"] == f"this statement is refused: {words}"
            assert ledger(tmp_path) == []

    go(main())


def test_where_there_is_none_the_attempt_says_so(tmp_path: Path) -> None:
    class InThread(Noting):
        def charge_order(self, **_: Any) -> None:
            async def never() -> None:
                async with transaction():
                    pass

            asyncio.run(never())

    async def failure(place: Place) -> str:
        async with place.opened() as engine:
            view = await engine.drive((await engine.start(place.flows[0], order="o1")).id)
            assert view.error is not None
            return str(view.error["message"])

    text = PAYING.replace("@Retry each task once\n", "")
    assert "this store has no transactions" in go(failure(Place(text, "memory://", Till())))
    assert "is for `async def` handlers" in go(failure(a_place(tmp_path, InThread(), text)))


def test_a_second_transaction_and_one_that_is_kept_are_refused(tmp_path: Path) -> None:
    told: list[str] = []

    class Greedy(Noting):
        async def charge_order(self, **_: Any) -> None:
            async with transaction() as db:
                pass
            for attempt in (db.execute, self._again):
                try:
                    found = attempt("SELECT 1")
                    if asyncio.iscoroutine(found):
                        await found
                except Exception as error:  # noqa: BLE001 - it is looked at
                    told.append(str(error))

        async def _again(self, _sql: str) -> None:
            async with transaction():
                pass

    async def main() -> None:
        place = a_place(tmp_path, Greedy())
        async with place.opened() as engine:
            assert (await engine.drive((await engine.start(place.flows[0], order="o")).id)).status == "finished"

    go(main())
    assert told == [
        "the transaction is over: write to it inside of `async with transaction()`",
        "this attempt has had its transaction() already; it can have one",
    ]
