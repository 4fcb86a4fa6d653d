"""The commands as click knows them: it reads command lines that are not plain, writes the help, completes in shells."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from wgen import __version__
from wgen.cli.command import declaration_of
from wgen.cli.main import COMMANDS, INTERRUPTED, USAGE
from wgen.cli.options import examples
from wgen.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wgen.cli.command import Declaration, Option


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports one only when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in COMMANDS:
            return None
        found = getattr(import_module(f"wgen.cli.{COMMANDS[cmd_name][0]}"), cmd_name)
        declaration = declaration_of(found)
        command: click.Command = _as_click(cmd_name, found, declaration) if declaration else found
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", message="wgen %(version)s")
def wgen() -> None:
    """Business processes as plain sentences, compiled to durable Python state machines."""


def call(arguments: Sequence[str] | None) -> int:
    """Reads a command line and carries it out. Raises UsageError for one that can't be read."""
    try:
        code = wgen.main(arguments, prog_name="wgen", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help(), err=True)
        return USAGE
    except click.ClickException as error:
        raise UsageError(_usage_message(error)) from None
    except click.Abort:
        return INTERRUPTED
    return code if isinstance(code, int) else 0


def _usage_message(error: click.ClickException) -> str:
    message = error.format_message()
    message = message[:1].lower() + message[1:].rstrip(".")
    context: Any = getattr(error, "ctx", None)
    return f"{message} (see '{context.command_path} --help')" if context is not None else message


def _as_click(name: str, function: Callable[..., int], declaration: Declaration) -> click.Command:
    """The command that a declaration means."""
    paths = click.Argument(["paths"], nargs=-1, metavar="[PATH]...")
    options = [_option(option) for option in declaration.options]
    epilog = examples(*declaration.examples)
    return click.Command(name, callback=function, params=[paths, *options], help=function.__doc__, epilog=epilog)


def _option(option: Option) -> click.Option:
    if option.is_flag:
        return click.Option([option.name], is_flag=True, help=option.help)
    if option.choices:
        kind = click.Choice(option.choices)
        return click.Option([option.name], type=kind, default=option.default, show_default=True, help=option.help)
    return click.Option([option.name], multiple=True, metavar=option.metavar, help=option.help)
