"""The exact text that `wgen breaking` prints for each kind of change: tests/upgrades/cases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.upgrades.cases import CASES, FOLDER, expect, read
from wgen.compiler.diagnostics import Rule
from wgen.compiler.rules import upgrades

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Outcome

GO_ON = {"nothing_changed", "step_renamed_and_declared"}


@pytest.mark.parametrize("name", CASES)
def test_what_is_said(name: str, folder: Path, wgen: Callable[..., Outcome]) -> None:
    read(name).write(folder)
    done = wgen("breaking", "--against", "old", "new")
    said = f"{done.out}{done.err}exit code {done.code}\n"
    assert said == expect(name, said)


@pytest.mark.parametrize("name", CASES)
def test_the_exit_code_tells_whether_all_runs_go_on(name: str) -> None:
    assert read(name).said.endswith(f"exit code {int(name not in GO_ON)}\n")


def test_every_rule_has_a_case() -> None:
    shown = "".join(read(name).said for name in CASES)
    rules = [entry for entry in vars(upgrades).values() if isinstance(entry, Rule)]
    assert [rule.name for rule in rules if f"[{rule.code}] {rule.name}: " not in shown] == []
    assert sorted(path.name for path in FOLDER.iterdir()) == [f"{name}.txt" for name in CASES]
