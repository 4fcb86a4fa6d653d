"""WG5: the project around a flow: its other flows, its handlers, its generated files."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from wgen.compiler import ir
from wgen.compiler.checking import View
from wgen.compiler.diagnostics import Diagnostic, Rule
from wgen.compiler.modules import FunctionDef, PythonFile, class_in, definitions, read_module
from wgen.compiler.source import Source

SAME_FLOW_NAME = Rule("WG501", "same-flow-name", "error", "two flows of one name")
MISSING_HANDLER = Rule("WG502", "missing-handler", "warning", "a task without a handler")
HANDLER_SIGNATURE = Rule("WG503", "handler-signature", "warning", "a handler that can't be called as the flow does")
UNREADABLE_TYPES = Rule(
    "WG510", "unreadable-types", "error", "the module that holds types is missing, or can't be read"
)


class Handlers(NamedTuple):
    """The handlers that a file offers; None for one whose signature can't be seen, such as an imported function.

    `open` where more may come from what can't be read.
    """

    path: Path
    functions: dict[str, FunctionDef | None]
    in_class: bool
    open: bool


def handlers_file(source: Source) -> Path | None:
    """The file that holds a flow's handlers, where there is one."""
    names = (f"{source.stem}_handlers.py", "handlers.py")
    return next((path for name in names if (path := source.folder / name).is_file()), None)


def read_handlers(source: Source) -> Handlers | None:
    """The handlers beside a flow, read as text; None where there is no file that can be read."""
    path = handlers_file(source)
    module = read_module(path) if path else None
    return handlers_in(module) if module else None


def handlers_in(module: PythonFile) -> Handlers:
    """The handlers that a module offers: those of its class `Handlers`, else its own functions."""
    if "Handlers" in module.classes:
        return _of_class(module, module.classes["Handlers"])
    if "Handlers" in module.imports or "Handlers" in module.assigned:
        return Handlers(module.path, {}, in_class=True, open=True)
    return Handlers(module.path, _callables(module), in_class=False, open=bool(module.stars))


def _of_class(module: PythonFile, kind: ast.ClassDef) -> Handlers:
    """The methods of a class, then those of its bases as far as they can be read."""
    found = Handlers(module.path, {}, in_class=True, open=False)
    classes = [(module, kind)]
    for file, each in classes:  # grows while it is walked
        # A protocol only says which methods are wanted.
        if not any(_name(base) == "Protocol" for base in each.bases):
            inner = definitions(file.path, ast.Module(each.body, []))
            found.functions.update(_callables(inner) | found.functions)
        for base in _bases(each, file):
            if base is None:
                found = found._replace(open=True)
            elif all(base[1] is not known for _, known in classes):
                classes.append(base)
    return found


def _callables(of: PythonFile) -> dict[str, FunctionDef | None]:
    return {**dict.fromkeys((*of.imports, *of.assigned)), **of.functions}


def _bases(kind: ast.ClassDef, file: PythonFile) -> Iterator[tuple[PythonFile, ast.ClassDef] | None]:
    """The bases of a class, each with its file; None for one that can't be read."""
    for base in kind.bases:
        if _name(base) not in ("object", "Protocol"):
            yield class_in(file, _name(base))


def _name(expression: ast.expr) -> str:
    return expression.id if isinstance(expression, ast.Name) else ""


def missing_handler(view: View) -> Iterator[Diagnostic]:
    """A task whose handler the handlers file lacks, or may lack: the file is no Python."""
    path = handlers_file(view.source)
    if path is None:
        return
    found = read_handlers(view.source)
    if found is None and view.flow.handlers:
        message = f"{path.name} can't be read as Python, so nobody knows what it holds"
        yield view.says(MISSING_HANDLER, view.flow.handlers[0].span, message, help=f"`python -m py_compile {path}`")
    if found is None or found.open:
        return
    for handler in view.flow.handlers:
        if handler.name not in found.functions:
            yield view.says(
                MISSING_HANDLER,
                handler.span,
                f"{found.path.name} has no {handler.name}",
                help="`wgen generate --handlers` adds it",
            )


def handler_signature(view: View) -> Iterator[Diagnostic]:
    """A handler that does not take what its sentence passes."""
    found = read_handlers(view.source)
    if found is None:
        return
    for handler in view.flow.handlers:
        function = found.functions.get(handler.name)
        problem = function and signature_problem(handler, function, in_class=found.in_class)
        if problem:
            yield view.says(
                HANDLER_SIGNATURE,
                handler.span,
                f"{found.path.name}: {handler.name} {problem}",
                help=f"let it take: {', '.join(entry.name for entry in handler.parameters) or 'nothing'}",
            )


def signature_problem(handler: ir.Handler, function: FunctionDef, *, in_class: bool) -> str | None:
    """Why a function can't be called by keyword with what a sentence passes."""
    spec = function.args
    static = any(isinstance(mark, ast.Name) and mark.id == "staticmethod" for mark in function.decorator_list)
    positional = [*spec.posonlyargs, *spec.args][1 if in_class and not static else 0 :]
    required = positional[: len(positional) - len(spec.defaults)] if spec.defaults else positional
    needs = {entry.arg for entry in required}
    needs |= {entry.arg for entry, default in zip(spec.kwonlyargs, spec.kw_defaults, strict=True) if default is None}
    takes = {entry.arg for entry in (*positional, *spec.kwonlyargs)} - {entry.arg for entry in spec.posonlyargs}
    passed = {entry.name for entry in handler.parameters}
    if unfed := sorted(needs - passed):
        return f"asks for {', '.join(unfed)}, which no sentence passes"
    if spec.kwarg is None and (unknown := sorted(passed - takes)):
        return f"does not take {', '.join(unknown)}"
    return None


CHECKS = (missing_handler, handler_signature)
