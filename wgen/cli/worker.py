"""`wgen worker`: executes runs until it is told to stop."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

import click

from wgen.cli.display import print_json
from wgen.cli.driving import speaking_aside, telemetry
from wgen.cli.findings import plural
from wgen.cli.loading import load
from wgen.cli.options import (
    duration,
    examples,
    handlers_option,
    json_option,
    kept_unmatched,
    lease_option,
    store_option,
)
from wgen.cli.paths import find_flows
from wgen.runtime import Ended, Engine

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from wgen.cli.loading import Loaded


@click.command(epilog=examples("wgen worker flows/...", "wgen worker flows/order.flow --until-idle --json"))
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--until-idle", is_flag=True, help="End when nothing is due any more.")
@click.option("--concurrency", type=click.IntRange(min=1), default=100, show_default=True, help="Runs at once.")
@click.option(
    "--grace", type=duration, default="10s", show_default=True, help="How long attempts may go on at the end."
)
@handlers_option
@lease_option
@store_option
@json_option
def worker(
    paths: tuple[str, ...],
    until_idle: bool,
    concurrency: int,
    grace: float,
    handlers: str | None,
    lease: float,
    store: str,
    as_json: bool,
) -> None:
    """Execute runs of these flows until SIGTERM or Ctrl-C; then give back what is not done."""
    with speaking_aside(as_json):
        loaded = load(find_flows(paths), handlers)
        engine = Engine(
            store,
            lease=lease,
            concurrency=concurrency,
            grace=grace,
            worker=not until_idle,
            unmatched=kept_unmatched(),
            telemetry=telemetry(),
        )
        ended = asyncio.run(_work(engine, loaded, until_idle=until_idle))
    if as_json:
        print_json(ended._asdict())
    else:
        failed = f", {plural(ended.failed, 'run')} failed" if ended.failed else ""
        click.echo(f"{plural(ended.finished, 'run')} finished{failed}")


async def _work(engine: Engine, loaded: list[Loaded], *, until_idle: bool) -> Ended:
    for entry in loaded:
        engine.register(entry.flow, entry.handlers)
    async with engine:
        await _until_told(engine.worker.run_until_idle() if until_idle else asyncio.Event().wait())
    return Ended(engine.crew.finished, engine.crew.failed)


async def _until_told(work: Coroutine[None, None, object]) -> None:
    """Waits for some work, or until SIGTERM or Ctrl-C asks to end it."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    await asyncio.wait([task])
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.remove_signal_handler(number)
    if not task.cancelled():
        task.result()
