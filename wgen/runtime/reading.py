"""Finds runs in a store, by their ids or by what they are, and tells how they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from wgen.errors import InputError, NoSuchRun
from wgen.runtime.inputs import why_not_kept
from wgen.runtime.view import RunView, view

if TYPE_CHECKING:
    from wgen.runtime.history import Entry
    from wgen.runtime.ports import Store
    from wgen.runtime.rows import RunQuery, RunRow, Stored

T = TypeVar("T")


class Reader:
    """Looks into one store. Whatever asks for a run by its id raises NoSuchRun where there is none."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def row(self, run: str) -> RunRow:
        """The row of a run, which most questions can be answered by."""
        return _found(run, None if why_not_kept(run) else await self._store.row(run))

    async def load(self, run: str) -> Stored:
        """All of a run."""
        return _found(run, None if why_not_kept(run) else await self._store.load(run))

    async def view(self, run: str) -> RunView:
        """A run as its users see it."""
        return await self._view(await self.load(run))

    async def history(self, run: str) -> list[Entry]:
        """Everything that happened to a run."""
        return await self._store.history((await self.row(run)).number)

    async def find(self, query: RunQuery) -> list[RunView]:
        """The runs that fit, newest first. Raises InputError for what can't be looked for."""
        for name, text in (("flow", query.flow), ("word", query.word), ("key", query.key)):
            if text is not None and (reason := why_not_kept(text)) is not None:
                raise InputError(f"the {name} of the runs to look for {reason}")
        found = [await self._store.load(row.id) for row in await self._store.runs(query)]
        return [await self._view(stored) for stored in found if stored is not None]

    async def _view(self, stored: Stored) -> RunView:
        return view(stored, await self._store.attempts(stored.row.number))


def _found(run: str, found: T | None) -> T:
    if found is None:
        raise NoSuchRun(f"there is no run {run} in this store")
    return found
