"""What a flow is performed with: its handlers, the flows around it, and what comes from outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import ModuleType
from typing import Any, TypeAlias, TypeVar

from wgen.errors import UsageError
from wgen.runtime.definition import event_name, event_words
from wgen.runtime.flow import Child, Every, Flow, OnEvent, Wait
from wgen.runtime.rows import folded
from wgen.testing.clock import START

H = TypeVar("H")

HandlersOf: TypeAlias = H | Callable[[], H] | ModuleType | Mapping[str, object]
"""An object, a class or function that makes one, a module, or a mapping from names to functions and results."""


@dataclass(frozen=True, slots=True)
class Event:
    """An event from outside, by its words or identifier.

    It is sent as soon as a run waits for it. With `at` it is sent so long after the start, waited for or not.
    """

    name: str
    payload: Any = None
    at: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Other:
    """A flow beside the one that is performed: one that it runs as a child, or waits for.

    Without `handlers` it has those of the flow that is performed. With `inputs` a run of it is started, too.
    """

    flow: Flow[Any, Any]
    handlers: Any = None
    inputs: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """`parts` are the flows, the performed one first. `start` is epoch seconds."""

    parts: tuple[Other, ...]
    events: tuple[Event, ...]
    start: float
    stub_missing: bool

    @property
    def flow(self) -> Flow[Any, Any]:
        return self.parts[0].flow

    def time_of(self, event: Event) -> float | None:
        """When the event is to be sent, if that is not when it is waited for."""
        return None if event.at is None else self.start + event.at.total_seconds()


def make_scene(
    flow: Flow[Any, Any],
    handlers: object,
    *,
    inputs: Mapping[str, Any] | None = None,
    events: Mapping[str, Any] | Sequence[Event] = (),
    others: Sequence[Other] = (),
    start: datetime | None = None,
    stub_missing: bool = False,
    by_itself: bool = False,
) -> Scene:
    """A scene that can be performed. Raises UsageError with what is wrong with it."""
    if by_itself:
        _check_starts_itself(flow, inputs)
    parts = [Other(flow, handlers, None if by_itself else inputs or {})]
    parts += [replace(other, handlers=handlers) if other.handlers is None else other for other in others]
    _check_flows([part.flow for part in parts])
    if not by_itself:
        parts = [replace(part, flow=_without_schedules(part.flow)) for part in parts]
    told = [Event(name, payload) for name, payload in events.items()] if isinstance(events, Mapping) else events
    named = _named(told, [part.flow for part in parts])
    return Scene(tuple(parts), named, _moment(start), stub_missing)


def _check_starts_itself(flow: Flow[Any, Any], inputs: Mapping[str, Any] | None) -> None:
    if not flow.triggers:
        raise UsageError(f'"{flow.name}" has no @Start sentence, so it never starts by itself')
    if inputs:
        raise UsageError("a run that starts by itself gets no inputs: leave out inputs=")


def _check_flows(flows: Sequence[Flow[Any, Any]]) -> None:
    """Each flow is there once, and so are those that they run as children."""
    names = [folded(flow.name) for flow in flows]
    for number, flow in enumerate(flows):
        if names[number] in names[:number]:
            raise UsageError(f'the flow "{flow.name}" is given twice')
        for step in flow.steps.values():
            if isinstance(step, Child) and folded(step.flow) not in names:
                raise UsageError(
                    f'{flow.source} line {step.line} runs the flow "{step.flow}": give it with others=[Other(…)]'
                )


def _without_schedules(flow: Flow[Any, Any]) -> Flow[Any, Any]:
    """What the calendar would start has nothing to do with the run that a test is about."""
    return replace(flow, triggers=tuple(trigger for trigger in flow.triggers if not isinstance(trigger, Every)))


def _named(events: Sequence[Event], flows: Sequence[Flow[Any, Any]]) -> tuple[Event, ...]:
    """The events by their identifiers. Raises EventRefused for one that no flow waits for."""
    words = {name: text for flow in reversed(flows) for name, text in _awaited(flow).items()}
    return tuple(replace(event, name=event_name(event.name, words, flows[0].name)) for event in events)


def _awaited(flow: Flow[Any, Any]) -> dict[str, str]:
    """The events that a flow waits for anywhere, with their words."""
    ons = (on for step in flow.steps.values() if isinstance(step, Wait) for on in step.on)
    return {on.gives: event_words(flow.events, on.gives) for on in ons if isinstance(on, OnEvent)}


def awaits(flow: Flow[Any, Any], event: str) -> bool:
    """Whether a flow waits for the event of this identifier anywhere."""
    return event in _awaited(flow)


def event_of(flow: Flow[Any, Any], event: str) -> str:
    """The identifier of an event of the flow that may be given in words."""
    return event_name(event, _awaited(flow), flow.name)


def _moment(start: datetime | None) -> float:
    if start is None:
        return START
    if start.tzinfo is None:
        raise UsageError(f"start={start!r} has no time zone: give it one, like tzinfo=UTC")
    return start.timestamp()
