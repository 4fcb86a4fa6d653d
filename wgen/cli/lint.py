"""`wgen lint`: what is wrong with flows."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from wgen.cli.config import Config, config_for, config_here
from wgen.cli.findings import chooser, show, split_rules, summary, with_progress
from wgen.cli.options import color_option, examples, paths_argument, wants_color
from wgen.cli.paths import EVERYWHERE, STDIN, find_flows
from wgen.compiler.compile import check
from wgen.compiler.diagnostics import Diagnostic
from wgen.compiler.source import Source

FORMATS = ("concise", "full", "json")


@click.command(epilog=examples("wgen lint", "wgen lint flows/... --output-format json --ignore untyped-value"))
@paths_argument
@click.option("--output-format", type=click.Choice(FORMATS), default="full", show_default=True, help="How to show it.")
@click.option("--strict", is_flag=True, help="Warnings count as errors for the exit code.")
@click.option("--select", multiple=True, metavar="RULES", help="Only these rules: codes, names or families.")
@click.option("--ignore", multiple=True, metavar="RULES", help="Not these rules.")
@color_option
def lint(
    paths: tuple[str, ...],
    output_format: str,
    strict: bool,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    color: str,
) -> int:
    """Report what is wrong with flows; exit 1 if there are errors."""
    config = config_here()
    wanted = chooser(split_rules(select) or config.select, [*split_rules(ignore), *config.ignore])
    sources = read_sources(paths)
    found: list[Diagnostic] = []
    for source, settings in with_progress(sources, lambda entry: entry[0].path):
        found += [finding for finding in check(source, settings.compiler).diagnostics if wanted(finding)]
    if output_format == "json":
        from wgen.compiler.report import as_dict

        click.echo(json.dumps([as_dict(finding) for finding in found], indent=2, ensure_ascii=False))
    else:
        show(found, color=wants_color(color, sys.stdout), concise=output_format == "concise")
    click.echo(summary(found, len(sources)), err=True)
    blocking = {"error", "warning"} if strict else {"error"}
    return int(any(finding.severity in blocking for finding in found))


def read_sources(paths: tuple[str, ...]) -> list[tuple[Source, Config]]:
    """The texts that the paths name, each with the settings of its project; `-` is standard input."""
    if STDIN in paths:
        if len(paths) > 1:
            raise click.UsageError("'-' stands alone: standard input is one flow file")
        return [(read_stdin(), config_here())]
    return [(Source.read(path), config_for(path)) for path in find_flows(paths or (EVERYWHERE,))]


def read_stdin() -> Source:
    """The flow file on standard input."""
    data = sys.stdin.buffer.read()
    try:
        return Source(data.decode("utf-8"), "<stdin>")
    except UnicodeDecodeError:
        raise click.UsageError("standard input is not UTF-8") from None


def source_of(path: str) -> tuple[Source, Config]:
    """One flow text: a file, the only one of a folder, or standard input."""
    if path == STDIN:
        return read_stdin(), config_here()
    from wgen.cli.paths import one_flow_file

    file: Path = one_flow_file(path)
    return Source.read(file), config_for(file)
