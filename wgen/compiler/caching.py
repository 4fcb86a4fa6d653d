"""Where work that can be done again is kept: a folder of the user's, of which nothing is ever an input."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """`WGEN_CACHE_DIR`, or `wgen` in the user's folder for caches."""
    own = os.environ.get("WGEN_CACHE_DIR")
    if own:
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()) / "wgen"


def keep(path: Path, data: bytes) -> None:
    """Writes beside the file and renames, so that no other process reads half of it."""
    import tempfile  # noqa: PLC0415  (most commands only read, and it loads much)

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).replace(path)
    except OSError:
        # A folder that can't be written costs time on the next start, nothing else.
        return
