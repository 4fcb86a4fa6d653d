"""LangGraph: graphs are made and compiled once.

In SQLite by its own saver, and with `durability="sync"`: a checkpoint is written before the next step starts. (By
default it is written while the next step is executed already.) The saver works one call at a time, so W2 runs one by
one: 100 of them, and tells ten times what they took.
"""

from __future__ import annotations

import asyncio
import os
import time
from itertools import count, pairwise
from operator import add
from pathlib import Path
from typing import Annotated, Any, TypedDict

os.environ |= {"LANGSMITH_TRACING": "false", "LANGCHAIN_TRACING_V2": "false"}

# isort: split
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Send
from meter import MANY, NAP, ORDER, PARTS, Figures, main, rounds


class Held(TypedDict):
    count: int
    order: dict[str, Any]


async def count_up(held: Held) -> dict[str, int]:
    return {"count": held["count"] + 1}


def count_up_at_once(held: Held) -> dict[str, int]:
    return {"count": held["count"] + 1}


def counting(task: Any, steps: int) -> StateGraph[Held]:
    graph = StateGraph(Held)
    names = [f"count up {number}" for number in range(steps)]
    for name in names:
        graph.add_node(name, task)
    for before, after in pairwise([START, *names, END]):
        graph.add_edge(before, after)
    return graph


async def memory_w1(_folder: Path) -> Figures:
    graph = counting(count_up, 19).compile()

    async def one() -> None:
        assert (await graph.ainvoke({"count": 0, "order": ORDER}))["count"] == 19

    seconds = await rounds(one, least=50)
    return {"seconds": seconds, "steps a second": 19 / seconds}


class Parts(TypedDict):
    numbers: list[int]
    rested: Annotated[int, add]


async def prepare(_held: Parts) -> dict[str, list[int]]:
    return {"numbers": list(range(PARTS))}


async def rest(_number: int) -> dict[str, int]:
    await asyncio.sleep(NAP)
    return {"rested": 1}


def spread(held: Parts) -> list[Send]:
    return [Send("rest", number) for number in held["numbers"]]


async def memory_w3(_folder: Path) -> Figures:
    builder = StateGraph(Parts)
    builder.add_node("prepare", prepare)
    builder.add_node("rest", rest)
    builder.add_edge(START, "prepare")
    builder.add_conditional_edges("prepare", spread, ["rest"])
    builder.add_edge("rest", END)
    graph = builder.compile()

    async def one() -> None:
        assert (await graph.ainvoke({"rested": 0}))["rested"] == PARTS

    return {"seconds": await rounds(one, least=20)}


async def saved(folder: Path, steps: int, many: int | None) -> float:
    """The median time of a run, or the time of so many of them, one after the other."""
    numbers = count()
    with SqliteSaver.from_conn_string(str(folder / "langgraph.db")) as saver:
        graph = counting(count_up_at_once, steps).compile(checkpointer=saver)

        async def one() -> None:
            run: Any = {"configurable": {"thread_id": f"run {next(numbers)}"}}
            assert graph.invoke({"count": 0, "order": ORDER}, run, durability="sync")["count"] == steps

        if many is None:
            return await rounds(one, least=20)
        await one()
        begin = time.perf_counter()
        for _ in range(many):
            await one()
        return time.perf_counter() - begin


async def sqlite_w1(folder: Path) -> Figures:
    seconds = await saved(folder, 19, None)
    return {"seconds": seconds, "steps a second": 19 / seconds}


async def sqlite_w2(folder: Path) -> Figures:
    seconds = 10 * await saved(folder, 10, MANY // 10)
    return {"seconds": seconds, "steps a second": 10 * MANY / seconds}


if __name__ == "__main__":
    main({"memory": {"W1": memory_w1, "W3": memory_w3}, "sqlite": {"W1": sqlite_w1, "W2": sqlite_w2}})
