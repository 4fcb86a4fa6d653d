"""Finds the flows that a flow speaks of: those of its own file, and those of the files beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from wgen.compiler import ir
from wgen.compiler.lower import lower
from wgen.compiler.modules import note_asked
from wgen.compiler.names import closest, python_name
from wgen.compiler.parse import parse
from wgen.compiler.settings import Settings
from wgen.compiler.source import Source
from wgen.errors import SourceError

_FLOW_LINE = re.compile(
    r"^[ \t]*@flow[ \t]+(.*?)[ \t]*(?:,[ \t]*version\b.*)?(?:[ \t]#.*)?$", re.IGNORECASE | re.MULTILINE
)


class Neighbours:
    """The flows around a file, by their Python names. Files beside it are read only for what the file itself lacks."""

    def __init__(self, source: Source, module: ir.Module) -> None:
        self._source = source
        self._own = {flow.ident: flow for flow in module.flows}

    def find(self, words: str) -> ir.Flow | None:
        """The flow of this name; None where neither the file nor one beside it holds it."""
        name = python_name(words)
        if name in self._own:
            return self._own[name]
        path = self._beside().get(name)
        return next((flow for flow in _flows_of(path) if flow.ident == name), None) if path else None

    def is_here(self, flow: ir.Flow) -> bool:
        """Whether a flow stands in the file itself."""
        return self._own.get(flow.ident) is flow

    def closest(self, words: str) -> str | None:
        """The name, in words, of the flow that is called nearly like this."""
        name = closest(python_name(words), sorted({*self._own, *self._beside()}))
        found = self.find(name) if name else None
        return found.name if found else None

    def _beside(self) -> dict[str, Path]:
        folder = self._source.folder
        note_asked(folder)
        try:
            index = flow_index(folder, folder.stat().st_mtime_ns)
        except OSError:
            return {}
        return {name: path for name, path in index.items() if path.name != self._source.name}


@lru_cache(maxsize=64)
def flow_index(folder: Path, _changed: int) -> dict[str, Path]:
    """Which file of a folder holds which flow, by what its @Flow lines say."""
    return {name: path for path in sorted(folder.glob("*.flow")) for name in _names_in(path)}


def _names_in(path: Path) -> Iterator[str]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return
    names = [match[1] for match in _FLOW_LINE.finditer(text)]
    yield from map(python_name, names or [path.stem])


def _flows_of(path: Path) -> tuple[ir.Flow, ...]:
    try:
        stat = path.stat()
        return _read(path, stat.st_mtime_ns, stat.st_size)
    except (OSError, SourceError):
        return ()


@lru_cache(maxsize=2048)
def _read(path: Path, _changed: int, _size: int) -> tuple[ir.Flow, ...]:
    source = Source.read(path)
    module, _ = lower(source, parse(source), Settings(), frozenset())
    return module.flows
