"""Records what the handlers are called with, and what comes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import FunctionType, SimpleNamespace
from typing import TYPE_CHECKING, Any

from wgen.errors import HandlersError, UsageError
from wgen.runtime.context import current
from wgen.runtime.flow import Call, Task
from wgen.runtime.handlers import Mixed, bind_handlers
from wgen.testing.loop import leaping_loop
from wgen.testing.points import AFTER_HANDLER, BEFORE_HANDLER
from wgen.testing.stubs import stubs

if TYPE_CHECKING:
    from collections.abc import Collection

    from wgen.runtime.flow import Flow
    from wgen.runtime.pool import Pool
    from wgen.testing.points import Points
    from wgen.testing.scene import Scene


@dataclass(slots=True)
class HandlerCall:
    """One attempt of a task, as its handler saw it: by name, with its arguments.

    `attempt` counts from 1, `key` is the same for all attempts of a task. `result` is what the handler gave, `error`
    what it raised; `ended` is False while it is at work, or when it was stopped.
    """

    handler: str
    arguments: dict[str, Any]
    attempt: int
    key: str
    iteration: str | None
    flow: str
    step: str
    run: str
    result: Any = None
    error: BaseException | None = None
    ended: bool = False


class Recorder:
    """The handlers of a scene, each of which notes its calls and passes its points."""

    def __init__(self, scene: Scene, points: Points, calls: list[HandlerCall]) -> None:
        self._scene = scene
        self.points = points
        self._made: dict[Callable[[], Any], Any] = {}
        self.calls = calls

    def handlers(self, number: int, pool: Pool) -> Any:
        """Those of one part of the scene, as an engine takes them."""
        part = self._scene.parts[number]
        bound = bind_handlers(part.flow, self._whole(number), pool)
        threads: Collection[str] = bound.in_threads if isinstance(bound, Mixed) else ()
        noting = {name: self._noting(name, getattr(bound, name), name in threads) for name in handler_names(part.flow)}
        return Mixed(frozenset(threads), noting)

    def _whole(self, number: int) -> Any:
        """The user's handlers with stubs for what is missing, if that is wanted."""
        part = self._scene.parts[number]
        made = self._made_of(part.handlers)
        found = self._of_mapping(made) if isinstance(made, Mapping) else made
        have = {name: getattr(found, name, None) for name in handler_names(part.flow)}
        missing = [name for name, handler in have.items() if handler is None]
        if self._scene.stub_missing:
            return SimpleNamespace(**{**have, **stubs(part.flow, missing)})
        if missing and isinstance(made, Mapping):
            told = ", ".join(map(repr, missing))
            raise HandlersError(f"{part.flow.source}: no handler for {told}: give it, or stub_missing=True")
        return found

    def _made_of(self, given: Any) -> Any:
        """What a class or function makes, once for all flows that are given the same one."""
        if not isinstance(given, type | FunctionType):
            return given
        if given not in self._made:
            self._made[given] = given()
        return self._made[given]

    def _of_mapping(self, given: Mapping[str, Any]) -> SimpleNamespace:
        known = {name for part in self._scene.parts for name in handler_names(part.flow)}
        for name in given:
            check_handler(name, known)
        return SimpleNamespace(**{name: _handler(value) for name, value in given.items()})

    def _noting(self, name: str, handler: Callable[..., Awaitable[Any]], in_thread: bool) -> Callable[..., Any]:
        async def noting(**arguments: Any) -> Any:
            self.points.check()
            now = current()
            call = HandlerCall(name, arguments, now.attempt, now.key, now.iteration, now.flow, now.step, now.run)
            self.begin(call)
            self.points.reach(BEFORE_HANDLER)
            with leaping_loop().attempt(in_thread=in_thread):
                try:
                    call.result = await handler(**arguments)
                except asyncio.CancelledError:
                    raise
                except BaseException as error:  # noqa: BLE001 - raised again below
                    call.error = error
            call.ended = True
            self.points.reach(AFTER_HANDLER)
            if call.error is not None:
                raise call.error
            return call.result

        return noting

    def begin(self, call: HandlerCall) -> None:
        """A handler is called."""
        self.calls.append(call)


def handler_names(flow: Flow[Any, Any]) -> list[str]:
    """The handlers that a flow calls."""
    return list(dict.fromkeys(step.handler for step in flow.steps.values() if isinstance(step, Task | Call)))


def check_handler(name: str, known: Collection[str]) -> None:
    """Raises UsageError for a name that is no handler's."""
    if name not in known:
        close = get_close_matches(name, known, 1)
        more = f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(sorted(known)) or 'none'}"
        raise UsageError(f"there is no handler {name!r}; {more}")


def _handler(value: Any) -> Callable[..., Any]:
    """A function as it is, else one that gives the value, or raises it where it is an exception."""
    if callable(value):
        return value  # type: ignore[no-any-return]  # a user's function may be anything

    async def constant(**_arguments: Any) -> Any:
        if isinstance(value, BaseException):
            raise value
        return value

    return constant
