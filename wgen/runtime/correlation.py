"""What an event has to hold so that it is meant for a run: read off a wait's condition, for those without its code.

`where (decision - loan id) is (application - id)` becomes `{"loan_id": 17}`. A condition is a Python function; it is
called with a stand-in for the event that notes which of its fields are compared with what. Only a condition that holds
just when all of those are equal has a correlation; of any other nothing is said, and only the flow's code can tell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

from wgen.runtime.values import reach

_PLAIN: Final = (str, int, bool)


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
    return all(reach(payload, f"event - {path}") == value for path, value in correlation.items())
