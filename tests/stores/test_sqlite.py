"""What is particular to SQLite: its file, its commits, and two processes on one file."""

from __future__ import annotations

import asyncio
import os
import re
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.compiled import compiled
from tests.runtime.approval_flow import FLOW as APPROVAL
from tests.runtime.operated import Noting
from tests.runtime.support import Calls, go, one_task, sequence
from wgen.errors import LostLease, StoreError, StoreForeign, StoreLocked, StoreReadOnly, StoreTooNew
from wgen.runtime import Decimal, Engine, Policy
from wgen.runtime.history import Entry, What
from wgen.runtime.life import RunStatus
from wgen.runtime.rows import Created, RunRow, Step, ValueRow
from wgen.stores import sqlite_file, sqlite_writer
from wgen.stores.sqlite import SqliteStore
from wgen.testing.store_cases.support import LEASE, START, change_of, held_run, loaded, new_run, parking, save, send

MIGRATIONS = sorted((Path(sqlite_file.__file__).parent / "schema" / "sqlite").glob("*.sql"))


def opening(url: str, *, create: bool = True) -> None:
    async def main() -> None:
        store = SqliteStore(url)
        await store.open(create=create)
        await store.close()

    go(main())


def url_of(path: Path) -> str:
    return f"sqlite:///{path}"


# ---- the file ----


def test_a_url_is_relative_or_absolute_and_names_its_mode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    opening("sqlite:///a%20b.db")
    assert (tmp_path / "a b.db").exists()
    assert SqliteStore("sqlite:////x/y.db").place.path == Path("/x/y.db")
    assert SqliteStore("sqlite:///y.db").place.synchronous == "FULL"
    assert SqliteStore("sqlite:///y.db?synchronous=normal").place.synchronous == "NORMAL"


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///", "sqlite://x.db", "sqlite:///x.db?sync=1", "sqlite:///x.db?synchronous=no"]
)
def test_a_bad_url_is_refused(url: str) -> None:
    with pytest.raises(StoreError, match="sqlite:"):
        SqliteStore(url)


def test_the_file_is_in_wal_mode_with_full_commits(tmp_path: Path) -> None:
    path = tmp_path / "x.db"

    async def main() -> None:
        store = SqliteStore(url_of(path))
        await store.open()
        assert store._writer.db.execute("PRAGMA synchronous").fetchone() == (2,)
        await store.close()

    go(main())
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert db.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    db.close()


def test_a_missing_file_is_not_created_unasked(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    assert go(SqliteStore(url_of(path)).exists()) is False
    with pytest.raises(StoreError, match=f"there is no store at {path}"):
        opening(url_of(path), create=False)
    assert list(tmp_path.iterdir()) == []
    opening(url_of(path))
    opening(url_of(path), create=False)
    assert go(SqliteStore(url_of(path)).exists()) is True


def test_a_folder_and_a_missing_folder_are_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"is a folder; a SQLite store is a file"):
        opening(url_of(tmp_path))
    with pytest.raises(StoreError, match=r"the folder .*none of the store x\.db does not exist"):
        opening(url_of(tmp_path / "none" / "x.db"))


def test_a_store_that_opens_by_half_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[sqlite3.Connection] = []
    connect = sqlite3.connect

    def once(*arguments: Any, **options: Any) -> sqlite3.Connection:
        if opened:  # the process has no more files
            raise sqlite3.OperationalError("unable to open database file")
        opened.append(connect(*arguments, **options))
        return opened[0]

    monkeypatch.setattr(sqlite3, "connect", once)
    with pytest.raises(StoreError, match=r"x\.db can't be used: unable to open database file"):
        opening(url_of(tmp_path / "x.db"))
    with pytest.raises(sqlite3.ProgrammingError, match="closed database"):
        opened[0].execute("SELECT 1")


def test_other_peoples_files_are_left_alone(tmp_path: Path) -> None:
    text, foreign = tmp_path / "text.db", tmp_path / "foreign.db"
    text.write_text("no database " * 100)
    db = sqlite3.connect(foreign)
    db.execute("CREATE TABLE theirs (x)")
    db.commit()
    db.close()
    before = foreign.read_bytes()
    with pytest.raises(StoreForeign, match=r"text\.db is no SQLite database"):
        opening(url_of(text))
    with pytest.raises(StoreForeign, match=r"foreign\.db is a SQLite database of something else"):
        opening(url_of(foreign))
    assert foreign.read_bytes() == before


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    opening(url_of(path))
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(StoreTooNew, match=f"has schema 99, this wgen knows {len(MIGRATIONS)}: update wgen"):
        opening(url_of(path))


def test_runs_of_the_first_schema_go_on(tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / "x.db")
    db.executescript(MIGRATIONS[0].read_text())
    db.execute(f"PRAGMA application_id = {sqlite_file.APPLICATION}")
    db.execute("PRAGMA user_version = 1")
    db.execute(
        "INSERT INTO runs (id, flow, version, digest, status, position, created_at, updated_at, mail)"
        " VALUES ('r1', 'f', 1, 'd', 'waiting', '{}', 1, 1, 1)"
    )
    db.execute("INSERT INTO events VALUES (1, 1, 'old', '1', 1)")
    db.commit()
    db.close()

    async def main() -> None:
        store = SqliteStore(url_of(tmp_path / "x.db"))
        await store.open()
        await send(store, "new")
        stored = await loaded(store)
        assert (stored.row.trace, [event.name for event in stored.events]) == (None, ["old", "new"])
        await store.close()

    go(main())


def test_signals_that_deleted_and_erased_runs_have_left_behind_go(tmp_path: Path) -> None:
    async def make() -> None:
        store = SqliteStore(url_of(tmp_path / "x.db"))
        await store.open()
        await store.connect("ship", [("f", "paid")])
        for id in ("kept", "erased", "erased long ago"):
            row = await held_run(store, id, values=[ValueRow(0, "name", b'"Jane"')])
            await save(store, change_of(row, words=["paid"], head=parking(RunStatus.FINISHED)))
            if id != "kept":
                with closing(sqlite3.connect(tmp_path / "x.db")) as db:
                    signal = db.execute("SELECT * FROM signals WHERE run = ?", (row.number,)).fetchone()
                    assert await store.erase(row.number, row.revision + 1, [Entry(START, What.RUN_ERASED, by="me")])
                    db.execute("INSERT INTO signals VALUES (?, ?, ?, ?, ?, ?)", signal)
                    if id == "erased":  # it still stands in the journal
                        db.execute("UPDATE runs SET journal = (SELECT lines FROM history WHERE run = runs.number)")
                        db.execute("DELETE FROM history WHERE run = ?", (row.number,))
                    db.commit()
        await store.close()

    go(make())
    with closing(sqlite3.connect(tmp_path / "x.db")) as db:
        db.execute("DROP INDEX signals_run")
        db.execute("""INSERT INTO signals (starts, run, word, "values") VALUES ('ship', 7, 'paid', '{"a":1}')""")
        db.execute("PRAGMA user_version = 4")
        db.commit()
    opening(url_of(tmp_path / "x.db"))
    with closing(sqlite3.connect(tmp_path / "x.db")) as db:
        left = "SELECT id FROM signals JOIN runs ON runs.number = signals.run"
        assert db.execute(left).fetchall() == [("kept",)]
        assert db.execute("SELECT count(*) FROM signals").fetchone() == (1,)


def test_who_only_looks_leaves_an_older_store_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with closing(sqlite3.connect(path)) as db:
        db.executescript(MIGRATIONS[0].read_text())
        db.execute(
            "INSERT INTO runs (id, flow, version, digest, status, position, created_at, updated_at)"
            """ VALUES ('r1', 'f', 1, 'd', 'waiting', '{"step":"a"}', 1.0, 1.0)"""
        )
        db.execute("PRAGMA user_version = 1")
        db.execute(f"PRAGMA application_id = {sqlite_file.APPLICATION}")
        db.commit()
    before = path.read_bytes()

    async def found(*, look: bool) -> list[str]:
        store = SqliteStore(url_of(path))
        await store.open(create=False, look=look)
        rows = await store.runs(_all_runs())
        folder = store.place.path.parent
        await store.close()
        assert folder.exists() != look
        return [row.id for row in rows]

    assert go(found(look=True)) == ["r1"]
    assert path.read_bytes() == before
    assert go(found(look=False)) == ["r1"]
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA user_version").fetchone()[0] == len(MIGRATIONS)


def test_a_worker_of_before_writes_nothing_into_a_newer_schema(tmp_path: Path) -> None:
    async def main() -> None:
        store, _ = await opened(tmp_path / "x.db")
        rows = [await held_run(store, f"r{number}") for number in range(6)]
        with closing(sqlite3.connect(tmp_path / "x.db")) as newer:
            newer.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
        with pytest.raises(StoreTooNew, match="update wgen"):
            await send(store)
        for outcome in await asyncio.gather(*(store.save(step_of(row, 1)) for row in rows), return_exceptions=True):  # type: ignore[arg-type]
            assert isinstance(outcome, StoreTooNew)
        with pytest.raises(StoreTooNew):
            await store.join()
        with closing(sqlite3.connect(tmp_path / "x.db")) as newer:
            newer.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        saves = [store.save(step_of(row, 1)) for row in rows]
        assert await asyncio.gather(*saves) == [True] * 6  # type: ignore[arg-type]
        (await store.join()).roll_back()
        await store.close()

    go(main())


def test_an_empty_file_becomes_a_store(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    path.touch()
    opening(url_of(path))
    opening(url_of(path))


def test_a_read_only_file_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.db"
    opening(url_of(path))
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write anything, so the system is not asked
    with pytest.raises(StoreReadOnly, match="is read-only"):
        opening(url_of(path))
    with pytest.raises(StoreReadOnly, match="can't be created"):
        opening(url_of(tmp_path / "y.db"))


def test_many_processes_may_create_one_file_at_once(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    errors: list[BaseException] = []

    def create() -> None:
        try:
            opening(url_of(path))
        except BaseException as error:  # noqa: BLE001 - shown below
            errors.append(error)

    threads = [threading.Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


# ---- commits ----


class Commits:
    """A store whose commits can be counted and made to fail."""

    def __init__(self, store: SqliteStore) -> None:
        self.sizes: list[int] = []
        self.fails: sqlite3.Error | None = None
        self._commit = store._writer._commit
        store._writer._commit = self.commit  # type: ignore[method-assign]
        self._path = store.place.path

    def commit(self, batch: Any) -> Any:
        if self.fails is not None:
            raise sqlite_file.meaning(self.fails, self._path)
        self.sizes.append(len(batch))
        return self._commit(batch)


async def opened(path: Path) -> tuple[SqliteStore, Commits]:
    store = SqliteStore(url_of(path))
    await store.open()
    return store, Commits(store)


def test_a_lone_run_commits_each_step_at_once(tmp_path: Path) -> None:
    async def main() -> None:
        store, commits = await opened(tmp_path / "x.db")
        async with Engine(store) as engine:
            engine.register(flow := sequence("a", "b", "c"), Calls(**dict.fromkeys("abc", lambda: None)))
            await (await engine.start(flow)).result()
        assert set(commits.sizes) == {1}
        await store.close()

    go(main())


def test_saves_of_one_turn_share_a_commit(tmp_path: Path) -> None:
    async def main() -> None:
        store, commits = await opened(tmp_path / "x.db")
        async with Engine(store) as engine:
            engine.register(flow := sequence("a", "b", "c"), Calls(**dict.fromkeys("abc", lambda: None)))
            runs = await asyncio.gather(*(engine.start(flow) for _ in range(50)))
            await asyncio.gather(*(run.result() for run in runs))
        assert sum(commits.sizes) == 50 * 4 + 1  # a create and three steps each, and the definition
        assert len(commits.sizes) < 12
        await store.close()

    go(main())


def test_branches_of_a_lone_run_that_end_together_share_a_commit(tmp_path: Path) -> None:
    loop = "@For each (number) in (numbers), all at once\n    @Then note (number)\n@End\n"

    async def main() -> None:
        store, commits = await opened(tmp_path / "x.db")
        async with Engine(store) as engine:
            (flow,) = compiled(f"@Given (numbers) as list of int\n{loop}")
            engine.register(flow, Noting())
            await (await engine.start(flow, numbers=list(range(50)))).result()
        assert sum(commits.sizes) > 50
        assert len(commits.sizes) < 12
        await store.close()

    go(main())


def step_of(row: RunRow, count: int) -> Step:
    """The save of a step that has counted so far."""
    entry = (START + count, What.TASK_FINISHED, f"step {count}", 1, 0.5, None, None, None)
    step = Step(row.number, row.revision, row.fence, START + count, b'{"step":"%d"}' % count, [entry])
    step.values = [(0, "count", str(count).encode())]
    return step


def test_of_many_steps_a_stale_one_alone_is_refused(tmp_path: Path) -> None:
    async def main() -> None:
        store, commits = await opened(tmp_path / "x.db")
        rows = [await held_run(store, f"r{n}") for n in range(8)]
        rows[3].revision = 7
        commits.sizes.clear()
        results = await asyncio.gather(*(store.save(step_of(row, 1)) for row in rows), return_exceptions=True)  # type: ignore[arg-type]
        assert [type(result) for result in results] == [bool, bool, bool, LostLease, bool, bool, bool, bool]
        assert commits.sizes == [8]
        for row in rows:
            stored = await store.load(row.id)
            assert stored is not None
            counted = [value.value for value in stored.values if value.name == "count"]
            entries = [entry.step for entry in await store.history(row.number)]
            stale = row is rows[3]
            assert (stored.row.revision, counted, entries) == (
                (0, [], [None]) if stale else (1, [b"1"], [None, "step 1"])
            )
        await store.close()

    go(main())


def test_a_step_is_not_saved_before_what_its_run_has_saved_earlier(tmp_path: Path) -> None:
    async def main() -> None:
        store, commits = await opened(tmp_path / "x.db")
        rows = [await held_run(store, f"r{n}") for n in range(6)]
        commits.sizes.clear()
        saves = []
        for row in rows:
            saves.append(store.save(change_of(row, entries=[(START, What.EVENT_RECEIVED, *[None] * 6)])))
            row.revision += 1
            saves.append(store.save(step_of(row, 1)))
        assert await asyncio.gather(*saves) == [True] * 12  # type: ignore[arg-type]
        assert commits.sizes == [12]
        for row in rows:
            entries = await store.history(row.number)
            assert [entry.what for entry in entries][-2:] == [What.EVENT_RECEIVED, What.TASK_FINISHED]
        await store.close()

    go(main())


def test_placeholders_have_no_numbers() -> None:
    """Python 3.12.0 to 3.12.3 take `?1` for a named one, and warn each time."""
    for module in Path(sqlite_file.__file__).parent.glob("sqlite*.py"):
        assert not re.search(r"\?\d", module.read_text("utf-8")), module.name


def test_what_may_be_long_is_not_part_of_a_key(tmp_path: Path) -> None:
    async def main() -> None:
        store, _ = await opened(tmp_path / "x.db")
        await store.close()

    go(main())
    with closing(sqlite3.connect(tmp_path / "x.db")) as db:
        tables = dict(db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'"))
    for name in ("runs", "known", "events", "undos", "positions"):
        assert "WITHOUT ROWID" not in tables[name]


def test_a_failed_commit_fails_all_its_saves_and_keeps_nothing(tmp_path: Path) -> None:
    async def main() -> None:
        store, commits = await opened(tmp_path / "x.db")
        rows = [await held_run(store, f"r{n}") for n in range(3)]
        commits.fails = sqlite3.OperationalError("database or disk is full")
        saves = [store.save(change_of(row)) for row in rows]
        for saved in saves:
            assert not isinstance(saved, bool)
            with pytest.raises(StoreError, match="the disk is full"):
                await saved
        commits.fails = None
        for row in rows:
            stored = await store.load(row.id)
            assert stored is not None
            assert stored.row.revision == 0
            saved = store.save(change_of(row))
            assert saved is True or await saved  # type: ignore[misc]  # an answer of either kind
        await store.close()

    go(main())


def test_an_error_in_the_middle_of_a_transaction_rolls_all_of_it_back(tmp_path: Path) -> None:
    async def main() -> None:
        store, _ = await opened(tmp_path / "x.db")
        rows = [await held_run(store, f"r{n}") for n in range(2)]
        bad = change_of(rows[1])
        bad.at = None  # type: ignore[assignment]  # what the schema refuses
        results = await asyncio.gather(store.save(change_of(rows[0])), store.save(bad), return_exceptions=True)  # type: ignore[arg-type]
        assert [type(result) for result in results] == [StoreError, StoreError]
        assert [row.revision for row in await store.runs(_all_runs())] == [0, 0]
        await store.close()

    go(main())


def test_a_write_that_can_not_be_stored_fails_alone(tmp_path: Path) -> None:
    async def main() -> None:
        store, _ = await opened(tmp_path / "x.db")
        rows = [await held_run(store, f"r{n}") for n in range(2)]
        half = "\ud800"
        answers = await asyncio.gather(
            store.save(change_of(rows[0])),  # type: ignore[arg-type]  # two runs are held, so it is a future
            store.create(new_run(half)),
            store.create(new_run("r2")),
            store.save(change_of(rows[1])),  # type: ignore[arg-type]
            return_exceptions=True,
        )
        assert isinstance(answers[1], UnicodeEncodeError)
        assert [answers[0], answers[3]] == [True, True]
        assert sorted(row.id for row in await store.runs(_all_runs())) == ["r0", "r1", "r2"]
        await store.close()

    go(main())


def test_a_write_that_can_not_be_stored_leaves_no_one_waiting_for_a_joined_commit(tmp_path: Path) -> None:
    async def main() -> None:
        store, _ = await opened(tmp_path / "x.db")
        row = await held_run(store, "r0")
        joined = await store.join()
        others = [asyncio.ensure_future(store.create(new_run(id))) for id in ("r1", "\ud800")]
        await asyncio.sleep(0)
        change = change_of(row)
        change.joined = joined
        with pytest.raises(UnicodeEncodeError):
            store.save(change)
        answers = await asyncio.wait_for(asyncio.gather(*others, return_exceptions=True), 5)
        assert [type(answer) for answer in answers] == [Created, UnicodeEncodeError]
        await store.close()

    go(main())


def test_slow_commits_move_to_a_thread_and_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        store, _ = await opened(tmp_path / "x.db")
        row = await held_run(store)
        threads = []
        commit = store._writer._commit

        def noting(batch: Any) -> Any:
            threads.append(threading.current_thread() is threading.main_thread())
            return commit(batch)

        store._writer._commit = noting  # type: ignore[method-assign]

        async def save_many(count: int) -> None:
            for _ in range(count):
                saved = store.save(change_of(row))
                assert saved is True or await saved  # type: ignore[misc]  # an answer of either kind
                row.revision += 1

        monkeypatch.setattr(sqlite_writer, "SLOW", 0.0)
        await save_many(8)
        assert not threads[-1]
        monkeypatch.setattr(sqlite_writer, "SLOW", 1e9)
        await save_many(8)
        assert threads[-1]
        assert threads[0]
        await store.close()

    go(main())


def test_a_stale_save_in_a_thread_hurts_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        store, _ = await opened(tmp_path / "x.db")
        store._writer._slowness = 8
        monkeypatch.setattr(sqlite_writer, "SLOW", 0.0)
        rows = [await held_run(store, f"r{n}") for n in range(3)]
        rows[1].revision = 7
        results = await asyncio.gather(*(store.save(change_of(row)) for row in rows), return_exceptions=True)  # type: ignore[arg-type]
        assert [type(result) for result in results] == [bool, LostLease, bool]
        await store.close()

    go(main())


def test_a_locked_store_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_file, "PATIENCE", 0.05)

    async def main() -> None:
        store, _ = await opened(tmp_path / "x.db")
        other = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreLocked, match="another process wrote to it for over"):
            await store.create(new_run())
        other.execute("ROLLBACK")
        other.close()
        assert (await store.create(new_run())).created
        await store.close()

    go(main())


def test_what_waits_at_the_close_is_committed(tmp_path: Path) -> None:
    async def main() -> None:
        store, _ = await opened(tmp_path / "x.db")
        creating = [asyncio.ensure_future(store.create(new_run(f"r{n}"))) for n in range(3)]
        await asyncio.sleep(0)
        await store.close()
        assert all(created for _, created in await asyncio.gather(*creating))

    go(main())


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is not open"):
        go(SqliteStore(url_of(tmp_path / "x.db")).load("r1"))


def test_foreign_writes_are_noticed_and_own_ones_not(tmp_path: Path) -> None:
    async def main() -> None:
        mine, _ = await opened(tmp_path / "x.db")
        other, _ = await opened(tmp_path / "x.db")
        mine.changed()
        await mine.create(new_run("r1"))
        assert not mine.changed()
        await other.create(new_run("r2"))
        assert mine.changed()
        assert not mine.changed()
        await mine.close()
        await other.close()

    go(main())


def test_a_waiting_run_costs_no_scan(tmp_path: Path) -> None:
    """The questions of an idle worker use an index, whatever the number of runs that wait."""

    async def main() -> None:
        from wgen.stores import sqlite_claims

        store, _ = await opened(tmp_path / "x.db")
        for sql, arguments in (
            (sqlite_claims.DUE, ("f", 1.0)),
            (sqlite_claims.NEXT_WAKE, ("f",)),
            (sqlite_claims.NEXT_LEASE, ("f", "me")),
        ):
            plan = str(store._writer.db.execute(f"EXPLAIN QUERY PLAN {sql}", arguments).fetchall())
            assert "USING" in plan
            assert "INDEX runs_" in plan
            assert "SCAN" not in plan
            assert "TEMP B-TREE" not in plan
        row = await held_run(store)
        saved = store.save(change_of(row, head=parking(RunStatus.WAITING)))
        assert saved is True or await saved  # type: ignore[misc]  # an answer of either kind
        assert await store.claim(["f"], 1e12, LEASE, 10) == []
        await store.close()

    go(main())


# ---- processes ----


def test_an_engine_reopens_what_another_left(tmp_path: Path) -> None:
    url = url_of(tmp_path / "x.db")
    handlers = Calls(price=lambda **_: Decimal("1.50"), ship=lambda **_: {"ok": True})

    async def begin() -> str:
        async with Engine(url, worker=False) as engine:
            engine.register(APPROVAL, handlers)  # type: ignore[misc]  # Calls has its handlers at run time only
            started = await engine.start(APPROVAL, order="o1")
            assert (await engine.drive(started.id)).status == "waiting"
            return started.id

    async def tell(id: str) -> None:
        async with Engine(url, worker=False) as engine:
            await engine.send(id, "approval", {"order_id": "o1", "approved": True}, id="e1")

    async def end(id: str) -> None:
        async with Engine(url) as engine:
            engine.register(APPROVAL, handlers)  # type: ignore[misc]  # Calls has its handlers at run time only
            assert await engine.handle(id).result() == {"ok": True}
            view = await engine.view(id)
            assert view.values["total"] == "1.50"
            assert view.attempts == {"price": 1, "ship": 1}

    id = go(begin())
    go(tell(id))
    go(end(id))
    assert handlers.seen == ["price", "ship"]


def test_two_workers_share_a_file_and_no_run_is_executed_twice(tmp_path: Path) -> None:
    url = url_of(tmp_path / "x.db")
    seen: list[str] = []

    async def main() -> None:
        from wgen.runtime import current

        async def work() -> int:
            seen.append(current().run)
            await asyncio.sleep(0)
            return 1

        async with Engine(url, worker=False) as starter:
            flow = one_task(Policy(retries=1, wait=0.0))
            starter.register(flow, Calls(work=work))
            ids = [(await starter.start(flow)).id for _ in range(40)]
        async with Engine(url, concurrency=5) as one, Engine(url, concurrency=5) as two:
            for engine in (one, two):
                engine.register(flow, Calls(work=work))
            await asyncio.gather(*(one.handle(id).result() for id in ids))
            assert one.crew.finished + two.crew.finished == 40
        assert sorted(seen) == sorted(ids)

    go(main())


WORKER = """
import asyncio, sys
from tests.runtime.support import Calls, one_task
from wgen.runtime import Engine

async def main():
    async def work():
        print("working", flush=True)
        await asyncio.Event().wait()

    async with Engine(sys.argv[1], lease=0.5) as engine:
        engine.register(one_task(), Calls(work=work))
        await asyncio.Event().wait()

asyncio.run(main())
"""


def test_a_killed_process_loses_its_run_to_another_within_a_lease(tmp_path: Path) -> None:
    url = url_of(tmp_path / "x.db")

    async def main() -> None:
        flow = one_task()
        async with Engine(url, worker=False, lease=0.5) as engine:
            engine.register(flow, Calls(work=lambda: "done"))
            id = (await engine.start(flow)).id
            other = await asyncio.create_subprocess_exec(sys.executable, "-c", WORKER, url, stdout=subprocess.PIPE)
            assert other.stdout is not None
            assert await other.stdout.readline() == b"working\n"
            other.kill()
            await other.communicate()
            ended = await engine.worker.run_until_idle()
            assert ended == (1, 0)
            whats = [entry.what for entry in await engine.history(id)]
            assert whats == ["run created", "worker lost", "task finished", "run finished"]
            assert (await engine.view(id)).attempts == {"work": 1}

    go(main())


def test_the_runs_of_a_process_that_is_gone_go_on_at_once(tmp_path: Path) -> None:
    url = url_of(tmp_path / "x.db")

    async def main() -> None:
        flow = one_task()
        async with Engine(url, worker=False, lease=0.5) as engine:
            engine.register(flow, Calls(work=lambda: "done"))
            ids = [(await engine.start(flow)).id for _ in range(2)]
            long = WORKER.replace("lease=0.5", "lease=3600")
            assert long != WORKER
            other = await asyncio.create_subprocess_exec(sys.executable, "-c", long, url, stdout=subprocess.PIPE)
            assert other.stdout is not None
            assert await other.stdout.readline() == b"working\n"
            assert (await engine.view(ids[0])).status == "running"
            other.kill()
            await other.communicate()
            assert (await engine.drive(ids[0])).status == "finished"
            assert await engine.worker.run_until_idle() == (1, 0)

    go(main())


def _all_runs() -> Any:
    from wgen.runtime.rows import RunQuery

    return RunQuery()
