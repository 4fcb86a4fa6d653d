"""What pytest finds where wgen is installed, tried in projects of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

USES = """
import asyncio
from datetime import timedelta

from wgen.runtime import DONE, Flow, StrEnum, Timer, dataclass


class State(StrEnum):
    WAIT = "wait"


@dataclass(slots=True)
class Values: ...


FLOW = Flow(
    name="nap", version=1, digest="d", source="nap.flow", values=Values, inputs={}, start=State.WAIT,
    steps={State.WAIT: Timer(seconds=259200.0, to=(DONE,), line=1, digest="w")},
)


def test_a_nap(wgen_engine, wgen_clock):
    async def nap():
        async with wgen_engine as engine:
            engine.register(FLOW, object())
            run = await engine.start(FLOW)
            assert await engine.tick() == wgen_clock.now() + 3 * 86400
            assert (await run.view()).status == "waiting"
            await wgen_clock.move(timedelta(days=3))
            await engine.tick()
            assert (await run.view()).status == "finished"

    asyncio.run(nap())


def test_each_test_has_its_own(wgen_engine, wgen_clock):
    assert wgen_engine.clock is wgen_clock
    assert wgen_clock.now() == 1767225600.0
    assert asyncio.run(wgen_engine.runs()) == []
"""

USES_NOT = """
import sys


def test_nothing_is_loaded():
    loaded = {name for name in sys.modules if name == "wgen" or name.startswith("wgen.")}
    assert loaded == {"wgen", "wgen.testing", "wgen.testing.plugin"}
    assert not {"pydantic", "lark", "click"} & set(sys.modules)
"""

NAMES_OF_ITS_OWN = """
import pytest


@pytest.fixture
def wgen_clock():
    return "mine"


def test_mine(wgen_clock):
    assert wgen_clock == "mine"
"""


def tried(folder: Path, text: str, *options: str) -> str:
    """What pytest prints for a file of a project without any settings."""
    (folder / "test_it.py").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-W", "error", "-p", "no:cacheprovider", "-p", "no:xdist", *options]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    ended = subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    return ended.stdout


def test_the_fixtures_are_found(tmp_path: Path) -> None:
    assert "2 passed" in tried(tmp_path, USES)


def test_whoever_does_not_use_them_loads_nothing(tmp_path: Path) -> None:
    assert "1 passed" in tried(tmp_path, USES_NOT)


def test_a_project_may_have_fixtures_of_these_names(tmp_path: Path) -> None:
    assert "1 passed" in tried(tmp_path, NAMES_OF_ITS_OWN)


def test_it_can_be_turned_off(tmp_path: Path) -> None:
    assert "fixture 'wgen_engine' not found" in tried(tmp_path, USES, "-p", "no:wgen")


def test_a_demand_that_fails_shows_the_test_and_the_history_only(tmp_path: Path) -> None:
    text = USES.partition("def test_a_nap")[0] + (
        "from wgen.testing import simulate\n\n\n"
        "def test_it():\n    simulate(FLOW, {}, until=timedelta(days=1)).finished()\n"
    )
    shown = tried(tmp_path, text)
    assert "E       AssertionError: expected the run to finish" in shown
    assert "time passed" not in shown
    assert "wait began" in shown
    assert "simulated.py" not in shown


def test_a_program_that_uses_wgen_may_start_pytest(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n", encoding="utf-8")
    (tmp_path / "test_it.py").write_text("def test_it(): ...\n", encoding="utf-8")
    program = "import sys, wgen.runtime, wgen.testing, pytest; sys.exit(pytest.main(['-p', 'no:cacheprovider']))"
    ended = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
