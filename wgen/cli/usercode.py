"""Importing the user's modules: under which names, from which folders, and what to say when that fails.

A module is imported by its dotted name from the nearest folder without `__init__.py`; that folder goes first on
Python's path. Two different files under one name can't both be loaded in one process, so that is an error of use.
"""

from __future__ import annotations

import linecache
import os
import sys
import sysconfig
import traceback
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, NoReturn, TypeVar

from wgen.compiler.modules import import_root
from wgen.errors import HandlersError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_PROJECT_MARKS = ("pyproject.toml", "wgen.toml", ".git")
_NOT_USERS = (str(Path(__file__).parent.parent), sysconfig.get_path("stdlib"), "<")


def dotted_name(file: Path) -> str:
    """The name under which a file is imported."""
    return ".".join((*file.absolute().relative_to(import_root(file.parent)).parts[:-1], file.stem))


def open_folder(folder: Path) -> None:
    """Makes the modules of a folder importable, before all others, and those of its project, behind them."""
    root = import_root(folder)
    if str(root) in sys.path[:1]:
        return
    if root == folder.absolute():
        for file in sorted(folder.glob("[!_]*.py")):
            _refuse_clash(file.stem, file)
    if str(root) in sys.path:
        sys.path.remove(str(root))
    sys.path.insert(0, str(root))
    sys.path += [place for place in _project_folders(root) if place not in sys.path]


def _project_folders(root: Path) -> list[str]:
    """Where the compiler looks for types, too: each folder up to the project's own, and its `src`."""
    found: list[str] = []
    for parent in (root, *root.parents):
        found += [str(place) for place in (parent, parent / "src") if place.is_dir()]
        if any((parent / mark).exists() for mark in _PROJECT_MARKS):
            return found
    return []


def load_file(file: Path) -> ModuleType:
    """The module of a file."""
    open_folder(file.parent)
    name = dotted_name(file)
    _refuse_clash(name, file)
    module = load_name(name)
    _refuse_clash(name, file)
    return module


def load_name(name: str) -> ModuleType:
    """The module of a dotted name."""
    return calling_user(lambda: import_module(name), f"can't import {name}")


def module_of_text(text: str, file: Path) -> ModuleType:
    """A module made in memory that stands where `file` would: generated code of this very moment.

    Tracebacks show its lines although they are not on disk.
    """
    open_folder(file.parent)
    name = dotted_name(file)
    _refuse_clash(name, file)
    path = str(file.absolute())
    module = ModuleType(name)
    module.__file__ = path
    module.__package__ = name.rpartition(".")[0]
    linecache.cache[path] = (len(text), None, text.splitlines(keepends=True), path)
    if module.__package__:
        load_name(module.__package__)
    sys.modules[name] = module
    calling_user(lambda: exec(compile(text, path, "exec"), module.__dict__), f"can't load the module of {file.name}")  # noqa: S102 - text that wgen generated
    return module


def calling_user(call: Callable[[], T], failing: str) -> T:
    """Calls what runs the user's code; any failure of it becomes one line that names the user's file and line."""
    try:
        return call()
    except (KeyboardInterrupt, UsageError):
        raise
    except BaseException as error:  # noqa: BLE001 - also SystemExit: a script without a main guard
        _blame(error, failing)


def _blame(error: BaseException, failing: str) -> NoReturn:
    if isinstance(error, SyntaxError) and error.filename:
        place = f"{shown_path(error.filename)}, line {error.lineno}: {error.msg}"
        raise HandlersError(f"{failing}: {place}") from error
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_users(frame.filename)]
    said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    if frames:
        said = f"{shown_path(frames[-1].filename)}, line {frames[-1].lineno}: {said}"
    raise HandlersError(f"{failing}: {said}") from error


def _is_users(file: str) -> bool:
    return not file.startswith(_NOT_USERS) and f"{os.sep}site-packages{os.sep}" not in file


def shown_path(file: str) -> str:
    """A path as short as it can be said from here."""
    relative = os.path.relpath(file)
    return file if relative.startswith("..") else relative


def _refuse_clash(name: str, file: Path) -> None:
    module = sys.modules.get(name)
    other = getattr(module, "__file__", None)
    if module is None or (other and os.path.realpath(other) == os.path.realpath(file)):
        return
    there = shown_path(other) if other else "a part of Python"
    raise UsageError(f"two modules are called {name!r}: {shown_path(str(file))} and {there}; rename one of them")
