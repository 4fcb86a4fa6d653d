"""The file of a SQLite store: its URL, whether it is one of ours, its schema, and what its errors mean."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, unquote

from wgen.errors import StoreError, StoreForeign, StoreLocked, StoreReadOnly, StoreTooNew

if TYPE_CHECKING:
    from collections.abc import Callable
    from importlib.resources.abc import Traversable
    from tempfile import TemporaryDirectory

APPLICATION: Final = 0x7767656E  # "wgen", in the file's header
PATIENCE: Final = 5.0
"""Seconds to wait for another process that writes."""

_MODES: Final = ("FULL", "NORMAL", "EXTRA", "OFF")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a store is, and how carefully it writes."""

    path: Path
    synchronous: str


def parse_url(url: str) -> Place:
    """`sqlite:///file.db` is relative to the current folder, `sqlite:////file.db` absolute."""
    rest = url.removeprefix("sqlite://")
    path, _, query = rest.partition("?")
    options = dict(parse_qsl(query, keep_blank_values=True))
    synchronous = options.pop("synchronous", "FULL").upper()
    if options:
        raise StoreError(f"{url}: unknown option {', '.join(options)}; the only one is synchronous")
    if synchronous not in _MODES:
        raise StoreError(f"{url}: synchronous is one of {', '.join(_MODES)}")
    if not path.startswith("/") or path == "/":
        raise StoreError(f"{url!r} names no file: write sqlite:///wgen.db, or sqlite:////folder/wgen.db from the root")
    return Place(Path(unquote(path[1:])), synchronous)


def connect(place: Place, *, create: bool) -> sqlite3.Connection:
    """Opens the file, after making sure that it is a store of ours with the schema of today."""
    _check_path(place.path, create=create)
    return _connected(place, _prepare)


def as_it_is(place: Place) -> tuple[Place, TemporaryDirectory[str] | None]:
    """Where a store can be read without a change to it: a copy in a folder, where its schema is older than today's.

    Else whoever only looks would lock out the workers of before.
    """
    from tempfile import TemporaryDirectory  # noqa: PLC0415 - hardly ever needed, and slow to load

    _check_path(place.path, create=False)
    try:
        with closing(sqlite3.connect(place.path, timeout=PATIENCE, isolation_level=None)) as db:
            if _check_owner(db, place.path) >= len(_migrations()):
                return place, None
            folder = TemporaryDirectory(prefix="wgen-")
            copy = Place(Path(folder.name, place.path.name), "OFF")
            with closing(sqlite3.connect(copy.path)) as other:
                db.backup(other)
    except sqlite3.Error as error:
        raise meaning(error, place.path) from error
    return copy, folder


def connect_reader(place: Place) -> sqlite3.Connection:
    """A second connection: in WAL mode it reads while the first one writes."""
    return _connected(place, lambda db, _place: db.execute("PRAGMA query_only = 1"))


def _connected(place: Place, prepare: Callable[[sqlite3.Connection, Place], object]) -> sqlite3.Connection:
    try:
        db = sqlite3.connect(place.path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
    except sqlite3.Error as error:
        raise meaning(error, place.path) from error
    try:
        prepare(db, place)
    except sqlite3.Error as error:
        db.close()
        raise meaning(error, place.path) from error
    except BaseException:
        db.close()
        raise
    return db


def _check_path(path: Path, *, create: bool) -> None:
    if path.is_dir():
        raise StoreError(f"{path} is a folder; a SQLite store is a file: name one in it, {path / 'wgen.db'}")
    if not path.parent.is_dir():
        raise StoreError(f"the folder {path.parent} of the store {path.name} does not exist: create it first")
    if not path.exists():
        if not create:
            raise StoreError(f"there is no store at {path}")
        if not os.access(path.parent, os.W_OK):
            raise StoreReadOnly(f"the store {path} can't be created: its folder is read-only")
    elif not os.access(path, os.W_OK):
        raise StoreReadOnly(f"the store {path} is read-only")


def _prepare(db: sqlite3.Connection, place: Place) -> None:
    _check_owner(db, place.path)  # before anything is written into a file that is not ours
    _use_wal(db)
    db.execute(f"PRAGMA synchronous = {place.synchronous}")
    db.execute("PRAGMA cache_size = -8000")  # KiB; SQLite's own 2,000 are read anew all the time in larger stores
    migrations = _migrations()
    if _version(db) == len(migrations):
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        version = _check_owner(db, place.path)
        refuse_newer(db, place.path, len(migrations))
        for number, migration in enumerate(migrations[version:], version + 1):
            _migrate(db, migration.read_text("utf-8"), number)
        db.execute("COMMIT")
    finally:
        if db.in_transaction:
            db.execute("ROLLBACK")


def refuse_newer(db: sqlite3.Connection, path: Path, known: int) -> None:
    """Raises StoreTooNew where a newer wgen has brought the schema up to date, which it may do at any time."""
    version = _version(db)
    if version > known:
        raise StoreTooNew(f"the store {path} has schema {version}, this wgen knows {known}: update wgen")


def _migrations() -> list[Traversable]:
    there = files("wgen.stores").joinpath("schema", "sqlite").iterdir()
    return sorted((entry for entry in there if entry.name.endswith(".sql")), key=lambda entry: entry.name)


def _migrate(db: sqlite3.Connection, script: str, number: int) -> None:
    for statement in script.split(";\n"):
        db.execute(statement)
    db.execute(f"PRAGMA user_version = {number}")
    db.execute(f"PRAGMA application_id = {APPLICATION}")


def _check_owner(db: sqlite3.Connection, path: Path) -> int:
    """The schema's version. Raises StoreForeign for a file that somebody else keeps his data in."""
    tables = db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    owner = db.execute("PRAGMA application_id").fetchone()[0]  # second: another process may just be making the tables
    if owner != APPLICATION and (tables or owner):
        raise StoreForeign(f"{path} is a SQLite database of something else, no wgen store: choose another file")
    return _version(db)


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _use_wal(db: sqlite3.Connection) -> None:
    """Two processes that open a new file at once can collide here, and SQLite does not wait by itself."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def meaning(error: sqlite3.Error, path: Path) -> StoreError:
    """What an error of SQLite tells the user."""
    text = str(error)
    if "locked" in text or "busy" in text:
        return StoreLocked(f"the store {path} is locked: another process wrote to it for over {PATIENCE:g} seconds")
    if "readonly" in text:
        return StoreReadOnly(f"the store {path} is read-only")
    if "not a database" in text:
        return StoreForeign(f"{path} is no SQLite database, so no wgen store: choose another file")
    if "full" in text:
        return StoreError(f"the store {path} can't be written: the disk is full")
    return StoreError(f"the store {path} can't be used: {text}")
