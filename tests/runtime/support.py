"""What the tests of the runtime share: small flows built from a few words, and engines on a clock moved by hand."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum
from typing import Any

from wgen.runtime import DONE, MISSING, ONCE, Engine, Flow, Input, Parallel, Policy, Task
from wgen.stores.memory import MemoryStore
from wgen.testing.clock import HandClock

Handler = Callable[..., Any]


class Calls:
    """Handlers by name, made of functions; `seen` tells in which order they were called."""

    def __init__(self, **handlers: Handler) -> None:
        self.seen: list[str] = []
        for name, handler in handlers.items():
            setattr(self, name, self._noting(name, handler))

    def _noting(self, name: str, handler: Handler) -> Handler:
        if asyncio.iscoroutinefunction(handler):

            async def noting(**arguments: Any) -> Any:
                self.seen.append(name)
                return await handler(**arguments)

            return noting

        async def plainly(**arguments: Any) -> Any:
            self.seen.append(name)
            return handler(**arguments)

        return plainly


def values_class(**types: Any) -> type[Any]:
    """The dataclass of what a run knows."""
    return dataclasses.make_dataclass(
        "Values", [(name, type_, dataclasses.field(default=MISSING)) for name, type_ in types.items()], slots=True
    )


def calling(handler: str, to: Any, takes: Sequence[str], gives: Sequence[str]) -> Callable[[Any, Any], Awaitable[Any]]:
    """A step function as the generator writes it."""

    async def step(known: Any, handlers: Any) -> Any:
        result = await getattr(handlers, handler)(**{name: getattr(known, name) for name in takes})
        if len(gives) == 1:
            setattr(known, gives[0], result)
        elif gives:
            for name, value in zip(gives, result, strict=True):
                setattr(known, name, value)
        return to

    return step


def a_task(
    handler: str, to: Any = DONE, *, takes: Sequence[str] = (), gives: Sequence[str] = (), **more: Any
) -> Task[Any, Any]:
    parts: dict[str, Any] = {"line": 1, "digest": f"digest of {handler}", "policy": ONCE, **more}
    return Task(
        run=calling(handler, to, takes, gives),
        handler=handler,
        parameters=tuple(takes),
        reads=tuple(takes),
        gives=tuple(gives),
        to=(to,),
        **parts,
    )


def a_flow(steps: dict[Any, Any], values: type[Any] | None = None, **more: Any) -> Flow[Any, Any]:
    """A flow that begins with its first step. Every step's id is a text; they become states here."""
    states: Any = StrEnum("State", {name: name for name in steps})  # type: ignore[misc]  # made from data
    parts: dict[str, Any] = {"name": "flow", "version": 1, "digest": "d", "source": "flow.flow", "inputs": {}, **more}
    return Flow(
        values=values or values_class(),
        start=states(next(iter(steps))),
        steps={states(name): step for name, step in steps.items()},
        **parts,
    )


def one_task(policy: Policy = ONCE, **more: Any) -> Flow[Any, Any]:
    """A flow of the one task `work`, which gives (answer)."""
    parts: dict[str, Any] = {"answer": Any, **more}
    return a_flow({"work": a_task("work", gives=["answer"], policy=policy, line=7)}, values_class(**parts))


def sequence(*names: str, policy: Policy = ONCE) -> Flow[Any, Any]:
    """A flow of tasks one after the other."""
    following = [*names[1:], DONE]
    return a_flow({name: a_task(name, to, policy=policy) for name, to in zip(names, following, strict=True)})


def fork(*branches: str, policy: Policy = ONCE, then: str = "after") -> Flow[Any, Any]:
    """A group of tasks, each giving a value of its own name with `_value` behind, then one more task."""
    steps: dict[Any, Any] = {"group": Parallel(branches=branches, to=(then,), line=2, digest="g")}  # type: ignore[arg-type]
    for name in branches:
        steps[name] = a_task(name, gives=[f"{name}_value"], policy=policy, line=3)
    steps[then] = a_task(then, takes=[f"{name}_value" for name in branches], line=4)
    return a_flow(steps, values_class(**{f"{name}_value": Any for name in branches}))


class World:
    """A store in memory, a clock, and engines on both. Handlers and flows of one test live in it."""

    def __init__(self, flow: Flow[Any, Any], handlers: Any, **options: Any) -> None:
        self.flow = flow
        self.handlers = handlers
        self.clock = HandClock()
        self.store = MemoryStore()
        self.options = options

    def engine(self, **options: Any) -> Engine:
        """An engine of its own: a process, as far as the store can see."""
        engine = Engine(self.store, clock=self.clock, **{"worker": False, **self.options, **options})
        engine.register(self.flow, self.handlers)
        return engine


async def until(holds: Callable[[], object]) -> None:
    """Waits for what a thread does."""
    while not holds():  # noqa: ASYNC110 - a thread sets no event of the loop
        await asyncio.sleep(0)


def go(work: Awaitable[Any]) -> Any:
    """Runs a test's coroutine."""

    async def main() -> Any:
        return await asyncio.wait_for(work, 20)

    return asyncio.run(main())


__all__ = ["Calls", "Input", "World", "a_flow", "a_task", "fork", "go", "one_task", "sequence", "values_class"]
