"""A worker at full load for a long time: does anything grow that should not?

    python benchmarks/soak.py [--minutes 60] [--json FILE] [--folder FOLDER]

Tasks, fan-outs, events, timers and retries are mixed on SQLite, in this process, with 100 runs in flight. Ended runs
are deleted when they are old enough, as a service does that keeps them for some days, only that here it is seconds.
After a warm-up of a fifth of the time, memory, Python's objects, open files and the sizes of the store may not grow:
that is judged by the median slope between any two samples (Theil and Sen), which a few wild ones don't move. It ends
with 1 if something grows.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import itertools
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "flows"), str(HERE / "contenders")]

from measured_flow import FAN_OUT, ONE_EVENT, SECOND_ATTEMPT, SHORT_NAP, TEN_TASKS
from meter import ORDER, resident
from timing import machine

from wgen.runtime import Engine, Flow, current
from wgen.runtime.rows import RunQuery

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence

AT_ONCE = 100
BRANCHES = 10
KEPT = 5.0
"""Seconds for which ended runs are kept."""

WARM_UP = 0.2
"""The part of the time in which caches fill and the store reaches its size."""

SAMPLES = 200


class Handlers:
    """Tasks that do nothing, but for one that fails at first."""

    async def count_up_count(self, *, count: int) -> int:
        return count + 1

    async def prepare_with_count(self, *, count: int) -> list[int]:
        return list(range(count))

    async def rest_for_number(self, *, number: int) -> None:
        await asyncio.sleep(0)

    async def fail_at_first_with_count(self, *, count: int) -> None:
        if current().attempt == 1:
            raise ConnectionError("nobody answers, at first")


class Sample(NamedTuple):
    """What there is at a moment; `runs` is how many have ended so far."""

    seconds: float
    runs: int
    memory: float
    objects: int
    files: int
    store: int
    log: int


class Measure(NamedTuple):
    """What is judged: its name in a sample, what it is, and how much of it may be gained: as a part, and as such."""

    name: str
    words: str
    part: float
    least: float


MEASURES = (
    Measure("memory", "memory of the process, bytes", 0.05, 4e6),
    Measure("objects", "objects that Python's collector knows", 0.02, 2_000),
    Measure("files", "open files", 0, 2),
    Measure("store", "the store's file, bytes", 0.1, 4e6),
    Measure("log", "its write-ahead log, bytes", 0.1, 8e6),
)


class Verdict(NamedTuple):
    """How a measure went, behind the warm-up: its median, what it gained by its slope, and what it may have gained."""

    measure: Measure
    median: float
    gained: float
    most: float

    @property
    def grows(self) -> bool:
        return self.gained > self.most

    def row(self) -> str:
        said = "grows" if self.grows else "steady"
        return f"| {self.measure.words} | {self.median:,.0f} | {self.gained:+,.0f} | ≤ {self.most:,.0f} | {said} |"


HEADING = "| | median | gained | goal | |\n| --- | ---: | ---: | ---: | --- |"


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory(dir=options.folder and options.folder.resolve()) as name:
        samples = asyncio.run(soak(Path(name), options.minutes * 60, tell=_progress))
    verdicts = list(judged(samples))
    print(f"\n{samples[-1].runs:,} runs in {samples[-1].seconds / 60:.1f} minutes\n\n{HEADING}")
    print("\n".join(verdict.row() for verdict in verdicts))
    if options.json:
        told = {"machine": machine(), "samples": [sample._asdict() for sample in samples]}
        options.json.write_text(json.dumps(told) + "\n", "utf-8")
    if grown := [verdict.measure.words for verdict in verdicts if verdict.grows]:
        raise SystemExit(f"soak: this grows: {'; '.join(grown)}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--json", type=Path, help="where to write all samples")
    parser.add_argument("--folder", type=Path, help="where to work; not a disk in memory")
    return parser.parse_args()


def _progress(sample: Sample) -> None:
    print(
        f"{sample.seconds / 60:6.1f} min  {sample.runs:>11,} runs  {sample.memory / 1e6:7.1f} MB  "
        f"{sample.objects:>9,} objects  {sample.files} files  store {sample.store / 1e6:.1f} MB  "
        f"log {sample.log / 1e6:.1f} MB",
        flush=True,
    )


# ---- the load --------------------------------------------------------------------------------------------------------


async def soak(
    folder: Path,
    seconds: float,
    *,
    kept: float = KEPT,
    tell: Callable[[Sample], object] = lambda _: None,
    on_run: Callable[[str], object] = lambda _: None,
) -> list[Sample]:
    """Full load for so long. `tell` gets each sample, `on_run` the id of each run that has ended.

    Ended runs are deleted when they are `kept` seconds old.
    """
    samples: list[Sample] = []
    async with Engine(f"sqlite:///{folder}/runs.db", concurrency=AT_ONCE) as engine:
        load = Load(engine, kept, on_run)
        workers = [asyncio.create_task(load.work()) for _ in range(AT_ONCE)]
        workers.append(asyncio.create_task(load.forget()))
        try:
            async for sample in _samples(load, folder, seconds):
                samples.append(sample)
                tell(sample)
                for worker in workers:
                    if worker.done():
                        worker.result()
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
    return samples


class Load:
    """Starts runs of all kinds, one after the other, and deletes those that have ended."""

    def __init__(self, engine: Engine, kept: float, on_run: Callable[[str], object]) -> None:
        self.engine = engine
        self.runs = 0
        self._kept = kept
        self._on_run = on_run
        self._kinds = itertools.cycle((self._tasks, self._fan_out, self._event, self._timer, self._retry))
        handlers = Handlers()
        flows: tuple[Flow[Any, Any], ...] = (TEN_TASKS, FAN_OUT, ONE_EVENT, SHORT_NAP, SECOND_ATTEMPT)
        for flow in flows:
            engine.register(flow, handlers)

    async def work(self) -> None:
        while True:
            self._on_run(await next(self._kinds)())
            self.runs += 1

    async def forget(self) -> None:
        while True:
            await asyncio.sleep(self._kept / 5)
            # In one write, by the store's own interface: the engine deletes run by run, a commit each, which at full
            # load is slower than runs end.
            store = self.engine.store
            ended = await store.runs(RunQuery(ended_before=time.time() - self._kept))
            await store.delete([[row] for row in ended])

    async def _tasks(self) -> str:
        run = await self.engine.start(TEN_TASKS, count=0, order=ORDER)
        assert await run.result() == 10
        return run.id

    async def _fan_out(self) -> str:
        run = await self.engine.start(FAN_OUT, count=BRANCHES)
        assert await run.result() == BRANCHES
        return run.id

    async def _event(self) -> str:
        run = await self.engine.start(ONE_EVENT, count=1)
        await self.engine.send(run.id, "signal", 2, id="only one")
        assert await run.result() == 2
        return run.id

    async def _timer(self) -> str:
        run = await self.engine.start(SHORT_NAP, count=3)
        assert await run.result() == 3
        return run.id

    async def _retry(self) -> str:
        run = await self.engine.start(SECOND_ATTEMPT, count=4)
        assert await run.result() == 4
        return run.id


# ---- looking ---------------------------------------------------------------------------------------------------------


async def _samples(load: Load, folder: Path, seconds: float) -> AsyncIterator[Sample]:
    begin = time.monotonic()
    for number in range(SAMPLES + 1):
        await asyncio.sleep(max(0.0, begin + seconds * number / SAMPLES - time.monotonic()))
        yield _look(load.runs, folder, round(time.monotonic() - begin, 3))


def _look(runs: int, folder: Path, seconds: float) -> Sample:
    memory = resident()  # collects garbage first
    files = sum(1 for _ in Path("/proc/self/fd").iterdir())
    store, log = ((folder / name).stat().st_size for name in ("runs.db", "runs.db-wal"))
    return Sample(seconds, runs, memory, len(gc.get_objects()), files, store, log)


def judged(samples: Sequence[Sample]) -> Iterator[Verdict]:
    """Whether anything grows behind the warm-up."""
    end = samples[-1].seconds
    warm = [sample for sample in samples if sample.seconds >= WARM_UP * end]
    span = end - warm[0].seconds
    for measure in MEASURES:
        values = [float(getattr(sample, measure.name)) for sample in warm]
        median = statistics.median(values)
        gained = slope([sample.seconds for sample in warm], values) * span
        yield Verdict(measure, median, gained, max(measure.part * median, measure.least))


def slope(times: Sequence[float], values: Sequence[float]) -> float:
    """The median of the slopes between any two points."""
    points = list(zip(times, values, strict=True))
    return statistics.median((b - a) / (t - s) for (s, a), (t, b) in itertools.combinations(points, 2) if t > s)


if __name__ == "__main__":
    main()
