"""Where every test has to run, one that would be skipped fails, and says why it did not run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

SKIPS = """
import pytest


@pytest.fixture
def tool():
    pytest.skip("there is no tool")


@pytest.mark.skipif(True, reason="by a mark")
def test_marked(): ...


def test_in_its_body():
    pytest.skip("in its body")


def test_by_a_fixture(tool): ...


@pytest.mark.xfail(strict=True)
def test_that_is_to_fail():
    assert not SKIPS


def test_that_runs(): ...
"""
WHOLE = 'import pytest\n\npytest.skip("the whole file", allow_module_level=True)\n'


def tried(folder: Path, allowed: str) -> str:
    """What pytest prints for these tests under the settings of this folder."""
    shutil.copy(Path(__file__).with_name("conftest.py"), folder)
    (folder / "test_it.py").write_text(SKIPS)
    (folder / "test_whole.py").write_text(WHOLE)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    command = [sys.executable, "-m", "pytest", "-rs", "-p", "no:cacheprovider", "--continue-on-collection-errors"]
    ended = subprocess.run(
        command, cwd=folder, env={**environment, "WGEN_NO_SKIPS": allowed}, capture_output=True, text=True, check=False
    )
    assert ended.stderr == ""
    return ended.stdout


def test_skips_are_failures_that_name_their_reason(tmp_path: Path) -> None:
    shown = tried(tmp_path, "1")
    assert "1 failed, 1 passed, 1 xfailed, 3 errors" in shown  # errors: what happens outside of a test's body
    for reason in ("by a mark", "in its body", "there is no tool", "the whole file"):
        assert f"{reason}; WGEN_NO_SKIPS is set" in shown


def test_elsewhere_they_are_skips(tmp_path: Path) -> None:
    assert "1 passed, 4 skipped, 1 xfailed" in tried(tmp_path, "")
