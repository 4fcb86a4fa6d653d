"""Writing files so that nobody ever sees half of one."""

from __future__ import annotations

import os
from pathlib import Path


def write(path: Path, text: str) -> None:
    """Replaces a file's content at once, keeping its permissions. A link goes on pointing to its file."""
    named, path = path, Path(os.path.realpath(path))
    mode = path.stat().st_mode & 0o777 if path.exists() else None
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        draft.write_text(text, encoding="utf-8", newline="\n")
        if mode is not None:
            draft.chmod(mode)
        draft.replace(path)
    except BaseException as error:
        draft.unlink(missing_ok=True)
        if isinstance(error, OSError):  # it names the draft, which nobody knows
            raise type(error)(error.errno, error.strerror, str(named)) from None
        raise
