"""Takes a SQLite store back to the schemas of before, as workers of before have left it."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from importlib.resources import files
from typing import TYPE_CHECKING

from wgen.stores.sqlite_journal import empty, history_of
from wgen.stores.sqlite_read import as_text

if TYPE_CHECKING:
    from pathlib import Path


def take_back(path: Path, version: int) -> None:
    """Gives the store the schema of this version, 2 or 3, and what it held."""
    with closing(sqlite3.connect(path)) as db:
        _without_journals(db)
        for table in _tables("0003_waits.sql") if version < 3 else ():
            db.execute(f"DROP TABLE {table}")
        db.execute("DROP INDEX signals_run")
        db.execute(f"PRAGMA user_version = {version}")
        db.commit()


def _without_journals(db: sqlite3.Connection) -> None:
    numbers = [number for (number,) in db.execute("SELECT number FROM runs")]
    for number in numbers:
        empty(db, number)
    told = {number: history_of(db, number) for number in numbers}
    db.execute("DROP TABLE history")
    db.execute("ALTER TABLE runs DROP COLUMN journal")
    [history] = re.findall(r"CREATE TABLE history \(.*?\) WITHOUT ROWID", _schema("0001_runs.sql"), re.DOTALL)
    db.execute(history)
    for run, entries in told.items():
        rows = [(run, number, *entry[:7], as_text(entry.error)) for number, entry in enumerate(entries)]
        db.executemany(f"INSERT INTO history VALUES ({', '.join('?' * 10)})", rows)


def _tables(script: str) -> list[str]:
    return re.findall(r"CREATE TABLE (\w+)", _schema(script))


def _schema(script: str) -> str:
    return files("wgen.stores").joinpath("schema", "sqlite", script).read_text("utf-8")
