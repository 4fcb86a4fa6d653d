"""Reads Python modules as text: which classes and functions they define. Nothing is imported or executed."""

from __future__ import annotations

import ast
import sys
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, TypeAlias

_PROJECT_MARKS = ("pyproject.toml", "wgen.toml", ".git")


class PythonFile(NamedTuple):
    """A module's definitions by name: classes, functions, imported names (module, name) and other assignments."""

    path: Path
    classes: dict[str, ast.ClassDef]
    functions: dict[str, FunctionDef]
    imports: dict[str, tuple[str, str]]
    assigned: dict[str, ast.expr]


FunctionDef: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


def read_module(path: Path) -> PythonFile | None:
    """The definitions of a file; None where it can't be read or is no Python."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return _read(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=512)
def _read(path: Path, _changed: int, _size: int) -> PythonFile | None:
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return None
    found = PythonFile(path, {}, {}, {}, {})
    for statement in _top_level(tree.body):
        _note(found, statement)
    return found


def _top_level(body: list[ast.stmt]) -> list[ast.stmt]:
    """The statements of a module, those under `if TYPE_CHECKING:` and `try:` included."""
    flat: list[ast.stmt] = []
    for statement in body:
        if isinstance(statement, ast.If):
            flat += _top_level(statement.body) + _top_level(statement.orelse)
        elif isinstance(statement, ast.Try):
            flat += _top_level(statement.body)
        else:
            flat.append(statement)
    return flat


def _note(found: PythonFile, statement: ast.stmt) -> None:
    match statement:
        case ast.ClassDef(name=name):
            found.classes[name] = statement
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            found.functions[name] = statement
        case ast.ImportFrom(module=module, names=names, level=level):
            for alias in names:
                found.imports[alias.asname or alias.name] = ("." * level + (module or ""), alias.name)
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            found.assigned[name] = value
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
            found.assigned[name] = value
        case _:
            pass


def import_root(folder: Path) -> Path:
    """The nearest folder without `__init__.py`: where the dotted names of a package begin."""
    folder = folder.absolute()
    while (folder / "__init__.py").exists() and folder.parent != folder:
        folder = folder.parent
    return folder


def find_module(name: str, folder: Path) -> Path | None:
    """The file of a dotted module name as seen from a flow's folder; None where there is none."""
    parts = name.split(".")
    for root in _roots(folder):
        place = root.joinpath(*parts)
        for candidate in (place.with_name(place.name + ".py"), place / "__init__.py"):
            if candidate.is_file():
                return candidate
    return None


def _roots(folder: Path) -> list[Path]:
    """Where modules are looked for: beside the flow, up to the project's own folder, then Python's path."""
    root = import_root(folder)
    roots = [folder, root]
    for parent in (root, *root.parents):
        roots += [parent, parent / "src"]
        if any((parent / mark).exists() for mark in _PROJECT_MARKS):
            break
    return roots + [Path(entry) for entry in sys.path if entry]
