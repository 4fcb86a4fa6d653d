"""Writing files so that nobody ever sees half of one."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def write(path: str | Path, text: str) -> None:
    """Replaces a file's content at once, keeping its permissions. A link goes on pointing to its file."""
    real, mode = _place_of(str(path))
    folder, name = os.path.split(real)
    draft = os.path.join(folder, f".{name}.{os.getpid()}.tmp")
    try:
        with open(draft, "wb") as file:
            file.write(text.encode())
        if mode is not None:
            os.chmod(draft, mode)
        os.replace(draft, real)
    except BaseException as error:
        if os.path.exists(draft):
            os.unlink(draft)
        if isinstance(error, OSError):  # it names the draft, which nobody knows
            raise type(error)(error.errno, error.strerror, str(path)) from None
        raise


def _place_of(path: str) -> tuple[str, int | None]:
    """Where a file really stands, and its permissions if it is there."""
    try:
        state = os.lstat(path)
        if stat.S_ISLNK(state.st_mode):
            path = os.path.realpath(path)
            state = os.stat(path)
    except FileNotFoundError:
        return path, None
    return path, state.st_mode & 0o777
