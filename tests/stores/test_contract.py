"""Every store passes the one suite."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from wgen.stores.memory import MemoryStore
from wgen.stores.sqlite import SqliteStore
from wgen.testing.store_contract import CASES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from wgen.runtime.ports import Store


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_contract(kind: str, case: Callable[[Store], Awaitable[None]], tmp_path: Path) -> None:
    async def with_store() -> None:
        store: Store = MemoryStore() if kind == "memory" else SqliteStore(f"sqlite:///{tmp_path}/runs.db")
        await store.open()
        try:
            await case(store)
        finally:
            await store.close()

    asyncio.run(with_store())
