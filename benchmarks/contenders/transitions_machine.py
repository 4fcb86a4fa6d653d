"""transitions: an asynchronous machine of twenty states, made once; each run is a model that joins and leaves it."""

from __future__ import annotations

from typing import Any

from meter import ORDER, Figures, main, rounds
from transitions.extensions.asyncio import AsyncMachine

STATES = [f"after {number}" for number in range(20)]


class Counting:
    """The machine gives it `trigger` and `state`."""

    trigger: Any
    state: str

    def __init__(self) -> None:
        self.count = 0
        self.order = ORDER

    async def count_up(self) -> None:
        self.count += 1


async def w1(_folder: object) -> Figures:
    machine = AsyncMachine(model=None, states=STATES, initial=STATES[0], auto_transitions=False)
    machine.add_ordered_transitions(trigger="go_on", before="count_up", loop=False)

    async def one() -> None:
        run = Counting()
        machine.add_model(run)
        for _ in range(19):
            await run.trigger("go_on")
        assert (run.count, run.state) == (19, STATES[-1])
        machine.remove_model(run)

    seconds = await rounds(one, least=100)
    return {"seconds": seconds, "steps a second": 19 / seconds}


if __name__ == "__main__":
    main({"async": {"W1": w1}})
