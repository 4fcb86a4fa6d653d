"""Tries the commands and programs of one page, in their order, in a folder of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.docs.pages import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.docs.pages import Block

_RUN_ID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\b")
_MASKS = (
    (_RUN_ID, "<run>"),
    (re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z"), "<time>"),
    (re.compile(r"\b(\d+ ms|\d+\.\d s|\d+\.\d\ds)\b"), "<took>"),
    (re.compile(r"\b[\w.-]+:\d+:\w+-[0-9a-f]{8}\b"), "<worker>"),
    (re.compile(r"sqlite:////\S+"), "<store>"),
)


class Reader:
    """Somebody who follows a page. Its run ids stand for those that the commands really print."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "page"
        shutil.copytree(ROOT / "examples", self.folder / "examples", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "Makefile", self.folder)
        commands = folder / "bin"
        commands.mkdir()
        _write_command(commands / "wgen", f'exec "{sys.executable}" -m wgen "$@"')
        _write_command(commands / "python", f'exec "{sys.executable}" "$@"')
        _write_command(commands / "pytest", f'exec "{sys.executable}" -m pytest "$@"')
        # The environment is there already, so that no package is installed by a test.
        make = f'exec "{shutil.which("make")}" --no-print-directory -o .venv/wgen.stamp PY="{sys.executable}" "$@"'
        _write_command(commands / "make", make)
        self._environment = _environment(commands)
        self._place = self.folder
        self._status = 0
        self._runs: dict[str, str] = {}

    def follow(self, block: Block) -> None:
        """Runs the commands of a console block. They print what is shown; where nothing is, they must succeed."""
        for command, shown in _commands(block.text):
            printed = self._call(command)
            self._learn(shown, printed)
            as_shown = _fits(shown, printed) if shown.strip() else self._status == 0
            assert as_shown, f"{block.place}: $ {command}\nprints:\n{printed}\nand not:\n{shown}"

    def execute(self, block: Block) -> None:
        """Runs a program and compares what it prints, where the page shows that."""
        (self._place / "program.py").write_text(block.text, encoding="utf-8")
        printed = self._call(f'"{sys.executable}" -W error program.py')
        assert self._status == 0, f"{block.place}:\n{printed}"
        assert block.shown is None or _fits(block.shown, printed), f"{block.place} prints:\n{printed}"

    def _call(self, command: str) -> str:
        for shown, real in self._runs.items():
            command = command.replace(shown, real)
        if command.startswith("cd "):
            self._place = (self._place / command.removeprefix("cd ")).resolve()
            return ""
        # `(exit n)` first, so that `echo $?` tells of the command before. The last line keeps the shell there: it has
        # an exit code for a process that was killed, too.
        ended = subprocess.run(
            ["sh", "-c", f"(exit {self._status}); {command}\nexit $?"],
            cwd=self._place,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
        self._status = ended.returncode
        return ended.stdout

    def _learn(self, shown: str, printed: str) -> None:
        for name, real in zip(_RUN_ID.findall(shown), _RUN_ID.findall(printed), strict=False):
            self._runs.setdefault(name, real)


def _write_command(file: Path, line: str) -> None:
    file.write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
    file.chmod(0o755)


def _environment(commands: Path) -> dict[str, str]:
    """That of this process, without what `make`, the tests and the settings of wgen would bring along."""
    alien = ("WGEN_", "MAKE", "MFLAGS", "PYTEST", "COLUMNS")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(alien)}
    more = {
        "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return {**kept, **more}


def _commands(text: str) -> list[tuple[str, str]]:
    """The commands of a console block, each with what it is shown to print. `\\` at a line's end goes on below."""
    found: list[tuple[str, str]] = []
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, shown = re.sub(r"\\\n\s*", "", part).partition("\n")
        found.append((command, shown))
    return found


def _fits(shown: str, printed: str) -> bool:
    """Whether a text is what is shown, apart from ids, times and the lines that `...` stands for."""
    parts = re.split(r"^[ \t]*\.\.\.\n", _masked(shown), flags=re.MULTILINE)
    pattern = "(?:.*\n)*".join(re.escape(part) for part in parts)
    return re.fullmatch(pattern, _masked(printed)) is not None


def _masked(text: str) -> str:
    for pattern, mask in _MASKS:
        text = pattern.sub(mask, text)
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines()) + "\n"
