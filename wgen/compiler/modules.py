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
    """A module's definitions by name: classes, functions, imported names (module, name) and other assignments.

    `stars` are the modules of which it imports all names.
    """

    path: Path
    classes: dict[str, ast.ClassDef]
    functions: dict[str, FunctionDef]
    imports: dict[str, tuple[str, str]]
    assigned: dict[str, ast.expr]
    stars: list[str]


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
    modules = {*found.stars, *(module for module, _ in found.imports.values())}
    for module in (module for module in modules if module.startswith(".")):
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
    return definitions(path, tree)


def why_unreadable(path: Path) -> str:
    """What is wrong with a file that is no Python: `line 3: invalid syntax`."""
    try:
        ast.parse(path.read_bytes())
    except SyntaxError as error:
        return f"line {error.lineno}: {error.msg}"
    except (OSError, ValueError) as error:
        return str(error)
    return ""


def definitions(path: Path, tree: ast.Module) -> PythonFile:
    """What the syntax tree of a file defines."""
    found = PythonFile(path, {}, {}, {}, {}, [])
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
            source = "." * level + (module or "")
            for alias in names:
                if alias.name == "*":
                    found.stars.append(source)
                else:
                    found.imports[alias.asname or alias.name] = (source, alias.name)
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


def imported_module(name: str, of: Path) -> PythonFile | None:
    """The module that a file imports by this name; None where it can't be read."""
    path = imported_file(name, of)
    return read_module(path) if path else None


def class_in(file: PythonFile, name: str, most: int = 20) -> tuple[PythonFile, ast.ClassDef] | None:
    """A class that a module defines or brings from another one of the project, and the file that it stands in."""
    if name in file.classes:
        return file, file.classes[name]
    sources = [file.imports[name]] if name in file.imports else [(module, name) for module in file.stars]
    for module, original in sources if most else ():
        other = imported_module(module, file.path)
        found = class_in(other, original, most - 1) if other else None
        if found:
            return found
    return None


def imported_file(name: str, of: Path) -> Path | None:
    """The file of the module that another file imports by this name, relative or not."""
    if not name:
        return None
    return _relative_module(name, of) if name.startswith(".") else find_module(name, of.parent)


def _relative_module(module: str, of: Path) -> Path | None:
    name = module.lstrip(".")
    folder = of.parent
    for _ in range(len(module) - len(name) - 1):
        folder = folder.parent
    place = folder.joinpath(*name.split(".")) if name else folder
    return next((path for path in (place.with_suffix(".py"), place / "__init__.py") if path.is_file()), None)


def _roots(folder: Path) -> list[Path]:
    """Where modules are looked for: beside the flow, up to the project's own folder, then Python's path."""
    root = import_root(folder)
    roots = [folder, root]
    for parent in (root, *root.parents):
        roots += [parent, parent / "src"]
        if any((parent / mark).exists() for mark in _PROJECT_MARKS):
            break
    return roots + [Path(entry) for entry in sys.path if entry]
