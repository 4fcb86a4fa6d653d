"""Large stores are measured with copies of runs: these must be as good as the runs that they copy."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import growth
import pytest
import wgen_growth
from measured_flow import ONE_EVENT

from wgen.runtime import Engine

if TYPE_CHECKING:
    from pathlib import Path


async def grown(folder: Path, upto: int) -> str:
    url = f"sqlite:///{folder}/runs.db"
    async with Engine(url) as engine:
        await wgen_growth.populate(engine, wgen_growth.FEW, 0)
    wgen_growth.copy_runs(folder / "runs.db", upto)
    return url


def test_copies_go_on_like_the_runs_that_they_copy(tmp_path: Path) -> None:
    async def story() -> None:
        url = await grown(tmp_path, 1_000)
        async with Engine(url) as engine:
            engine.register(ONE_EVENT, wgen_growth.Handlers())
            views = await engine.runs(flow="one event", status="waiting")
            assert len({view.id for view in views}) == 250
            assert len({view.key for view in views}) == 250
            copy = engine.handle(views[0].id)
            await engine.send(copy.id, "signal", 7)
            assert await copy.result() == 7
            history = [entry.what for entry in await engine.history(copy.id)]
            assert history.count("run created") == history.count("run finished") == 1
            assert len(await engine.runs(status="finished")) == 501

    asyncio.run(story())


def test_a_store_is_copied_with_all_that_belongs_to_its_runs(tmp_path: Path) -> None:
    asyncio.run(grown(tmp_path, 300))
    with closing(sqlite3.connect(tmp_path / "runs.db")) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        for table in wgen_growth.tables_of_runs(db):
            column = "number" if table == "runs" else "run"
            of_originals, of_all = db.execute(
                f'SELECT sum({column} <= {wgen_growth.FEW}), count(*) FROM "{table}"'
            ).fetchone()
            assert of_all == 3 * (of_originals or 0), table


@pytest.mark.parametrize(("size", "shown"), [(10, "10"), (1_000, "1 k"), (100_000, "100 k"), (1_000_000, "1 M")])
def test_sizes_are_short(size: int, shown: str) -> None:
    assert growth.HISTORY.short(size) == shown
