"""The public names of the runtime: sorted, complete, and all there."""

from __future__ import annotations

import subprocess
import sys

import wgen.runtime

# What generated modules import from here, so that they import from nowhere else.
VOCABULARY = {
    "Any", "Background", "Break", "Call", "Child", "DONE", "Decimal", "Decision", "Done", "Every", "Fail",
    "Finish", "Flow", "ForEach", "Input", "Limit", "MISSING", "ONCE", "OnEvent", "OnFailure", "OnFlow",
    "OnTimeout", "Parallel", "Policy", "Protocol", "Repeat", "Returns", "Status", "StrEnum", "Task", "Timer",
    "Try", "UNLIMITED", "Wait", "When", "dataclass", "date", "datetime", "empty", "field", "given", "like",
    "needed", "reach", "result", "time", "timedelta", "value_of", "yes",
}  # fmt: skip
# What the module itself is written with.
OWN_TOOLS = {"Final", "TYPE_CHECKING", "annotations", "import_module"}
API = {"Engine", "current", "run"}


def test_all_is_sorted_and_every_name_is_there() -> None:
    names = wgen.runtime.__all__
    # Constants, then classes, then functions: the order that import sorters keep.
    assert list(names) == sorted(set(names), key=lambda name: (not name.isupper(), not name[0].isupper(), name))
    assert [name for name in names if not hasattr(wgen.runtime, name)] == []


def test_all_holds_what_generated_modules_and_users_need() -> None:
    missing = (VOCABULARY | API).difference(wgen.runtime.__all__)
    assert not missing


def test_nothing_public_is_left_out() -> None:
    modules = {name.rpartition(".")[2] for name in sys.modules if name.startswith("wgen.runtime.")}
    public = {name for name in dir(wgen.runtime) if not name.startswith("_")}
    assert public - modules - OWN_TOOLS <= set(wgen.runtime.__all__)


def test_importing_the_runtime_loads_neither_compiler_nor_driver() -> None:
    heavy = {"click", "fastjsonschema", "jinja2", "lark", "sqlite3", "wgen.compiler"}
    told = subprocess.run(
        [sys.executable, "-c", f"import sys, wgen.runtime; print(sorted({heavy!r} & set(sys.modules)))"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == "[]"
