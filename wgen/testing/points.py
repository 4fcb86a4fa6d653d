"""The points at which a worker can die: counted where none does, then taken one by one."""

from __future__ import annotations

from typing import Final

from wgen.errors import StoreError

BEFORE_COMMIT: Final = "before commit"
AFTER_COMMIT: Final = "after commit"
BEFORE_HANDLER: Final = "before handler"
AFTER_HANDLER: Final = "after handler"
KINDS: Final = (BEFORE_COMMIT, AFTER_COMMIT, BEFORE_HANDLER, AFTER_HANDLER)


class Points:
    """Counts the points of each kind that were reached, and dies at the one asked for.

    Who is dead does nothing any more: it reads and writes no store, and calls no handler.
    """

    def __init__(self, die_at: str | None = None) -> None:
        self._die_at = die_at
        self._counts: dict[str, int] = {}
        self.reached: list[str] = []
        self.dead = False

    def reach(self, kind: str) -> None:
        """Now it happens: `kind` is like "before commit", the point's name has its number behind."""
        self.check()
        self._counts[kind] = self._counts.get(kind, 0) + 1
        point = f"{kind} {self._counts[kind]}"
        if point == self._die_at:
            self.die()
        self.reached.append(point)

    def die(self) -> None:
        """What dying is here."""
        self.dead = True
        self.check()

    def check(self) -> None:
        """Raises StoreError when the worker is dead: that is what stops an engine."""
        if self.dead:
            raise StoreError("the worker is dead")
