"""What each way to use wgen loads: every start pays for it, so nothing comes along by accident.

A scenario names exactly those of the watched modules that it loads. Who adds one says so here.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
WATCHED = {
    "asyncio", "click", "cronsim", "fastjsonschema", "jinja2", "lark", "multiprocessing", "opentelemetry", "pydantic",
    "sqlite3", "subprocess", "wgen.compiler.check", "wgen.compiler.emit", "wgen.compiler.parse",
    "wgen.compiler.recover", "wgen.runtime", "wgen.runtime.engine", "wgen.stores.memory", "wgen.stores.sqlite",
    "wgen.telemetry", "wgen.testing",
}  # fmt: skip

COMPILER = {"subprocess", "wgen.compiler.check", "wgen.compiler.parse"}  # git is asked what it ignores
ENGINE = {"asyncio", "pydantic", "subprocess", "wgen.runtime", "wgen.runtime.engine"}
SQLITE = ENGINE | {"sqlite3", "wgen.stores.sqlite"}
# Commands that execute runs compile a flow first whose module is not up to date: they execute what its text says.
EXECUTES = SQLITE | {"click"}
COMPILES = EXECUTES | COMPILER | {"jinja2", "wgen.compiler.emit"}

PROGRAM = """\
import asyncio
from flows.models import Customer
from flows.welcome_flow import FLOW
from flows.welcome_handlers import Handlers
from wgen.runtime import Engine

async def main():
    async with Engine({url!r}) as engine:
        engine.register(FLOW, Handlers())
        run = await engine.start(FLOW, customer=Customer(name="Ada", email="ada@example.org"))
        await run.result()

asyncio.run(main())
"""
COMMAND = "from wgen.cli.main import run; assert run({words!r}) == 0"
WELCOME, ADA = "flows/welcome.flow", '{"customer": {"name": "Ada", "email": "ada@example.org"}}'

PROGRAMS = {
    "the vocabulary": ("import wgen.runtime", {"wgen.runtime"}),
    "a generated module": ("import flows.welcome_flow", {"pydantic", "wgen.runtime"}),
    "an engine in memory": (PROGRAM.format(url="memory://"), ENGINE | {"wgen.stores.memory"}),
    "an engine on SQLite": (PROGRAM.format(url="sqlite:///wgen.db"), SQLITE),
}
COMMANDS = {
    "--help": {"click"},
    "--version": {"click"},
    "lint": COMPILER,
    "fmt --check": COMPILER | {"click"},
    "generate --check": {"subprocess"},
    f"ir {WELCOME}": COMPILER | {"click"},
    f"run {WELCOME}": EXECUTES,
    "worker flows/... --until-idle": EXECUTES,
    "runs": SQLITE | {"click"},
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `wgen init` writes, with a store, and everything cached that wgen keeps."""
    folder = tmp_path_factory.mktemp("project")
    loaded_by(COMMAND.format(words=["init", "."]), folder)
    loaded_by(COMMAND.format(words=["lint"]), folder)
    loaded_by(COMMAND.format(words=["generate"]), folder)
    loaded_by(COMMAND.format(words=["start", WELCOME, "--input", ADA]), folder)
    return folder


def loaded_by(program: str, folder: Path, cache: Path | None = None) -> set[str]:
    """Which of the watched modules a program has loaded at its end."""
    environment = {
        **os.environ,
        "PYTHONPATH": f"{ROOT}{os.pathsep}{folder}",
        "WGEN_CACHE_DIR": str(cache or folder / "c"),
    }
    told = f"{program}\nimport sys\nopen('loaded', 'w').write(' '.join({WATCHED!r} & sys.modules.keys()))"
    ended = subprocess.run((sys.executable, "-c", told), cwd=folder, env=environment, capture_output=True, check=False)
    assert ended.returncode == 0, ended.stderr.decode()
    return set((folder / "loaded").read_text().split())


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_loads_what_it_needs(name: str, project: Path) -> None:
    program, needed = PROGRAMS[name]
    assert loaded_by(program, project) == needed


@pytest.mark.parametrize("words", COMMANDS)
def test_a_command_loads_what_it_needs(words: str, project: Path) -> None:
    given = ["--input", ADA] if words.startswith("run ") else []
    assert loaded_by(COMMAND.format(words=[*words.split(), *given]), project) == COMMANDS[words]


def test_a_worker_loads_the_compiler_for_a_flow_whose_module_is_not_up_to_date(project: Path, tmp_path: Path) -> None:
    changed = tmp_path / "changed"
    shutil.copytree(project, changed)
    (changed / "flows" / "welcome_flow.py").unlink()
    words = ["worker", "flows/...", "--until-idle"]
    assert loaded_by(COMMAND.format(words=words), changed) == COMPILES


def test_only_who_makes_the_tables_of_the_grammar_loads_lark(project: Path, tmp_path: Path) -> None:
    assert "lark" in loaded_by(COMMAND.format(words=["lint"]), project, tmp_path)
    assert "lark" not in loaded_by(COMMAND.format(words=["lint"]), project, tmp_path)
