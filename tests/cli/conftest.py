"""What the tests of the command line share: calling it in this process or in one of its own, and a small flow."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from wgen.cli.config import Config, config_of
from wgen.cli.ignored import repository_of
from wgen.cli.main import run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]

FLOW = """\
@Given (amount) as int
@Retry each task once
@Retry wait period is 10 milliseconds

@Then double (amount) giving (total) as int
@Finish with (total)
"""
HANDLERS = """\
def double_amount(*, amount):
    return 2 * amount
"""


class Outcome(NamedTuple):
    """How a command ended and what it printed where."""

    code: int
    out: str
    err: str


@pytest.fixture(autouse=True, scope="session")
def _cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A cache of the tests' own: what they make is of no use to the user."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WGEN_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty current folder, no settings from outside, and no module that an earlier test has imported."""
    for name in Config._fields:
        monkeypatch.delenv(f"WGEN_{name.upper()}", raising=False)
    monkeypatch.chdir(tmp_path)
    config_of.cache_clear()
    repository_of.cache_clear()
    with _modules_forgotten(tmp_path):
        yield tmp_path


@contextlib.contextmanager
def _modules_forgotten(folder: Path) -> Iterator[None]:
    """Modules of a folder that are imported meanwhile are nobody's afterwards."""
    path, modules = list(sys.path), set(sys.modules)
    yield
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        if str(folder) in str(getattr(sys.modules[name], "__file__", None) or ""):
            del sys.modules[name]


@pytest.fixture
def wgen(capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """The command in this process."""

    def call(*arguments: str | Path) -> Outcome:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        return Outcome(code, *capsys.readouterr())

    return call


def wgen_process(*arguments: str, input: str | None = None, **environment: str) -> Outcome:
    """The command as users run it, in a process of its own."""
    ended = subprocess.run(
        [sys.executable, "-m", "wgen", *arguments],
        capture_output=True,
        text=True,
        input=input,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error", **environment},
        check=False,
    )
    return Outcome(ended.returncode, ended.stdout, ended.stderr)


@pytest.fixture
def doubling(folder: Path) -> Path:
    """A flow of one task with its handlers."""
    (folder / "doubling.flow").write_text(FLOW)
    (folder / "doubling_handlers.py").write_text(HANDLERS)
    return folder / "doubling.flow"


NOBODY = 65534


@pytest.fixture
def public(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A current folder that everybody may enter: root's own folders are closed to others."""
    with tempfile.TemporaryDirectory() as name, _modules_forgotten(Path(name)):
        Path(name).chmod(0o777)
        monkeypatch.chdir(name)
        yield Path(name)
        monkeypatch.undo()


@contextlib.contextmanager
def without_root() -> Iterator[None]:
    """Gives up root's rights for a while, to which no file is closed; the real user counts too, who is asked first."""
    is_root = os.geteuid() == 0
    if is_root:
        os.setresuid(NOBODY, NOBODY, 0)
    try:
        yield
    finally:
        if is_root:
            os.setresuid(0, 0, 0)
