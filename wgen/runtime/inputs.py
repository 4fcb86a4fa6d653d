"""The inputs of a run: checked as a whole before anything is stored."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from wgen.errors import InputError, ValueRejected
from wgen.runtime.flow import MISSING
from wgen.runtime.plan import fold
from wgen.runtime.rows import ValueRow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wgen.runtime.plan import Bound


def take_inputs(bound: Bound, given: Mapping[str, Any]) -> tuple[Any, list[ValueRow]]:
    """The values that a run starts with, and their rows. Raises InputError with everything that is wrong."""
    problems: list[str] = []
    named = _by_name(bound, given, problems)
    known = bound.flow.values()
    rows = []
    for name, wanted in bound.flow.inputs.items():
        value = named.get(name, wanted.default)
        if value is MISSING:
            problems.append(f"({wanted.words}) is missing: give {name}=…")
            continue
        try:
            kept, text = bound.codec.coders[name].encode_json(value)
        except ValueRejected as error:
            problems.append(str(error))
            continue
        setattr(known, name, kept)
        rows.append(ValueRow(0, name, text))
    if problems:
        raise InputError(f'inputs of "{bound.flow.name}": ' + "; ".join(problems))
    return known, rows


def _by_name(bound: Bound, given: Mapping[str, Any], problems: list[str]) -> dict[str, Any]:
    """The given inputs under their Python names; the words of the flow count too."""
    names = bound.spellings
    named: dict[str, Any] = {}
    for spelling, value in given.items():
        name = names.get(spelling) or names.get(fold(spelling))
        if name is None:
            problems.append(_unknown(spelling, bound))
        elif name in named:
            problems.append(f"{spelling!r} gives {name!r} a second time")
        else:
            named[name] = value
    return named


def _unknown(spelling: str, bound: Bound) -> str:
    inputs = list(bound.flow.inputs)
    close = get_close_matches(spelling, inputs, 1)
    if close:
        return f"there is no input {spelling!r}; did you mean {close[0]!r}?"
    return f"there is no input {spelling!r}; the flow takes " + (", ".join(inputs) or "none")


def business_key(bound: Bound, known: Any) -> str | None:
    """The key by the flow's @Key sentence."""
    if bound.flow.key is None:
        return None
    try:
        key = bound.flow.key(known)
    except Exception as error:
        raise InputError(f'the key of "{bound.flow.name}" can\'t be read from the inputs: {error}') from error
    return None if key is None else str(key)


def why_not_kept(name: object) -> str | None:
    """Why no store keeps a key, an id or a reason, if that is so."""
    if not isinstance(name, str):
        return f"is to be text, not {type(name).__name__}"
    try:
        name.encode()
    except UnicodeEncodeError:
        return "holds half of a character, which can't be stored"
    return None
