"""Commands are traced where something has loaded OpenTelemetry into their process; they load none of it themselves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import wgen_process

SETS_UP = """\
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor

provider = TracerProvider()
spans = ConsoleSpanExporter(out=open("spans", "a"), formatter=lambda span: span.name + "\\n")
provider.add_span_processor(SimpleSpanProcessor(spans))
trace.set_tracer_provider(provider)

def double_amount(*, amount):
    return 2 * amount
"""
LOOKS = """\
import sys

def double_amount(*, amount):
    return int("opentelemetry" in sys.modules)
"""


@pytest.mark.parametrize("command", ["run", "worker"])
def test_a_module_of_handlers_that_sets_up_the_sdk_is_enough(command: str, doubling: Path, folder: Path) -> None:
    (folder / "doubling_handlers.py").write_text(SETS_UP)
    store = ("--store", f"sqlite:///{folder}/runs.db")
    new = ("doubling.flow", "--input", '{"amount": 2}', *store)
    if command == "run":
        calls = [wgen_process("run", *new)]
    else:
        calls = [wgen_process("start", *new), wgen_process("worker", str(doubling), "--until-idle", *store)]
    assert [(call.code, call.err) for call in calls] == [(0, "")] * len(calls)
    assert (folder / "spans").read_text().split("\n") == ["start doubling", "double_amount", "run doubling", ""]


def test_nothing_is_loaded_unasked(doubling: Path, folder: Path) -> None:
    (folder / "doubling_handlers.py").write_text(LOOKS)
    ended = wgen_process("run", str(doubling), "--input", '{"amount": 2}', "--store", "memory://", "--json")
    assert json.loads(ended.out)["result"] == 0
