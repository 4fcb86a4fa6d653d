"""What the text of a class tells of its stored form: its fields, which of them are required, and what else decides."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

from wgen.compiler import ir
from wgen.compiler.modules import PythonFile, class_in, find_module, imported_file, read_module
from wgen.compiler.types import last_name

_OBJECTS = {"BaseModel", "TypedDict", "Struct"}
_RECORD_MARKS = {"dataclass", "define", "frozen", "mutable", "attrs", "s"}
_FIELD_CALLS = {"Field", "field", "attrib", "ib"}
_DEFAULTS = {"default", "default_factory", "factory"}
_SHOWN_ONLY = {"property", "cached_property", "staticmethod"}
_MAX_HOPS = 5


class Definition(NamedTuple):
    """Where a type is defined: a class, or what its name stands for."""

    file: PythonFile
    node: ast.ClassDef | ast.expr


class Field(NamedTuple):
    """One field. `settings` is what its text says besides its type and its default, such as limits."""

    name: str
    annotation: ast.expr
    file: PythonFile
    required: bool
    settings: str


@dataclass(slots=True)
class Record:
    """A class whose fields are known. `checks` is the text of what else decides whether a value fits."""

    kind: Literal["object", "tuple"]
    fields: dict[str, Field] = field(default_factory=dict)
    checks: list[str] = field(default_factory=list)


def definition_of(folder: Path, of: ir.Type) -> Definition | None:
    """The definition of a named type as seen from a flow's folder; None where no text of it is found."""
    path = folder / "models.py" if of.beside else find_module(of.module, folder)
    return _definition(path, of.name, _MAX_HOPS)


def _definition(path: Path | None, name: str, hops: int) -> Definition | None:
    file = read_module(path) if path else None
    if file is None or hops == 0:
        return None
    found = class_in(file, name)
    if found is not None:
        return Definition(*found)
    if name in file.assigned:
        return Definition(file, file.assigned[name])
    module, original = file.imports.get(name, ("", ""))
    return _definition(imported_file(module, file.path), original, hops - 1)


def record_of(of: Definition) -> Record | None:
    """The record that a class is, with what it inherits; None where its text does not tell all of it."""
    if not isinstance(of.node, ast.ClassDef):
        return None
    lineage = _lineage(of.file, of.node, [])
    known = {last_name(base) for _, kind in lineage for base in kind.bases}
    kind: Literal["object", "tuple"] = "tuple" if "NamedTuple" in known else "object"
    if not (known & {*_OBJECTS, "NamedTuple"} or any(_is_marked(entry) for _, entry in lineage)):
        return None
    record = Record(kind)
    for file, entry in lineage:
        _add_fields(record, file, entry)
        record.checks += _checks(entry)
    return record


def _lineage(
    file: PythonFile, kind: ast.ClassDef, found: list[tuple[PythonFile, ast.ClassDef]]
) -> list[tuple[PythonFile, ast.ClassDef]]:
    """The class and those that it inherits from, as far as their text is at hand, itself first."""
    if all(kind is not known for _, known in found):
        found.append((file, kind))
        for base in kind.bases:
            above = _definition(file.path, last_name(base), _MAX_HOPS)
            if above is not None and isinstance(above.node, ast.ClassDef):
                _lineage(above.file, above.node, found)
    return found


def _is_marked(kind: ast.ClassDef) -> bool:
    return bool({last_name(mark) for mark in kind.decorator_list} & _RECORD_MARKS)


def _add_fields(record: Record, file: PythonFile, kind: ast.ClassDef) -> None:
    partial = any(word.arg == "total" and ast.unparse(word.value) == "False" for word in kind.keywords)
    for part in kind.body:
        match part:
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=value):
                wrapper = last_name(annotation)
                if not name.startswith("_") and wrapper != "ClassVar":
                    required = not (
                        _has_default(value) or wrapper == "NotRequired" or (partial and wrapper != "Required")
                    )
                    record.fields.setdefault(name, Field(name, annotation, file, required, _settings(value)))
            case _:
                pass


def _has_default(value: ast.expr | None) -> bool:
    if isinstance(value, ast.Call) and last_name(value) in _FIELD_CALLS:
        first = value.args[0] if value.args else None
        given = first is not None and not (isinstance(first, ast.Constant) and first.value is ...)
        return given or any(word.arg in _DEFAULTS for word in value.keywords)
    return value is not None and not (isinstance(value, ast.Constant) and value.value is ...)


def _settings(value: ast.expr | None) -> str:
    if isinstance(value, ast.Call) and last_name(value) in _FIELD_CALLS:
        return ", ".join(sorted(ast.unparse(word) for word in value.keywords if word.arg not in _DEFAULTS))
    return ""


def _checks(kind: ast.ClassDef) -> list[str]:
    """The text of validators, settings and marks: what may refuse a value besides the types of the fields."""
    marks = [ast.dump(mark) for mark in (*kind.decorator_list, *kind.keywords)]
    settings = [ast.dump(part) for part in kind.body if isinstance(part, ast.Assign)]
    return marks + settings + [ast.dump(part) for part in kind.body if _is_check(part)]


def _is_check(part: ast.stmt) -> bool:
    if not isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    return part.name == "__post_init__" or any(last_name(mark) not in _SHOWN_ONLY for mark in part.decorator_list)
