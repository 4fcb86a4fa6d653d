"""Compiles flow files to what they ask for: one after the other, or many in several processes."""

from __future__ import annotations

import gc
import os
import signal
import sys
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from wgen.cli.config import config_for
from wgen.cli.outputs import Change, ForeignFile, handlers_change, module_change

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from wgen.compiler.compile import Checked

# A process costs about as much as compiling this many flows.
_WORTH_A_PROCESS = 32
_AT_ONCE = 8


class Compiled(NamedTuple):
    """What became of a flow file: its findings as they are shown, and the files that it asks for.

    `changes` are none where the flow has errors, or where a file of others is in the way: then `refusal` says so.
    `asked` are the files whose presence or content has decided all this, besides the flow itself.
    """

    findings: str
    changes: tuple[Change, ...]
    refusal: str | None
    asked: frozenset[Path]


def compile_file(file: Path, *, color: bool, handlers: bool) -> Compiled:
    """Compiles one file. Raises SourceError for one that can't be read."""
    from wgen.cli.findings import shown
    from wgen.compiler.compile import check
    from wgen.compiler.modules import asking
    from wgen.compiler.source import Source

    with asking() as asked:
        checked = check(Source.read(file), config_for(file).compiler)
    findings = shown(checked.notable, color=color)
    changes: tuple[Change, ...] = ()
    refusal = None
    if checked.ok:
        try:
            changes = _changes(file, checked, handlers=handlers)
        except ForeignFile as error:
            refusal = str(error)
    return Compiled(findings, changes, refusal, frozenset(asked))


def _changes(file: Path, checked: Checked, *, handlers: bool) -> tuple[Change, ...]:
    """What one flow file asks for. All of it is made before any of it is written."""
    module = module_change(file, checked)
    return (module, handlers_change(file, checked)) if handlers else (module,)


def compile_files(files: Sequence[Path], *, color: bool, handlers: bool) -> Iterator[Compiled]:
    """Compiles files, in their order."""
    one = partial(compile_file, color=color, handlers=handlers)
    workers = min(_processors(), len(files) // _WORTH_A_PROCESS)
    # Where processes can't be forked, each would load the compiler anew.
    if workers < 2 or sys.platform in ("win32", "darwin"):
        return map(one, files)
    return _in_processes(one, files, workers)


def _in_processes(one: Callable[[Path], Compiled], files: Sequence[Path], workers: int) -> Iterator[Compiled]:
    from multiprocessing import get_context

    # The first one here: what it loads and prepares, the workers need not load again.
    yield one(files[0])
    gc.freeze()
    with get_context("fork").Pool(workers, _begin_to_work) as pool:
        yield from pool.imap(one, files[1:], _AT_ONCE)


def _begin_to_work() -> None:
    # An interrupt goes to the parent, which ends the workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What a compiled flow leaves behind holds no cycles to speak of; looking for them takes a tenth of the time.
    gc.disable()


def _processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
