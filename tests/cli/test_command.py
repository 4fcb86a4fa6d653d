"""Plain command lines are read without click, and mean what they mean to click."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import click
import pytest

from tests.cli.conftest import ROOT
from wgen.cli.command import declaration_of, plain_call
from wgen.cli.generate import generate
from wgen.cli.group import wgen as group
from wgen.cli.lint import lint

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Outcome

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
DECLARED: dict[str, Callable[..., int]] = {"generate": generate, "lint": lint}


def read(name: str, *words: str) -> dict[str, Any] | None:
    """What a plain command line means, without calling it."""
    call = plain_call(DECLARED[name], words)
    assert call is None or isinstance(call, partial)
    return None if call is None else call.keywords


def by_click(name: str, *words: str) -> dict[str, Any]:
    command = group.get_command(click.Context(group), name)
    assert command is not None
    return command.make_context(name, list(words)).params


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("lint", []),
        ("lint", ["-"]),
        ("lint", ["--fix", "shop/...", "--strict"]),
        ("lint", ["a.flow", "", "a.flow", "--fix", "--fix"]),
        ("generate", []),
        ("generate", ["--check", "--diff", "--handlers", "--watch", "--verify", "./..."]),
    ],
)
def test_a_plain_command_line_means_what_it_means_to_click(name: str, words: list[str]) -> None:
    assert read(name, *words) == by_click(name, *words)


@pytest.mark.parametrize("name", DECLARED)
def test_every_flag_is_plain(name: str) -> None:
    declaration = declaration_of(DECLARED[name])
    assert declaration is not None
    flags = [option.name for option in declaration.options if option.is_flag]
    assert len(flags) >= 2
    for flag in flags:
        plain = read(name, flag)
        assert plain == by_click(name, flag)
        assert plain != read(name)


@pytest.mark.parametrize(
    "words", [["--help"], ["-h"], ["--nothing"], ["--"], ["--color", "never"], ["--color=never"], ["--fix", "-x"]]
)
def test_anything_else_is_for_click(words: list[str]) -> None:
    assert read("lint", *words) is None


def test_on_windows_click_reads_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """There it expands patterns, which shells do elsewhere."""
    monkeypatch.setattr("wgen.cli.command.os.name", "nt")
    assert read("lint") is None


def test_parts_that_do_not_go_together_lead_to_the_help(wgen: Callable[..., Outcome]) -> None:
    said = "--verify looks at files as they are, and --diff writes none; use --check --verify"
    plain = wgen("generate", "--verify", "--diff")
    assert plain == (2, "", f"wgen: {said} (see 'wgen generate --help')\n")
    assert wgen("generate", "--verify", "--diff", "--color", "never") == plain


def test_a_reader_that_goes_away_brings_no_complaint(folder: Path) -> None:
    """Also where nothing but the command itself writes: with more than what fits between the two."""
    for number in range(400):
        (folder / f"pay_{number}.flow").write_text("@Then pay using (nothing known)\n")
    script = f'"{sys.executable}" -m wgen lint | true; echo "${{PIPESTATUS[0]}}"'
    ended = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False, env=ENVIRONMENT)
    assert (ended.stdout, ended.stderr) == ("1\n", "")


def test_an_interrupt_ends_it_without_a_word() -> None:
    """Standard input is waited for, so the signal meets the command itself."""
    script = "import wgen.cli.main as m, wgen.cli.lint; print(flush=True); m.main()"
    command = [sys.executable, "-c", script, "lint", "-"]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert (process.returncode, said) == (130, "\n")
