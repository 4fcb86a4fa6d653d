"""`wgen send` and `wgen resume`: what makes a run go on from outside."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import click

from wgen.cli.display import print_json, run_lines
from wgen.cli.driving import opened, report, speaking_aside, unless_interrupted
from wgen.cli.inputs import read_json
from wgen.cli.options import examples, handlers_option, json_option, lease_option, read_text, store_option
from wgen.runtime import run_as_dict

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from wgen.cli.loading import Loaded
    from wgen.runtime import Engine, RunView


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

    return _act_on(run_id, act, store=store, path=path, handlers=handlers, lease=lease, as_json=as_json)


@click.command(epilog=examples("wgen resume 019a0b1c-…", "wgen resume 019a0b1c-… --drive flows/order.flow"))
@_options
@click.option("--reason", metavar="TEXT", help="Goes into the history.")
def resume(
    run_id: str, reason: str | None, store: str, as_json: bool, path: str | None, handlers: str | None, lease: float
) -> int:
    """Let a paused run go on."""

    async def act(engine: Engine) -> None:
        await engine.resume(run_id, reason=reason)

    return _act_on(run_id, act, store=store, path=path, handlers=handlers, lease=lease, as_json=as_json)


def _act_on(
    run_id: str,
    act: Callable[[Engine], Awaitable[None]],
    *,
    store: str,
    path: str | None,
    handlers: str | None,
    lease: float,
    as_json: bool,
) -> int:
    """Does something to a run, then drives it if asked to, and prints it."""
    with speaking_aside(as_json):
        loaded = _flows_at(path, handlers)
        view = asyncio.run(_act(run_id, act, loaded, store=store, lease=lease, driven=path is not None, quiet=as_json))
    if path is not None:
        return report(view, as_json=as_json, store=store, path=path)
    if as_json:
        print_json(run_as_dict(view))
    else:
        click.echo("\n".join(run_lines(run_as_dict(view))))
    return 0


def _flows_at(path: str | None, handlers: str | None) -> list[Loaded]:
    if path is None:
        return []
    from wgen.cli.loading import load
    from wgen.cli.paths import find_flows

    return load(find_flows([path]), handlers)


async def _act(
    run_id: str,
    act: Callable[[Engine], Awaitable[None]],
    loaded: list[Loaded],
    *,
    store: str,
    lease: float,
    driven: bool,
    quiet: bool,
) -> RunView:
    from wgen.cli.narrator import Narrator

    observe = None if quiet or not driven else Narrator([entry.flow for entry in loaded])
    async with opened(store, loaded, create=False, lease=lease, observe=observe) as engine:
        if driven:
            await unless_interrupted(_act_and_drive(engine, run_id, act))
        else:
            await act(engine)
        return await engine.view(run_id)


async def _act_and_drive(engine: Engine, run_id: str, act: Callable[[Engine], Awaitable[None]]) -> None:
    await act(engine)
    await engine.drive(run_id)
