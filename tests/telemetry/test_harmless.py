"""Telemetry that fails harms no run, and an engine without telemetry never meets OpenTelemetry."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from opentelemetry import propagate
from opentelemetry.metrics import NoOpMeterProvider
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, Sampler, SamplingResult
from opentelemetry.trace import NoOpTracerProvider

from tests.runtime.operated import BOOKING, Make, booked
from tests.runtime.support import go
from tests.telemetry.recorded import Recorded
from wgen.telemetry import OpenTelemetry
from wgen.telemetry.metrics import Metrics


class Broken(SpanProcessor):
    """A processor that fails at the beginning of each span, or at its end."""

    def __init__(self, when: str) -> None:
        self.when = when

    def on_start(self, *_: Any, **__: Any) -> None:
        self._fail("start")

    def on_end(self, *_: Any) -> None:
        self._fail("end")

    def _fail(self, when: str) -> None:
        if when == self.when:
            raise ValueError(f"broken at the {when}")


class BrokenSampler(Sampler):
    def should_sample(self, *_: Any, **__: Any) -> SamplingResult:
        raise ValueError("broken sampler")

    def get_description(self) -> str:
        return "broken"


def perform(make: Make, telemetry: OpenTelemetry) -> None:
    """A run with an event, undos, and a failure that telemetry hears of."""

    async def main() -> None:
        place = make(BOOKING)
        place.handlers.fails = {"pay_for_trip"}
        async with place.opened(telemetry=telemetry) as engine:
            run = await booked(engine, place)
            await engine.send(run, "approval", {"approved": True})
            view = await engine.view(run)
            assert (view.status, (view.error or {})["type"]) == ("failed", "LookupError")

    go(main())


@pytest.mark.parametrize("when", ["start", "end"])
def test_a_processor_that_raises(when: str, make: Make, caplog: pytest.LogCaptureFixture) -> None:
    provider = TracerProvider(sampler=ALWAYS_ON)
    provider.add_span_processor(Broken(when))
    perform(make, OpenTelemetry(provider, NoOpMeterProvider()))
    assert f"broken at the {when}" in caplog.text


def test_a_sampler_that_raises(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    perform(make, OpenTelemetry(TracerProvider(sampler=BrokenSampler()), NoOpMeterProvider()))
    assert "broken sampler" in caplog.text


@pytest.mark.parametrize("name", ["inject", "extract"])
def test_a_propagator_that_raises(
    name: str, make: Make, recorded: Recorded, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise ValueError("broken propagator")

    monkeypatch.setattr(propagate, name, broken)
    perform(make, recorded.telemetry)
    assert "broken propagator" in caplog.text
    assert "run booking" in recorded.names()


def test_instruments_that_raise(make: Make, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    class Instrument:
        def add(self, *_: Any) -> None:
            raise ValueError("broken instrument")

        record = add

    telemetry = OpenTelemetry(TracerProvider(), NoOpMeterProvider())
    for name in [name for name in vars(telemetry._metrics) if name.startswith("_")]:
        monkeypatch.setattr(telemetry._metrics, name, Instrument())
    perform(make, telemetry)
    assert "broken instrument" in caplog.text
    assert isinstance(telemetry._metrics, Metrics)


def test_an_exception_that_cannot_be_printed(make: Make, recorded: Recorded) -> None:
    class Unprintable(Exception):
        def __str__(self) -> str:
            raise ValueError("no text")

    async def main() -> None:
        def raising(**_: Any) -> None:
            raise Unprintable

        place = make("@Flow shop\n@Then work\n")
        place.handlers.gives = {"work": raising}
        async with place.opened(telemetry=recorded.telemetry) as engine:
            view = await engine.drive((await engine.start(place.flows[0])).id)
            assert view.status == "failed"
        assert (recorded.span("work").attributes or {})["error.type"] == "Unprintable"

    go(main())


def test_providers_that_do_nothing(make: Make) -> None:
    perform(make, OpenTelemetry(NoOpTracerProvider(), NoOpMeterProvider()))


# ---- without it ------------------------------------------------------------------------------------------------------

RUN = """
import sys
from tests.compiled import compiled
from tests.runtime.operated import Noting
from wgen.runtime import run
(flow,) = compiled("@Then work\\n")
run(flow, Noting())
print([name for name in sys.modules if name.split(".")[0] == "opentelemetry" or name.startswith("wgen.telemetry")])
"""


def python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_a_run_without_telemetry_loads_none_of_it() -> None:
    assert python(RUN) == "[]"


def test_where_it_is_not_installed_runs_go_on_and_the_extra_is_named() -> None:
    hidden = "import sys; sys.modules['opentelemetry'] = None\n"
    assert python(hidden + RUN) == "['opentelemetry']"
    told = python(f"{hidden}\ntry:\n    import wgen.telemetry\nexcept ImportError as error:\n    print(error)")
    assert told == "wgen.telemetry needs OpenTelemetry: pip install 'wgen[otel]'"
