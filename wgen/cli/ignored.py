"""What git ignores: asked once per repository, and silently nothing where git can't tell."""

from __future__ import annotations

import os
import subprocess
from functools import cache
from typing import TYPE_CHECKING

from wgen.cli.folders import Folders, folder_of

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
    # Within a hook git sets variables that name another repository or index; they must not reach this question.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        answer = subprocess.run(  # noqa: S603 - a fixed command; the names go through standard input
            ["git", "-C", repository, "check-ignore", "-z", "--stdin"],  # noqa: S607 - git from the user's PATH
            input="\0".join(names).encode("utf-8", "surrogateescape"),
            capture_output=True,
            env=environment,
            check=False,
        )
    except OSError:
        return []
    if answer.returncode != 0:
        return []
    return os.fsdecode(answer.stdout).split("\0")
