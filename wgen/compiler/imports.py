"""Which names a generated module imports, and how it calls types."""

from __future__ import annotations

from collections.abc import Collection

from wgen.compiler import ir
from wgen.compiler.layout import exploded, fits

RESERVED = frozenset(
    {
        *(
            "Any",
            "Background",
            "Break",
            "Call",
            "Child",
            "DONE",
            "Decimal",
            "Decision",
            "Done",
            "Every",
            "Fail",
            "Finish",
            "Flow",
        ),
        *("ForEach", "Input", "Limit", "MISSING", "OnEvent", "OnFailure", "OnFlow", "OnTimeout", "Parallel", "Policy"),
        *("Protocol", "Repeat", "Returns", "Status", "StrEnum", "Task", "Timer", "Try", "UNLIMITED", "Wait", "When"),
        *("dataclass", "date"),
        *(
            "datetime",
            "time",
            "timedelta",
            "field",
            "given",
            "empty",
            "like",
            "needed",
            "reach",
            "result",
            "yes",
            "known",
        ),
        *("right", "owner", "holds", "handlers", "State", "Values", "Handlers", "FLOW"),
    }
)
"""Names that mean something in every generated module."""


class Names:
    """Which names a generated module imports, and how it calls them.

    `taken` are names of the flow's own (values, handlers, steps). Inside a class they would hide a type of the same
    name, so such a type is called through an alias.
    """

    def __init__(self, package: bool, taken: Collection[str]) -> None:
        self._package = package
        self._taken = taken
        self._types: dict[str, ir.Type] = {}
        self.vocabulary: set[str] = set()
        self.aliases: dict[str, str] = {}
        self.modules: set[str] = set()

    def use(self, name: str) -> str:
        """A name of the runtime's vocabulary."""
        self.vocabulary.add(name)
        return name

    def annotation(self, type_: ir.Type) -> str:
        """A type as Python writes it."""
        match type_.kind:
            case "any":
                return self.use("Any")
            case "list":
                return f"{self._builtin('list')}[{self.annotation(type_.of or ir.ANY)}]"
            case "optional":
                inner = self.annotation(type_.of or ir.ANY)
                return inner if inner == "Any" else f"{inner} | None"
            case "builtin":
                return self._builtin_type(type_.name)
            case "named" | "enum":
                return self._class(type_)

    def _builtin_type(self, name: str) -> str:
        if name == "dict":
            return f"{self._builtin('dict')}[{self._builtin('str')}, {self.use('Any')}]"
        name = "timedelta" if name == "duration" else name
        if name in ("Decimal", "date", "time", "datetime", "timedelta"):
            self.use(name)
        return self._builtin(name)

    def _builtin(self, name: str) -> str:
        if name not in self._taken:
            return name
        self.aliases[f"{name}_type"] = name
        return f"{name}_type"

    def _class(self, type_: ir.Type) -> str:
        known = self._types.setdefault(type_.name, type_)
        clash = ir.plain(known) != ir.plain(type_) or type_.name in RESERVED or type_.name in self._taken
        if not clash:
            return type_.name
        self.modules.add(f"from . import {type_.module}" if self._inside(type_) else f"import {type_.module}")
        if self._types[type_.name] is type_:
            del self._types[type_.name]
        return f"{type_.module}.{type_.name}"

    def _inside(self, type_: ir.Type) -> bool:
        return type_.beside and self._package

    def alias_lines(self) -> list[str]:
        return [f"{alias} = {name}" for alias, name in sorted(self.aliases.items())]

    def imports(self) -> list[str]:
        """The import lines of the user's own types."""
        by_module: dict[str, list[str]] = {}
        for name, type_ in self._types.items():
            by_module.setdefault(f".{type_.module}" if self._inside(type_) else type_.module, []).append(name)
        lines = sorted(self.modules)
        for module in sorted(by_module, key=lambda module: (module.startswith("."), module)):
            names = sorted(by_module[module])
            line = f"from {module} import {', '.join(names)}"
            lines += [line] if fits(line) else exploded(f"from {module} import (", names, ")")
        return lines
