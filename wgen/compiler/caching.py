"""Where work that can be done again is kept: a folder of the user's, of which nothing is ever an input."""

from __future__ import annotations

import os


def cache_folder() -> str:
    """`WGEN_CACHE_DIR`, or `wgen` in the user's folder for caches."""
    own = os.environ.get("WGEN_CACHE_DIR")
    if own:
        return own
    caches = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    # A user without a home has no caches either: nothing can be kept below a file.
    return os.path.join(caches if os.path.isabs(caches) else os.devnull, "wgen")


def keep(path: str, data: bytes) -> None:
    """Writes beside the file and renames, so that no other process reads half of it."""
    import tempfile  # noqa: PLC0415  (most commands only read, and it loads much)

    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        handle, name = tempfile.mkstemp(dir=os.path.dirname(path))
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(name, path)
    except OSError:
        # A folder that can't be written costs time on the next start, nothing else.
        return
