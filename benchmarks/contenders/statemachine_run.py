"""python-statemachine: twenty states in a row, declared once; each run is a machine of its own."""

from __future__ import annotations

from meter import ORDER, Figures, main, rounds
from statemachine import State, StateMachine
from statemachine.states import States


class Nineteen(StateMachine):
    states = States({f"s{number}": State(initial=number == 0, final=number == 19) for number in range(20)})
    go_on = states.s0.to(states.s1)
    for number in range(1, 19):
        go_on |= getattr(states, f"s{number}").to(getattr(states, f"s{number + 1}"))

    def __init__(self) -> None:
        self.count = 0
        self.order = ORDER
        super().__init__()

    async def on_go_on(self) -> None:
        self.count += 1


async def w1(_folder: object) -> Figures:
    async def one() -> None:
        run = Nineteen()
        for _ in range(19):
            await run.go_on()
        assert run.count == 19
        assert run.is_terminated

    seconds = await rounds(one, least=20)
    return {"seconds": seconds, "steps a second": 19 / seconds}


if __name__ == "__main__":
    main({"async": {"W1": w1}})
