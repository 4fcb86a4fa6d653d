"""A telemetry whose spans and metrics stay in memory, and short ways to look at them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from wgen.telemetry import OpenTelemetry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry.trace import SpanContext


class Recorded:
    """An `OpenTelemetry` with providers of its own; `tracer` makes spans of the application around it."""

    def __init__(self) -> None:
        self._spans, self._metrics = InMemorySpanExporter(), InMemoryMetricReader()
        self.provider = TracerProvider()
        self.provider.add_span_processor(SimpleSpanProcessor(self._spans))
        self.meters = MeterProvider([self._metrics])
        self.telemetry = OpenTelemetry(self.provider, self.meters)
        self.tracer = self.provider.get_tracer("application")

    def spans(self, name: str | None = None) -> list[ReadableSpan]:
        """Those that have ended, in that order."""
        return [span for span in self._spans.get_finished_spans() if name in (None, span.name)]

    def span(self, name: str) -> ReadableSpan:
        (found,) = self.spans(name)
        return found

    def names(self) -> list[str]:
        return [span.name for span in self.spans()]

    def _points(self, name: str) -> Iterator[Any]:
        data = self._metrics.get_metrics_data()
        for resource in data.resource_metrics if data is not None else ():
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    if metric.name == name:
                        yield from metric.data.data_points

    def counts(self, name: str) -> dict[tuple[Any, ...], Any]:
        """The points of a counter, by the values of their attributes in the order of their names."""
        return {_attributes(point): point.value for point in self._points(name)}

    def measured(self, name: str) -> dict[tuple[Any, ...], tuple[int, float]]:
        """The points of a histogram likewise: how many values, and their sum."""
        return {_attributes(point): (point.count, point.sum) for point in self._points(name)}

    def units(self) -> dict[str, str]:
        data = self._metrics.get_metrics_data()
        scopes = [scope for resource in data.resource_metrics for scope in resource.scope_metrics] if data else []
        return {metric.name: metric.unit or "" for scope in scopes for metric in scope.metrics}


def _attributes(point: Any) -> tuple[Any, ...]:
    return tuple(point.attributes[name] for name in sorted(point.attributes))


def said(span: ReadableSpan, *names: str) -> list[Any]:
    """What a span says of itself."""
    return [(span.attributes or {}).get(f"wgen.{name}") for name in names]


def is_below(span: ReadableSpan, parent: ReadableSpan) -> bool:
    above, wanted = span.parent, context_of(parent)
    return above is not None and (above.trace_id, above.span_id) == (wanted.trace_id, wanted.span_id)


def links(span: ReadableSpan) -> list[int]:
    """The ids of the spans that a span is linked to."""
    return [link.context.span_id for link in span.links]


def context_of(span: ReadableSpan) -> SpanContext:
    found: SpanContext | None = span.context
    assert found is not None
    return found


def id_of(span: ReadableSpan) -> int:
    return context_of(span).span_id


def trace_of(span: ReadableSpan) -> int:
    return context_of(span).trace_id
