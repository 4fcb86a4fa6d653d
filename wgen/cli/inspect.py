"""`wgen ir` and `wgen graph`: a flow as data and as a picture."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from wgen.cli.findings import show
from wgen.cli.lint import source_of
from wgen.cli.options import color_option, examples
from wgen.cli.terminal import wants_color
from wgen.compiler.compile import check

if TYPE_CHECKING:
    from wgen.compiler.ir import Module


@click.command(epilog=examples("wgen ir flows/order.flow", "wgen ir --schema"))
@click.argument("path", required=False)
@click.option("--schema", is_flag=True, help="Print the JSON schema of the output instead.")
@color_option
def ir(path: str | None, schema: bool, color: str) -> int:
    """Print the intermediate representation of a flow file as JSON."""
    if schema:
        from wgen.compiler.irschema import json_schema

        click.echo(json.dumps(json_schema(), indent=2))
        return 0
    if path is None:
        raise click.UsageError("Missing argument 'PATH'.")
    from wgen.compiler.ir import to_json

    module = _module(path, color)
    if module is None:
        return 1
    click.echo(to_json(module), nl=False)
    return 0


@click.command(epilog=examples("wgen graph flows/order.flow", "wgen graph flows/order.flow --format svg > order.svg"))
@click.argument("path")
@click.option(
    "--format",
    type=click.Choice(["mermaid", "dot", "svg"]),
    default="mermaid",
    show_default=True,
    help="A picture (svg), or the source of one for Mermaid or Graphviz (dot).",
)
@color_option
def graph(path: str, format: str, color: str) -> int:
    """Draw the flows of a file as one picture."""
    from wgen.compiler.graph.draw import draw
    from wgen.compiler.graph.formats import FORMATS

    module = _module(path, color)
    if module is None:
        return 1
    click.echo(FORMATS[format](draw(*module.flows)), nl=False)
    return 0


def _module(path: str, color: str) -> Module | None:
    """The meaning of a flow file, or None and its errors shown."""
    source, settings = source_of(path)
    checked = check(source, settings.compiler)
    if checked.ok:
        return checked.module
    errors = checked.errors
    show(errors, color=wants_color(color, sys.stderr), err=True)
    return None
