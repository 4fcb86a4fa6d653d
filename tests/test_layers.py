"""Who may import whom. The table is the law; imports inside functions count like those at the top."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
ANYTHING = {"*"}

# Layer → what it may import besides the standard library and itself. The longest layer that fits a module counts.
LAYERS: dict[str, set[str]] = {
    "wgen": set(),
    "wgen.errors": {"wgen.compiler.diagnostics"},  # for the type checker only
    "wgen.compiler": {"wgen.errors", "lark", "jinja2", "pydantic"},
    "wgen.runtime": {"wgen.errors", "pydantic", "pydantic_core", "typing_extensions", "fastjsonschema", "cronsim"},
    "wgen.stores": {"wgen.runtime", "wgen.errors"},
    "wgen.telemetry": {"wgen.runtime", "wgen.__version__", "opentelemetry"},  # only engines that are given one load it
    "wgen.testing": {"wgen.runtime", "wgen.errors"},
    "wgen.testing.plugin": {"wgen.testing", "wgen.runtime", "pytest"},  # pytest loads it, nobody else
    "wgen.cli": ANYTHING,
    "wgen.__main__": {"wgen.cli"},
}
# Parts of the standard library that a layer keeps away from: the compiler computes, the runtime knows no driver.
FORBIDDEN = {
    "wgen.compiler": {"asyncio", "datetime", "http", "random", "socket", "sqlite3", "subprocess", "time", "urllib"},
    "wgen.runtime": {"sqlite3"},
    "wgen.testing": {"sqlite3"},
}


def modules() -> Iterator[tuple[str, Path]]:
    for file in sorted((ROOT / "wgen").rglob("*.py")):
        parts = file.relative_to(ROOT).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), file


def imports(file: Path) -> Iterator[str]:
    for part in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(part, ast.Import):
            yield from (alias.name for alias in part.names)
        elif isinstance(part, ast.ImportFrom):
            assert part.level == 0, f"{file}: imports are written out in full"
            yield from (f"{part.module}.{alias.name}" for alias in part.names)


def within(name: str, layer: str) -> bool:
    return name == layer or name.startswith(layer + ".")


def layer_of(module: str) -> str:
    if module == "wgen":
        return module
    return max((layer for layer in LAYERS if layer != "wgen" and within(module, layer)), key=len, default="")


def store_of(module: str) -> str:
    """`sqlite` for `wgen.stores.sqlite` and for the modules beside it that begin with its name."""
    return module.split(".")[2].partition("_")[0]


def allowed(module: str, name: str) -> bool:
    layer = layer_of(module)
    if layer == "wgen.stores" and within(name, layer):
        return store_of(name) == store_of(module)
    if within(name, layer) and layer != "wgen":
        return True
    may = LAYERS[layer]
    if may is ANYTHING or any(within(name, other) for other in may):
        return True
    package = name.partition(".")[0]
    return package in sys.stdlib_module_names and package not in FORBIDDEN.get(layer, ())


@pytest.mark.parametrize(("module", "file"), list(modules()), ids=lambda part: part if isinstance(part, str) else "")
def test_imports_keep_to_the_table(module: str, file: Path) -> None:
    assert layer_of(module), f"{module} belongs to no layer of the table"
    wrong = [name for name in imports(file) if not allowed(module, name)]
    assert not wrong, f"{module} may not import {', '.join(wrong)}"
