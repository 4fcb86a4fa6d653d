"""The public names of the runtime and of what tests use: sorted, complete, and all there."""

from __future__ import annotations

import subprocess
import sys
from types import ModuleType

import pytest

import wgen.runtime
import wgen.testing

# What generated modules import from here, so that they import from nowhere else.
VOCABULARY = {
    "Any", "Background", "Break", "Call", "Child", "DONE", "Decimal", "Decision", "Done", "Every", "Fail",
    "Finish", "Flow", "ForEach", "Input", "Limit", "MISSING", "ONCE", "OnEvent", "OnFailure", "OnFlow",
    "OnTimeout", "Parallel", "Policy", "Protocol", "Repeat", "Returns", "Status", "StrEnum", "Task", "Timer",
    "Try", "UNLIMITED", "Wait", "When", "dataclass", "date", "datetime", "empty", "field", "given", "like",
    "needed", "reach", "result", "time", "timedelta", "value_of", "yes",
}  # fmt: skip
# What the module itself is written with.
OWN_TOOLS = {"Any", "Final", "TYPE_CHECKING", "annotations", "import_module"}
API = {"Engine", "current", "run"}


@pytest.mark.parametrize("module", [wgen.runtime, wgen.testing], ids=lambda module: module.__name__)
def test_all_is_sorted_and_every_name_is_there(module: ModuleType) -> None:
    names = module.__all__
    # Constants, then classes, then functions: the order that import sorters keep.
    assert list(names) == sorted(set(names), key=lambda name: (not name.isupper(), not name[0].isupper(), name))
    assert [name for name in names if not hasattr(module, name)] == []


def test_all_holds_what_generated_modules_and_users_need() -> None:
    missing = (VOCABULARY | API).difference(wgen.runtime.__all__)
    assert not missing


@pytest.mark.parametrize("module", [wgen.runtime, wgen.testing], ids=lambda module: module.__name__)
def test_nothing_public_is_left_out(module: ModuleType) -> None:
    modules = {name.rpartition(".")[2] for name in sys.modules if name.startswith(f"{module.__name__}.")}
    public = {name for name in dir(module) if not name.startswith("_")}
    assert public - modules - OWN_TOOLS <= set(module.__all__)


def loaded_by(statement: str, names: set[str]) -> str:
    """Which of these modules an import brings along."""
    told = subprocess.run(
        [sys.executable, "-c", f"import sys; {statement}; print(sorted({names!r} & set(sys.modules)))"],
        capture_output=True,
        text=True,
        check=True,
    )
    return told.stdout.strip()


def test_importing_the_runtime_loads_neither_compiler_nor_driver() -> None:
    heavy = {"click", "fastjsonschema", "jinja2", "lark", "sqlite3", "wgen.compiler"}
    assert loaded_by("import wgen.runtime", heavy) == "[]"


def test_importing_what_tests_use_loads_nothing_until_it_is_used() -> None:
    heavy = {"asyncio", "pydantic", "pytest", "wgen.runtime"}
    assert loaded_by("import wgen.testing", heavy) == "[]"
    assert loaded_by("from wgen.testing import *", {"pytest", "sqlite3", "wgen.compiler"}) == "[]"
