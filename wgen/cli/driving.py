"""Driving one run in this process, as `wgen run` and `--drive` do."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from wgen.cli.display import as_json as json_text
from wgen.cli.display import command_line, error_words, print_json, status_words
from wgen.errors import StoreError
from wgen.runtime import Engine, run_as_dict
from wgen.runtime.finding import find_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

    from wgen.cli.loading import Loaded
    from wgen.runtime import Entry, RunView
    from wgen.runtime.telemetry import Telemetry

FINISHED, FAILED, STANDING = 0, 1, 3


class Driving(NamedTuple):
    """How a command drives runs: with the flows at `path`, in which store, and how it tells about it."""

    store: str
    path: str | None
    handlers: str | None
    lease: float
    as_json: bool

    def command(self, name: str, run: str, *words: str) -> str:
        """A command to paste that goes on with a run in the same way."""
        handlers = ["--handlers", self.handlers] if self.handlers else []
        return command_line(name, run, *words, "--drive", self.path or ".", *handlers, store=self.store)


@contextlib.asynccontextmanager
async def opened(
    url: str,
    flows: Iterable[Loaded] = (),
    *,
    create: bool,
    look: bool = False,
    lease: float = 10.0,
    observe: Callable[[Entry], object] | None = None,
) -> AsyncIterator[Engine]:
    """An engine without a worker of its own on a store; `create` tells whether a missing store is made.

    With `look` nothing is changed, not even the schema of a store that an older wgen has made.
    """
    store = find_store(url)
    if not create and not await store.exists():
        raise StoreError(f"there is no store at {url}")
    engine = Engine(store, lease=lease, observe=observe, worker=False, telemetry=telemetry())
    for entry in flows:
        engine.register(entry.flow, entry.handlers)
    await store.open(create=create, look=look)
    try:
        async with engine:
            yield engine
    finally:
        await store.close()


def telemetry() -> Telemetry | None:
    """OpenTelemetry where it is at work in this process: `opentelemetry-instrument` or the user's modules loaded it."""
    if "opentelemetry.trace" not in sys.modules:
        return None
    from wgen.telemetry import OpenTelemetry

    return OpenTelemetry()


def speaking_aside(as_json: bool) -> contextlib.AbstractContextManager[Any]:
    """With `--json` standard output holds the JSON alone: what handlers print goes to standard error."""
    return contextlib.redirect_stdout(sys.stderr) if as_json else contextlib.nullcontext()


async def unless_interrupted(work: Awaitable[object], run: str, how: Driving) -> None:
    """Does some work on a run. The first Ctrl-C ends it in an orderly way: the run is given back, as far as it is."""
    try:
        await work
    except asyncio.CancelledError:
        # That is how asyncio passes on the first Ctrl-C. The second one ends the process.
        task = asyncio.current_task()
        if task is not None:
            task.uncancel()
        click.echo(f"\ninterrupted; go on with: {how.command('resume', run)}", err=True)


def report(run: RunView, how: Driving) -> int:
    """Prints where a run has got to, and gives the exit code that says so."""
    if how.as_json:
        print_json(run_as_dict(run))
    else:
        click.echo("\n".join(_closing_lines(run_as_dict(run), how)))
    if not run.ended:
        return STANDING
    return FINISHED if run.status == "finished" else FAILED


def _closing_lines(run: dict[str, Any], how: Driving) -> list[str]:
    lines = [status_words(run)]
    if run["result"] is not None:
        lines.append(f"result: {json_text(run['result'])}")
    if run["error"]:
        lines += [f"not undone: {undo['step']}: {error_words(undo)}" for undo in run["error"]["undo"]]
    lines += _next_lines(run, how)
    if how.store.startswith("memory:"):
        return lines  # it is gone with this process
    return [*lines, f"history: {command_line('history', run['id'], store=how.store)}"]


def _next_lines(run: dict[str, Any], how: Driving) -> list[str]:
    """What makes an open run go on."""
    if run["status"] == "paused":
        return [f"go on: {how.command('resume', run['id'])}"]
    events = [wait["event"] for wait in run["waiting_for"] if wait.get("event")]
    if not events and run["wake_at"]:
        return [f"due at: {run['wake_at']}"]
    return [f"send it: {how.command('send', run['id'], event, '--payload', 'JSON')}" for event in events]
