"""What a handler can ask about the attempt it runs in."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    import asyncio


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt of a task.

    `key` is the same for every attempt of it: send it along to whatever must not be done twice.
    `iteration` is the round of each loop around the task, outermost first, counted from 1: `3.1`. None outside of any.
    """

    run: str
    flow: str
    step: str
    iteration: str | None
    attempt: int
    key: str


class Asked(Protocol):
    """Whoever executes a task knows its attempt, and what goes on in its name after it was given up."""

    late: asyncio.Future[Any] | None

    def attempt_now(self) -> Attempt: ...


executing: Final[ContextVar[Asked]] = ContextVar("wgen.executing")


def current() -> Attempt:
    """The attempt that calls this. Raises RuntimeError outside of a handler."""
    asked = executing.get(None)
    if asked is None:
        raise RuntimeError("current() is for handlers: no task of a flow is running here")
    return asked.attempt_now()
