"""WG1: values and types."""

from __future__ import annotations

from collections.abc import Iterator

from wgen.compiler import ir
from wgen.compiler.checking import View, every_condition
from wgen.compiler.diagnostics import Diagnostic, Edit, Fix, Related, Rule
from wgen.compiler.names import closest
from wgen.compiler.paths import BadRead
from wgen.compiler.types import describe, operand_type

UNKNOWN_VALUE = Rule("WG101", "unknown-value", "error", "a value is read that no earlier line provides")
MAYBE_MISSING = Rule("WG102", "maybe-missing", "error", "a value is read that some path has not provided")
UNKNOWN_TYPE = Rule("WG103", "unknown-type", "error", "a type is named that can't be found")
UNKNOWN_FIELD = Rule("WG104", "unknown-field", "error", "a field is read that its type does not have")
TYPE_CLASH = Rule("WG105", "type-clash", "error", "two sentences give one value different types")
TWO_NEW_VALUES = Rule("WG106", "two-new-values", "error", "a sentence mentions more than one unknown value")
TWO_SIGNATURES = Rule("WG107", "two-signatures", "error", "one handler is used with two signatures")
COLLIDING_NAMES = Rule("WG108", "colliding-names", "error", "two things that a handler gets have one name")
NAMELESS = Rule("WG109", "nameless", "error", "words that give no name in Python, or a literal without a name")
NOT_COMPARABLE = Rule("WG110", "not-comparable", "error", "a comparison of values that can't be compared")
UNUSED_INPUT = Rule("WG111", "unused-input", "warning", "an input is never read")
CLOSE_NAMES = Rule("WG112", "close-names", "warning", "two values have names that are easily mixed up")
WRONG_TYPE = Rule("WG117", "wrong-type", "error", "a value whose type the sentence can't use")
UNREAD_VALUE = Rule("WG113", "unread-value", "info", "a provided value is never read")
IMPLICIT_OUTPUT = Rule("WG114", "implicit-output", "info", "a value is provided by being mentioned")


def unknown_value(view: View) -> Iterator[Diagnostic]:
    """A value that no earlier line provides."""
    for read in view.findings.reads:
        if read.verdict in ("unknown", "later") and read.path.value not in view.loose:
            yield _unknown(view, read) if read.verdict == "unknown" else _later(view, read)


def _unknown(view: View, read: BadRead) -> Diagnostic:
    words = view.written(read.path.span)[1:-1].split(" - ")[0].strip()
    message = f'no earlier line provides "{words}"'
    if read.meant is None:
        return view.says(UNKNOWN_VALUE, read.path.span, message, help=_what_is_known(view, read))
    value = view.flow.values[read.meant]
    text = view.source.text
    begin = text.index(words.split()[0], read.path.span.start)
    dash = text.find(" -", begin, read.path.span.end)
    end = len(text[begin : dash if dash > 0 else read.path.span.end - 1].rstrip()) + begin
    return view.says(
        UNKNOWN_VALUE,
        read.path.span,
        message,
        help=f"did you mean ({value.words})?",
        fix=Fix("safe", (Edit(type(read.path.span)(begin, end), value.words),)),
        related=[Related(value.span, "the closest name, introduced here")],
    )


def _what_is_known(view: View, read: BadRead) -> str:
    known = [f"({view.flow.values[name].words})" for name in sorted(read.known)]
    mend = "add it with @Given, or let an earlier step give it"
    return f"{mend}; known here: {', '.join(known)}" if known else mend


def _later(view: View, read: BadRead) -> Diagnostic:
    value = view.flow.values[read.path.value]
    return view.says(
        UNKNOWN_VALUE,
        read.path.span,
        f'no earlier line provides "{value.words}"; a later one does',
        help="move this sentence below the one that provides it",
        related=[Related(value.span, "provided here")],
    )


def maybe_missing(view: View) -> Iterator[Diagnostic]:
    """A value that only some paths provide."""
    for read in view.findings.reads:
        if read.verdict == "maybe":
            value = view.flow.values[read.path.value]
            yield view.says(
                MAYBE_MISSING,
                read.path.span,
                f"({value.words}) is not provided on every path that leads here",
                help=f"provide it on all of them, or ask first: `@When ({value.words}) is given`",
                related=[Related(value.span, "provided here, on some paths")],
            )


_ORDERED = {"int", "float", "Decimal", "date", "time", "datetime", "duration", "str"}
_NUMBERS = {"int", "float", "Decimal"}
_PARTS = ("contains", "starts with", "ends with")


def not_comparable(view: View) -> Iterator[Diagnostic]:
    """A comparison of two types that can't be compared."""
    for test in every_condition(view.steps):
        problem = _problem(test)
        if problem:
            help = f"compare it: `({test.left.words}) is …`" if test.op == "true" else "compare values of one kind"
            yield view.says(NOT_COMPARABLE, test.span, problem, help=help)


def _problem(test: ir.Test) -> str | None:
    """Why a test can't be made; None where it can, or where a type is not known."""
    left = _core(test.left.type)
    name = f"({test.left.words}) is {describe(left)}"
    if left.kind == "any" or test.op in ("given", "missing", "empty"):
        return None
    if test.op == "true":
        return None if left.name == "bool" else f"{name}, and alone a value must be yes or no"
    if test.op in _PARTS:
        return _part_problem(test, left, name)
    for operand in test.right:
        right = _core(operand_type(operand))
        if right.kind == "any":
            continue
        if not _alike(left, right):
            return f"{name} and can't be compared with {describe(right)}"
        if test.op not in ("is", "one of") and left.name not in _ORDERED:
            return f"{name}, which has no order"
    return None


def _part_problem(test: ir.Test, left: ir.Type, name: str) -> str | None:
    if left.name == "str" or (test.op == "contains" and (left.kind == "list" or left.name in ("dict", "bytes"))):
        part = _core(left.of or ir.ANY) if left.kind == "list" else left
        right = _core(operand_type(test.right[0]))
        if "any" in (part.kind, right.kind) or left.name == "dict" or _alike(part, right):
            return None
        return f"{name} and can't hold {describe(right)}"
    return None if left.kind in ("named", "enum") else f"{name}: `{test.op}` is for texts and lists"


def _core(type_: ir.Type) -> ir.Type:
    return type_.of if type_.kind == "optional" and type_.of else type_


def _alike(left: ir.Type, right: ir.Type) -> bool:
    """Whether values of two types can be equal. Of classes of the user's only their own kind is known."""
    if left.kind == "enum" or right.kind == "enum":
        return right.name in ("str", "int") or left.name in ("str", "int") or left.name == right.name
    if left.kind == "named" or right.kind == "named":
        return left.kind == right.kind
    if left.kind == "list" or right.kind == "list":
        return left.kind == right.kind
    if left.name in _NUMBERS:
        return right.name in _NUMBERS
    return left.name == right.name


_NO_TIME = {"bool", "bytes", "dict", "Decimal"}


def wrong_type(view: View) -> Iterator[Diagnostic]:
    """A loop through what is no list, and a wait for what is no time."""
    for step in view.steps:
        match step:
            case ir.ForEach(items=path) if _core(path.type).kind == "builtin":
                wanted, help = "a loop goes through a list", "go through a value that is `as list of …`"
            case ir.Wait(time=ir.Path() as path) if _core(path.type).kind == "list" or path.type.name in _NO_TIME:
                wanted, help = "a wait takes a duration or a moment", "wait for a value that is a duration or datetime"
            case _:
                continue
        yield view.says(WRONG_TYPE, path.span, f"({path.words}) is {describe(path.type)}, and {wanted}", help=help)


def unused_input(view: View) -> Iterator[Diagnostic]:
    """An input that no sentence reads. Of a flow without steps more is to be said."""
    for entry in view.flow.inputs if view.flow.body else ():
        value = view.flow.values[entry.value]
        if entry.value not in view.findings.used | view.loose:
            yield view.says(
                UNUSED_INPUT, entry.span, f"no sentence reads the input ({value.words})", help="use it, or remove it"
            )


_MOST_COMPARED = 300


def close_names(view: View) -> Iterator[Diagnostic]:
    """Two values whose names are nearly the same."""
    if len(view.flow.values) > _MOST_COMPARED:
        return  # each with each would take long, and among so many names some are always close
    seen: list[str] = []
    for name, value in view.flow.values.items():
        other = closest(name, seen)
        # Numbered and plural names are close on purpose: (order) in (orders).
        if other and not name[-1].isdigit() and other + "s" != name and name + "s" != other:
            before = view.flow.values[other]
            yield view.says(
                CLOSE_NAMES,
                value.span,
                f"({value.words}) is easily mixed up with ({before.words})",
                help="if both are one value, spell it alike; if not, choose clearer names",
                related=[Related(before.span, "the other value")],
            )
        seen.append(name)


def unread_value(view: View) -> Iterator[Diagnostic]:
    """A value that is provided, and that no sentence reads."""
    inputs = {entry.value for entry in view.flow.inputs}
    for name, value in view.flow.values.items():
        if name not in view.findings.used | inputs | view.loose:
            yield view.says(UNREAD_VALUE, value.span, f"no sentence reads ({value.words})")


CHECKS = (
    unknown_value,
    maybe_missing,
    not_comparable,
    wrong_type,
    unused_input,
    close_names,
    unread_value,
)
