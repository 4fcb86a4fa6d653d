"""How reports for services name a file: relative, with slashes, where it lies below the current folder."""

from __future__ import annotations

from pathlib import Path, PurePath


def service_path(path: str) -> str:
    """The path of a file as a service knows it, from the top of the checkout that it runs in."""
    place = PurePath(path)
    if place.is_absolute() and place.is_relative_to(Path.cwd()):
        place = place.relative_to(Path.cwd())
    return place.as_posix()
