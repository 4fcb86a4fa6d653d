"""Writes values, literals and conditions as Python expressions over what a run knows."""

from __future__ import annotations

from wgen.compiler import ir
from wgen.compiler.branches import Call, Condition, Joined, Operand, Test
from wgen.compiler.imports import Names
from wgen.compiler.layout import text_literal

_SIGNS = {"more than": ">", "less than": "<", "at least": ">=", "at most": "<=", "before": "<", "after": ">"}


class Expressions:
    """Expressions over `known`. `event` is a value that is not known yet but the function's own `parameter`."""

    def __init__(self, names: Names, event: str | None = None, parameter: str = "") -> None:
        self._names = names
        self._event = event
        self._parameter = parameter

    # ---- operands --------------------------------------------------------------------------------------------------

    def path(self, path: ir.Path) -> Operand:
        text = self._parameter if path.value == self._event else f"known.{path.value}"
        owner = path.value.replace("_", " ")
        for number, part in enumerate(path.fields):
            if part.access == "any":
                words = " - ".join([owner, *(rest.words for rest in path.fields[number:])])
                return self._call("field", text, text_literal(words))
            text += f".{part.name}" if part.access == "attribute" else f"[{text_literal(part.name)}]"
            owner = part.words
        return text

    def operand(self, operand: ir.Operand) -> str:
        return str(self.path(operand) if isinstance(operand, ir.Path) else self.constant(operand))

    def constant(self, constant: ir.Constant, beside: ir.Type = ir.ANY) -> Operand:
        """A literal; an exact number beside a float is a float."""
        match constant.kind, constant.value:
            case "text", str(text):
                return text_literal(text)
            case "decimal", str(number):
                is_float = beside.kind == "builtin" and beside.name == "float"
                return repr(float(number)) if is_float else self._call("Decimal", text_literal(number))
            case "duration", int(milliseconds):
                return self._call("timedelta", duration_argument(milliseconds))
            case "time", str(time):
                hour, minute = time.split(":")
                return self._call("time", str(int(hour)), str(int(minute)))
            case "table", tuple(rows):
                return Call("[", tuple(_row(row) for row in rows), "]")
            case _, value:
                return repr(value)

    def _call(self, name: str, *arguments: str) -> Call:
        return Call(f"{self._names.use(name)}(", arguments)

    # ---- conditions ------------------------------------------------------------------------------------------------

    def condition(self, condition: ir.Condition) -> Condition:
        match condition:
            case ir.Test():
                return self._test(condition)
            case ir.AllOf():
                return Joined("and", tuple(self.condition(part) for part in condition.parts))
            case ir.AnyOf():
                return Joined("or", tuple(self.condition(part) for part in condition.parts))

    def _test(self, test: ir.Test) -> Test:
        match test.op:
            case "given" | "missing" | "empty":
                call = self._call("empty" if test.op == "empty" else "given", self._reached(test.left))
                return Test(call, not_=test.negated != (test.op == "missing"))
            case "true":
                return Test(self._yes(test.left), not_=test.negated)
            case "is":
                return Test(self._plain(test.left), _equals(test), self._right(test, test.right[0]))
            case "one of":
                entries = tuple(str(self._right(test, operand)) for operand in test.right)
                return Test(self._plain(test.left), _in(test), Call("(", entries))
            case "contains":
                return Test(self._right(test, test.right[0]), _in(test), self._needed(test.left))
            case "starts with" | "ends with":
                method = "startswith" if test.op == "starts with" else "endswith"
                affix = str(self._right(test, test.right[0]))
                return Test(Call(f".{method}(", (affix,), owner=self._needed(test.left)), not_=test.negated)
            case _:
                right = self._right(test, test.right[0])
                return Test(self._needed(test.left), _SIGNS[test.op], right, not_=test.negated)

    def _yes(self, path: ir.Path) -> Operand:
        """A value alone: only yes or no can stand so."""
        if path.type.kind == "builtin":
            return self.path(path)
        return self._call("yes", str(self.path(path)), text_literal(path.words))

    def _plain(self, path: ir.Path) -> Operand:
        """One side; an enum's member is compared by its value."""
        core = path.type.of if path.type.kind == "optional" and path.type.of else path.type
        return self._call("value_of", str(self.path(path))) if core.kind == "enum" else self.path(path)

    def _needed(self, path: ir.Path) -> Operand:
        """One side where null has no meaning: an optional value must be there."""
        if path.type.kind == "optional":
            return self._call("needed", str(self._plain(path)), text_literal(path.words))
        return self._plain(path)

    def _right(self, test: ir.Test, operand: ir.Operand) -> Operand:
        if isinstance(operand, ir.Path):
            return self._needed(operand) if test.op in _SIGNS else self._plain(operand)
        text = self.constant(operand, test.left.type)
        if operand.kind == "decimal" and test.left.type.kind == "any":
            # Only the run shows whether the value is a float or a Decimal.
            return self._call("like", str(self.path(test.left)), str(text))
        return text

    def _reached(self, path: ir.Path) -> str:
        """A path that may lead through what is not there."""
        if not path.fields:
            return str(self.path(path))
        return str(self._call("reach", str(self.path(ir.Path(path.value, (), path.type))), text_literal(path.words)))


def _equals(test: ir.Test) -> str:
    right = test.right[0]
    if isinstance(right, ir.Constant) and right.kind == "yes_no":
        return "is not" if test.negated else "is"
    return "!=" if test.negated else "=="


def _in(test: ir.Test) -> str:
    return "not in" if test.negated else "in"


_UNITS = (("weeks", 604_800_000), ("days", 86_400_000), ("hours", 3_600_000), ("minutes", 60_000), ("seconds", 1000))


def duration_argument(milliseconds: int) -> str:
    """A duration as an argument of `timedelta`, in the largest unit that says it exactly."""
    for unit, size in _UNITS:
        if milliseconds and milliseconds % size == 0:
            return f"{unit}={milliseconds // size}"
    return f"milliseconds={milliseconds}"


def _row(row: dict[str, str]) -> str:
    return "{" + ", ".join(f"{text_literal(key)}: {text_literal(cell)}" for key, cell in row.items()) + "}"
