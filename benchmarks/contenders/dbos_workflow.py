"""DBOS in SQLite: asynchronous workflows and steps in this process, with the settings that it comes with.

It leaves SQLite at its defaults (a rollback journal, FULL) and looks for messages and queued work once a second.
W6 has a queue with 100 in flight. W7 has 2,000 waiting runs, and the processor's time is that of 2,000.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from dbos import DBOS, DBOSConfig
from meter import AT_ONCE, DETAILS, MANY, NAP, ORDER, PARTS, Figures, in_flight, main, note, recovery, resident, rounds

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

LONG = 86_400.0
noting: list[Callable[[str], None]] = []  # in W6, what is executed is noted


@DBOS.step()
async def count_up(count: int) -> int:
    for tell in noting:
        tell(f"{DBOS.workflow_id}/{DBOS.step_id}")
    return count + 1


@DBOS.workflow()
async def counting(steps: int, count: int, order: dict[str, object]) -> int:
    for _ in range(steps):
        count = await count_up(count)
    return count


@DBOS.step()
async def prepare(count: int) -> list[int]:
    return list(range(count))


@DBOS.step()
async def rest(number: int) -> None:
    await asyncio.sleep(NAP)


@DBOS.workflow()
async def fan_out(count: int) -> int:
    return len(await asyncio.gather(*(rest(number) for number in await prepare(count))))


retried = DBOS.step(retries_allowed=True, interval_seconds=1, backoff_rate=1)


@DBOS.step()
async def validate(details: dict[str, str]) -> list[str]:
    return []


@retried
async def create(details: dict[str, str]) -> dict[str, str]:
    return {"login": "ada"}


@retried
async def register(service: int, details: dict[str, str]) -> None: ...


@retried
async def activate(record: dict[str, str]) -> None: ...


@retried
async def notify(email: str) -> None: ...


@DBOS.workflow()
async def registration(details: dict[str, str]) -> str:
    assert await validate(details) == []
    record = await create(details)
    await asyncio.gather(*(register(service, details) for service in range(3)))
    await activate(record)
    await notify(details["email"])
    return record["login"]


@DBOS.workflow()
async def one_event(count: int) -> int:
    signal: int = await DBOS.recv_async("signal", timeout_seconds=LONG)
    return signal


@asynccontextmanager
async def launched(folder: Path) -> AsyncIterator[None]:
    config = DBOSConfig(name="bench", system_database_url=f"sqlite:///{folder}/dbos.db", log_level="ERROR")
    DBOS(config=config)
    DBOS.launch()
    try:
        yield
    finally:
        await asyncio.to_thread(DBOS.destroy)


async def w1(folder: Path) -> Figures:
    async def one() -> None:
        assert await counting(19, 0, ORDER) == 19

    async with launched(folder):
        seconds = await rounds(one, least=20)
        return {"seconds": seconds, "steps a second": 19 / seconds}


async def w2(folder: Path) -> Figures:
    async def one(_: int) -> None:
        assert await counting(10, 0, ORDER) == 10

    async with launched(folder):
        await in_flight(one, AT_ONCE, AT_ONCE)
        seconds = await in_flight(one, MANY, AT_ONCE)
        return {"seconds": seconds, "steps a second": 10 * MANY / seconds}


async def w3(folder: Path) -> Figures:
    async def one() -> None:
        assert await fan_out(PARTS) == PARTS

    async with launched(folder):
        return {"seconds": await rounds(one, least=10)}


async def w4(at_once: int, folder: Path) -> Figures:
    async def one(_: int) -> None:
        assert await registration(DETAILS) == "ada"

    async with launched(folder):
        await in_flight(one, at_once, at_once)
        return {"seconds": await in_flight(one, MANY, at_once) / MANY}


async def w5(folder: Path) -> Figures:
    async with launched(folder):
        runs = [await DBOS.start_workflow_async(one_event, number) for number in range(MANY)]
        await asyncio.sleep(2)  # until the last waits, too
        begin = time.perf_counter()

        async def send(number: int) -> None:
            await DBOS.send_async(runs[number].workflow_id, number, "signal")

        await in_flight(send, MANY, AT_ONCE)
        assert await asyncio.gather(*(run.get_result() for run in runs)) == list(range(MANY))
        return {"seconds": time.perf_counter() - begin}


async def w6(folder: Path) -> Figures:
    return recovery(folder, "sqlite", 10 * MANY, AT_ONCE)


async def w6_work(folder: Path) -> Figures:
    is_first = not (folder / "executed").exists()
    noting.append(note(folder))
    async with launched(folder):
        queue = await DBOS.register_queue_async("runs", worker_concurrency=0)
        for _ in range(MANY if is_first else 0):
            await DBOS.enqueue_workflow_async("runs", counting, 10, 0, ORDER)
        await queue.set_worker_concurrency_async(AT_ONCE)  # all are there before the first is begun
        while await DBOS.list_workflows_async(status=["ENQUEUED", "PENDING"], limit=1):
            await asyncio.sleep(0.05)
    return {}


async def w7(folder: Path) -> Figures:
    many = 2 * MANY
    async with launched(folder):
        await DBOS.start_workflow_async(one_event, 0)
        before = resident()
        runs = [await DBOS.start_workflow_async(one_event, number) for number in range(many)]
        await asyncio.sleep(2)
        after = resident()
        idle = time.process_time()
        await asyncio.sleep(5)
        idle = (time.process_time() - idle) / 5
        chosen = iter(runs)

        async def wake() -> None:
            run = next(chosen)
            await DBOS.send_async(run.workflow_id, 1, "signal")
            assert await run.get_result() == 1

        wakes = await rounds(wake, least=10, seconds=0)
        return {"bytes a run": (after - before) / many, "idle CPU": idle, "seconds to wake": wakes}


if __name__ == "__main__":
    works = {"W1": w1, "W2": w2, "W3": w3, "W4x1": partial(w4, 1), "W4x100": partial(w4, AT_ONCE), "W5": w5}
    main({"sqlite": works | {"W6": w6, "W6-work": w6_work, "W7": w7}})
