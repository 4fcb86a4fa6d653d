"""`wgen fmt`: the canonical form of flows."""

from __future__ import annotations

import difflib
import sys
from pathlib import Path

import click

from wgen.cli.findings import plural, show
from wgen.cli.lint import read_or_tell, read_stdin
from wgen.cli.options import color_option, examples, paths_argument
from wgen.cli.paths import EVERYWHERE, STDIN, find_flows
from wgen.cli.terminal import wants_color
from wgen.cli.writing import write
from wgen.compiler.format import format_text
from wgen.compiler.source import Source
from wgen.errors import CompileError


@click.command(epilog=examples("wgen fmt", "wgen fmt --check --diff flows/..."))
@paths_argument
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if a file would change.")
@click.option("--diff", is_flag=True, help="Write nothing; print what would change.")
@color_option
def fmt(paths: tuple[str, ...], check: bool, diff: bool, color: str) -> int:
    """Write flows in their canonical form; '-' formats standard input."""
    if STDIN in paths:
        return _format_stdin(paths, color, check=check, diff=diff)
    files = find_flows(paths or (EVERYWHERE,))
    changed = broken = unreadable = 0
    for file in files:
        source = read_or_tell(file)
        if source is None:
            unreadable += 1
            continue
        text = _formatted(source, color)
        if text is None:
            broken += 1
        elif text.encode() != file.read_bytes():
            changed += 1
            _change(file, source, text, check=check, diff=diff)
    click.echo(_summary(changed, broken, len(files) - unreadable, dry=check or diff), err=True)
    if unreadable:
        return 2
    return int(bool(broken) or (check and bool(changed)))


def _format_stdin(paths: tuple[str, ...], color: str, *, check: bool, diff: bool) -> int:
    if len(paths) > 1:
        raise click.UsageError("'-' stands alone: standard input is one flow file")
    source = read_stdin()
    text = _formatted(source, color)
    if text is None:
        return 1
    if diff:
        click.echo(_diff(source.text, text, source.path), nl=False)
    elif not check:
        click.echo(text, nl=False)
    return int(check and text != source.text)


def _formatted(source: Source, color: str) -> str | None:
    """The canonical text, or None and the reasons shown where the text has errors."""
    try:
        return format_text(source)
    except CompileError as error:
        show(error.diagnostics, color=wants_color(color, sys.stderr), err=True)
        return None


def _change(file: Path, source: Source, text: str, *, check: bool, diff: bool) -> None:
    if diff:
        click.echo(_diff(source.text, text, str(file)), nl=False)
    elif check:
        click.echo(f"would change {file}")
    else:
        write(file, text)
        click.echo(f"changed {file}")


def _diff(before: str, after: str, name: str) -> str:
    return "".join(difflib.unified_diff(before.splitlines(True), after.splitlines(True), name, name))


def _summary(changed: int, broken: int, files: int, *, dry: bool) -> str:
    said = [f"{changed} {'would change' if dry else 'changed'}", f"{files - changed - broken} unchanged"]
    if broken:
        said.append(f"{broken} with errors")
    return f"{plural(files, 'file')}: {', '.join(said)}"
