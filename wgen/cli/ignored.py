"""What git ignores: asked once per repository, and silently nothing where git can't tell."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING

from wgen.cli.folders import Folders, folder_of
from wgen.cli.git import git

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def without_ignored(files: Iterable[str], stand_in: Callable[[str], str] = str) -> list[str]:
    """The files that git does not ignore, in their order. A file that is tracked is never ignored.

    `stand_in` gives the path that is asked about in place of a file's own.
    """
    real = Folders(os.path.realpath)
    paths = [(file, stand_in(real.path_of(file))) for file in files]
    by_repository: dict[str, list[str]] = {}
    for path in dict.fromkeys(path for _, path in paths):
        repository = repository_of(folder_of(path))
        if repository is not None:
            by_repository.setdefault(repository, []).append(path)
    ignored: set[str] = set()
    for repository, names in by_repository.items():
        ignored.update(_ask_git(repository, names))
    return [file for file, path in paths if path not in ignored]


@cache
def repository_of(folder: str) -> str | None:
    if os.path.exists(os.path.join(folder, ".git")):
        return folder
    above = os.path.dirname(folder)
    return None if above == folder else repository_of(above)


def _ask_git(repository: str, names: list[str]) -> list[str]:
    asked = "\0".join(names).encode("utf-8", "surrogateescape")
    answer = git(repository, "check-ignore", "-z", "--stdin", input=asked)
    return [] if answer is None or answer.failed else os.fsdecode(answer.out).split("\0")
