"""Reads Python modules as text: which classes and functions they define. Nothing is imported or executed."""

from __future__ import annotations

import ast
import sys
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROJECT_MARKS = ("pyproject.toml", "wgen.toml", ".git")


class PythonFile(NamedTuple):
    """A module's definitions by name: classes, functions, imported names (module, name) and other assignments."""

    path: Path
    classes: dict[str, ast.ClassDef]
    functions: dict[str, FunctionDef]
    imports: dict[str, tuple[str, str]]
    assigned: dict[str, ast.expr]


FunctionDef: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


_asked: ContextVar[set[Path] | None] = ContextVar("asked", default=None)


@contextmanager
def asking() -> Iterator[set[Path]]:
    """Collects the paths whose presence or content decides what is found meanwhile, for who keeps the result."""
    paths: set[Path] = set()
    token = _asked.set(paths)
    try:
        yield paths
    finally:
        _asked.reset(token)


def read_module(path: Path) -> PythonFile | None:
    """The definitions of a file; None where it can't be read or is no Python."""
    try:
        stat = path.stat()
    except OSError:
        found = None
    else:
        found = _read(path, stat.st_mtime_ns, stat.st_size)
    if _asked.get() is not None:
        note_asked(*_deciding(path, found))
    return found


def note_asked(*paths: Path) -> None:
    """Tells who collects them that these paths decide something; a folder stands for the flow files in it."""
    asked = _asked.get()
    if asked is not None:
        asked.update(paths)


def _deciding(path: Path, found: PythonFile | None) -> Iterator[Path]:
    """A module, the packages it is in, and whatever its relative imports may mean."""
    yield path
    if found is None:
        return
    yield from _packages(path.parent)
    for module in {module for module, _ in found.imports.values() if module.startswith(".")}:
        name = module.lstrip(".")
        folder = path.absolute().parents[min(len(module) - len(name), len(path.absolute().parents)) - 1]
        place = folder.joinpath(*name.split("."))
        yield from (place.with_suffix(".py"), place / "__init__.py")


def _marks(folder: Path) -> Iterator[Path]:
    """What decides where the search for a module begins and ends."""
    folder = folder.absolute()
    yield from _packages(folder)
    yield from (place / mark for place in (folder, *folder.parents) for mark in _PROJECT_MARKS)


def _packages(folder: Path) -> Iterator[Path]:
    """The marks of the packages around a folder, up to the first that is missing."""
    for place in (folder, *folder.parents):
        yield place / "__init__.py"
        if not (place / "__init__.py").exists():
            return


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
    if _asked.get() is not None:
        note_asked(*_marks(folder))
    for root in _roots(folder):
        place = root.joinpath(*parts)
        for candidate in (place.with_name(place.name + ".py"), place / "__init__.py"):
            note_asked(candidate)
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
