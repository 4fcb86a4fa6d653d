"""`wgen runs`, `wgen show`, `wgen history` and `wgen why`: looking at what a store keeps."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from wgen.cli.display import history_lines, print_json, run_lines, table_lines
from wgen.cli.driving import opened
from wgen.cli.inputs import read_moment
from wgen.cli.options import examples, json_option, store_option
from wgen.runtime import RunStatus, entry_as_dict, run_as_dict
from wgen.runtime.finding import find_store

if TYPE_CHECKING:
    from wgen.runtime import Entry, RunView
    from wgen.runtime.why import Why


@click.command(epilog=examples("wgen runs --status waiting", "wgen runs --flow order --since 2h --json"))
@click.option("--flow", metavar="NAME", help="Only runs of this flow.")
@click.option("--status", type=click.Choice([str(status) for status in RunStatus]), help="Only runs in this state.")
@click.option("--key", metavar="KEY", help="Only runs with this business key.")
@click.option("--since", metavar="TIME", help="Only runs created since then: a time, or a duration before now.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most so many.")
@click.option("--children", is_flag=True, help="Child runs, too.")
@store_option
@json_option
def runs(
    flow: str | None,
    status: str | None,
    key: str | None,
    since: str | None,
    limit: int | None,
    children: bool,
    store: str,
    as_json: bool,
) -> None:
    """List runs, the newest first."""
    moment = None if since is None else read_moment(since)
    wanted = {"flow": flow, "status": status, "key": key, "since": moment, "limit": limit, "children": children}
    found = asyncio.run(_runs(store, wanted))
    listed = [run_as_dict(view) for view in found]
    if as_json:
        print_json(listed)
    elif listed:
        click.echo("\n".join(table_lines(listed)))
    else:
        click.echo("no runs", err=True)


async def _runs(store: str, wanted: dict[str, Any]) -> list[RunView]:
    if not await find_store(store).exists():
        return []
    async with opened(store, create=False, look=True) as engine:
        return await engine.runs(**wanted)


@click.command(epilog=examples("wgen show 019a0b1c-…", "wgen show 019a0b1c-… --json"))
@click.argument("run_id", metavar="RUN")
@store_option
@json_option
def show(run_id: str, store: str, as_json: bool) -> None:
    """Show where a run stands, what it knows and what it waits for."""
    found = run_as_dict(asyncio.run(_view(store, run_id)))
    if as_json:
        print_json(found)
    else:
        click.echo("\n".join(run_lines(found)))


async def _view(store: str, run_id: str) -> RunView:
    async with opened(store, create=False, look=True) as engine:
        return await engine.view(run_id)


@click.command(epilog=examples("wgen history 019a0b1c-…", "wgen history 019a0b1c-… --json"))
@click.argument("run_id", metavar="RUN")
@store_option
@json_option
def history(run_id: str, store: str, as_json: bool) -> None:
    """Show everything that happened to a run, in order."""
    entries = [entry_as_dict(entry) for entry in asyncio.run(_history(store, run_id))]
    if as_json:
        print_json(entries)
    else:
        click.echo("\n".join(history_lines(entries)))


async def _history(store: str, run_id: str) -> list[Entry]:
    async with opened(store, create=False, look=True) as engine:
        return await engine.history(run_id)


@click.command(epilog=examples("wgen why 019a0b1c-…", "wgen why 019a0b1c-… --json"))
@click.argument("run_id", metavar="RUN")
@store_option
@json_option
def why(run_id: str, store: str, as_json: bool) -> None:
    """Say why a run does not go on, and what would make it."""
    found = asyncio.run(_why(store, run_id))
    if as_json:
        print_json(asdict(found))
    else:
        click.echo("\n".join([f"{found.status}: {found.because}", *(f"  unblock: {way}" for way in found.unblock)]))


async def _why(store: str, run_id: str) -> Why:
    async with opened(store, create=False, look=True) as engine:
        return await engine.why(run_id)
