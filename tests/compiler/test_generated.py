"""Generated modules are code that people's own tools accept: formatted, strictly typed, importing little."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from wgen.compiler.compile import check, compile_flow, emit_handlers
from wgen.compiler.source import Source

ROOT = Path(__file__).parent.parent.parent
GOLDEN = ROOT / "tests" / "golden"
CASES = sorted(path.name for path in GOLDEN.iterdir() if path.is_dir())


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Each golden flow as a package of its own, with its generated module and its handlers."""
    folder = tmp_path_factory.mktemp("generated")
    for case in CASES:
        package = folder / case
        package.mkdir()
        (package / "__init__.py").touch()
        for file in ("flow.flow", "models.py"):
            if (GOLDEN / case / file).exists():
                shutil.copy(GOLDEN / case / file, package / file)
        source = Source.read(package / "flow.flow")
        (package / "flow_flow.py").write_text(compile_flow(source), encoding="utf-8")
        (package / "flow_handlers.py").write_text(emit_handlers(check(source), None), encoding="utf-8")
    return folder


def run_tool(*command: str, cwd: Path) -> None:
    done = subprocess.run([sys.executable, "-m", *command], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_formatters_leave_it_alone(packages: Path) -> None:
    run_tool("ruff", "format", "--isolated", "--check", "--diff", ".", cwd=packages)


def test_mypy_strict(packages: Path) -> None:
    run_tool("mypy", "--strict", "--config-file=", "--cache-dir", str(ROOT / ".mypy_cache"), *CASES, cwd=packages)


def test_pyright(packages: Path) -> None:
    (packages / "pyrightconfig.json").write_text('{"reportPrivateUsage": false}', encoding="utf-8")
    run_tool("pyright", "--pythonpath", sys.executable, ".", cwd=packages)


@pytest.mark.parametrize("case", CASES)
def test_it_imports_the_runtime_and_the_users_types_only(packages: Path, case: str) -> None:
    tree = ast.parse((packages / case / "flow_flow.py").read_text(encoding="utf-8"))
    modules = {entry.module for entry in ast.walk(tree) if isinstance(entry, ast.ImportFrom)}
    assert modules <= {"wgen.runtime", "models", None}
    assert not any(isinstance(entry, ast.Import) for entry in ast.walk(tree))


@pytest.mark.parametrize("case", CASES)
def test_the_table_says_what_the_functions_do(packages: Path, case: str) -> None:
    """Every state that a step's function returns is a target in the table, and the other way round."""
    tree = ast.parse((packages / case / "flow_flow.py").read_text(encoding="utf-8"))
    functions = {
        entry.name: {ast.unparse(part.value) for part in ast.walk(entry) if isinstance(part, ast.Return) and part.value}
        for entry in tree.body
        if isinstance(entry, (ast.FunctionDef, ast.AsyncFunctionDef))
    }
    rows = [
        {keyword.arg: keyword.value for keyword in entry.keywords}
        for entry in ast.walk(tree)
        if isinstance(entry, ast.Call) and ast.unparse(entry.func) in ("Task", "Decision")
    ]
    assert rows
    for row in rows:
        to = row["to"]
        assert isinstance(to, ast.Tuple)
        assert functions[ast.unparse(row["run"])] == {ast.unparse(target) for target in to.elts}


def test_the_same_bytes_wherever_it_is_made(packages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(packages / "waits", tmp_path / "waits")
    elsewhere = compile_flow(Source.read(tmp_path / "waits" / "flow.flow"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert compile_flow(Source.read("waits/flow.flow")) == elsewhere
    assert elsewhere == (packages / "waits" / "flow_flow.py").read_text(encoding="utf-8")
