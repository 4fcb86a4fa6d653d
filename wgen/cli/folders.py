"""The folders of many files: each is looked at once, for many files stand in one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Folders(dict[str, str]):
    """Folders as a function writes them: `os.path.abspath`, or `os.path.realpath` that follows links.

    All of them, before and after, end with their slash; the current one is nothing before.
    """

    def __init__(self, written: Callable[[str], str]) -> None:
        super().__init__()
        self._written = written

    def __missing__(self, folder: str) -> str:
        self[folder] = found = os.path.join(self._written(folder), "")
        return found

    def path_of(self, file: str) -> str:
        """A file in its folder so written; a link to a file stays itself."""
        folder = folder_of(file)
        return self[folder] + file[len(folder) :]


def folder_of(file: str) -> str:
    """What stands in front of a file's name."""
    return file[: file.rfind(os.sep) + 1]
