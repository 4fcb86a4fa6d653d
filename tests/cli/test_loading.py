"""What is executed is what the flow's text says; nothing is compiled where its module is known to say the same."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING

import pytest

from wgen.compiler import compile as compiler

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Outcome
    from wgen.compiler.settings import Settings
    from wgen.compiler.source import Source

    Wgen = Callable[..., Outcome]

FLOW = "@Given (amount) as int\n@Then double (amount) giving (total) as int\n@Finish with (total)\n"
HANDLERS = """\
def double_amount(*, amount):
    return 2 * amount


def treble_amount(*, amount):
    return 3 * amount
"""


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The flows that are compiled to be executed."""
    paths: list[str] = []
    real = compiler.compile_flow

    def noted(source: Source, settings: Settings) -> str:
        paths.append(source.path)
        return real(source, settings)

    monkeypatch.setattr(compiler, "compile_flow", noted)
    return paths


@pytest.fixture
def pay(folder: Path, wgen: Wgen) -> Path:
    """A flow that is older than its module."""
    (folder / "pay_handlers.py").write_text(HANDLERS)
    file = folder / "pay.flow"
    write(file, FLOW)
    assert wgen("generate").out == "wrote pay_flow.py\n"
    return file


def write(file: Path, text: str) -> None:
    file.write_text(text)
    past = time.time() - 10
    os.utime(file, (past, past))


def result(wgen: Wgen) -> int:
    """What becomes of the amount 2."""
    total: int = json.loads(wgen("run", "pay.flow", "--input", '{"amount": 2}', "--json").out)["result"]
    return total


@pytest.mark.usefixtures("pay")
def test_a_module_that_is_up_to_date_is_executed_as_it_is(wgen: Wgen, compiled: list[str]) -> None:
    assert (result(wgen), compiled) == (4, [])


def test_a_flow_that_has_changed_is_compiled(pay: Path, wgen: Wgen, compiled: list[str]) -> None:
    write(pay, FLOW.replace("double", "treble"))
    assert (result(wgen), compiled) == (6, ["pay.flow"])


def test_a_module_that_was_edited_or_is_gone_counts_for_nothing(pay: Path, wgen: Wgen, compiled: list[str]) -> None:
    module = pay.with_name("pay_flow.py")
    module.write_text(module.read_text().replace("double_amount", "treble_amount"))
    assert (result(wgen), len(compiled)) == (4, 1)
    module.unlink()
    assert (result(wgen), len(compiled)) == (4, 2)
