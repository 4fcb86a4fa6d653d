"""The modules of an example's folder: its flows and their handlers, as an engine registers them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from wgen.runtime import Flow

FLOWS = Path(__file__).parents[2] / "examples" / "flows"


class Pair(NamedTuple):
    """A flow and the class of its handlers."""

    flow: Flow[Any, Any]
    handlers: type[Any]


@cache
def flows_of(name: str) -> tuple[Pair, ...]:
    """All flows of the folder of one example."""
    folder = FLOWS / name
    with _first_on_path(folder):
        return tuple(pair for file in sorted(folder.glob("*.flow")) for pair in _pairs(file.stem))


def _pairs(stem: str) -> Iterator[Pair]:
    generated, written = import_module(f"{stem}_flow"), import_module(f"{stem}_handlers")
    for flow in vars(generated).values():
        if isinstance(flow, Flow):
            yield Pair(flow, written.Handlers)


@contextmanager
def _first_on_path(folder: Path) -> Iterator[None]:
    """Every folder has a `models` of its own: it is forgotten behind each, so that the next finds its own."""
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        sys.modules.pop("models", None)
