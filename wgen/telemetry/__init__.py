"""Measures and traces what an engine does by OpenTelemetry: `Engine(…, telemetry=OpenTelemetry())`."""

from __future__ import annotations

try:
    from wgen.telemetry.spans import OpenTelemetry
except ModuleNotFoundError as error:
    if error.name is None or error.name.partition(".")[0] != "opentelemetry":
        raise
    raise ModuleNotFoundError("wgen.telemetry needs OpenTelemetry: pip install 'wgen[otel]'", name=error.name) from None

__all__ = ["OpenTelemetry"]
