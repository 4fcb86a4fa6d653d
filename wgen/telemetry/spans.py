"""The spans: one for each start and event sent, each stay of a run at a worker, and each attempt of a task.

A run may take weeks and many processes, a span has to end in the process that began it. So each stay, from claim to
release, is the root of a trace of its own, linked to where the run was started and to what woke it.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from opentelemetry import metrics, propagate
from opentelemetry.context import Context, attach, detach
from opentelemetry.trace import (
    INVALID_SPAN,
    Link,
    Span,
    SpanKind,
    StatusCode,
    get_current_span,
    get_tracer,
    set_span_in_context,
)

from wgen import __version__
from wgen.runtime.codec import plain
from wgen.runtime.life import RunStatus
from wgen.telemetry.harmless import harmless
from wgen.telemetry.metrics import Metrics
from wgen.telemetry.names import ATTEMPT, ERROR_TYPE, EVENT, FLOW, ITERATION, RUN, SCHEMA, SCOPE, STATUS, STEP, UNDO

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import SpanContext, TracerProvider

    from wgen.runtime.moves import Move
    from wgen.runtime.position import Position
    from wgen.runtime.published import Publication
    from wgen.runtime.rows import Accepted, Change, Created, Event, NewEvent, NewRun
    from wgen.runtime.state import RunState


class _Stay(NamedTuple):
    """A run at work: its span, the context that its attempts begin in, and that context as others get it."""

    span: Span
    context: Context
    trace: str | None


class OpenTelemetry:
    """What an engine does, as spans and metrics of the given providers, or of the global ones."""

    def __init__(
        self, tracer_provider: TracerProvider | None = None, meter_provider: MeterProvider | None = None
    ) -> None:
        self._tracer = get_tracer(SCOPE, __version__, tracer_provider, SCHEMA)
        self._metrics = Metrics(metrics.get_meter(SCOPE, __version__, meter_provider, SCHEMA))
        self._stays: dict[RunState, _Stay] = {}
        self.started = self._metrics.started
        self.wrote = self._metrics.wrote

    # ---- callers ----

    async def start(self, new: NewRun, create: Callable[[NewRun], Awaitable[Created]]) -> Created:
        with self._span(f"start {new.flow}", SpanKind.PRODUCER, {FLOW: new.flow}) as span:
            new.trace = _written()
            created = await create(new)
            with harmless():
                span.set_attribute(RUN, created.row.id)
        if created.created:
            self.started(new.flow)
        return created

    async def send(self, flow: str, new: NewEvent, keep: Callable[[NewEvent], Awaitable[Accepted]]) -> Accepted:
        attributes = {FLOW: flow, RUN: new.run, EVENT: new.name}
        with self._span(f"send {new.name}", SpanKind.PRODUCER, attributes):
            new.trace = _written()
            return await keep(new)

    async def publish(
        self, new: Publication, keep: Callable[[Publication], Awaitable[list[str] | None]]
    ) -> list[str] | None:
        with self._span(f"publish {new.event}", SpanKind.PRODUCER, {FLOW: new.flow, EVENT: new.event}):
            new.trace = _written()
            return await keep(new)

    # ---- runs at work ----

    async def execute(self, run: RunState, lag: float | None, work: Callable[[], Awaitable[None]]) -> None:
        flow = run.bound.flow.name
        if lag is not None:
            self._metrics.claimed(flow, lag)
        start = _read(run.trace)
        begin = set_span_in_context(INVALID_SPAN, start)  # with the baggage of the start, but in a trace of its own
        links = [Link(_place(start))] if _place(start).is_valid else []
        with self._span(f"run {flow}", SpanKind.CONSUMER, {FLOW: flow, RUN: run.id}, begin, links) as span:
            context = set_span_in_context(span, begin)
            self._stays[run] = _Stay(span, context, _written(context))
            try:
                await work()
            finally:
                del self._stays[run]
            _tell_status(span, run)

    async def attempt(self, position: Position, perform: Callable[[Position], Awaitable[Move]]) -> Move:
        stay = self._stays[position.run]
        step, attributes = _about(position)
        with self._span(step, SpanKind.INTERNAL, attributes, stay.context) as span:
            move = await perform(position)
            if move.error is not None:
                _fail(span, move.error)
        return move

    def trace(self, run: RunState, change: Change, heard: Sequence[Event]) -> None:
        span, _, change.trace = self._stays[run]
        for child in change.children:
            child.trace = change.trace
        for order in change.orders:
            order.trace = change.trace
        with harmless():
            for event in heard if span.is_recording() else ():
                if (sender := _place(_read(event.trace))).is_valid:
                    span.add_link(sender, {EVENT: event.name})

    def committed(self, flow: str, change: Change) -> None:
        self._metrics.committed(flow, change.entries)
        for child in change.children:
            self.started(child.flow)

    @contextmanager
    def _span(
        self,
        name: str,
        kind: SpanKind,
        attributes: Mapping[str, Any],
        parent: Context | None = None,
        links: Sequence[Link] = (),
    ) -> Iterator[Span]:
        """A span that is the current one inside; one that can't be had is done without."""
        span: Span = INVALID_SPAN
        token = None
        with harmless():
            span = self._tracer.start_span(name, parent, kind, attributes, links)
            token = attach(set_span_in_context(span, parent))
        try:
            yield span
        except Exception as error:
            _fail(span, error)
            raise
        finally:
            if token is not None:
                detach(token)
            with harmless():
                span.end()


def _about(position: Position) -> tuple[str, dict[str, Any]]:
    """The step at which a position stands, and what its span says of the attempt."""
    run, plan = position.run, position.plan
    step = "" if plan is None else plan.id
    told = {FLOW: run.bound.flow.name, RUN: run.id, STEP: step, ATTEMPT: position.attempt + 1}
    if (iteration := position.iteration()) is not None:
        told[ITERATION] = iteration
    if position.undo is not None:
        told[UNDO] = True
    return step, told


@harmless()
def _tell_status(span: Span, run: RunState) -> None:
    """How a run was let go; one that has failed fails the span."""
    span.set_attribute(STATUS, str(run.status))
    if run.status is RunStatus.FAILED:
        span.set_attribute(ERROR_TYPE, plain(run.error)["type"])
        span.set_status(StatusCode.ERROR)


@harmless()
def _fail(span: Span, error: BaseException) -> None:
    span.set_attribute(ERROR_TYPE, type(error).__name__)
    span.set_status(StatusCode.ERROR)
    span.record_exception(error)


# ---- contexts as the store keeps them --------------------------------------------------------------------------------


def _written(context: Context | None = None) -> str | None:
    """A context, or the current one, as the configured propagators write it for others."""
    carrier: dict[str, str] = {}
    with harmless():
        propagate.inject(carrier, context)
    return json.dumps(carrier) if carrier else None


def _read(trace: str | None) -> Context:
    with harmless():
        return propagate.extract(json.loads(trace or "{}"), Context())
    return Context()


def _place(context: Context) -> SpanContext:
    return get_current_span(context).get_span_context()
