"""What becomes of ended runs that nobody needs: their data is erased, or they are deleted, with the runs below them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wgen.errors import NotAllowed
from wgen.runtime.history import What
from wgen.runtime.life import ENDED
from wgen.runtime.rows import RunQuery

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from wgen.runtime.changing import Said
    from wgen.runtime.ports import Store, Surroundings
    from wgen.runtime.rows import RunRow, Stored

_TOGETHER: Final = 100  # runs that are removed by one commit: more of them keep others waiting


async def erase(around: Surroundings, stored: Stored, said: Said) -> None:
    """Forgets what an ended run, and the ended runs below it, knew."""
    store = around.store
    await _refuse_below_open(store, stored)
    family = [row async for row in _family(store, stored.row)]
    for row in family:
        if row.status not in ENDED:
            raise NotAllowed(f"the run {row.id} is {row.status}; only the data of an ended run can be erased")
    for row in family:
        entry = said.entry(What.RUN_ERASED)
        if not await store.erase(row.number, row.revision, [entry]):
            raise NotAllowed(f"the run {row.id} was changed by somebody else just now: look at it and try again")
        around.observed([entry])


async def is_erased(store: Store, stored: Stored) -> bool:
    """Whether nothing is left of what an ended run knew."""
    told = await store.history(stored.row.number) if stored.row.status in ENDED else []
    return any(entry.what == What.RUN_ERASED for entry in told)


async def refuse_erased(store: Store, stored: Stored) -> None:
    if await is_erased(store, stored):
        raise NotAllowed(f"the data of the run {stored.row.id} was erased: start a new one")


async def _refuse_below_open(store: Store, stored: Stored) -> None:
    """What a run has done may still have to be undone as long as the run above it is open."""
    above = stored.row.parent
    while above is not None:
        parent = await store.load(above)
        if parent is None:
            return
        if parent.row.status not in ENDED:
            raise NotAllowed(f"the run {stored.row.id} belongs to the run {above}, which is still {parent.row.status}")
        above = parent.row.parent


async def _family(store: Store, row: RunRow) -> AsyncIterator[RunRow]:
    """A run, and all below it."""
    todo = [row]
    while todo:
        kin = todo.pop()
        yield kin
        todo += await store.runs(RunQuery(parent=kin.id))


async def delete(store: Store, before: float, flow: str | None) -> int:
    """Removes runs that had ended by a moment, with those below them. Returns how many.

    A family of which somebody opens a run again just now stays.
    """
    deleted = 0
    families: list[list[RunRow]] = []
    for row in await store.runs(RunQuery(flow=flow, ended_before=before)):
        family = [kin async for kin in _family(store, row)]
        if all(kin.status in ENDED for kin in family):
            families.append(family)
        if sum(map(len, families)) >= _TOGETHER:
            deleted += await store.delete(families)
            families = []
    return deleted + (await store.delete(families) if families else 0)
