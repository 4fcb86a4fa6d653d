"""WG1, of inputs: a default is of the input's type."""

from __future__ import annotations

from collections.abc import Iterator

from wgen.compiler import ir
from wgen.compiler.checking import View
from wgen.compiler.diagnostics import Diagnostic, Rule
from wgen.compiler.types import describe, operand_type

DEFAULT_TYPE = Rule("WG116", "default-type", "error", "a default that is not of its input's type")

# What a literal may stand for, besides a value of its own kind.
_ALSO = {
    "int": {"float", "Decimal"},
    "Decimal": {"float"},
    "str": {"date", "datetime", "time", "bytes"},
}


def default_type(view: View) -> Iterator[Diagnostic]:
    """A default that the input could never be given."""
    for entry in view.flow.inputs:
        value = view.flow.values[entry.value]
        if entry.default is not None and not _fits(operand_type(entry.default), value.type):
            literal = describe(operand_type(entry.default))
            yield view.says(
                DEFAULT_TYPE,
                entry.default.span,
                f"({value.words}) is {describe(value.type)}, and its default is of type {literal}",
                help="give it a default of its own type, or leave the default out: then the input is required",
            )


def _fits(literal: ir.Type, wanted: ir.Type) -> bool:
    core = wanted.of if wanted.kind == "optional" and wanted.of else wanted
    if core.kind == "any" or literal.name == core.name:
        return True
    if core.kind == "enum":
        return literal.name in ("str", "int")
    return core.kind == "builtin" and core.name in _ALSO.get(literal.name, set())


CHECKS = (default_type,)
