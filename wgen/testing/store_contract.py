"""The suite that every store passes, users' own included.

Each case is a coroutine function that gets an open, empty store:

    @pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
    def test_my_store(case): asyncio.run(with_my_store(case))
"""

from __future__ import annotations

from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, Final

from wgen.testing.store_cases import ending, events, leases, runs, traces, triggers, waits

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from types import ModuleType

    from wgen.runtime.ports import Store


def _cases(module: ModuleType) -> Iterator[Any]:
    return (f for f in vars(module).values() if iscoroutinefunction(f) and f.__module__ == module.__name__)


CASES: Final[tuple[Callable[[Store], Awaitable[None]], ...]] = tuple(
    case for module in (runs, leases, events, waits, traces, triggers, ending) for case in _cases(module)
)
