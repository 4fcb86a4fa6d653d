"""What Restate calls: the services of its Python SDK, served by hypercorn."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import restate
from meter import NAP

counting = restate.Service("counting")
fanning = restate.Service("fanning")
registration = restate.Service("registration")
one_event = restate.Workflow("one_event")
app = restate.app([counting, fanning, registration, one_event])

RETRIED: restate.RunOptions[Any] = restate.RunOptions(
    max_attempts=3, initial_retry_interval=timedelta(seconds=1), retry_interval_factor=1
)


async def count_up(count: int) -> int:
    return count + 1


@counting.handler("run")
async def run_counting(context: restate.Context, given: dict[str, Any]) -> int:
    count = given["count"]
    for _ in range(given["steps"]):
        count = await context.run_typed("count up", count_up, count=count)
    return count


async def prepare(count: int) -> list[int]:
    return list(range(count))


async def rest(number: int) -> None:
    await asyncio.sleep(NAP)


@fanning.handler("run")
async def run_fanning(context: restate.Context, count: int) -> int:
    numbers = await context.run_typed("prepare", prepare, count=count)
    parts = [context.run_typed("rest", rest, number=number) for number in numbers]
    return len(await restate.gather(*parts))


async def validate(details: dict[str, str]) -> list[str]:
    return []


async def create(details: dict[str, str]) -> dict[str, str]:
    return {"login": "ada"}


async def task(given: Any) -> None: ...


@registration.handler("run")
async def run_registration(context: restate.Context, details: dict[str, str]) -> str:
    assert await context.run_typed("validate", validate, restate.RunOptions(max_attempts=1), details) == []
    record = await context.run_typed("create", create, RETRIED, details)
    await restate.gather(*(context.run_typed(f"register {n}", task, RETRIED, details) for n in range(3)))
    await context.run_typed("activate", task, RETRIED, record)
    await context.run_typed("notify", task, RETRIED, details["email"])
    return record["login"]


@one_event.main("run")
async def run_one_event(context: restate.WorkflowContext, _given: int) -> int:
    return await context.promise("signal", type_hint=int).value()


@one_event.handler("signal")
async def signal_one_event(context: restate.WorkflowSharedContext, signal: int) -> None:
    await context.promise("signal", type_hint=int).resolve(signal)
