"""Hundreds of senders, operators and workers on one run: who comes first decides, nothing is lost or doubled."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.compiled import compiled
from wgen.errors import EventRefused, NotAllowed, RunFailed
from wgen.runtime import Engine, current

COUNTING = """
@Repeat 100 times
    @Receive (coin) as int
    @Then count (coin)
    @Undo give back (coin)
@End
@Finish as "full"
"""


class Box:
    """Counts coins; `seen` tells which were counted and given back, by the keys of their attempts."""

    def __init__(self) -> None:
        self.seen: Counter[tuple[str, int]] = Counter()
        self.keys: Counter[str] = Counter()

    async def count_coin(self, *, coin: int) -> None:
        await asyncio.sleep(0)
        self.keys[current().key] += 1
        self.seen["counted", coin] += 1

    async def give_back_coin(self, *, coin: int) -> None:
        self.seen["given back", coin] += 1

    def of(self, what: str) -> Counter[int]:
        return Counter({coin: times for (done, coin), times in self.seen.items() if done == what})


async def engines(stack: AsyncExitStack, folder: Path, box: Box, count: int) -> list[Engine]:
    (flow,) = compiled(COUNTING)
    found = []
    for _ in range(count):
        engine = await stack.enter_async_context(Engine(f"sqlite:///{folder}/runs.db", lease=5))
        engine.register(flow, box)
        found.append(engine)
    return found


async def send_all(senders: list[Engine], run: str, chance: Random) -> None:
    """Each coin is sent three times, by whoever, in any order; each counts once."""
    coins = [coin for coin in range(100) for _ in range(3)]
    chance.shuffle(coins)

    async def send(coin: int) -> None:
        with suppress(EventRefused):  # the run has ended
            await chance.choice(senders).send(run, "coin", coin, id=f"coin {coin}")

    await asyncio.gather(*map(send, coins))


def test_three_hundred_sends_of_a_hundred_events(tmp_path: Path) -> None:
    async def main() -> None:
        box = Box()
        async with AsyncExitStack() as stack:
            workers = await engines(stack, tmp_path, box, 3)
            run = await workers[0].start(compiled(COUNTING)[0])
            await asyncio.wait_for(asyncio.gather(send_all(workers, run.id, Random(1)), run.result()), 60)
            view = await workers[1].view(run.id)
            assert (view.status, view.outcome) == ("finished", "full")
            assert box.of("counted") == Counter(range(100))
            assert set(box.keys.values()) == {1}

    asyncio.run(main())


@pytest.mark.parametrize("seed", range(4))
def test_sends_pauses_resumes_and_a_cancel_at_once(seed: int, tmp_path: Path) -> None:
    """Whatever was counted is given back; the run ends once."""
    chance = Random(seed)

    async def meddle(operators: list[Engine], run: str) -> None:
        for _ in range(30):
            await asyncio.sleep(chance.random() * 0.02)
            with suppress(NotAllowed):
                act: Any = chance.choice([Engine.pause, Engine.resume])
                await act(chance.choice(operators), run)
        results = await asyncio.gather(
            *(engine.cancel(run, reason=f"operator {number}") for number, engine in enumerate(operators)),
            return_exceptions=True,
        )
        assert all(result is None or isinstance(result, float | NotAllowed) for result in results)

    async def main() -> None:
        box = Box()
        async with AsyncExitStack() as stack:
            workers = await engines(stack, tmp_path, box, 3)
            run = await workers[0].start(compiled(COUNTING)[0])
            await asyncio.gather(send_all(workers, run.id, chance), meddle(workers, run.id))
            with suppress(RunFailed):
                await asyncio.wait_for(run.result(), 60)
            view = await workers[0].view(run.id)
            told = [str(entry.what) for entry in await workers[0].history(run.id)]
            assert view.status in ("cancelled", "finished")
            if view.status == "cancelled":
                assert told.count("run cancelled") == 1
                assert box.of("given back") == box.of("counted")
            assert max(box.of("counted").values(), default=1) == 1

    asyncio.run(main())


def test_many_workers_take_each_run_once(tmp_path: Path) -> None:
    async def main() -> None:
        box = Box()
        flow = compiled("@Given (coin)\n@Then count (coin)\n")[0]
        async with AsyncExitStack() as stack:
            workers = await engines(stack, tmp_path, box, 6)
            for worker in workers:
                worker.register(flow, box)
            runs = await asyncio.gather(
                *(workers[number % 6].start(flow, coin=number, key=str(number % 200)) for number in range(400))
            )
            assert len({run.id for run in runs if run.created}) == sum(run.created for run in runs)
            await asyncio.wait_for(asyncio.gather(*(run.result() for run in runs)), 60)
            assert set(box.keys.values()) == {1}

    asyncio.run(main())
