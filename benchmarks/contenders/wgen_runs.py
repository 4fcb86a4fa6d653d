"""wgen itself, in memory and on SQLite: the engine as its README shows it, with a worker in the process."""

from __future__ import annotations

import asyncio
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "flows"), str(HERE.parent.parent / "examples/flows/customer_registration")]

# isort: split
from measured_flow import FAN_OUT, LOOPS, NINETEEN_TASKS, ONE_EVENT, TEN_TASKS
from meter import AT_ONCE, DETAILS, MANY, NAP, ORDER, PARTS, Figures, in_flight, main, note, recovery, rounds
from wgen_growth import w7, w7_million, w7_million_make, w8, w8_store

from customer_registration_flow import FLOW as REGISTRATION
from models import AuthenticationRecord, CustomerValidationErrors
from wgen.runtime import Engine, current


class Handlers:
    """Tasks that do nothing but what tells them apart."""

    async def count_up_count(self, *, count: int) -> int:
        return count + 1

    async def prepare_with_count(self, *, count: int) -> list[int]:
        return list(range(count))

    async def rest_for_number(self, *, number: int) -> None:
        await asyncio.sleep(NAP)


class Laughing:
    """The tasks of W0: they write the log by which it is judged."""

    def __init__(self) -> None:
        self.log = ""

    async def laugh_at_i(self, *, i: int) -> int:
        self.log += "l"
        return i + 1

    async def begin_anew(self) -> int:
        return 0

    async def hear_signal_at_i(self, *, signal: str, i: int) -> int:
        self.log += "h"
        return i + 1

    async def answer(self) -> None:
        self.log += "a"


class Registering:
    """The tasks of the registration; they do nothing."""

    def __getattr__(self, name: str) -> Any:
        given = {"validate": CustomerValidationErrors(messages=[]), "create_c": AuthenticationRecord(login="ada")}
        result = next((value for word, value in given.items() if name.startswith(word)), None)

        async def task(**_: Any) -> Any:
            return result

        return task


async def w0(url: str, _folder: Path) -> Figures:
    handlers = Laughing()
    async with Engine(url, worker=False) as engine:
        engine.register(LOOPS, handlers)

        async def one() -> None:
            handlers.log = ""
            run = await engine.start(LOOPS, i=0)
            await engine.resume(run.id)
            await engine.send(run.id, "signal", "")
            await engine.send(run.id, "signal", "")
            assert handlers.log == "lllllhaha"

        return {"seconds": await rounds(one, least=100)}


async def w1(url: str, _folder: Path) -> Figures:
    async with Engine(url) as engine:
        engine.register(NINETEEN_TASKS, Handlers())

        async def one() -> None:
            assert await (await engine.start(NINETEEN_TASKS, count=0, order=ORDER)).result() == 19

        seconds = await rounds(one, least=100)
        return {"seconds": seconds, "steps a second": 19 / seconds}


async def w2(url: str, _folder: Path) -> Figures:
    async with Engine(url, concurrency=AT_ONCE) as engine:
        engine.register(TEN_TASKS, Handlers())

        async def one(_: int) -> None:
            assert await (await engine.start(TEN_TASKS, count=0, order=ORDER)).result() == 10

        await in_flight(one, AT_ONCE, AT_ONCE)
        seconds = await in_flight(one, MANY, AT_ONCE)
        return {"seconds": seconds, "steps a second": 10 * MANY / seconds}


async def w3(url: str, _folder: Path) -> Figures:
    async with Engine(url) as engine:
        engine.register(FAN_OUT, Handlers())

        async def one() -> None:
            assert await (await engine.start(FAN_OUT, count=PARTS)).result() == PARTS

        return {"seconds": await rounds(one, least=20)}


async def w4(at_once: int, url: str, _folder: Path) -> Figures:
    async with Engine(url, concurrency=at_once) as engine:
        engine.register(REGISTRATION, Registering())

        async def one(_: int) -> None:
            await (await engine.start(REGISTRATION, customer_registration_details=DETAILS)).result()

        await in_flight(one, at_once, at_once)
        return {"seconds": await in_flight(one, MANY, at_once) / MANY}


async def w5(url: str, _folder: Path) -> Figures:
    async with Engine(url, concurrency=AT_ONCE) as engine:
        engine.register(ONE_EVENT, Handlers())
        runs = [await engine.start(ONE_EVENT, count=number) for number in range(MANY)]
        while {view.status for view in await engine.runs(limit=MANY)} != {"waiting"}:
            await asyncio.sleep(0.01)
        begin = time.perf_counter()
        await asyncio.gather(*(engine.send(run.id, "signal", number) for number, run in enumerate(runs)))
        await asyncio.gather(*(run.result() for run in runs))
        return {"seconds": time.perf_counter() - begin}


async def w6(variant: str, _url: str, folder: Path) -> Figures:
    return recovery(folder, variant, 10 * MANY, AT_ONCE)


async def w6_work(url: str, folder: Path) -> Figures:
    """Stores all runs, if it is the first to come, and executes what there is."""

    class Noting(Handlers):
        async def count_up_count(self, *, count: int) -> int:
            tell(current().key)
            return count + 1

    if not (folder / "executed").exists():
        async with Engine(url, worker=False) as engine:
            engine.register(TEN_TASKS, Noting())
            for _ in range(MANY):
                await engine.start(TEN_TASKS, count=0, order=ORDER)
    tell = note(folder)
    async with Engine(url, concurrency=AT_ONCE, lease=0.3) as engine:
        engine.register(TEN_TASKS, Noting())
        while any([await engine.runs(status=status, limit=1) for status in ("pending", "running", "waiting")]):
            await asyncio.sleep(0.005)
    return {}


def variant(url: str) -> dict[str, Any]:
    def at(folder: Path) -> str:
        return url.format(folder=folder)

    names = {"W0": w0, "W1": w1, "W2": w2, "W3": w3, "W4x1": partial(w4, 1), "W4x100": partial(w4, AT_ONCE), "W5": w5}
    names |= {"W6": partial(w6, sys.argv[1]), "W6-work": w6_work, "W7": w7, "W8": w8}
    names |= {"W7x1M": w7_million, "W7x1M-make": w7_million_make, "W8store": w8_store}
    return {name: lambda folder, work=work: work(at(folder), folder) for name, work in names.items()}


if __name__ == "__main__":
    main(
        {
            "memory": variant("memory://"),
            "full": variant("sqlite:///{folder}/runs.db"),
            "normal": variant("sqlite:///{folder}/runs.db?synchronous=normal"),
        }
    )
