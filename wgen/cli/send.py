"""`wgen send` and `wgen resume`: what makes a run go on from outside."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from wgen.cli.display import as_json as json_text
from wgen.cli.display import run_lines
from wgen.cli.driving import Driving, opened, report, speaking_aside, unless_interrupted
from wgen.cli.inputs import read_json
from wgen.cli.options import examples, handlers_option, json_option, lease_option, read_text, store_option
from wgen.runtime import run_as_dict

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from wgen.runtime import Engine, RunView

    Act: TypeAlias = Callable[[Engine], Awaitable[None]]


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        lease_option,
        handlers_option,
        click.option("--drive", "path", metavar="PATH", help="Then drive the run here, with the flows of this path."),
        json_option,
        store_option,
        click.argument("run_id", metavar="RUN"),
    ):
        command = option(command)
    return command


@click.command(
    epilog=examples(
        "wgen send 019a0b1c-… approval --payload '{\"approved\": true}'",
        'wgen send 019a0b1c-… "customer answer" --payload @answer.json --drive flows/order.flow',
    )
)
@_options
@click.argument("event")
@click.option("--payload", metavar="JSON|@FILE", help="What the event carries; without it, null.")
@click.option("--id", "event_id", metavar="ID", help="The event's own id: a second event of the same id is dropped.")
@click.option("--strict", is_flag=True, help="Refuse the event if the run does not wait for it now.")
def send(
    run_id: str,
    event: str,
    payload: str | None,
    event_id: str | None,
    strict: bool,
    store: str,
    as_json: bool,
    path: str | None,
    handlers: str | None,
    lease: float,
) -> int:
    """Send an event to a run."""
    value = None if payload is None else read_json(read_text(payload), "--payload")

    async def act(engine: Engine) -> None:
        await engine.send(run_id, event, value, id=event_id, strict=strict)

    if path is None:
        return _only_act(run_id, act, store, as_json=as_json)
    return _act_and_drive(run_id, act, Driving(store, path, handlers, lease, as_json))


@click.command(epilog=examples("wgen resume 019a0b1c-…", "wgen resume 019a0b1c-… --drive flows/order.flow"))
@_options
@click.option("--reason", metavar="TEXT", help="Goes into the history.")
def resume(
    run_id: str, reason: str | None, store: str, as_json: bool, path: str | None, handlers: str | None, lease: float
) -> int:
    """Let a paused run go on."""

    async def act(engine: Engine) -> None:
        await engine.resume(run_id, reason=reason)

    if path is None:
        return _only_act(run_id, act, store, as_json=as_json)
    return _act_and_drive(run_id, act, Driving(store, path, handlers, lease, as_json))


def _only_act(run_id: str, act: Act, store: str, *, as_json: bool) -> int:
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
        loaded = load(find_flows([how.path]), how.handlers)
        observe = None if how.as_json else Narrator(entry.flow for entry in loaded)

        async def doing() -> RunView:
            async with opened(how.store, loaded, create=False, lease=how.lease, observe=observe) as engine:
                await unless_interrupted(acting(engine), run_id, how)
                return await engine.view(run_id)

        async def acting(engine: Engine) -> None:
            await act(engine)
            await engine.drive(run_id)

        view = asyncio.run(doing())
    return report(view, how)
