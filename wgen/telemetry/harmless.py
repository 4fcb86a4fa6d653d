"""Telemetry that fails is logged, and nothing else: no run comes to harm by it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from wgen.runtime.log import logger


@contextmanager
def harmless() -> Iterator[None]:
    """Around whatever asks OpenTelemetry for something; samplers, processors and propagators are the user's own."""
    try:
        yield
    except Exception:  # noqa: BLE001 - whatever they raise
        logger.warning("telemetry failed", exc_info=True)
