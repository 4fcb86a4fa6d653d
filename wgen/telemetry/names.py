"""The names that spans and metrics go by; where the semantic conventions have one, it is theirs."""

from __future__ import annotations

from typing import Final

SCOPE: Final = "wgen"
SCHEMA: Final = "https://opentelemetry.io/schemas/1.30.0"
"""The version of the semantic conventions from which `error.type` and the events for exceptions are."""

FLOW: Final = "wgen.flow"
RUN: Final = "wgen.run"
STATUS: Final = "wgen.status"
STEP: Final = "wgen.step"
ATTEMPT: Final = "wgen.attempt"
ITERATION: Final = "wgen.iteration"
UNDO: Final = "wgen.undo"
EVENT: Final = "wgen.event"
ERROR_TYPE: Final = "error.type"
