"""The user's handlers: checked against the flow before anything runs, and made callable from the event loop."""

from __future__ import annotations

import asyncio
import inspect
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any

from wgen.errors import HandlersError
from wgen.runtime.context import executing
from wgen.runtime.flow import Call, Task

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from wgen.runtime.context import Attempt
    from wgen.runtime.flow import Flow
    from wgen.runtime.pool import Pool


class Mixed:
    """Handlers of which some run in threads: `in_threads` are their names."""

    def __init__(self, in_threads: frozenset[str], found: dict[str, Any]) -> None:
        self.__dict__.update(found)
        self.in_threads = in_threads


def bind_handlers(flow: Flow[Any, Any], handlers: Any, pool: Pool) -> Any:
    """What the flow's tasks get as their handlers: every one a coroutine function. Raises HandlersError."""
    tasks = {step.handler: step for step in flow.steps.values() if isinstance(step, Task)}
    calls = {step.handler: step for step in flow.steps.values() if isinstance(step, Call)}
    check_handlers(flow, tasks, calls, handlers)
    found = {name: getattr(handlers, name) for name in (*tasks, *calls)}
    if all(is_async(handler) for handler in found.values()):
        return handlers
    threads = {name: _in_thread(handler, pool) for name, handler in found.items() if not is_async(handler)}
    return Mixed(frozenset(threads), {**found, **threads})


def check_handlers(
    flow: Flow[Any, Any], tasks: dict[str, Task[Any, Any]], calls: dict[str, Call[Any]], handlers: Any
) -> None:
    """Raises HandlersError with everything that is wrong with the handlers."""
    missing = [task for name, task in tasks.items() if getattr(handlers, name, None) is None]
    problems = [problem for task in tasks.values() if task not in missing for problem in _misfits(flow, task, handlers)]
    problems += [_unconnected(flow, call) for name, call in calls.items() if getattr(handlers, name, None) is None]
    if missing:
        problems.append(_paste(flow, missing, handlers))
    if problems:
        raise HandlersError("\n".join(problems))


def _misfits(flow: Flow[Any, Any], task: Task[Any, Any], handlers: Any) -> Iterator[str]:
    """What keeps one handler from being called as its sentence calls it."""
    place = f"{flow.source} line {task.line}: the handler {task.handler}"
    handler = getattr(handlers, task.handler)
    if not callable(handler):
        yield f"{place} is no function, it is {type(handler).__name__}"
        return
    try:
        parameters = inspect.signature(handler).parameters.values()
    except (TypeError, ValueError):  # some built-in functions tell nothing; then the call itself decides
        return
    by_name = {p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
    takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters)
    for name in task.parameters:
        if name not in by_name and not takes_any:
            yield f"{place} takes no parameter {name!r}, which the sentence passes: add it to {_shown(task)}"
    for p in parameters:
        needed = p.default is p.empty and p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)
        if needed and p.kind is p.POSITIONAL_ONLY:
            yield f"{place} takes {p.name!r} by position only; handlers are called by name: remove the /"
        elif needed and p.name not in task.parameters:
            yield f"{place} needs a parameter {p.name!r}, which the sentence does not pass: give it a default"


def _unconnected(flow: Flow[Any, Any], call: Call[Any]) -> str:
    place = f'{flow.source} line {call.line} asks for {call.connector} "{call.address}"'
    return f"{place}, and no connector for it is installed: install one, or write a handler {call.handler}"


def _shown(task: Task[Any, Any]) -> str:
    return f"{task.handler}({', '.join(task.parameters)})"


def _paste(flow: Flow[Any, Any], missing: list[Task[Any, Any]], handlers: Any) -> str:
    """Says which handlers are missing, with code that mends it."""
    lines = ", ".join(f"line {task.line} ({task.handler})" for task in missing)
    is_module = isinstance(handlers, ModuleType)
    indent = "" if is_module else "    "
    stubs = "\n\n".join(_stub(task, is_module, indent) for task in missing)
    where = f"the module {handlers.__name__}" if is_module else f"the class {type(handlers).__name__}"
    return f"{flow.source}: no handler for {lines}. Paste into {where}:\n\n{stubs}\n"


def _stub(task: Task[Any, Any], is_module: bool, indent: str) -> str:
    names = [*([] if is_module else ["self"]), *(["*", *task.parameters] if task.parameters else [])]
    return f"{indent}async def {task.handler}({', '.join(names)}):\n{indent}    raise NotImplementedError"


def is_async(handler: Any) -> bool:
    return inspect.iscoroutinefunction(handler) or inspect.iscoroutinefunction(type(handler).__call__)


def pass_on(error: BaseException) -> None:
    """Raises again what the user's code has not raised by itself: this task is cancelled, or its loop is gone."""
    task = asyncio.current_task() if asyncio._get_running_loop() is not None else None  # noqa: SLF001
    if isinstance(error, GeneratorExit) and task is None:
        raise error
    if isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling():
        raise error


@dataclass(slots=True)
class _Fixed:
    """The attempt that a thread works for; whoever started it may be at another one by now."""

    of: Attempt
    late: asyncio.Future[Any] | None = None

    def attempt_now(self) -> Attempt:
        return self.of


def _in_thread(handler: Callable[..., Any], pool: Pool) -> Callable[..., Awaitable[Any]]:
    """A coroutine function that calls `handler` in a thread."""

    async def call(**arguments: Any) -> Any:
        asked = executing.get()
        fixed = _Fixed(asked.attempt_now())

        def in_thread() -> Any:
            executing.set(fixed)
            return handler(**arguments)

        thread = pool.submit(in_thread)
        try:
            value, error = await asyncio.shield(thread)
        except asyncio.CancelledError:
            asked.late = thread
            raise
        if error is not None:
            raise error
        return await value if inspect.isawaitable(value) else value

    return call
