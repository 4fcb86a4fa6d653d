"""The command itself: its list, its version, and how errors of use look."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import click
import pytest

from tests.cli.conftest import ROOT, wgen_process
from wgen import __version__
from wgen.cli.group import wgen as group
from wgen.cli.main import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Outcome


def process(*command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def test_help_lists_all_commands_without_importing_them() -> None:
    heavy = {"lark", "pydantic", "jinja2", "wgen.runtime", "wgen.cli.lint"}
    script = f"import sys; from wgen.cli.main import run; run(['--help']); print(sorted({heavy} & sys.modules.keys()))"
    told = process(sys.executable, "-c", script)
    assert told.stderr == ""
    *listed, loaded = told.stdout.split("Commands:\n")[1].splitlines()
    assert [line.split()[0] for line in listed] == sorted(COMMANDS)
    assert loaded == "[]"


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_a_help_that_ends_with_two_examples(name: str, wgen: Callable[..., Outcome]) -> None:
    code, out, _ = wgen(name, "--help")
    assert code == 0
    ending = out.rstrip().split("Examples:\n")[1].splitlines()
    assert len(ending) == 2
    assert isinstance(group.get_command(click.Context(group), name), click.Command)
    assert all(line.strip().startswith(f"wgen {name}") for line in ending)


def test_the_version(wgen: Callable[..., Outcome]) -> None:
    assert wgen("--version") == (0, f"wgen {__version__}\n", "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing"], "wgen: no such command 'nothing'"),
        (["lint", "--nothing"], "wgen: no such option '--nothing'"),
        (["lint", "--output-format", "xml"], "wgen: invalid value for '--output-format'"),
        (["run"], "wgen: missing argument 'PATH'"),
        (["run", "nowhere.flow"], "wgen: no such file or folder: nowhere.flow"),
        (["lint", "nowhere.flow"], "wgen: no such file or folder: nowhere.flow"),
        (["run", "x.flow", "--lease", "soon"], "wgen: invalid value for '--lease': 'soon' is not a duration"),
    ],
)
def test_errors_of_use_are_one_line(arguments: list[str], said: str, wgen: Callable[..., Outcome]) -> None:
    code, out, err = wgen(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith(said)
    assert err.count("\n") == 1


def test_without_a_command_the_help_is_shown(wgen: Callable[..., Outcome]) -> None:
    code, out, err = wgen()
    assert (code, out) == (2, "")
    assert "Commands:" in err


def test_python_m_wgen_is_the_command() -> None:
    assert wgen_process("--version").out == f"wgen {__version__}\n"


def test_a_reader_that_goes_away_brings_no_complaint() -> None:
    assert process("bash", "-c", f'"{sys.executable}" -m wgen lint --help | true').stderr == ""
