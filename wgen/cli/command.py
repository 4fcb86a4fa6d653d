"""Commands on flow files that must start fast: declared as data, so that a plain command line needs no click.

Loading click takes as long as linting ten flows. So a command line of nothing but flags and paths is read here. Every
other one is read by click, from the same declaration; click also writes the help, names what is wrong with a command
line, and completes it in a shell.
"""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from wgen.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

F = TypeVar("F", bound="Callable[..., int]")


class Misuse(UsageError):
    """A command line whose parts don't go together. Who reads it is sent to the command's help."""


class Option(NamedTuple):
    """A flag; with `choices` one of these texts, with `metavar` any number of texts."""

    name: str
    help: str
    default: Any = False
    choices: tuple[str, ...] = ()
    metavar: str = ""

    @property
    def parameter(self) -> str:
        return self.name.removeprefix("--").replace("-", "_")

    @property
    def is_flag(self) -> bool:
        return self.default is False


class Declaration(NamedTuple):
    """What a command takes besides `paths`, and two examples for the end of its help."""

    options: tuple[Option, ...]
    examples: tuple[str, str]


COLOR = Option("--color", "When to use colour.", "auto", ("always", "auto", "never"))


def command(*options: Option, examples: tuple[str, str]) -> Callable[[F], F]:
    """Declares a function as a command: it gets `paths` and each option by name, and gives the exit code."""

    def declare(function: F) -> F:
        function.declaration = Declaration(options, examples)  # type: ignore[attr-defined]
        return function

    return declare


def declaration_of(function: object) -> Declaration | None:
    """How a function was declared; None for a command of click."""
    return getattr(function, "declaration", None)


def plain_call(function: Callable[..., int], words: Sequence[str]) -> Callable[[], int] | None:
    """The call that a command line of flags and paths means; None where click has to look at it."""
    declaration = declaration_of(function)
    if declaration is None or os.name == "nt":  # there click expands what shells expand elsewhere
        return None
    flags = {option.name: option.parameter for option in declaration.options if option.is_flag}
    given: dict[str, Any] = {option.parameter: option.default for option in declaration.options}
    paths = []
    for word in words:
        if word in flags:
            given[flags[word]] = True
        elif word.startswith("-") and word != "-":
            return None
        else:
            paths.append(word)
    return partial(function, paths=tuple(paths), **given)
