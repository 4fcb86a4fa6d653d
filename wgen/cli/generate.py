"""`wgen generate`: the Python module of each flow, beside it."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wgen.cli.findings import with_progress
from wgen.cli.manifest import Manifest
from wgen.cli.options import color_option, examples, paths_argument, wants_color
from wgen.cli.outputs import Change, orphans
from wgen.cli.paths import EVERYWHERE, find
from wgen.cli.writing import write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wgen.cli.batch import Compiled


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
    # The handlers files are the user's to change: what is to be appended is looked at each time.
    manifest = None if handlers else Manifest()
    todo = [file for file in found.flows if manifest is None or not manifest.knows(file)]
    count["unchanged"] += len(found.flows) - len(todo)
    for file, compiled in _compiled(todo, wants_color(color, sys.stderr), handlers=handlers):
        if not compiled.changes:
            count["refused" if compiled.refusal else "with errors"] += 1
        for change in compiled.changes:
            count[_carry_out(change, check=check, diff=diff)] += 1
        if manifest and compiled.changes and not compiled.findings:
            manifest.note(file, compiled.changes[0].after or "", compiled.asked)
    if manifest:
        manifest.save()
    for change in orphans(found.outputs, found.flows):
        count[_carry_out(change, check=check, diff=diff)] += 1
    _sum_up(count, dry=check or diff)
    if count["refused"]:
        return 2
    return int(bool(count["with errors"]) or (check and count.total() > count["unchanged"]))


def _compiled(files: list[Path], color: bool, *, handlers: bool) -> Iterator[tuple[Path, Compiled]]:
    """Each file with what became of it; what is to be said about it is said."""
    if not files:
        return
    from wgen.cli.batch import compile_files

    results = compile_files(files, color=color, handlers=handlers)
    for file in with_progress(files, str):
        compiled = next(results)
        click.echo(compiled.findings, err=True, color=color or None, nl=False)
        if compiled.refusal:
            click.echo(f"wgen: {compiled.refusal}", err=True)
        yield file, compiled


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
