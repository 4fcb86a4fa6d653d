"""Which flow files the user means: files, folders, Go-style patterns (`./...`) and globs.

Folders are searched without those that start with `.` or `_`, `node_modules`, virtual environments and what git
ignores; a file that is named outright is taken as it is. Links to folders are not followed below a starting point, so
no loop of links can be walked.
"""

from __future__ import annotations

import glob
import os
from typing import TYPE_CHECKING, NamedTuple

from wgen.cli.folders import Folders
from wgen.cli.ignored import without_ignored
from wgen.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

STDIN = "-"
EVERYWHERE = "./..."
SUFFIX = ".flow"
OUTPUT = "_flow.py"


class NoFlowFile(UsageError):
    """A pattern that is right, and names no flow file as things are."""


class Found(NamedTuple):
    """The flow files of some patterns, and the files beside them in searched folders that look generated.

    They are plain texts: there may be thousands, and most commands do little with most of them.
    """

    flows: tuple[str, ...]
    outputs: tuple[str, ...]


def find(patterns: Sequence[str]) -> Found:
    """All files of the patterns, sorted, each once. Raises UsageError for a pattern that names nothing."""
    flows: dict[str, str] = {}
    outputs: dict[str, str] = {}
    real = Folders(os.path.realpath)
    for pattern in patterns:
        files = _files_of(pattern)
        if not files:
            raise NoFlowFile(f"no flow file (*{SUFFIX}) in {pattern}")
        for file in files:
            kind = flows if file.endswith(SUFFIX) else outputs
            kind.setdefault(real.path_of(file), file)
    return Found(_in_order(flows.values()), _in_order(outputs.values()))


def _in_order(files: Iterable[str]) -> tuple[str, ...]:
    """Files sorted as a listing of folders has them: what is in `shop` before what is in `shop-2`."""
    return tuple(sorted(files, key=lambda file: file.split(os.sep)))


def find_flows(patterns: Sequence[str]) -> tuple[Path, ...]:
    """The flow files of the patterns. Raises UsageError for a pattern that names none."""
    from pathlib import Path

    found: dict[str, str] = {}
    real = Folders(os.path.realpath)
    for pattern in patterns:
        flows = find([pattern]).flows
        if not flows:
            raise NoFlowFile(f"no flow file (*{SUFFIX}) in {pattern}")
        for file in flows:
            found.setdefault(real.path_of(file), file)
    return tuple(map(Path, _in_order(found.values())))


def _files_of(pattern: str) -> list[str]:
    if _goes_deep(pattern):
        return _in_folder(pattern.removesuffix("...") or ".", pattern)
    if os.path.isdir(pattern):
        return _in_folder(pattern, pattern)
    if os.path.exists(pattern):
        return [_flow_file(pattern)]
    if glob.has_magic(pattern):
        return _of_glob(pattern)
    raise UsageError(f"no such file or folder: {pattern}")


def start_of(pattern: str) -> str:
    """The folder, or the file, where the search for a pattern's files begins. Raises UsageError where it is missing."""
    start = pattern
    if _goes_deep(pattern):
        start = pattern.removesuffix("...") or "."
    elif glob.has_magic(pattern) and not os.path.exists(pattern):
        start = _start_of_glob(pattern)
    if not os.path.exists(start):
        raise UsageError(f"no such file or folder: {start}")
    return start


def _goes_deep(pattern: str) -> bool:
    return pattern == "..." or pattern.endswith(("/...", os.sep + "..."))


def _flow_file(name: str) -> str:
    if not name.endswith(SUFFIX):
        raise UsageError(f"{name} is not a flow file: its name must end in {SUFFIX}")
    return _tidied(name)


def _in_folder(folder: str, pattern: str) -> list[str]:
    if not os.path.isdir(folder):
        raise UsageError(f"no such folder: {pattern}")
    return without_ignored(_walk(folder), _flow_of)


def _flow_of(path: str) -> str:
    """The flow of an output: that it is not ignored is what counts, for a project may ignore what is generated."""
    return path.removesuffix(OUTPUT) + SUFFIX if path.endswith(OUTPUT) else path


def _of_glob(pattern: str) -> list[str]:
    from pathlib import Path

    start = Path(_start_of_glob(pattern))
    matches = (Path(match) for match in glob.iglob(pattern, recursive=True))
    files = (file for file in matches if file.name.endswith(SUFFIX) and file.is_file())
    return without_ignored(str(file) for file in files if not _skipped_on_the_way(start, file))


def _start_of_glob(pattern: str) -> str:
    """The folder in which its search begins: all in front of the first part with a sign of globs."""
    from pathlib import Path

    parts = Path(pattern).parts
    return str(Path(*parts[: next(at for at, part in enumerate(parts) if glob.has_magic(part))]))


def _skipped_on_the_way(start: Path, file: Path) -> bool:
    folder = start
    for part in file.relative_to(start).parts[:-1]:
        folder = folder / part
        if skipped(part, str(folder)):
            return True
    return False


def _walk(folder: str) -> Iterator[str]:
    here = os.path.join(os.curdir, "")
    for place, folders, names in os.walk(_tidied(folder), onerror=_unreadable):
        folders[:] = sorted(name for name in folders if not skipped(name, os.path.join(place, name)))
        shown = os.path.join(place, "").removeprefix(here)
        for name in names:
            # Editors and file systems leave hidden files beside the user's: `.#pay.flow`, `._pay.flow`.
            if name.endswith((SUFFIX, OUTPUT)) and name[0] != ".":
                yield shown + name


def _tidied(path: str) -> str:
    """A path without doubled slashes and parts that are `.`; `..` stays, for there may be a link in front of it."""
    if path in (os.curdir, os.path.join(os.curdir, "")):
        return os.curdir  # where most searches begin
    from pathlib import Path

    return str(Path(path))


def _unreadable(error: OSError) -> None:
    raise UsageError(f"can't read {error.filename}: {error.strerror}")


def skipped(name: str, path: str) -> bool:
    """Whether a folder is left out of searches."""
    return name[0] in "._" or name == "node_modules" or os.path.exists(os.path.join(path, "pyvenv.cfg"))


def one_flow_file(path: str) -> Path:
    """The flow file that a command for one flow means: the file itself, or the only one of a folder."""
    from pathlib import Path

    if not os.path.isdir(path):
        return Path(_files_of(path)[0]) if os.path.exists(path) else _missing(path)
    files = flow_files_in(path)
    if len(files) > 1:
        raise UsageError(f"{path} holds several flow files, name one: {_listed(file.name for file in files)}")
    return files[0]


def flow_files_in(folder: str) -> list[Path]:
    """The flow files that stand directly in a folder; UsageError where there is none."""
    from pathlib import Path

    names = (name for name in os.listdir(folder) if name.endswith(SUFFIX) and name[0] != ".")
    files = sorted(file for file in (Path(folder, name) for name in names) if file.is_file())
    if not files:
        raise UsageError(f"no flow file (*{SUFFIX}) in {folder}")
    return files


def _missing(path: str) -> Path:
    raise UsageError(f"no such file or folder: {path}")


def _listed(names: Iterable[str], most: int = 5) -> str:
    names = list(names)
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + rest
