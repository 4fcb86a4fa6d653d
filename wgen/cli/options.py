"""Options that several commands share, and how their texts are read."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any, TypeVar

import click

from wgen.cli.command import COLOR
from wgen.cli.config import config_here
from wgen.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

F = TypeVar("F", bound="Callable[..., Any]")

_SECONDS = {"ms": 0.001, "s": 1.0, "sec": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_SECONDS |= {"": 1.0, "millisecond": 0.001, "second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86400.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?|\.\d+)\s*([a-z]*)")


def duration(text: str) -> float:
    """Seconds of `10s`, `500 ms`, `2 minutes`; a bare number is seconds."""
    match = _DURATION.fullmatch(text.strip().lower())
    unit = match[2] if match else "?"
    seconds = _SECONDS.get(unit) or _SECONDS.get(unit.removesuffix("s"))
    if match is None or seconds is None or not float(match[1]):
        raise click.BadParameter(f"{text!r} is not a duration; write it like 10s, 500ms or 2m")
    return float(match[1]) * seconds


def kept_unmatched() -> float:
    """For how many seconds published events are kept that no run waits for, as the project's settings say."""
    try:
        return duration(config_here().unmatched)
    except click.BadParameter as error:
        raise UsageError(f"the setting unmatched: {error.message}") from None


def store_option(command: F) -> F:
    """`--store URL`, by default what the environment or the project's settings say."""
    return click.option(
        "--store",
        metavar="URL",
        default=lambda: config_here().store,
        show_default="sqlite:///wgen.db",
        help="Where runs are kept; also WGEN_STORE.",
    )(command)


def json_option(command: F) -> F:
    return click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else on standard output.")(
        command
    )


def lease_option(command: F) -> F:
    return click.option(
        "--lease",
        type=duration,
        default=lambda: config_here().lease,
        show_default="10s",
        help="How long a run is held before another process may take it over; also WGEN_LEASE.",
    )(command)


def handlers_option(command: F) -> F:
    return click.option(
        "--handlers",
        metavar="MODULE_OR_FILE[:ATTRIBUTE]",
        help="What executes the tasks, instead of <flow>_handlers.py or handlers.py beside the flow.",
    )(command)


def color_option(command: F) -> F:
    return click.option(
        COLOR.name, type=click.Choice(COLOR.choices), default=COLOR.default, show_default=True, help=COLOR.help
    )(command)


def paths_argument(command: F) -> F:
    return click.argument("paths", nargs=-1, metavar="[PATH]...")(command)


def read_text(text: str) -> str:
    """What `--input` and `--payload` mean: the text itself, `@FILE`, or `@-` for standard input."""
    if not text.startswith("@"):
        return text
    try:
        if text == "@-":
            return sys.stdin.buffer.read().decode()
        with open(text[1:], encoding="utf-8") as file:  # noqa: PTH123 - the name as typed, also in the error
            return file.read()
    except UnicodeDecodeError as error:
        name = "standard input" if text == "@-" else text[1:]
        raise InputError(f"{name} is not UTF-8: byte 0x{error.object[error.start]:02x}; save it as UTF-8") from None


def examples(*lines: str) -> str:
    """The end of a command's help."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)
