"""What the parts of a generated module share: how states are called, and the functions made so far."""

from __future__ import annotations

import builtins

from wgen.compiler import ir
from wgen.compiler.flatten import DONE, FlatState
from wgen.compiler.imports import RESERVED, Names
from wgen.compiler.layout import header, indented
from wgen.compiler.names import python_name, unique
from wgen.compiler.source import Source, Span
from wgen.compiler.views import FunctionView

NO_FUNCTION = RESERVED.union(dir(builtins))
"""Names that no function of a module may have: they mean something there, or in all of Python."""


class Writer:
    """Names and places of one flow. `taken` are the names that no further function of the module may have."""

    def __init__(self, flow: ir.Flow, source: Source, names: Names, several: bool, taken: set[str]) -> None:
        self.flow = flow
        self.names = names
        self.several = several
        self.prefix = "".join(part.capitalize() for part in flow.ident.split("_")) if several else ""
        self.source_name = source.name
        self.functions: list[FunctionView] = []
        self.members: dict[str, str] = {}
        self._comments: dict[Span, str] = {}
        self._source = source
        self._taken = taken

    def name_states(self, states: list[FlatState]) -> None:
        """Gives each state its member of the enumeration."""
        for state in states:
            self.members[state.id] = unique(constant_name(state.id), self.members.values())

    def state(self, id: str) -> str:
        return self.names.use("DONE") if id == DONE else f"{self.prefix}State.{self.members[id]}"

    @property
    def known(self) -> str:
        """The parameter that every step's function has."""
        return f"known: {self.prefix}Values"

    @property
    def next_state(self) -> str:
        """The type of what a step's function returns."""
        return f"{self.prefix}State | {self.names.use('Done')}"

    def line(self, span: Span) -> int:
        return self._source.position(span.start)[0]

    def comment(self, span: Span) -> str:
        """The flow's line that a piece of Python comes from."""
        if span not in self._comments:
            self._comments[span] = f"{self.line(span)}: {flow_line(self.text(span))}"
        return self._comments[span]

    def text(self, span: Span) -> str:
        return self._source.text[span.start : span.end]

    def function(self, id: str, comment: str, head: str, parameters: list[str], returns: str, body: list[str]) -> str:
        """Adds a function to the module. Returns its name, which no other function and nothing of Python has."""
        plain = f"{self.flow.ident}_{id}" if self.several else id
        name = unique(plain, self._taken)
        self._taken.add(name)
        lines = [*header(f"{head} {name}", parameters, f" -> {returns}:"), *indented(body)]
        self.functions.append(FunctionView(comment, lines))
        return name


def constant_name(words: str) -> str:
    """A name for a constant or a member of an enumeration."""
    name = python_name(words).upper()
    return name if name.isidentifier() else f"_{name}"


def docstring_text(name: str) -> str:
    """A flow's name in quotes, as it may stand in a docstring."""
    escaped = name.replace("\\", "\\\\").replace('""', "''")
    return f'"{escaped}"'


def flow_line(text: str) -> str:
    """A sentence of a flow on one line, comments and line ends left out."""
    lines = text.split("\n")
    kept = [line.split(" #")[0].strip().removeprefix("...").removeprefix("…").strip() for line in lines]
    return " ".join(" ".join(kept).split())
