"""What an event has to hold so that it is meant for a run: read off a wait's condition, for those without its code.

`where (decision - loan id) is (application - id)` becomes `{"loan_id": 17}`. A condition is a Python function; it is
called with a stand-in for the event that notes which of its fields are compared with what. Only a condition that holds
just when all of those are equal has a correlation; of any other nothing is said, and only the flow's code can tell.

Stores find open waits by it, and kept events by their payloads: under a `Mark`, the fields that are compared and a text
of their values. The text is the same for all that Python takes for equal, and for some that it does not: what is found
under it is still asked by the flow's own condition.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Context
from typing import Any, Final, NamedTuple
from uuid import UUID

from wgen.runtime.codec import plain, to_text
from wgen.runtime.flow import MISSING
from wgen.runtime.values import reach

_PLAIN: Final = (str, int, bool)
NOTHING: Final = "[]"
"""The fields of waits without a condition."""

OUTDATED: Final[dict[str, Any]] = {}
"""The correlation of a wait after an operator has changed a value: the flow's code has to tell it anew."""

_BY_CODE: Final = ""
_VALUE: Final = " - value"
_NUMBERS: Final = Context(prec=28, traps=[])  # whatever the user's own code sets; what is no number becomes NaN


class _Event:
    """Stands for an event, or for a field of one."""

    def __init__(self, notes: _Notes, path: tuple[str, ...] = ()) -> None:
        self._notes = notes
        self._path = path

    def __getattr__(self, name: str) -> _Event:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Event(self._notes, (*self._path, name))

    def __getitem__(self, name: str) -> _Event:
        return _Event(self._notes, (*self._path, name))

    def __eq__(self, other: object) -> bool:
        return self._notes.compared(self._path, other)

    __hash__ = None  # type: ignore[assignment]  # a condition that looks it up in a set is no simple one


class _Notes:
    """The comparisons of one call. All of them hold but the one of this number."""

    def __init__(self, but: int | None = None) -> None:
        self.made: list[tuple[str, object]] = []
        self._but = but

    def compared(self, path: tuple[str, ...], other: object) -> bool:
        self.made.append((" - ".join(path), str(other) if isinstance(other, UUID) else other))
        return len(self.made) - 1 != self._but


def correlation_of(where: Callable[[Any, Any], bool] | None, known: Any) -> dict[str, Any] | None:
    """Of each field that has to be equal, its value. None: the condition asks for something else, or for nothing."""
    if where is None:
        return None
    try:
        notes = _Notes()
        simple = where(known, _Event(notes)) is True
        for number in range(len(notes.made)):
            simple = simple and where(known, _Event(_Notes(number))) is False
    except Exception:  # noqa: BLE001 - it does something with the event that no stand-in can do
        return None
    simple = simple and bool(notes.made) and all(path and isinstance(value, _PLAIN) for path, value in notes.made)
    return dict(notes.made) if simple else None


def fits(correlation: Mapping[str, Any], payload: Any) -> bool:
    """Whether a payload, as JSON, holds these values."""
    return all(_reached(payload, path) == value for path, value in correlation.items())


def _reached(payload: Any, path: str) -> Any:
    """What stands at a path. The value of an enumeration's member stands for the member itself in JSON."""
    found = reach(payload, f"event - {path}")
    if found is MISSING and path.endswith(_VALUE):
        found = reach(payload, f"event - {path.removesuffix(_VALUE)}")
    return found


# ---- what stores look up ---------------------------------------------------------------------------------------------


class Mark(NamedTuple):
    """What a wait is found under: the fields that its condition compares, and their values, each as one text."""

    fields: str
    key: str


def mark_of(where: Callable[[Any, Any], bool] | None, correlation: Mapping[str, Any] | None) -> Mark:
    """The mark of a wait: one for all waits without a condition, another for those that only the code can tell of."""
    if where is None:
        return Mark(NOTHING, NOTHING)
    if correlation is None:
        return Mark(_BY_CODE, "")
    paths = sorted(correlation)
    return Mark(_text(paths), _text([_alike(correlation[path]) for path in paths]))


def key_in(payload: bytes, fields: str) -> str | None:
    """The key that a payload, as JSON, has for these fields. None: it is meant for no wait that compares them."""
    if fields == _BY_CODE:
        return ""
    event = plain(payload)
    values = [_alike(_reached(event, path)) for path in plain(fields.encode())]
    return None if None in values else _text(values)


def _alike(value: object) -> str | None:
    """One text for all values that are equal: 17, 17.0 and, since it may be a Decimal's JSON, also "17.00"."""
    if not isinstance(value, str | int | float):
        return None
    number = _NUMBERS.create_decimal(value if isinstance(value, str) else repr(value + 0))
    return str(_NUMBERS.normalize(number) + 0) if number.is_finite() else str(value)


def _text(parts: list[Any]) -> str:
    return to_text(parts).decode()
