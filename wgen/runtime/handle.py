"""One run in the hands of Python code: its id, its result, its words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wgen.errors import NotAllowed

if TYPE_CHECKING:
    from wgen.runtime.engine import Engine
    from wgen.runtime.rows import Stored
    from wgen.runtime.view import RunView


class RunHandle:
    """A run of an engine. `created` is False for the open run that was there before, under the same business key."""

    def __init__(self, engine: Engine, id: str, *, created: bool) -> None:
        self._engine = engine
        self.id = id
        self.created = created

    async def result(self) -> Any:
        """Waits for the end of the run and returns its result. Raises RunFailed or RunCancelled."""
        return await self._engine.awaiter.end_of(self.id)

    async def reaches(self, word: str) -> None:
        """Waits until the run has reached a business status. Raises NotAllowed when it ended without."""

        async def reached(stored: Stored) -> bool:
            return word in await self._engine.store.words(stored.row.number)

        stored = await self._engine.awaiter.until(self.id, reached)
        if not await reached(stored):
            raise NotAllowed(f'the run {self.id} is {stored.row.status} and never reached "{word}"')

    async def view(self) -> RunView:
        """How the run stands."""
        return await self._engine.view(self.id)
