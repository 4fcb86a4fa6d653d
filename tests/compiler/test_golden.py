"""Golden files: what each stage of the compiler makes of the flows in tests/golden, to the byte.

`make golden` (WGEN_UPDATE_GOLDEN=1) writes them anew; the diff is for a person to read.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from wgen.compiler import ir
from wgen.compiler.compile import Checked, check, emit_handlers, emit_module
from wgen.compiler.source import Source

GOLDEN = Path(__file__).parent.parent / "golden"
CASES = sorted(path.name for path in GOLDEN.iterdir() if path.is_dir())
STAGES: dict[str, Callable[[Checked], str]] = {
    "ir.json": lambda checked: ir.to_json(checked.module),
    "module.py": emit_module,
    "handlers.py": lambda checked: emit_handlers(checked, None),
}


def checked_case(case: str) -> Checked:
    checked = check(Source.read(GOLDEN / case / "flow.flow"))
    assert [diagnostic.message for diagnostic in checked.diagnostics if diagnostic.severity == "error"] == []
    return checked


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("case", CASES)
def test_golden(case: str, stage: str) -> None:
    made = STAGES[stage](checked_case(case))
    golden = GOLDEN / case / stage.replace("handlers.py", "handlers.txt")
    if os.environ.get("WGEN_UPDATE_GOLDEN") == "1":
        golden.write_text(made, encoding="utf-8")
    assert made == golden.read_text(encoding="utf-8")


def test_there_are_cases() -> None:
    assert len(CASES) > 5
