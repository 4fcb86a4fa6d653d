"""A flow as one function call: in memory, from the start to the end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

from wgen.errors import UsageError
from wgen.runtime.engine import Engine

if TYPE_CHECKING:
    from types import ModuleType

    from wgen.runtime.flow import Flow

V = TypeVar("V")
H = TypeVar("H")


def run(flow: Flow[V, H], handlers: H | ModuleType, /, **inputs: Any) -> Any:
    """Runs a flow to its end in memory and returns its result, or raises what went wrong.

    For scripts and tests: nothing outlives the call. A flow that waits for an event can't be run so.
    """
    if asyncio._get_running_loop() is not None:  # noqa: SLF001 - the public one raises, into the user's traceback
        raise UsageError("wgen.runtime.run() is for code without an event loop: use `async with Engine(…)` here")
    return asyncio.run(_run(flow, handlers, inputs))


async def _run(flow: Flow[V, H], handlers: H | ModuleType, inputs: dict[str, Any]) -> Any:
    async with Engine("memory://", worker=False) as engine:
        engine.register(flow, handlers)
        started = await engine.start(flow, inputs=inputs)
        with engine.crew.watching(started.id) as watch:
            stands = await engine.drive(started.id)
        if not stands.ended:
            events = ", ".join(f"({wait['event']})" for wait in stands.waiting_for) or "something outside"
            raise UsageError(
                f'"{flow.name}" waits for {events}, which nobody can send to run(): use `async with Engine(…)`'
            )
        if watch.cause is not None:
            raise watch.cause
        return await started.result()
