"""`generate --verify`: the proof, without running any of it, that Python can import the generated modules.

Each is compiled as Python, and each name that it imports is looked for in the text of the module it comes from.
"""

from __future__ import annotations

import ast
import sys
import warnings
from keyword import iskeyword
from pathlib import Path
from typing import TYPE_CHECKING

import wgen.runtime
from wgen.cli.outputs import generated_text
from wgen.cli.paths import OUTPUT, SUFFIX
from wgen.cli.usercode import dotted_name, shown_path
from wgen.compiler.modules import PythonFile, imported_file, read_module, why_unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def generated_modules(flows: Iterable[str]) -> list[Path]:
    """The modules of some flows that wgen has written."""
    beside = (Path(flow.removesuffix(SUFFIX) + OUTPUT) for flow in flows)
    return [path for path in beside if generated_text(path) is not None]


def faults_in(module: Path) -> list[str]:
    """What keeps Python from importing a module: `pay_flow.py:6: models.py has no Order`."""
    return [f"{module}:{line}: {said}" for line, said in _faults(module)]


def _faults(path: Path) -> Iterator[tuple[int, str]]:
    name = dotted_name(path)
    if not all(part.isidentifier() and not iskeyword(part) for part in name.split(".")):
        yield 1, f"{name!r} is no name that Python imports; rename the flow's file or folder"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            tree = ast.parse(path.read_bytes(), path)
            compile(tree, path, "exec", dont_inherit=True)
    except SyntaxError as error:
        yield error.lineno or 1, error.msg
        return
    for line, source, wanted in _imports(tree):
        said = _why_missing(source, wanted, path)
        if said:
            yield line, said


def _imports(tree: ast.Module) -> Iterator[tuple[int, str, str]]:
    """What a generated module takes from others: the line, the module's name, and the name in it."""
    whole: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.Import):
            whole |= {alias.name: alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is None:
            whole |= {alias.name: f".{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield from ((alias.lineno, module, alias.name) for alias in node.names)
    if whole:
        for used in ast.walk(tree):
            if isinstance(used, ast.Attribute) and (of := whole.get(ast.unparse(used.value))):
                yield used.lineno, of, used.attr


def _why_missing(module: str, name: str, of: Path) -> str | None:
    """Why a file can't import a name from a module; None if it can, as far as the texts tell."""
    if module == wgen.runtime.__name__:
        return None if name in wgen.runtime.__all__ else f"this version of {module} has no {name}"
    path = imported_file(module, of)
    if path is None:
        is_pythons = module.partition(".")[0] in sys.stdlib_module_names
        return None if is_pythons else f"there is no module {module.lstrip('.')}"
    file = read_module(path)
    if file is None:
        return f"{shown_path(str(path))} can't be read as Python, {why_unreadable(path)}"
    return _why_undefined(name, file)


def _why_undefined(name: str, file: PythonFile) -> str | None:
    """Why a module does not hold a name; what it imports itself is looked for where it comes from."""
    seen: list[PythonFile] = []
    while file not in seen and not (name in file.classes or name in file.functions or name in file.assigned):
        seen.append(file)
        if name not in file.imports:
            return None if file.stars else f"{shown_path(str(file.path))} has no {name}"
        module, name = file.imports[name]
        path = imported_file(module, file.path)
        other = read_module(path) if path else None
        if other is None:  # a module that is not Python's own text, or a broken one of somebody else's
            return None
        file = other
    return None
