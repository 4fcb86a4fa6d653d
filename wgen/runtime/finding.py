"""Finds the store that a URL names. Stores are named here as texts: the runtime imports none until it is asked to."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Final, cast

from wgen.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable

    from wgen.runtime.ports import Store

STORES: Final = {
    "memory": "wgen.stores.memory:MemoryStore",
    "sqlite": "wgen.stores.sqlite:SqliteStore",
}
"""URL scheme → module and class. Packages add theirs as entry points of the group `wgen.stores`."""


def find_store(url: str) -> Store:
    """A store for the URL, not opened yet."""
    scheme, colon, _ = url.partition("://")
    if not colon:
        raise StoreError(f"{url!r} is no store URL: write one like sqlite:///wgen.db")
    own = {point.name: point.value for point in entry_points(group="wgen.stores")} if scheme not in STORES else {}
    place = STORES.get(scheme) or own.get(scheme)
    if place is None:
        known = ", ".join(f"{name}://" for name in sorted({*STORES, *own}))
        raise StoreError(f"there is no store for {scheme}://; known are {known}")
    module, _, name = place.partition(":")
    make = cast("Callable[[str], Store]", getattr(import_module(module), name))
    return make(url)
