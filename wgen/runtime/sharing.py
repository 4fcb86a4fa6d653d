"""Engines of one process that were given the same store object: what one of them writes, the others look at soon.

`Store.changed` tells what was written through other connections; engines that share an object share its connection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    from wgen.runtime.ports import Store


class _Shared:
    """One store object, as long as an engine has it, and how often engines have written to it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.count = 0


_SHARED: Final[WeakValueDictionary[int, _Shared]] = WeakValueDictionary()


class Writes:
    """What one engine has written to its store, and what others have that share it."""

    def __init__(self, store: Store) -> None:
        self._shared = _SHARED.setdefault(id(store), _Shared(store))
        self._others = self._shared.count

    def note(self) -> None:
        """The engine has written what may concern others."""
        self._shared.count += 1
        self._others += 1

    def by_others(self) -> bool:
        """Whether others have written since the last call."""
        before, self._others = self._others, self._shared.count
        return before != self._others
