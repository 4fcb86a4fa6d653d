"""What a command loads: each start pays for it, so nothing is loaded that is not needed."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import ROOT
from wgen.compiler.tables import load_tables

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HEAVY = frozenset(
    {"asyncio", "click", "dataclasses", "decimal", "jinja2", "lark", "multiprocessing", "pydantic", "pydantic_core"}
)
COMPILER = "wgen.compiler."
# What only keeps and finds files, and what the settings are.
ALWAYS = {"wgen.compiler.caching", "wgen.compiler.data", "wgen.compiler.settings"}


@pytest.fixture
def start(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Callable[..., set[str]]:
    """Runs a command in a process of its own; gives the modules that it has loaded."""
    loaded = tmp_path_factory.mktemp("loaded") / "modules.txt"
    script = (
        "import sys; from wgen.cli.main import run; code = run(sys.argv[2:]); "
        "open(sys.argv[1], 'w').write('\\n'.join(sys.modules)); sys.exit(code)"
    )

    def call(*words: str, code: int = 0) -> set[str]:
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", script, str(loaded), *words]
        ended = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=folder)
        assert ended.returncode == code, ended.stderr
        return set(loaded.read_text().splitlines())

    return call


@pytest.fixture
def pay(folder: Path) -> Path:
    """A flow without mistakes."""
    (folder / "pay.flow").write_text("@Given (order) as dict\n@Then pay for (order) giving (receipt) as str\n")
    return folder / "pay.flow"


@pytest.fixture
def tables() -> None:
    """The grammar's tables are made and kept."""
    load_tables()


def heavy(loaded: set[str]) -> set[str]:
    return loaded & HEAVY


def of_compiler(loaded: set[str]) -> set[str]:
    return {name for name in loaded if name.startswith(COMPILER)} - ALWAYS


@pytest.mark.usefixtures("pay")
def test_tables_are_made_by_lark_and_kept(
    start: Callable[..., set[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WGEN_CACHE_DIR", str(tmp_path / "empty"))
    assert "lark" in start("lint")
    assert "lark" not in start("lint")


@pytest.mark.usefixtures("pay", "tables")
def test_lint_of_a_flow_without_mistakes(start: Callable[..., set[str]]) -> None:
    loaded = start("lint")
    assert "wgen.compiler.check" in loaded
    assert heavy(loaded) == set()
    assert "wgen.compiler.recover" not in loaded
    assert "wgen.compiler.emit" not in loaded
    assert "wgen.runtime" not in loaded


@pytest.mark.usefixtures("tables")
def test_lint_of_a_flow_with_mistakes(start: Callable[..., set[str]], pay: Path) -> None:
    pay.write_text("@Then pay using (nothing known)\n@Thn ship\n")
    loaded = start("lint", code=1)
    assert "wgen.compiler.recover" in loaded
    assert heavy(loaded) - {"decimal"} == set()


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize("words", [["generate"], ["generate", "--check"]])
def test_generate_where_nothing_has_changed(words: list[str], start: Callable[..., set[str]], pay: Path) -> None:
    os.utime(pay, (1, 1))
    cold = start("generate")
    assert {"jinja2", "wgen.compiler.emit", "wgen.compiler.read"} <= cold
    assert heavy(cold) - {"jinja2"} == set()
    warm = start(*words)
    assert heavy(warm) == set()
    assert of_compiler(warm) == set()
    assert "pathlib" not in warm


@pytest.mark.usefixtures("pay")
@pytest.mark.parametrize("words", [["lint", "--help"], ["lint", "--select", "WG1"], ["generate", "--color", "never"]])
def test_click_reads_what_is_not_plain(words: list[str], start: Callable[..., set[str]]) -> None:
    assert "click" in start(*words)
