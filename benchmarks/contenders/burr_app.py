"""Burr: the graph is made once, each run is an application of its own.

In SQLite by the persister that Burr brings, which saves the whole state after each action and leaves SQLite at its
defaults: a rollback journal, FULL. It works one call at a time, so W2 runs one by one: 100 of them, and tells ten times
what they took.
"""

from __future__ import annotations

import time
from itertools import count, pairwise
from pathlib import Path

from burr.core import ApplicationBuilder, Graph, GraphBuilder, State, action
from burr.core.persistence import SQLitePersister
from meter import MANY, ORDER, Figures, main, rounds


@action(reads=["count"], writes=["count"])
async def count_up(state: State) -> State:
    return state.update(count=state["count"] + 1)


@action(reads=["count"], writes=["count"])
def count_up_at_once(state: State) -> State:
    return state.update(count=state["count"] + 1)


def counting(task: object, steps: int) -> tuple[Graph, str]:
    """So many actions in a row, and the name of the last."""
    names = [f"count_up_{number}" for number in range(steps)]
    graph = GraphBuilder().with_actions(**dict.fromkeys(names, task)).with_transitions(*pairwise(names)).build()
    return graph, names[-1]


def started(graph: Graph) -> ApplicationBuilder:
    return ApplicationBuilder().with_graph(graph).with_state(count=0, order=ORDER).with_entrypoint("count_up_0")


async def memory_w1(_folder: Path) -> Figures:
    graph, last = counting(count_up, 19)

    async def one() -> None:
        _, _, state = await (await started(graph).abuild()).arun(halt_after=[last])
        assert state["count"] == 19

    seconds = await rounds(one, least=100)
    return {"seconds": seconds, "steps a second": 19 / seconds}


class Saved:
    """Runs of so many actions, each saved after each action."""

    def __init__(self, folder: Path, steps: int) -> None:
        self._persister = SQLitePersister(str(folder / "burr.db"))
        self._persister.initialize()
        self._graph, self._last = counting(count_up_at_once, steps)
        self._steps = steps
        self._numbers = count()

    async def one(self) -> None:
        name = f"run {next(self._numbers)}"
        run = started(self._graph).with_identifiers(app_id=name).with_state_persister(self._persister).build()
        run.run(halt_after=[self._last])
        saved = self._persister.load(None, name)
        assert saved is not None
        assert saved["state"]["count"] == self._steps


async def sqlite_w1(folder: Path) -> Figures:
    seconds = await rounds(Saved(folder, 19).one, least=50)
    return {"seconds": seconds, "steps a second": 19 / seconds}


async def sqlite_w2(folder: Path) -> Figures:
    runs = Saved(folder, 10)
    await runs.one()
    begin = time.perf_counter()
    for _ in range(MANY // 10):
        await runs.one()
    seconds = 10 * (time.perf_counter() - begin)
    return {"seconds": seconds, "steps a second": 10 * MANY / seconds}


if __name__ == "__main__":
    main({"memory": {"W1": memory_w1}, "sqlite": {"W1": sqlite_w1, "W2": sqlite_w2}})
