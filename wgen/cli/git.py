"""Asking git."""

from __future__ import annotations

import os
import subprocess
from typing import NamedTuple


class Answer(NamedTuple):
    """What git said."""

    failed: bool
    out: bytes
    complaint: str

    @property
    def reason(self) -> str:
        """The last line of the complaint: why git has given up."""
        return self.complaint.rpartition("\n")[2]


def git(folder: str | os.PathLike[str], *words: str, input: bytes = b"") -> Answer | None:
    """Runs a git command in a folder; None where there is no git."""
    # Within a hook git sets variables that name another repository or index; they must not reach this question.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        ended = subprocess.run(  # noqa: S603 - without a shell; names go through standard input, or behind a mark
            ["git", "-C", os.fspath(folder), *words],  # noqa: S607 - git from the user's PATH
            input=input,
            capture_output=True,
            env=environment,
            check=False,
        )
    except OSError:
        return None
    return Answer(ended.returncode != 0, ended.stdout, ended.stderr.decode(errors="replace").strip())
