"""`wgen send`: an event for a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from wgen.cli.acting import carry_out, run_options
from wgen.cli.driving import Driving
from wgen.cli.inputs import read_json
from wgen.cli.options import examples, read_text

if TYPE_CHECKING:
    from wgen.runtime import Engine


@click.command(
    epilog=examples(
        "wgen send 019a0b1c-… approval --payload '{\"approved\": true}'",
        'wgen send 019a0b1c-… "customer answer" --payload @answer.json --drive flows/order.flow',
    )
)
@run_options
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

    return carry_out(run_id, act, Driving(store, path, handlers, lease, as_json))
