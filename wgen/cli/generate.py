"""`wgen generate`: the Python module of each flow, beside it."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wgen.cli.config import config_for
from wgen.cli.findings import show, with_progress
from wgen.cli.options import color_option, examples, paths_argument, wants_color
from wgen.cli.outputs import Change, ForeignFile, handlers_change, module_change, orphans
from wgen.cli.paths import EVERYWHERE, find
from wgen.cli.writing import write
from wgen.compiler.compile import check as check_flow
from wgen.compiler.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterator


@click.command(epilog=examples("wgen generate", "wgen generate --check flows/..."))
@paths_argument
@click.option("--handlers", is_flag=True, help="Also create the handlers file, or append what is new to it.")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if something is stale, missing or orphaned.")
@click.option("--diff", is_flag=True, help="Write nothing; print what would change.")
@color_option
def generate(paths: tuple[str, ...], handlers: bool, check: bool, diff: bool, color: str) -> int:
    """Write <flow>_flow.py beside each <flow>.flow; remove those whose flow is gone."""
    found = find(paths or (EVERYWHERE,))
    count: Counter[str] = Counter()
    for file in with_progress(found.flows, str):
        try:
            for change in _changes(file, color, handlers=handlers):
                count[_carry_out(change, check=check, diff=diff)] += 1
        except _Broken:
            count["with errors"] += 1
        except ForeignFile as refusal:
            click.echo(f"wgen: {refusal}", err=True)
            count["refused"] += 1
    for change in orphans(found.outputs):
        count[_carry_out(change, check=check, diff=diff)] += 1
    _sum_up(count, dry=check or diff)
    if count["refused"]:
        return 2
    return int(bool(count["with errors"]) or (check and count.total() > count["unchanged"]))


class _Broken(Exception):
    """A flow with errors; they are shown already."""


def _changes(file: Path, color: str, *, handlers: bool) -> Iterator[Change]:
    """What one flow file asks for. All of it is made before any of it is written."""
    checked = check_flow(Source.read(file), config_for(file).compiler)
    notable = [finding for finding in checked.diagnostics if finding.severity != "info"]
    show(notable, color=wants_color(color, sys.stderr), err=True)
    if not checked.ok:
        raise _Broken
    changes = [module_change(file, checked)]
    if handlers:
        changes.append(handlers_change(file, checked))
    return iter(changes)


def _carry_out(change: Change, *, check: bool, diff: bool) -> str:
    """Writes, removes, or tells what would be done; says what it was."""
    if change.before == change.after:
        return "unchanged"
    if diff:
        click.echo(change.diff(), nl=False)
    elif check:
        click.echo(f"{change.path}: {change.state}: {change.reason}")
    elif change.after is None:
        change.path.unlink()
        click.echo(f"removed {change.path}")
    else:
        write(change.path, change.after)
        click.echo(f"wrote {change.path}")
    return change.state


def _sum_up(count: Counter[str], *, dry: bool) -> None:
    done = ("unchanged", "with errors", "refused")
    names = ("missing", "stale", "orphaned", *done) if dry else done
    said = [f"{count[name]} {name}" for name in names if count[name]]
    if dry and count["missing"] + count["stale"] + count["orphaned"]:
        said.append("run 'wgen generate'")
    if said:
        click.echo(", ".join(said), err=True)
