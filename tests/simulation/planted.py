"""Bugs that are planted to see whether the simulation finds them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.simulation.world import FaultyStore
from wgen.runtime import groups, undoing
from wgen.runtime.life import RunStatus
from wgen.runtime.rows import Accepted, Change, NewEvent
from wgen.stores.memory import MemoryStore


def _no_fence(patch: pytest.MonkeyPatch) -> None:
    """A worker that has lost its lease writes all the same."""
    save = MemoryStore.save

    def without_check(store: MemoryStore, change: Change, /) -> bool:
        row = store._runs[change.number].row
        change.revision, change.fence = row.revision, row.fence
        return save(store, change)

    patch.setattr(MemoryStore, "save", without_check)


def _acknowledges_early(patch: pytest.MonkeyPatch) -> None:
    """A save counts as done before it is written, which a crash prevents."""

    def early(store: FaultyStore, change: Change) -> bool:
        def write() -> None:
            if not store.crashed:
                store._store.save(change)

        store._world.note_saved(change)
        asyncio.get_running_loop().call_soon(write)
        return True

    patch.setattr(FaultyStore, "_save", early)


def _forgets_a_branch(patch: pytest.MonkeyPatch) -> None:
    """What the last branch of a group gave does not reach the run."""
    join = groups._join

    def forgetful(move: Any, parent: Any, winners: Any) -> None:
        winners = list(winners)
        if len(winners) > 1:
            winners[-1].given.clear()
        join(move, parent, winners)

    patch.setattr(groups, "_join", forgetful)


def _undoes_in_order(patch: pytest.MonkeyPatch) -> None:
    """The first step that was completed is undone first."""
    patch.setattr(undoing, "max", min, raising=False)


def _loses_early_events(patch: pytest.MonkeyPatch) -> None:
    """An event that nobody waits for yet is thrown away."""
    keep = MemoryStore._keep_event

    def losing(store: MemoryStore, new: NewEvent) -> Accepted:
        row = store._by_id[new.run].row
        early = new.name.isidentifier() and row.status is not RunStatus.WAITING
        return "added" if early else keep(store, new)

    patch.setattr(MemoryStore, "_keep_event", losing)


BUGS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "no fence": _no_fence,
    "acknowledges early": _acknowledges_early,
    "forgets a branch": _forgets_a_branch,
    "undoes in order": _undoes_in_order,
    "loses early events": _loses_early_events,
}


@contextmanager
def planted(bug: str) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        BUGS[bug](patch)
        yield
