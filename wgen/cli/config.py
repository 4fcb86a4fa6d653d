"""Settings of a project: `wgen.toml`, or `[tool.wgen]` of a `pyproject.toml`, in the nearest folder that has one.

A variable `WGEN_<NAME>` of the environment beats the file, a flag of the command beats both.
"""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from wgen.compiler.settings import Settings
from wgen.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DEFAULT_STORE = "sqlite:///wgen.db"


class Config(NamedTuple):
    """What a project sets. `select` and `ignore` are rules by code, name or family."""

    types: str | None = None
    timezone: str = "UTC"
    store: str = DEFAULT_STORE
    lease: str = "10s"
    unmatched: str = "1 day"
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    @property
    def compiler(self) -> Settings:
        return Settings(types=self.types, timezone=self.timezone)


_LISTS = {"select", "ignore"}


@cache
def config_of(folder: str) -> Config:
    """The settings that hold in an absolute folder."""
    found: dict[str, Any] = {}
    for place in _upwards(folder):
        file, table = _table_of(place)
        if file is not None:
            found = _checked(table, file)
            break
    for name in Config._fields:
        text = os.environ.get(f"WGEN_{name.upper()}")
        if text:
            found[name] = tuple(text.replace(",", " ").split()) if name in _LISTS else text
    config = Config(**found)
    if config.timezone != Config().timezone:
        _refuse_unknown_zone(config.timezone)
    return config


def _refuse_unknown_zone(name: str) -> None:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        raise UsageError(f"the setting timezone: there is no zone {name!r}; write it like Europe/Berlin") from None


def config_here() -> Config:
    """The settings of the current folder."""
    return config_of(os.getcwd())


def config_for(path: str | Path) -> Config:
    """The settings that hold for a file."""
    return config_of(os.path.dirname(os.path.abspath(path)))


def _upwards(folder: str) -> Iterator[str]:
    """A folder, the one that it is in, and so on."""
    yield folder
    while (above := os.path.dirname(folder)) != folder:
        yield (folder := above)


def _table_of(folder: str) -> tuple[str | None, dict[str, Any]]:
    own = os.path.join(folder, "wgen.toml")
    if os.path.isfile(own):
        return own, _read(own)
    project = os.path.join(folder, "pyproject.toml")
    if os.path.isfile(project):
        table = _read(project).get("tool", {}).get("wgen")
        if table is not None:
            return project, table
    return None, {}


def _read(file: str) -> dict[str, Any]:
    import tomllib

    try:
        with open(file, encoding="utf-8") as text:
            return tomllib.loads(text.read())
    except OSError as error:
        raise UsageError(f"can't read {file}: {error.strerror}") from None
    except ValueError as error:
        raise UsageError(f"{file} is not valid TOML: {error}") from None


def _checked(table: dict[str, Any], file: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in table.items():
        if name not in Config._fields:
            known = ", ".join(Config._fields)
            raise UsageError(f"{file}: wgen has no setting {name!r}; it knows {known}")
        if name in _LISTS:
            if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
                raise UsageError(f"{file}: {name} must be a list of texts")
            found[name] = tuple(value)
        elif isinstance(value, str):
            found[name] = value
        else:
            raise UsageError(f"{file}: {name} must be a text")
    return found
