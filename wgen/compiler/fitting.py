"""Whether a value of one type can be taken where another is wanted, as the runtime takes it: strictly, by JSON."""

from __future__ import annotations

from typing import Final

from wgen.compiler import ir

_NUMBERS: Final = frozenset({"int", "float", "Decimal"})
_TAKES: Final = {
    "float": _NUMBERS,
    "Decimal": _NUMBERS | {"str"},
    "date": frozenset({"str", "date", "datetime"}),
    "datetime": frozenset({"str", "date", "datetime", "int", "float"}),
    "time": frozenset({"str", "time", "int", "float"}),
    "duration": frozenset({"str", "duration", "int", "float"}),
    "bytes": frozenset({"str", "bytes"}),
}
"""What a built-in type takes besides its own: texts in ISO 8601 for times, whole numbers for others."""


def can_be(given: ir.Type, wanted: ir.Type) -> bool:
    """False only where no value would fit. What a class of the user's takes is not known."""
    if wanted.kind == "optional" and wanted.of:
        return can_be(given, wanted.of)
    if given.kind == "optional" and given.of:
        return can_be(given.of, wanted)
    if not {given.kind, wanted.kind} <= {"builtin", "list"}:
        return True
    if given.kind == wanted.kind == "list":
        return can_be(given.of or ir.ANY, wanted.of or ir.ANY)
    return given.kind == wanted.kind and given.name in _TAKES.get(wanted.name, frozenset({wanted.name}))
