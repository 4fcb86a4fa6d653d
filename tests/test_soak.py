"""The soak finds what leaks, and is not misled by what only moves."""

from __future__ import annotations

import asyncio
import math
import os
import random
from typing import TYPE_CHECKING

from soak import MEASURES, WARM_UP, Sample, judged, slope, soak

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MINUTES, EACH = 60, 18.0
STEADY = Sample(0.0, 0, 60e6, 50_000, 14, 8_000_000, 4_400_000)


def growing(samples: list[Sample]) -> set[str]:
    return {verdict.measure.name for verdict in judged(samples) if verdict.grows}


def an_hour(change: Callable[[float], dict[str, float]]) -> list[Sample]:
    """Samples of an hour; `change` says what is other than steady when so much of it, from 0 to 1, is over."""
    return [STEADY._replace(seconds=EACH * n, **change(n / 200)) for n in range(201)]  # type: ignore[arg-type]


def test_what_stays_is_steady() -> None:
    assert growing(an_hour(lambda _: {})) == set()


def test_noise_waves_and_wild_samples_are_not_taken_for_growth() -> None:
    chance = random.Random(1)

    def restless(part: float) -> dict[str, float]:
        wild = 5 if chance.random() < 0.1 else 1
        wave = 1 + 0.02 * math.sin(40 * part)
        return {"memory": 60e6 * wave * wild, "objects": 50_000 * wave + chance.randrange(5_000) * wild}

    assert growing(an_hour(restless)) == set()


def test_growth_in_the_warm_up_does_not_count() -> None:
    assert growing(an_hour(lambda part: {"memory": 60e6 + 40e6 * min(part, WARM_UP)})) == set()


def test_each_measure_that_creeps_up_is_found() -> None:
    for measure in MEASURES:
        steady = float(getattr(STEADY, measure.name))
        gain = 2 * max(measure.part * steady, measure.least)
        found = an_hour(lambda part, name=measure.name, begin=steady, gain=gain: {name: begin + gain * part})  # type: ignore[misc]
        assert growing(found) == {measure.name}


def test_the_slope_is_that_of_most_points() -> None:
    assert slope([0, 1, 2, 3, 4], [0, 2, 4, 99, 8]) == 2


def test_a_planted_leak_is_found(tmp_path: Path) -> None:
    leaked: list[object] = []
    files: list[int] = []

    def leak(run: str) -> None:
        leaked.extend([run] for _ in range(30))
        if len(leaked) % 600 == 0:
            files.append(os.open(tmp_path, os.O_RDONLY))

    try:
        samples = asyncio.run(soak(tmp_path, 4, kept=0.5, on_run=leak))
    finally:
        for file in files:
            os.close(file)
    assert samples[-1].runs > 200
    assert {"objects", "files"} <= growing(samples)
