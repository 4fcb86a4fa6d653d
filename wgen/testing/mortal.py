"""A store as one worker sees it who may die at each of its commits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wgen.testing.points import AFTER_COMMIT, BEFORE_COMMIT

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from wgen.runtime.ports import Store
    from wgen.runtime.rows import Change
    from wgen.testing.points import Points


class MortalStore:
    """Passes everything on to a store. Each save is a point before it is written, and another one behind.

    The dead read and write nothing; what their engine does to give runs back comes to nothing, too.
    """

    def __init__(self, store: Store, points: Points) -> None:
        self._store = store
        self._points = points

    def __getattr__(self, name: str) -> Any:
        if self._points.dead and name in ("renew", "release"):
            return _nothing
        self._points.check()
        return getattr(self._store, name)

    def save(self, change: Change, /) -> Awaitable[bool] | bool:
        self._points.reach(BEFORE_COMMIT)
        saved = self._store.save(change)
        if not isinstance(saved, bool):
            return self._saved(saved)
        self._points.reach(AFTER_COMMIT)
        return saved

    async def _saved(self, saving: Awaitable[bool]) -> bool:
        saved = await saving
        self._points.reach(AFTER_COMMIT)
        return saved


async def _nothing(*_: object) -> dict[int, int]:
    return {}
