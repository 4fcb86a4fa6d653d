"""The names of the events that runs are told by of other runs and of limits; no event of a flow has such a name."""

from __future__ import annotations

from typing import Final, NamedTuple
from urllib.parse import unquote

GATE: Final = "gate:"
_WATCH: Final = "flow:"
_ESCAPED: Final = str.maketrans({"%": "%25", ":": "%3A", ",": "%2C"})
"""What parts a name, and the names of a list, stands escaped in the words of users."""


def child_event(id: str) -> str:
    """The name of the event by which a run tells its parent that it has ended."""
    return f"run:{id}"


def gate_event(place: int) -> str:
    """The name of the event by which an attempt is let in; its payload is the time from which on it may begin."""
    return f"{GATE}{place}"


class Watched(NamedTuple):
    """What is waited for: that a run of the flow, with this key if there is one, reaches the word."""

    flow: str
    word: str
    key: str | None


def watch_event(watched: Watched, place: int) -> str:
    """The name of the event by which the position `place` is told that what it watches for has come about."""
    parts = (watched.flow, watched.word, watched.key or "", str(place))
    return _WATCH + ":".join(part.translate(_ESCAPED) for part in parts)


def read_watch_event(event: str) -> Watched | None:
    """What an event of such a name tells; None for any other."""
    if not event.startswith(_WATCH):
        return None
    flow, word, key, _ = map(unquote, event.removeprefix(_WATCH).split(":"))
    return Watched(flow, word, key or None)
