"""Which files have changed since the last look: all that may decide what is generated from some flows.

The files are looked at again and again. That needs no package, and sees a file that an editor replaces as well as one
that it writes to, on any file system.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, TypeAlias

from wgen.cli.paths import SUFFIX, skipped, start_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SETTINGS = ("wgen.toml", "pyproject.toml", ".gitignore")

_SHORTEST = 0.25
_SHARE = 0.005
"""How much of a processor may go into looking: a look that takes long is taken less often."""
_AT_REST = 0.1
_LONGEST_REST = 20

Stamp: TypeAlias = tuple[int, int, int, int]


class Lookout:
    """Looks at the files of some patterns, and at further ones that are named. Paths are absolute."""

    def __init__(self, patterns: Sequence[str]) -> None:
        starts = [start_of(pattern) for pattern in patterns]
        self._folders = [os.path.abspath(start) for start in starts if os.path.isdir(start)]
        self._beside = {os.path.dirname(os.path.abspath(start)) for start in starts if not os.path.isdir(start)}
        above = {place for folder in (*self._folders, *self._beside) for place in _folders_above(folder)}
        self._settings = {os.path.join(folder, name) for folder in above for name in SETTINGS}
        self._others: set[str] = set()
        self._pause = _SHORTEST
        self._seen = self._look()

    def name(self, files: Iterable[str]) -> None:
        """Looks at these files from now on, too, where the patterns don't lead to them."""
        new = {file for file in files if file not in self._seen and not self._will_find(file)}
        self._others |= new
        self.take_as_seen(new)

    def take_as_seen(self, files: Iterable[str]) -> None:
        """Takes these files as they are now for what was seen last: who looks has changed them."""
        for file in files:
            self._seen.pop(file, None)
            _note(file, file, self._seen)

    def wait(self) -> set[str]:
        """The files that have changed, once some have, and have come to rest: none is to be read half-written."""
        while True:
            time.sleep(self._pause)
            begin = time.process_time()
            now = self._look()
            self._pause = max(_SHORTEST, (time.process_time() - begin) / _SHARE)
            if now != self._seen:
                return self._changes(self._at_rest(now))

    def _at_rest(self, now: dict[str, Stamp]) -> dict[str, Stamp]:
        for _ in range(_LONGEST_REST):
            time.sleep(_AT_REST)
            before, now = now, self._look()
            if now == before:
                break
        return now

    def _changes(self, now: dict[str, Stamp]) -> set[str]:
        changed = {path for path, _ in now.items() ^ self._seen.items()}
        self._seen = now
        return changed

    def _will_find(self, file: str) -> bool:
        """Whether the patterns lead to a file once it is there; a folder is looked at by what is in it."""
        if os.path.exists(file):
            return os.path.isdir(file)
        return os.path.dirname(file) in self._beside or any(file.startswith(place + os.sep) for place in self._folders)

    def _look(self) -> dict[str, Stamp]:
        seen: dict[str, Stamp] = {}
        folders = list(self._folders)
        for folder in folders:  # grows while it is walked
            folders += _look_into(folder, seen)
        for folder in self._beside:
            _look_into(folder, seen)
        for file in (*self._settings, *self._others):
            _note(file, file, seen)
        return seen


def _look_into(folder: str, seen: dict[str, Stamp]) -> list[str]:
    """Notes the files of a folder; gives the folders in it."""
    try:
        entries = list(os.scandir(folder))
    except OSError:  # it is gone, or closed
        return []
    inner = []
    for entry in entries:
        name = entry.name
        if (name.endswith((SUFFIX, ".py")) and name[0] != ".") or name in SETTINGS:
            _note(entry.path, entry, seen)
        elif entry.is_dir(follow_symlinks=False) and not skipped(name, entry.path):
            inner.append(entry.path)
    return inner


def _note(path: str, file: str | os.DirEntry[str], seen: dict[str, Stamp]) -> None:
    """Notes what differs once a file is written or replaced, also where its time is set back; nothing if it is gone."""
    try:
        stat = os.stat(file) if isinstance(file, str) else file.stat()
    except OSError:
        return
    seen[path] = stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size, stat.st_ino


def _folders_above(folder: str) -> list[str]:
    above = os.path.dirname(folder)
    return [] if above == folder else [above, *_folders_above(above)]
