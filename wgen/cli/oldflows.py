"""The flows to compare with: as a folder has them, or as a git revision did. The work tree is never touched."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wgen.cli.config import config_for
from wgen.cli.findings import plural
from wgen.cli.git import git
from wgen.cli.lint import read_or_tell
from wgen.cli.paths import find_flows
from wgen.compiler.compile import check
from wgen.compiler.source import Source
from wgen.compiler.upgrade.texts import Text
from wgen.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

_NEEDED = (".flow", ".py", "pyproject.toml", "wgen.toml")
"""What decides the meaning of a flow: its text, the types that it names, the settings of its project."""


_SHALLOW = (
    "; this clone is shallow: fetch the rest with "
    """git fetch --unshallow origin "+refs/heads/*:refs/remotes/origin/*", or check it out with fetch-depth: 0"""
)


def texts_in(folder: str) -> list[Text]:
    """The flows of a folder."""
    return _texts(find_flows([folder]), str, folder)


@contextmanager
def texts_at(revision: str, patterns: Sequence[str]) -> Iterator[list[Text]]:
    """The flows that these patterns meant at a git revision. Their folder is there as long as the context is."""
    root = _root()
    tree = git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{tree}}")
    if tree is None or tree.failed:
        unknown = "this is no folder, no store, and no revision of this git repository"
        why = f"git can't read it: {tree.reason}" if tree and tree.reason else unknown
        raise _unread(revision, f"{why}{_SHALLOW if _is_shallow(root) else ''}")
    with tempfile.TemporaryDirectory(prefix="wgen-") as place:
        copy = Path(place).resolve()
        _write_out(root, revision, tree.out.decode().strip(), copy)
        files = [file for pattern in patterns for file in _found(copy, root, pattern)]
        yield _texts(dict.fromkeys(files), lambda file: f"{revision}:{file.relative_to(copy).as_posix()}", revision)


def _texts(files: Iterable[Path], called: Callable[[Path], str], against: str) -> list[Text]:
    """What can be read; raises UsageError where there is something and none of it can be."""
    found, left_out = [], False
    for file in files:
        source = read_or_tell(file)
        if source is None:
            left_out = True
            continue
        settings = config_for(file).compiler
        checked = check(source, settings)
        shown = Source(source.text, called(file))
        if checked.ok:
            found += [Text(shown, file.parent, settings, flow) for flow in checked.module.flows]
        else:
            left_out = True
            count = plural(len(checked.errors), "error")
            click.echo(f"wgen: {shown.path} has {count} and is left out: today's wgen can't tell of its runs", err=True)
    if left_out and not found:
        raise UsageError(f"--against {against}: no flow in it can be read, so there is nothing to compare with")
    return found


# ---- git -------------------------------------------------------------------------------------------------------------


def _root() -> Path:
    answer = git(".", "rev-parse", "--show-toplevel")
    if answer is None:
        raise UsageError("git can't be started, so --against takes a folder or a store only")
    if answer.failed:
        raise UsageError(f"--against takes a folder or a store here, for git says: {answer.complaint}")
    return Path(os.fsdecode(answer.out).rstrip("\n"))


def _is_shallow(root: Path) -> bool:
    answer = git(root, "rev-parse", "--is-shallow-repository")
    return answer is not None and answer.out.strip() == b"true"


def _read(root: Path, revision: str, *words: str, input: bytes = b"") -> bytes:
    """What git reads of a revision, which it may have to fetch: a clone need not hold all of it."""
    answer = git(root, *words, input=input)
    if answer is None or answer.failed:
        raise _unread(revision, f"git can't read all of it: {answer.reason if answer else 'it is gone'}")
    return answer.out


def _unread(revision: str, why: str) -> UsageError:
    return UsageError(f"--against {revision}: {why}")


def _write_out(root: Path, revision: str, tree: str, copy: Path) -> None:
    """Writes what is needed of a tree to a folder."""
    listed = _read(root, revision, "ls-tree", "-r", "-z", "--full-tree", tree)
    entries = [entry.split(b"\t", 1) for entry in listed.split(b"\0") if entry]
    # Of links and other repositories there is no text here.
    wanted = [(what.split()[2], os.fsdecode(name)) for what, name in entries if what.startswith(b"100")]
    wanted = [(blob, name) for blob, name in wanted if name.endswith(_NEEDED)]
    texts = _read(root, revision, "cat-file", "--batch", input=b"".join(blob + b"\n" for blob, _ in wanted))
    at = 0
    for _, name in wanted:
        head, _, _ = texts[at : at + 200].partition(b"\n")
        if head.endswith(b" missing"):
            raise _unread(revision, f"git can't read all of it: {name} is missing here")
        begin, size = at + len(head) + 1, int(head.split()[2])
        file = copy / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(texts[begin : begin + size])
        at = begin + size + 1
    (copy / ".git").touch()  # the project ends here: nobody is to look for types or settings above


def _found(copy: Path, root: Path, pattern: str) -> list[Path]:
    """What a pattern means in the copy; nothing where it named nothing then."""
    place = Path(os.path.relpath(Path.cwd().resolve() / pattern, root))
    if place.parts[:1] == (os.pardir,):
        raise UsageError(f"{pattern} lies outside of the git repository {root}")
    try:
        return list(find_flows([str(copy / place)]))
    except UsageError:
        return []
