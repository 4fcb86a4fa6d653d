"""`wgen run` and `wgen start`: a new run, driven here or left to a worker."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from wgen.cli.display import print_json, run_lines
from wgen.cli.driving import Driving, opened, report, speaking_aside, unless_interrupted
from wgen.cli.inputs import read_inputs, read_many_inputs
from wgen.cli.loading import choose, file_with, load
from wgen.cli.narrator import Narrator
from wgen.cli.options import examples, handlers_option, json_option, lease_option, store_option
from wgen.errors import InputError
from wgen.runtime import run_as_dict
from wgen.runtime.inputs import take_inputs

if TYPE_CHECKING:
    from collections.abc import Callable

    from wgen.cli.loading import Loaded
    from wgen.runtime import Engine, RunView

_INPUT_HELP = "The run's inputs: a JSON object, @FILE, or @- for standard input."


def _new_run_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        json_option,
        handlers_option,
        store_option,
        click.option("--flow", "flow_name", metavar="NAME", help="Which flow, where there are several."),
        click.option("--key", metavar="KEY", help="Business key: an open run of the flow with this key is used."),
        click.argument("path"),
    ):
        command = option(command)
    return command


@click.command(
    epilog=examples(
        'wgen run flows/order.flow --input \'{"order": {"id": 7}}\'',
        "wgen run flows --flow order --input @order.json --key 7 --json",
    )
)
@_new_run_options
@click.option("--input", "inputs", metavar="JSON|@FILE", help=_INPUT_HELP)
@click.option("--no-wait", is_flag=True, help="Stop instead of sleeping until a time.")
@lease_option
def run(
    path: str,
    inputs: str | None,
    key: str | None,
    flow_name: str | None,
    store: str,
    handlers: str | None,
    as_json: bool,
    no_wait: bool,
    lease: float,
) -> int:
    """Start a run and drive it in this process.

    Exit code: 0 finished, 1 failed or cancelled, 3 it waits or is paused.
    """
    with speaking_aside(as_json):
        loaded = load([file_with(path, flow_name)], handlers)
        chosen = choose(loaded, flow_name)
        given = read_inputs(inputs, chosen.flow)
        how = Driving(store, path, handlers, lease, as_json)
        ended = asyncio.run(_run(loaded, chosen, given, key, how, wait=not no_wait))
    return report(ended, how)


async def _run(
    loaded: list[Loaded], chosen: Loaded, given: dict[str, Any], key: str | None, how: Driving, *, wait: bool
) -> RunView:
    observe = None if how.as_json else Narrator(entry.flow for entry in loaded)
    async with opened(how.store, loaded, create=True, lease=how.lease, observe=observe) as engine:
        started = await engine.start(chosen.flow, key=key, inputs=given)
        if not how.as_json:
            verb = "begins" if started.created else "goes on"
            click.echo(f'run {started.id} of "{chosen.flow.name}" {verb}, kept in {how.store}')
        await unless_interrupted(engine.drive(started.id, wait=wait), started.id, how)
        return replace(await started.view(), created=started.created)


@click.command(
    epilog=examples(
        'wgen start flows/order.flow --input \'{"order": {"id": 7}}\' --key 7',
        "wgen start flows/order.flow --input @orders.jsonl",
    )
)
@_new_run_options
@click.option("--input", "inputs", metavar="JSON|@FILE", help=f"{_INPUT_HELP} @FILE.jsonl starts one run a line.")
def start(
    path: str,
    inputs: str | None,
    key: str | None,
    flow_name: str | None,
    store: str,
    handlers: str | None,
    as_json: bool,
) -> None:
    """Store a run for a worker; nothing is executed here."""
    many = inputs is not None and inputs.startswith("@") and inputs.endswith(".jsonl")
    with speaking_aside(as_json):
        loaded = load([file_with(path, flow_name)], handlers)
        chosen = choose(loaded, flow_name)
        given = read_many_inputs(inputs or "", chosen.flow) if many else {"--input": read_inputs(inputs, chosen.flow)}
        runs = [run_as_dict(view) for view in asyncio.run(_start(loaded, chosen, given, key, store))]
    if as_json:
        print_json(runs if many else runs[0])
    elif many:
        for each in runs:
            click.echo(each["id"])
    else:
        click.echo("\n".join(run_lines(runs[0])))


async def _start(
    loaded: list[Loaded], chosen: Loaded, given: dict[str, dict[str, Any]], key: str | None, store: str
) -> list[RunView]:
    async with opened(store, loaded, create=True) as engine:
        _refuse_bad_inputs(engine, chosen, given)
        started = [await engine.start(chosen.flow, key=key, inputs=inputs) for inputs in given.values()]
        return [replace(await handle.view(), created=handle.created) for handle in started]


def _refuse_bad_inputs(engine: Engine, chosen: Loaded, given: dict[str, dict[str, Any]]) -> None:
    """Looks at all inputs before the first run is stored, so that it is all of them or none."""
    for place, inputs in given.items():
        try:
            take_inputs(engine.crew.bounds[chosen.flow.name], inputs)
        except InputError as error:
            raise InputError(f"{place}: {error}") from None
