"""Decisions and loops between two tasks are passed quickly, and leave the same as when each is looked at by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.compiled import compiled
from tests.runtime.support import Calls, go
from wgen.errors import RunFailed
from wgen.runtime import Engine
from wgen.runtime.rows import Step
from wgen.stores.memory import MemoryStore

if TYPE_CHECKING:
    from wgen.runtime.rows import Change

LOOPS = """
@Given (most) as int
@Then begin giving (count) as int
@Repeat until (count) is at least (most), at most 9 times
    @Then count up using (count) giving (count)
    @When (count) is 2
        @Then tell it is two
        @Repeat 2 times
            @Then ring
            @When (count) is more than 1
                @Then ring again
            @End
        @End
    @Or when (count) is 3
        @Then tell it is three
    @End
    @Then rest
@End
@Repeat while (count) is more than 0
    @Then count down using (count) giving (count)
@End
@When (count) is 0
    @Then tell it is over
@End
"""

QUIET = ("tell_it_is_two", "tell_it_is_three", "tell_it_is_over", "ring", "ring_again", "rest")


class Noting(MemoryStore):
    """Notes what each save writes."""

    def __init__(self) -> None:
        super().__init__("memory://")
        self.saved: list[Any] = []
        self.steps = 0

    def save(self, change: Change, /) -> bool:
        self.steps += type(change) is Step
        entries = [entry[1:4] for entry in change.entries]
        values = sorted(tuple(value) for value in change.values)
        self.saved.append((change.revision, change.root, entries, values, change.head and change.head.status))
        return super().save(change)


def _performed(most: int, **options: Any) -> tuple[list[Any], int, list[str]]:
    async def main() -> tuple[list[Any], int, list[str]]:
        (flow,) = compiled(LOOPS)
        store = Noting()
        calls = Calls(
            begin=lambda: 0,
            count_up=lambda count: count + 1,
            count_down=lambda count: count - 1,
            **dict.fromkeys(
                ("tell_it_is_two", "tell_it_is_three", "tell_it_is_over", "ring", "ring_again", "rest"), str
            ),
        )
        async with Engine(store, **options) as engine:
            engine.register(flow, calls)
            try:
                await (await engine.start(flow, most=most)).result()
            except RunFailed as failed:
                calls.seen.append(str(failed))
        return store.saved, store.steps, calls.seen

    return go(main())  # type: ignore[no-any-return]  # as main does


@pytest.mark.parametrize("most", [0, 1, 4, 20])
def test_what_is_saved_does_not_depend_on_the_way(most: int) -> None:
    quick, steps, seen = _performed(most)
    slow, none, also_seen = _performed(most, observe=lambda _: None)
    assert quick == slow
    assert seen == also_seen
    assert none == 0
    assert steps == len(quick) - 1  # all but the end


def test_the_loops_and_decisions_lead_where_they_should() -> None:
    _, _, seen = _performed(3)
    two = ["count_up", "tell_it_is_two", "ring", "ring_again", "ring", "ring_again", "rest"]
    three = ["count_up", "tell_it_is_three", "rest", *["count_down"] * 3, "tell_it_is_over"]
    assert seen == ["begin", "count_up", "rest", *two, *three]
    assert "9 rounds" in _performed(20)[2][-1]
