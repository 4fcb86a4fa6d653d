"""Random flows: their meaning survives the formatter, and formatters leave their modules alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.flows import flow_text
from wgen.compiler import ir
from wgen.compiler.compile import Checked, check
from wgen.compiler.emit import emit
from wgen.compiler.format import format_text
from wgen.compiler.source import Source

SEEDS = range(0, 240, 12)


def flows(first: int) -> list[Checked]:
    return [check(Source(flow_text(seed))) for seed in range(first, first + 12)]


@pytest.mark.parametrize("first", SEEDS)
def test_the_layout_does_not_change_the_meaning(first: int) -> None:
    for checked in flows(first):
        again = check(Source(format_text(checked.source)))
        assert ir.to_json(again.module) == ir.to_json(checked.module)


def test_modules_of_random_flows_are_python_that_formatters_leave_alone(tmp_path: Path) -> None:
    """Flows that can't be generated, for a value in them is unknown, show the layout of modules just as well."""
    names = {"colliding-names", "flow-without-steps", "empty-block", "misplaced-sentence"}
    made = 0
    for first in SEEDS:
        for number, checked in enumerate(flows(first)):
            if all(flow.body for flow in checked.module.flows) and not _broken(checked, names):
                module = emit(checked.module, checked.source, checked.settings)  # type: ignore[arg-type]  # unchecked
                compile(module, f"{first + number}.py", "exec")
                (tmp_path / f"flow_{first + number}.py").write_text(module, encoding="utf-8")
                made += 1
    assert made > 100
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--diff", "."]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def _broken(checked: Checked, names: set[str]) -> bool:
    """Whether a flow is one of which no module can be made at all."""
    only_jumps = any(
        all(isinstance(step, ir.Break | ir.Continue) for step in flow.body) for flow in checked.module.flows
    )
    return only_jumps or any(diagnostic.rule.name in names for diagnostic in checked.diagnostics)
