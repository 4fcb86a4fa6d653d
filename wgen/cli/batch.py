"""Compiles flow files to what they ask for, and spreads what many files need over several processes."""

from __future__ import annotations

import gc
import os
import signal
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from wgen.cli.config import config_for
from wgen.cli.outputs import Change, Refused, handlers_change, module_change
from wgen.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

F = TypeVar("F")
T = TypeVar("T")

# A process costs about as much as compiling this many flows.
_WORTH_A_PROCESS = 32
_AT_ONCE = 8


class Compiled(NamedTuple):
    """What became of a flow file: its findings as they are shown, and the files that it asks for.

    `changes` are none where the flow has errors. `refusal` is why it could not be read, or why a file that it asks for
    is left as it is.
    `asked` are the files whose presence or content has decided all this, besides the flow itself.
    """

    findings: str
    changes: tuple[Change, ...]
    refusal: str | None
    asked: frozenset[Path]


def compile_file(name: str, *, color: bool, handlers: bool) -> Compiled:
    """Compiles one file."""
    from wgen.cli.findings import shown
    from wgen.compiler.compile import check
    from wgen.compiler.modules import asking
    from wgen.compiler.rules.project import MISSING_HANDLER
    from wgen.compiler.source import Source

    file = Path(name)
    try:
        source = Source.read(file)
    except SourceError as error:
        return Compiled("", (), str(error), frozenset())
    with asking() as asked:
        checked = check(source, config_for(file).compiler)
    # With `handlers` what is missing is added, so there is nothing to tell.
    told = [finding for finding in checked.notable if not (handlers and finding.rule == MISSING_HANDLER)]
    changes: list[Change] = []
    refusal = None
    if checked.ok:
        try:
            changes.append(module_change(file, checked))
            if handlers:
                changes.append(handlers_change(file, checked))
        except Refused as error:
            refusal = str(error)
    return Compiled(shown(told, color=color), tuple(changes), refusal, frozenset(asked))


def compile_files(files: Sequence[str], *, color: bool, handlers: bool) -> Iterator[Compiled]:
    """Compiles files, in their order."""
    return spread(partial(compile_file, color=color, handlers=handlers), files)


def spread(one: Callable[[F], T], files: Sequence[F]) -> Iterator[T]:
    """What `one` gives for each file, in their order: one after the other, or many in several processes."""
    workers = min(_processors(), len(files) // _WORTH_A_PROCESS)
    # Where processes can't be forked, each would load the compiler anew.
    if workers < 2 or sys.platform in ("win32", "darwin"):
        return map(one, files)
    return _in_processes(one, files, workers)


def _in_processes(one: Callable[[F], T], files: Sequence[F], workers: int) -> Iterator[T]:
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
