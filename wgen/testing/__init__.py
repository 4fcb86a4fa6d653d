"""What helps to test flows and stores: flows performed on a clock that is moved, kills of their worker, and fixtures.

`simulate` performs a flow and lets a test look at what came of it; `crash_matrix` kills its worker at every point.
`HandClock` is for engines in a test's own event loop. `wgen.testing.store_contract` is the suite that every store
passes, `wgen.testing.plugin` has the fixtures that pytest finds by itself.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from wgen.testing.clock import HandClock
    from wgen.testing.crashes import CrashMatrix, crash_matrix
    from wgen.testing.recorder import HandlerCall
    from wgen.testing.scene import Event, Other
    from wgen.testing.simulated import SimulatedRun
    from wgen.testing.simulation import simulate
    from wgen.testing.verdict import Verdict

__all__ = [
    "CrashMatrix",
    "Event",
    "HandClock",
    "HandlerCall",
    "Other",
    "SimulatedRun",
    "Verdict",
    "crash_matrix",
    "simulate",
]

# Whoever runs pytest loads this package with its plugin, but only who uses it needs what is behind these names.
_LATER: Final = {
    "CrashMatrix": "crashes",
    "Event": "scene",
    "HandClock": "clock",
    "HandlerCall": "recorder",
    "Other": "scene",
    "SimulatedRun": "simulated",
    "Verdict": "verdict",
    "crash_matrix": "crashes",
    "simulate": "simulation",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"wgen.testing.{_LATER[name]}"), name)
    globals()[name] = found
    return found
