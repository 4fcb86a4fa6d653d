"""The journal of a run in a SQLite file: whatever stands in it or has left it, the store tells the same."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.runtime.support import go
from tests.stores.older import take_back
from wgen.runtime.history import Entry, What
from wgen.runtime.rows import PositionRow, Step, UndoRow, ValueRow
from wgen.stores.memory import MemoryStore
from wgen.stores.sqlite import SqliteStore
from wgen.stores.sqlite_journal import SHORT
from wgen.testing.store_cases.support import START, change_of, held_run, loaded, parking, save, send

if TYPE_CHECKING:
    from wgen.runtime.ports import Store
    from wgen.runtime.rows import Change, EntryRow, RunRow

_TEXTS = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from('\n\r\x0b\x85\u2028"\\=['), max_size=20)
_LONG = st.just("x" * SHORT)
_VALUES = st.tuples(st.sampled_from([0, 0, 0, 1]), st.sampled_from(["a", "b", "list[3]"]), _TEXTS | _LONG)
_FINISHED = st.builds(
    lambda step, attempt, seconds: (START, What.TASK_FINISHED, step, attempt, seconds, None, None, None),
    _TEXTS,
    st.integers(1, 9),
    st.floats(0, 1e6),
)
_OTHERS = st.builds(
    lambda at, step, by, reason, error: Entry(at, What.STEP_FAILED, step, None, None, by, reason, error),
    st.floats(0, 1e10),
    st.none() | _TEXTS,
    st.none() | _TEXTS,
    st.none() | _TEXTS | st.just("long " * 600),
    st.none() | _TEXTS.map(lambda text: text.encode()),
)
_SAVES = st.fixed_dictionaries(
    {
        "plain": st.booleans(),
        "entries": st.lists(_FINISHED | _OTHERS, max_size=3),
        "values": st.lists(_VALUES, max_size=3, unique_by=lambda value: value[:2]),
        "dropped": st.lists(st.sampled_from([(0, "a"), (0, "b"), (1, "a")]), max_size=1),
    }
)
_MAIL = st.sampled_from(["mail"])


def _change(row: RunRow, plain: bool, entries: list[EntryRow], values: list[Any], dropped: list[Any]) -> Change:
    rows = [ValueRow(scope, name, _json(text)) for scope, name, text in values]
    if plain:
        step = Step(row.number, row.revision, row.fence, START, row.position, entries)
        step.values = rows
        return step
    return change_of(row, entries=entries, values=rows, dropped=dropped)


def _json(text: str) -> bytes:
    """As the store may get it, also with a break in it."""
    return b'"%s"' % text.encode()


@settings(deadline=None, max_examples=60)
@given(st.lists(_SAVES | _MAIL, min_size=1, max_size=40))
def test_a_run_is_what_its_saves_made_of_it(saves: list[Any]) -> None:
    async def told(store: Store) -> Any:
        await store.open()
        row = await held_run(store, values=[ValueRow(0, "a", b"1"), ValueRow(0, "long", b"2" * 500)])
        for saved in saves:
            if saved == "mail":
                await send(store, "x" * 300)
            else:
                await save(store, _change(row, **saved))
                row.revision += 1
        stored = await loaded(store)
        known = {(scope, name): value for scope, name, value in stored.values}
        history = [Entry(*entry) for entry in await store.history(row.number)]
        attempts = await store.attempts(row.number)
        await store.close()
        return known, history, attempts, len(stored.events)

    with TemporaryDirectory() as folder:
        assert go(told(SqliteStore(f"sqlite:///{folder}/x.db"))) == go(told(MemoryStore()))


_BRANCHES = st.fixed_dictionaries(
    {
        "entries": st.lists(_FINISHED, max_size=2),
        "places": st.lists(st.integers(0, 3), max_size=3, unique=True),
        "values": st.lists(_VALUES, max_size=3, unique_by=lambda value: value[:2]),
        "dropped": st.lists(st.sampled_from([(0, "a"), (0, "b"), (1, "a")]), max_size=1),
        "over": st.booleans(),
        "others": st.sampled_from([*[None] * 6, "word", "undo", "taken", "children"]),
    }
)


@settings(deadline=None, max_examples=100)
@given(st.lists(_BRANCHES, min_size=1, max_size=30), st.booleans())
def test_saves_of_branches_that_share_a_commit_leave_what_each_alone_would(saves: list[Any], stale: bool) -> None:
    async def told(store: Store, *, together: bool) -> Any:
        await store.open()
        rows = [await held_run(store, id, values=[ValueRow(0, "a", b"1")]) for id in ("r1", "r2")]
        for _ in saves:
            await send(store)
        first, saved = 1, []
        for number, parts in enumerate(saves):
            row = rows[0]
            places = [PositionRow(first + n, 0, b'{"at":%d}' % number) for n in parts["places"]]
            values = [ValueRow(scope and first, name, _json(text)) for scope, name, text in parts["values"]]
            if parts["over"]:
                values = [value for value in values if value.scope != first]
            dropped = [(scope and first, name) for scope, name in parts["dropped"]]
            gone = [first] if parts["over"] else []
            root = b'{"step":null,"n":%d}' % number
            change = change_of(row, root=root, entries=parts["entries"], values=values, dropped=dropped)
            change.positions, change.gone = [row for row in places if row.id not in gone], gone
            match parts["others"]:  # what others may hear of, or what adds up in no simple way, is saved by itself
                case "word":
                    change.words = [f"reached {number}"]
                case "undo":
                    change.undos, change.undone = [UndoRow(number + 1, 0, b"{}")], [number]
                case "taken":
                    change.taken = [number + 1]
                case "children":
                    change.children = []  # nothing, so it does not count
            if stale and number == len(saves) // 2:
                change.fence -= 1
            else:
                row.revision += 1
            first += parts["over"]
            saved.append(store.save(change))
            saved.append(store.save(change_of(rows[1])))  # another run's, between them
            rows[1].revision += 1
            if not together:
                await _ends([saved[-2], saved[-1]])
        ends = await _ends(saved)
        stored, history = await loaded(store), await store.history(rows[0].number)
        others = await store.words(rows[0].number), stored.undos, stored.events
        await store.close()
        known = {(scope, name): value for scope, name, value in stored.values}
        return ends, stored.row.position, stored.row.revision, set(stored.positions), known, history, others

    with TemporaryDirectory() as folder:
        together = go(told(SqliteStore(f"sqlite:///{folder}/x.db"), together=True))
        alone = go(told(SqliteStore(f"sqlite:///{folder}/y.db"), together=False))
    assert together == alone


def test_saves_of_branches_that_share_a_commit_are_one_write(tmp_path: Path) -> None:
    async def main() -> None:
        store = SqliteStore(f"sqlite:///{tmp_path}/x.db")
        await store.open()
        row, other = await held_run(store), await held_run(store, "r2")
        written: list[str] = []
        store._writer.db.set_trace_callback(written.append)
        saved = []
        for number in range(10):
            change = change_of(row, entries=[(START, What.TASK_FINISHED, "a", 1, 0.1, None, None, None)])
            change.gone = [number + 1]
            saved += [store.save(change), store.save(change_of(other, head=parking() if number == 9 else None))]
            row.revision, other.revision = row.revision + 1, other.revision + 1
        await _ends(saved)
        updates = [sql for sql in written if sql.startswith("UPDATE runs SET revision")]
        assert len(updates) == 3  # each run's chain, and the head of the second
        assert (await loaded(store)).row.revision == 10
        await store.close()

    go(main())


async def _ends(saved: list[Any]) -> list[Any]:
    """How saves have ended, of which some may be over already."""
    waiting = [save for save in saved if isinstance(save, asyncio.Future)]
    await asyncio.gather(*waiting, return_exceptions=True)
    return [repr(save.exception() or save.result()) if isinstance(save, asyncio.Future) else save for save in saved]


def test_a_store_of_before_keeps_its_histories_and_values(tmp_path: Path) -> None:
    async def told() -> Any:
        store = SqliteStore(f"sqlite:///{tmp_path}/x.db")
        await store.open()
        found = [
            ((await loaded(store, id)).values, await store.history(number)) for number, id in ((1, "r1"), (2, "r2"))
        ]
        await store.close()
        return found

    async def make() -> None:
        store = SqliteStore(f"sqlite:///{tmp_path}/x.db")
        await store.open()
        for id in ("r1", "r2"):
            row = await held_run(store, id)
            for number in range(20):
                values = [ValueRow(0, "a", b"%d" % number)]
                entries = [
                    Entry(START + number, What.TASK_FINISHED, "a", number, 0.5),
                    Entry(START, What.RUN_PAUSED, error=b'{"type": "X"}'),
                ]
                await save(store, change_of(row, entries=entries, values=values))
                row.revision += 1
        await store.close()

    go(make())
    before = go(told())
    take_back(tmp_path / "x.db", 3)
    assert go(told()) == before
    assert [len(history) for _, history in before] == [41, 41]


def test_a_long_run_keeps_its_row_short(tmp_path: Path) -> None:
    """Neither saves nor mail let a journal grow: each step would cost more than the one before."""

    async def main() -> None:
        store = SqliteStore(f"sqlite:///{tmp_path}/x.db")
        await store.open()
        row = await held_run(store)
        longest = 0
        for number in count():
            await save(
                store,
                _change(
                    row, True, [(START, What.TASK_FINISHED, "a" * 30, 1, 0.1, None, None, None)], [(0, "a", "1")], []
                ),
            )
            row.revision += 1
            await send(store, "x" * 100)
            with closing(sqlite3.connect(tmp_path / "x.db")) as db:
                longest = max(longest, *db.execute("SELECT length(journal) FROM runs").fetchone())
            if number == 100:
                break
        assert 500 < longest < 3_000
        assert len(await store.history(row.number)) == 203
        await store.close()

    go(main())
