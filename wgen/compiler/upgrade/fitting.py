"""Whether a value that was stored by an old type can be read by a new one, as far as the texts of both tell."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from wgen.compiler import ir
from wgen.compiler.types import Types, describe
from wgen.compiler.upgrade.records import Field, Record, definition_of, record_of


class Typed(NamedTuple):
    """A type as it is seen from a flow's folder."""

    folder: Path
    type: ir.Type


class Change(NamedTuple):
    """What has changed: in words, whether no value fits any more, and whether that is the whole value or a part."""

    why: str
    certain: bool
    whole: bool = False


_TEXTS = {"str", "bytes", "Decimal", "date", "time", "datetime", "duration"}
_WIDER = {("int", "float"), ("int", "Decimal"), ("float", "Decimal"), *((text, "str") for text in _TEXTS)}
_MAX_DEPTH = 20


def change(old: Typed, new: Typed) -> Change | None:
    """None where each value of the old type fits the new one."""
    return min(_changes(old, new, ()), key=lambda found: (not found.certain, not found.whole), default=None)


_Seen = tuple[tuple[str, str, str, str], ...]


def _changes(old: Typed, new: Typed, seen: _Seen) -> Iterator[Change]:
    was, now = old.type, new.type
    match was.kind, now.kind:
        case _, "any":
            return
        case "any", _:
            yield Change(f"it was untyped, and is {describe(now)}", certain=False)
        case "optional", "optional":
            yield from _changes(_inner(old), _inner(new), seen)
        case _, "optional":
            yield from _changes(old, _inner(new), seen)
        case "optional", _:
            yield Change("it may be null, which is not allowed any more", certain=False)
            yield from _changes(_inner(old), new, seen)
        case "list", "list":
            yield from (_in_part(found, "its items: ") for found in _changes(_inner(old), _inner(new), seen))
        case "builtin", "builtin":
            yield from _builtins(was.name, now.name)
        case "list", "builtin":
            yield _another(was, now)
        case (("named" | "enum"), ("named" | "enum")):
            yield from _classes(old, new, seen)
        case _:
            yield from _mixed(old, new)


def _inner(typed: Typed) -> Typed:
    return Typed(typed.folder, typed.type.of or ir.ANY)


def _another(was: ir.Type, now: ir.Type, *, certain: bool = True) -> Change:
    return Change(f"it was {describe(was)}, and is {describe(now)}", certain, whole=True)


def _in_part(found: Change, of: str) -> Change:
    return Change(of + found.why, found.certain)


def _builtins(was: str, now: str) -> Iterator[Change]:
    if was == now or (was, now) in _WIDER:
        return
    # Both are stored as texts: it depends on what the text says.
    unclear = {was, now} <= _TEXTS
    yield _another(ir.Type("builtin", was), ir.Type("builtin", now), certain=not unclear)


def _mixed(old: Typed, new: Typed) -> Iterator[Change]:
    """A class against something else: certain only where one side is an object and the other can't be."""
    was, now = old.type, new.type
    if now.kind == "builtin" and now.name == "dict" and _is_object(old):
        return
    plain_was = was.kind == "builtin" and was.name != "dict"
    plain_now = now.kind == "list" or (now.kind == "builtin" and now.name != "dict")
    certain = (plain_was and _is_object(new)) or (plain_now and _is_object(old))
    yield _another(was, now, certain=certain or (was.kind == "builtin" and now.kind == "list"))


def _is_object(typed: Typed) -> bool:
    found = definition_of(typed.folder, typed.type) if typed.type.kind == "named" else None
    record = record_of(found) if found else None
    return record is not None and record.kind != "tuple"


# ---- classes ---------------------------------------------------------------------------------------------------------


def _classes(old: Typed, new: Typed, seen: _Seen) -> Iterator[Change]:
    was, now = old.type, new.type
    before, after = definition_of(old.folder, was), definition_of(new.folder, now)
    key = (was.module, was.name, now.module, now.name)
    if key in seen or len(seen) > _MAX_DEPTH:
        return
    if before is None or after is None:
        if (was.name, before) != (now.name, after):  # it may come from a package, and be the same class
            yield _another(was, now, certain=False)
    elif isinstance(before.node, ast.ClassDef) and isinstance(after.node, ast.ClassDef):
        if "enum" in (was.kind, now.kind):
            yield from _enums(was, now, before.node, after.node)
        else:
            yield from _records(old, new, (record_of(before), record_of(after)), (*seen, key))
    elif ast.dump(before.node) != ast.dump(after.node):
        yield Change(f"{describe(now)} is defined otherwise", certain=False)


def _enums(was: ir.Type, now: ir.Type, before: ast.ClassDef, after: ast.ClassDef) -> Iterator[Change]:
    if was.kind != now.kind:
        yield _another(was, now, certain=False)
    elif gone := [name for name, value in _members(before).items() if value not in _members(after).values()]:
        yield Change(f"{describe(now)} has no {', '.join(gone)} any more", certain=False)


def _members(kind: ast.ClassDef) -> dict[str, str]:
    """The members of an enum with what they stand for."""
    assigned = [part for part in kind.body if isinstance(part, ast.Assign) and isinstance(part.targets[0], ast.Name)]
    automatic = [ast.dump(part.value) for part in assigned if isinstance(part.value, ast.Call)]
    values = {part.targets[0].id: ast.dump(part.value) for part in assigned}  # type: ignore[attr-defined]  # looked at above
    # What `auto()` stands for comes from the name, or from the place.
    return {name: f"{name} {n}" if value in automatic else value for n, (name, value) in enumerate(values.items())}


def _records(old: Typed, new: Typed, both: tuple[Record | None, Record | None], seen: _Seen) -> Iterator[Change]:
    before, after = both
    name = describe(new.type)
    if before is None or after is None:
        yield Change(f"{name} is a class of which the text does not tell the fields", certain=False)
        return
    if "tuple" in (before.kind, after.kind) and (before.kind, list(before.fields)) != (after.kind, list(after.fields)):
        yield Change(f"the parts of {name} are others", certain=False)
        return
    for field in after.fields.values():
        earlier = before.fields.get(field.name)
        if earlier is not None:
            found = _fields(Typed(old.folder, old.type), Typed(new.folder, new.type), earlier, field, seen)
            yield from (_in_part(part, f"its {field.name}: ") for part in found)
        elif field.required:
            yield Change(f"{name} needs {field.name}, which it did not have", certain=True)
    if before.checks != after.checks:
        yield Change(f"{name} has other checks or settings", certain=False)


def _fields(old: Typed, new: Typed, before: Field, after: Field, seen: _Seen) -> Iterator[Change]:
    if before.settings != after.settings:
        yield Change("it has other settings", certain=False)
    was = Types(old.folder, (), None).annotated(before.annotation, before.file, old.type)
    now = Types(new.folder, (), None).annotated(after.annotation, after.file, new.type)
    if ast.dump(before.annotation) != ast.dump(after.annotation) and (_is_opaque(was) or _is_opaque(now)):
        told = ast.unparse(before.annotation), ast.unparse(after.annotation)
        if told[1] not in ("Any", "dict") or (told[1] == "dict" and not told[0].startswith("dict[")):
            yield Change(f"it was {told[0]}, and is {told[1]}", certain=False)
        return
    if before.required is False and after.required:
        yield Change("it may be missing, which is not allowed any more", certain=False)
    yield from _changes(Typed(old.folder, was), Typed(new.folder, now), seen)
    if _is_opaque(was):
        for one, other in zip(_named(before, old), _named(after, new), strict=False):
            yield from _changes(one, other, seen)


def _is_opaque(of: ir.Type) -> bool:
    """Whether an annotation says more than the language knows: each class that it names is looked at instead."""
    while of.of is not None:
        of = of.of
    return of.kind == "any" or (of.kind, of.name) == ("builtin", "dict")


def _named(field: Field, owner: Typed) -> list[Typed]:
    """The classes that an annotation names."""
    types = Types(owner.folder, (), None)
    names = [part for part in ast.walk(field.annotation) if isinstance(part, ast.Name)]
    found = [types.annotated(name, field.file, owner.type) for name in names]
    return [Typed(owner.folder, type_) for type_ in found if type_.kind in ("named", "enum")]
