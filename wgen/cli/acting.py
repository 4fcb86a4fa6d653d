"""Doing something to one run and then, with `--drive`, driving it: what `send` and the operators' commands share."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from wgen.cli.display import as_json as json_text
from wgen.cli.display import run_lines
from wgen.cli.driving import Driving, opened, report, speaking_aside, unless_interrupted
from wgen.cli.options import handlers_option, json_option, lease_option, store_option
from wgen.errors import UsageError
from wgen.runtime import run_as_dict

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from wgen.runtime import Engine, RunView

    Act: TypeAlias = Callable[[Engine], Awaitable[object]]


def run_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """RUN, `--store`, `--json` and `--drive` with what belongs to it."""
    for option in (
        lease_option,
        handlers_option,
        click.option("--drive", "path", metavar="PATH", help="Then drive the run here, with the flows of this path."),
    ):
        command = option(command)
    return plain_options(command)


def plain_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The same for commands that never drive."""
    for option in (json_option, store_option, click.argument("run_id", metavar="RUN")):
        command = option(command)
    return command


def reason_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--reason", metavar="TEXT", help="Goes into the history.")(command)


def carry_out(run_id: str, act: Act, how: Driving) -> int:
    """Does something to a run and prints it, after driving it if there is a path to drive it with."""
    return _act_and_drive(run_id, act, how) if how.path else only_act(run_id, act, how.store, as_json=how.as_json)


def only_act(run_id: str, act: Act, store: str, *, as_json: bool) -> int:
    """Does something to a run and prints it."""

    async def doing() -> RunView:
        async with opened(store, create=False) as engine:
            await act(engine)
            return await engine.view(run_id)

    run = run_as_dict(asyncio.run(doing()))
    click.echo(json_text(run) if as_json else "\n".join(run_lines(run)))
    return 0


def _act_and_drive(run_id: str, act: Act, how: Driving) -> int:
    """Does something to a run, then drives it with the flows at a path."""
    from wgen.cli.loading import load
    from wgen.cli.narrator import Narrator
    from wgen.cli.paths import find_flows

    with speaking_aside(how.as_json):
        loaded = load(find_flows([how.path or "."]), how.handlers)
        observe = None if how.as_json else Narrator(entry.flow for entry in loaded)

        async def doing() -> RunView:
            async with opened(how.store, loaded, create=False, lease=how.lease, observe=observe) as engine:
                await unless_interrupted(acting(engine), run_id, how)
                return await engine.view(run_id)

        async def acting(engine: Engine) -> None:
            flow = (await engine.view(run_id)).flow
            if flow not in {entry.flow.name for entry in loaded}:
                raise UsageError(f'{how.path} holds no flow "{flow}", which the run {run_id} is one of')
            await act(engine)
            await engine.drive(run_id)

        view = asyncio.run(doing())
    return report(view, how)
