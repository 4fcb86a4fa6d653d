"""Writing files so that nobody ever sees half of one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def write(path: str | Path, text: str) -> None:
    """Replaces a file's content at once, keeping its permissions. A link goes on pointing to its file."""
    real = os.path.realpath(path)
    folder, name = os.path.split(real)
    draft = os.path.join(folder, f".{name}.{os.getpid()}.tmp")
    try:
        with open(draft, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        if os.path.exists(real):
            os.chmod(draft, os.stat(real).st_mode & 0o777)
        os.replace(draft, real)
    except BaseException as error:
        if os.path.exists(draft):
            os.unlink(draft)
        if isinstance(error, OSError):  # it names the draft, which nobody knows
            raise type(error)(error.errno, error.strerror, str(path)) from None
        raise
