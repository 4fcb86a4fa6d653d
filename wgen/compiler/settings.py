"""What a project's configuration tells the compiler."""

from __future__ import annotations

from typing import NamedTuple


class Settings(NamedTuple):
    """`types` is the module that holds the project's types, `timezone` the zone of times without one."""

    types: str | None = None
    timezone: str = "UTC"
