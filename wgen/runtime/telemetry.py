"""What an engine tells whoever measures and traces it; `wgen.telemetry` does so by OpenTelemetry."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from wgen.runtime.moves import Move
    from wgen.runtime.position import Position
    from wgen.runtime.published import Publication
    from wgen.runtime.rows import Accepted, Change, Created, Event, NewEvent, NewRun
    from wgen.runtime.state import RunState


class Telemetry(Protocol):
    """Hears what runs do. The coroutines are around some work: they do it, and pass on what it returns or raises.

    Nothing else is raised by any of them. Where an engine has no telemetry, none of this is asked for.
    """

    async def start(self, new: NewRun, create: Callable[[NewRun], Awaitable[Created]]) -> Created:
        """A caller starts a run, which gets its `trace` here."""
        ...

    async def send(self, flow: str, new: NewEvent, keep: Callable[[NewEvent], Awaitable[Accepted]]) -> Accepted:
        """A caller sends an event to a run of the flow; the event gets its `trace` here."""
        ...

    async def publish(
        self, new: Publication, keep: Callable[[Publication], Awaitable[list[str] | None]]
    ) -> list[str] | None:
        """Likewise an event for whichever runs of a flow wait for it. None: it is tried again."""
        ...

    async def execute(self, run: RunState, lag: float | None, work: Callable[[], Awaitable[None]]) -> None:
        """A claimed run is at work until it is let go. `lag`: the seconds from when it was due to its claim."""
        ...

    async def attempt(self, position: Position, perform: Callable[[Position], Awaitable[Move]]) -> Move:
        """One attempt of a task; the move tells what failed it."""
        ...

    def trace(self, run: RunState, change: Change, heard: Sequence[Event]) -> None:
        """A run at work makes a change, which gets its `trace` here, because of these events among others."""
        ...

    def committed(self, flow: str, change: Change) -> None:
        """A change of a run of this flow is committed."""
        ...

    def started(self, flow: str) -> None:
        """A run of this flow is stored that no caller has started."""
        ...

    def wrote(self, writes: int, seconds: float) -> None:
        """The store has committed so many writes at once. It may tell so from a thread of its own."""
        ...
