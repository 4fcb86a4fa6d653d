"""What operators do to one run: pause, resume, cancel, retry, set, erase."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Any

import click

from wgen.cli.acting import carry_out, only_act, plain_options, reason_option, run_options
from wgen.cli.driving import Driving
from wgen.cli.inputs import read_json
from wgen.cli.options import examples, read_text
from wgen.errors import InputError

if TYPE_CHECKING:
    from wgen.runtime import Engine


def _by() -> str | None:
    """Who does it: the name of whoever is logged in, if the system knows one."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # which one depends on the system and on Python's version
        return None


@click.command(epilog=examples("wgen pause 019a0b1c-…", "wgen pause 019a0b1c-… --reason 'the bank is down'"))
@plain_options
@reason_option
def pause(run_id: str, reason: str | None, store: str, as_json: bool) -> int:
    """Have a run stand still until it is resumed.

    Attempts at work are finished. A run that a worker holds is paused when the worker hears of it, within seconds.
    """

    async def act(engine: Engine) -> None:
        await engine.pause(run_id, by=_by(), reason=reason)

    return only_act(run_id, act, store, as_json=as_json)


@click.command(epilog=examples("wgen resume 019a0b1c-…", "wgen resume 019a0b1c-… --drive flows/order.flow"))
@run_options
@reason_option
def resume(run_id: str, reason: str | None, **how: Any) -> int:
    """Let a paused run go on."""

    async def act(engine: Engine) -> None:
        await engine.resume(run_id, by=_by(), reason=reason)

    return carry_out(run_id, act, Driving(**how))


@click.command(epilog=examples("wgen cancel 019a0b1c-…", "wgen cancel 019a0b1c-… --no-undo --reason 'ordered twice'"))
@run_options
@reason_option
@click.option("--undo/--no-undo", default=True, show_default=True, help="Undo what the run has finished.")
def cancel(run_id: str, undo: bool, reason: str | None, **how: Any) -> int:
    """Cancel a run, with those below it.

    What has to be undone is undone by the next worker that takes the run, or here with --drive.
    """

    async def act(engine: Engine) -> None:
        await engine.cancel(run_id, undo=undo, by=_by(), reason=reason)

    code = carry_out(run_id, act, Driving(**how))
    return 0 if code == 1 else code  # it was to be cancelled


@click.command(epilog=examples("wgen retry 019a0b1c-…", "wgen retry 019a0b1c-… --from charge_card --drive flows"))
@run_options
@reason_option
@click.option("--from", "step", metavar="STEP", help="Begin at this step, by its id, instead of where it failed.")
@click.option("--force", is_flag=True, help="Also where that passes by steps whose effect was undone.")
def retry(run_id: str, step: str | None, force: bool, reason: str | None, **how: Any) -> int:
    """Begin a failed or paused run anew."""

    async def act(engine: Engine) -> None:
        await engine.retry(run_id, step=step, force=force, by=_by(), reason=reason)

    return carry_out(run_id, act, Driving(**how))


@click.command(epilog=examples("wgen set 019a0b1c-… amount=120", "wgen set 019a0b1c-… order=@order.json"))
@plain_options
@click.argument("assignment", metavar="NAME=JSON|@FILE")
@reason_option
def set(run_id: str, assignment: str, reason: str | None, store: str, as_json: bool) -> int:
    """Change a value of a paused or failed run; the history tells from what to what."""
    name, sign, text = assignment.partition("=")
    if not sign or not name.strip():
        raise InputError(f"{assignment!r} is no assignment: write NAME=JSON, as in amount=120")
    value = read_json(read_text(text), name.strip())

    async def act(engine: Engine) -> None:
        await engine.set(run_id, name.strip(), value, by=_by(), reason=reason)

    return only_act(run_id, act, store, as_json=as_json)


@click.command(epilog=examples("wgen erase 019a0b1c-…", "wgen erase 019a0b1c-… --reason 'request of the customer'"))
@plain_options
@reason_option
def erase(run_id: str, reason: str | None, store: str, as_json: bool) -> int:
    """Forget the data of an ended run: its values, results, key, and what its history says of them."""

    async def act(engine: Engine) -> None:
        await engine.erase(run_id, by=_by(), reason=reason)

    return only_act(run_id, act, store, as_json=as_json)
