"""pydantic-graph: graphs made once by its builder; a step holds no values of its own, the state has them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from meter import NAP, ORDER, PARTS, Figures, main, rounds
from pydantic_graph import GraphBuilder, StepContext
from pydantic_graph.join import reduce_sum


@dataclass
class Held:
    count: int = 0
    order: dict[str, Any] = field(default_factory=lambda: ORDER)


async def count_up(context: StepContext[Held, None, None]) -> None:
    context.state.count += 1


async def w1(_folder: object) -> Figures:
    builder = GraphBuilder(state_type=Held, input_type=type(None), output_type=type(None))
    steps = [builder.step(count_up, node_id=f"count up {number}") for number in range(19)]
    for before, after in zip([builder.start_node, *steps], [*steps, builder.end_node], strict=True):
        builder.add(builder.edge_from(before).to(after))
    graph = builder.build()

    async def one() -> None:
        held = Held()
        await graph.run(state=held)
        assert held.count == 19

    seconds = await rounds(one, least=100)
    return {"seconds": seconds, "steps a second": 19 / seconds}


async def prepare(context: StepContext[None, None, int]) -> list[int]:
    return list(range(context.inputs))


async def rest(_context: StepContext[None, None, int]) -> int:
    await asyncio.sleep(NAP)
    return 1


async def w3(_folder: object) -> Figures:
    builder = GraphBuilder(input_type=int, output_type=int)
    first, part = builder.step(prepare), builder.step(rest)
    join = builder.join(reduce_sum, initial=0)
    builder.add(
        builder.edge_from(builder.start_node).to(first),
        builder.edge_from(first).map().to(part),
        builder.edge_from(part).to(join),
        builder.edge_from(join).to(builder.end_node),
    )
    graph = builder.build()

    async def one() -> None:
        assert await graph.run(inputs=PARTS) == PARTS

    return {"seconds": await rounds(one, least=20)}


if __name__ == "__main__":
    main({"memory": {"W1": w1, "W3": w3}})
