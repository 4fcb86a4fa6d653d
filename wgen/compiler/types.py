"""Finds the types of values, and the fields of types, by reading the project's modules as text."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from wgen.compiler import ir, syntax
from wgen.compiler.modules import PythonFile, class_in, find_module, read_module, why_unreadable
from wgen.compiler.names import python_name, type_name
from wgen.compiler.records import record

BUILTINS = {"str", "int", "float", "bool", "bytes", "Decimal", "date", "time", "datetime", "duration", "dict"}

# How annotations in the user's modules spell the built-in types.
_SPELLINGS = {name: name for name in BUILTINS} | {"timedelta": "duration", "Dict": "dict", "Mapping": "dict"}
_ENUMS = {"Enum", "StrEnum", "IntEnum", "Flag", "IntFlag"}
_CLOSED_BASES = {"BaseModel", "TypedDict", "NamedTuple", "Struct", "object", "Generic", "Protocol", "ABC"}
_MAX_BASES = 20


FAILURE = ir.Type("any")
"""What `@On failure giving (x)` gives, where a field of it is read."""

_OF_FAILURE = ("type", "message", "step")


class TypeProblem(NamedTuple):
    """Why a type or field can't be had: what is wrong, and the names that are there instead."""

    message: str
    known: tuple[str, ...] = ()


@record
class ClassFields:
    """What is known of a class: its fields by Python name, how they are read, and whether that is all of them.

    `loose` are the keys that may be absent.
    """

    name: str
    access: str
    fields: dict[str, ir.Type]
    closed: bool
    loose: set[str]


class Types:
    """The types that one flow file can see.

    Built from the file's folder, its `@Import`s and the module that the configuration names.
    """

    def __init__(self, folder: Path, imports: Iterable[syntax.Import], configured: str | None) -> None:
        self._folder = folder
        self._configured = configured
        self._imported = {name: item.module for item in imports for name in item.names}
        self.unreadable: list[str] = []
        """What keeps types from being found that values have by their names."""

    @cached_property
    def _default_modules(self) -> list[tuple[str, bool, PythonFile]]:
        """The modules in which a value's type is looked for by the value's name."""
        found = []
        beside = self._folder / "models.py"
        if module := self._readable(beside):
            found.append(("models", True, module))
        if self._configured:
            path = find_module(self._configured, self._folder)
            if path is None:
                self.unreadable.append(f"the setting `types` names {self._configured}, and there is no such module")
            elif module := self._readable(path):
                found.append((self._configured, False, module))
        return found

    def _readable(self, path: Path) -> PythonFile | None:
        module = read_module(path)
        if module is None and path.is_file():
            self.unreadable.append(f"{path.name} can't be read as Python, {why_unreadable(path)}")
        return module

    # ---- types of values -----------------------------------------------------------------------------------------

    def of_value(self, words: str) -> ir.Type:
        """The type of a value that no sentence types: by its name, else any."""
        name = type_name(words)
        if name in self._imported:
            found = self._named(name)
            if isinstance(found, ir.Type):
                return found
            if not found.known:  # where the module is there, what it lacks is told at the @Import
                self.unreadable.append(f"@Import brings no {name}: {found.message}")
            return ir.ANY
        for module, beside, file in self._default_modules:
            if class_in(file, name):
                return self._class_type(name, module, beside, file)
        return ir.ANY

    def resolve(self, written: syntax.TypeName) -> ir.Type | TypeProblem:
        """The type that a sentence names."""
        found = self._named(written.name)
        if isinstance(found, TypeProblem):
            return found
        for wrapper in reversed(written.wrappers):
            found = ir.Type(wrapper, of=found)
        return found

    def missing(self, item: syntax.Import) -> Iterator[tuple[str, TypeProblem]]:
        """The names of an @Import that its module, which is there, does not have."""
        for name in item.names:
            found = self._in_module(name, item.module)
            if isinstance(found, TypeProblem) and found.known:
                yield name, found

    def _named(self, name: str) -> ir.Type | TypeProblem:
        if name in BUILTINS:
            return ir.Type("builtin", name)
        if name in self._imported:
            return self._in_module(name, self._imported[name])
        if "." in name:
            module, _, last = name.rpartition(".")
            return self._in_module(last, module)
        for module, beside, file in self._default_modules:
            if _defines(file, name):
                return self._class_type(name, module, beside, file)
        if self.unreadable:
            return ir.ANY
        known = sorted(
            {*BUILTINS, *self._imported, *(name for _, _, file in self._default_modules for name in file.classes)}
        )
        return TypeProblem(f"no type is called {name}", tuple(known))

    def _in_module(self, name: str, module: str) -> ir.Type | TypeProblem:
        path = find_module(module, self._folder)
        if path is None:
            if module.partition(".")[0] in sys.stdlib_module_names:
                return ir.Type("named", name, module)
            return TypeProblem(f"there is no module {module}")
        file = read_module(path)
        if file is None:
            return TypeProblem(f"the module {module} can't be read as Python, {why_unreadable(path)}")
        if not _defines(file, name):
            return TypeProblem(f"the module {module} has no {name}", tuple(sorted(file.classes)))
        beside = path == self._folder / "models.py"
        return self._class_type(name, module, beside, file)

    def _class_type(self, name: str, module: str, beside: bool, file: PythonFile) -> ir.Type:
        found = class_in(file, name)
        is_enum = found is not None and any(last_name(base) in _ENUMS for base in found[1].bases)
        return ir.Type("enum" if is_enum else "named", name, module, beside)

    # ---- fields of types -----------------------------------------------------------------------------------------

    def fields(self, of: ir.Type) -> ClassFields | None:
        """The fields of a type; None where nothing is known of it."""
        if of.kind != "named":
            return None
        path = self._folder / "models.py" if of.beside else find_module(of.module, self._folder)
        module = path and read_module(path)
        place = class_in(module, of.name) if module else None
        if place is None:
            return None
        file, kind = place
        found = ClassFields(of.name, "attribute", {}, closed=True, loose=set())
        self._collect(found, kind, file, of, [])
        return found

    def _collect(
        self, found: ClassFields, kind: ast.ClassDef, file: PythonFile, of: ir.Type, seen: list[ast.ClassDef]
    ) -> None:
        """Adds the fields of a class, then those of its bases that it does not have itself."""
        if kind in seen or len(seen) > _MAX_BASES:
            return
        seen.append(kind)
        for name, annotation in _own_fields(kind):
            if name not in found.fields and _may_be_absent(kind, annotation):
                found.loose.add(name)
            found.fields.setdefault(name, self.annotated(annotation, file, of))
        for base in kind.bases:
            name = last_name(base)
            if name == "TypedDict":
                found.access = "key"
            if name in file.classes:
                self._collect(found, file.classes[name], file, of, seen)
            elif name not in _CLOSED_BASES:
                self._collect_imported(found, name, file, of, seen)
        if not kind.bases and not _is_record(kind):
            found.closed = False

    def _collect_imported(
        self, found: ClassFields, name: str, file: PythonFile, of: ir.Type, seen: list[ast.ClassDef]
    ) -> None:
        place = class_in(file, name)
        if place is None:
            found.closed = False
            return
        self._collect(found, place[1], place[0], of, seen)

    def annotated(self, annotation: ast.expr | None, file: PythonFile, of: ir.Type) -> ir.Type:
        """The type that an annotation in the user's module names; any, where it is more than the language knows."""
        match annotation:
            case ast.Constant(value=str() as text):
                return self.annotated(_parsed(text), file, of)
            case ast.BinOp(left=left, op=ast.BitOr(), right=ast.Constant(value=None)):
                return ir.Type("optional", of=self.annotated(left, file, of))
            case ast.Subscript(value=wrapper, slice=inner):
                return self._subscript(last_name(wrapper), inner, file, of)
            case ast.Name() | ast.Attribute():
                return self._plain_name(last_name(annotation), file, of)
            case _:
                return ir.ANY

    def _subscript(self, wrapper: str, inner: ast.expr, file: PythonFile, of: ir.Type) -> ir.Type:
        if wrapper in ("list", "List", "Sequence"):
            return ir.Type("list", of=self.annotated(inner, file, of))
        if wrapper == "Optional":
            return ir.Type("optional", of=self.annotated(inner, file, of))
        if wrapper in ("Annotated", "Required", "NotRequired", "ReadOnly") and isinstance(inner, ast.Tuple | ast.expr):
            first = inner.elts[0] if isinstance(inner, ast.Tuple) else inner
            return self.annotated(first, file, of)
        return ir.Type("builtin", "dict") if wrapper in ("dict", "Dict", "Mapping") else ir.ANY

    def _plain_name(self, name: str, file: PythonFile, of: ir.Type) -> ir.Type:
        if name in file.classes:
            module, beside = (of.module, of.beside) if self._is_file_of(of, file) else (_dotted(file.path), False)
            return self._class_type(name, module, beside, file)
        if name in file.imports and name not in _SPELLINGS:
            module, original = file.imports[name]
            if not module.startswith(".") and find_module(module, file.path.parent):
                found = self._in_module(original, module)
                return found if isinstance(found, ir.Type) else ir.ANY
            return ir.ANY
        return ir.Type("builtin", _SPELLINGS[name]) if name in _SPELLINGS else ir.ANY

    def _is_file_of(self, of: ir.Type, file: PythonFile) -> bool:
        path = self._folder / "models.py" if of.beside else find_module(of.module, self._folder)
        return path == file.path

    def _field_of_optional(self, of: ir.Type, words: str) -> tuple[ir.Field, ir.Type] | TypeProblem:
        """The field of a value that may be null: it may be missing, and only the run can tell."""
        found = self.field(of, words)
        return found if isinstance(found, TypeProblem) else _or_missing(*found)

    def field(self, of: ir.Type, words: str) -> tuple[ir.Field, ir.Type] | TypeProblem:
        """How a field of a type is read, and its own type."""
        name = python_name(words)
        if of is FAILURE:
            if name in _OF_FAILURE:
                return ir.Field(words, name, "any"), ir.Type("builtin", "str")
            return TypeProblem(f"a failure has no field {words!r}", _OF_FAILURE)
        if of.kind == "optional" and of.of is not None:
            return self._field_of_optional(of.of, words)
        if of.kind == "list":
            return TypeProblem("a list has no fields")
        if of.kind in ("any", "enum") or (of.kind == "builtin" and of.name == "dict"):
            return ir.Field(words, name, "any"), ir.ANY
        if of.kind == "builtin":
            return TypeProblem(f"a {of.name} has no fields")
        known = self.fields(of)
        if known is None:
            return ir.Field(words, name, "any"), ir.ANY
        # A TypedDict's key may be spelt as no Python name is; then the words themselves are the key.
        spelt = next((field for field in known.fields if python_name(field) == name or field == words), None)
        if spelt is not None:
            field = ir.Field(words, spelt, "key" if known.access == "key" else "attribute")
            return _or_missing(field, known.fields[spelt]) if spelt in known.loose else (field, known.fields[spelt])
        if known.closed:
            return TypeProblem(f"{known.name} has no field {words!r}", tuple(known.fields))
        return ir.Field(words, name, "any"), ir.ANY


def _or_missing(field: ir.Field, type_: ir.Type) -> tuple[ir.Field, ir.Type]:
    """A field that only the run can tell to be there."""
    may_be_null = type_ if type_.kind in ("any", "optional") else ir.Type("optional", of=type_)
    return ir.Field(field.words, field.name, "any"), may_be_null


def _may_be_absent(kind: ast.ClassDef, annotation: ast.expr | None) -> bool:
    """Whether a TypedDict says that it may lack a key."""
    mark = last_name(annotation.value) if isinstance(annotation, ast.Subscript) else ""
    total = all(word.arg != "total" or ast.unparse(word.value) != "False" for word in kind.keywords)
    return mark == "NotRequired" or (not total and mark != "Required")


def _defines(file: PythonFile, name: str) -> bool:
    """Whether a module has a name, as far as its text tells: `import *` and `__getattr__` may bring any."""
    if file.stars or "__getattr__" in file.functions:
        return True
    return name in file.classes or name in file.imports or name in file.assigned


def _own_fields(kind: ast.ClassDef) -> Iterable[tuple[str, ast.expr | None]]:
    """Annotated names and properties of a class, private ones left out."""
    for statement in kind.body:
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation) if not name.startswith("_"):
                if last_name(annotation.value if isinstance(annotation, ast.Subscript) else annotation) != "ClassVar":
                    yield name, annotation
            case ast.FunctionDef(name=name, decorator_list=marks, returns=returns) if not name.startswith("_"):
                if any(last_name(mark) in ("property", "cached_property") for mark in marks):
                    yield name, returns
            case _:
                pass


def _is_record(kind: ast.ClassDef) -> bool:
    """A dataclass or attrs class: its annotated names are all its fields."""
    marks = {last_name(mark.func if isinstance(mark, ast.Call) else mark) for mark in kind.decorator_list}
    return bool(marks & {"dataclass", "define", "frozen", "mutable", "attrs", "s"})


def last_name(expression: ast.expr) -> str:
    match expression:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(value=value) | ast.Call(func=value):
            return last_name(value)
        case _:
            return ""


def _parsed(text: str) -> ast.expr | None:
    try:
        return ast.parse(text, mode="eval").body
    except SyntaxError:
        return None


def _dotted(path: Path) -> str:
    """The name that a file is imported by, from the nearest folder that is no package."""
    parts = [path.parent.name, ""] if path.name == "__init__.py" else [path.stem]
    parts = [part for part in parts if part]
    folder = path.parent if path.name != "__init__.py" else path.parent.parent
    while (folder / "__init__.py").exists():
        parts.insert(0, folder.name)
        folder = folder.parent
    return ".".join(parts)


# ---- types as words --------------------------------------------------------------------------------------------------

_CONSTANT_TYPES = {
    "text": ir.Type("builtin", "str"),
    "whole": ir.Type("builtin", "int"),
    "decimal": ir.Type("builtin", "Decimal"),
    "duration": ir.Type("builtin", "duration"),
    "time": ir.Type("builtin", "time"),
    "yes_no": ir.Type("builtin", "bool"),
    "table": ir.Type("list", of=ir.Type("builtin", "dict")),
}


def operand_type(operand: ir.Operand) -> ir.Type:
    return operand.type if isinstance(operand, ir.Path) else _CONSTANT_TYPES[operand.kind]


def describe(type_: ir.Type) -> str:
    """A type as a flow would write it: `list of Item`."""
    match type_.kind:
        case "any":
            return "untyped"
        case "list" | "optional":
            inner = describe(type_.of) if type_.of else ""
            return f"list of {inner}" if type_.kind == "list" else f"optional {inner}"
        case _:
            return type_.name
