"""What the user passes as data: inputs of a run, payloads of an event, moments in time."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NoReturn

import click

from wgen.cli.options import duration, read_text
from wgen.compiler.names import python_name
from wgen.errors import InputError, UsageError

if TYPE_CHECKING:
    from wgen.cli.loading import AnyFlow


def read_inputs(text: str | None, flow: AnyFlow) -> dict[str, Any]:
    """The inputs of one run, by Python name. Names may be given in words, too."""
    return {} if text is None else _named(read_json(read_text(text), "--input"), "--input", flow)


def read_many_inputs(text: str, flow: AnyFlow) -> dict[str, dict[str, Any]]:
    """The inputs of several runs, one line of `@FILE.jsonl` each, by the place of that line."""
    places = {f"{text[1:]}, line {number}": line for number, line in enumerate(read_text(text).splitlines(), 1)}
    return {place: _named(read_json(line, place), place, flow) for place, line in places.items() if line.strip()}


def read_json(text: str, place: str) -> Any:
    """JSON as the user wrote it; NaN and infinity are no JSON."""
    try:
        return json.loads(text, parse_constant=_no_constant, object_pairs_hook=_no_doubles)
    except ValueError as error:
        raise InputError(f"{place} is not valid JSON: {error}") from None


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a value of JSON")


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the key {next(name for name in names if names.count(name) > 1)!r} stands there twice")
    return found


def _named(value: Any, place: str, flow: AnyFlow) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InputError(f'{place} must be a JSON object that maps names to values, like {{"customer": …}}')
    found: dict[str, Any] = {}
    for words, entry in value.items():
        folded = python_name(words)
        name = folded if folded in flow.inputs else words
        if name in found:
            raise InputError(f"{place} gives {name!r} twice, in two spellings")
        found[name] = entry
    return found


def read_moment(text: str) -> float:
    """Epoch seconds of `--since`: a time in RFC 3339, a date, or a duration before now."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        try:
            return datetime.now(UTC).timestamp() - duration(text)
        except click.BadParameter:
            raise UsageError(
                f"--since {text!r} is neither a time like 2026-03-01T09:30:00Z nor a duration like 2h"
            ) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
