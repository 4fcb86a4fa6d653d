"""The command `wgen`: the list of its commands, and how errors reach the user.

A command's module is imported when the command is used, so that `wgen --help` and `wgen lint` start fast. The one-line
texts of the list stand here for the same reason.
"""

from __future__ import annotations

import gc
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn

import click

from wgen import __version__
from wgen.errors import CompileError, WgenError

if TYPE_CHECKING:
    from collections.abc import Sequence

USAGE = 2
INTERRUPTED = 130

COMMANDS = {
    "cancel": ("operate", "Cancel a run and undo what it did."),
    "erase": ("operate", "Forget the data of an ended run."),
    "fmt": ("format", "Write flows in their canonical form."),
    "generate": ("generate", "Write the Python module of each flow."),
    "graph": ("inspect", "Draw the flows of a file."),
    "history": ("runs", "Show everything that happened to a run."),
    "init": ("project", "Start a project with a first flow."),
    "ir": ("inspect", "Print a flow's intermediate representation as JSON."),
    "lint": ("lint", "Report what is wrong with flows."),
    "new": ("project", "Add a flow with its handlers."),
    "pause": ("operate", "Have a run stand still."),
    "resume": ("operate", "Let a paused run go on."),
    "retry": ("operate", "Begin a failed run anew."),
    "rule": ("rule", "Explain a rule, or list them all."),
    "run": ("run", "Start a run and drive it in this process."),
    "runs": ("runs", "List runs."),
    "set": ("operate", "Change a value of a paused or failed run."),
    "send": ("send", "Send an event to a run."),
    "show": ("runs", "Show one run."),
    "start": ("run", "Store a run for a worker."),
    "why": ("runs", "Say why a run does not go on."),
    "worker": ("worker", "Execute runs until told to stop."),
}


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports one only when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"wgen.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", message="wgen %(version)s")
def wgen() -> None:
    """Business processes as plain sentences, compiled to durable Python state machines."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Runs a command and ends the process with its exit code."""
    # Loading and compiling make many objects that stay: looking for garbage every 700 of them finds none.
    gc.set_threshold(50_000)
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Runs a command and gives its exit code. Errors of use are one line on standard error."""
    _replace_what_the_terminal_lacks()
    try:
        code = wgen.main(arguments, prog_name="wgen", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help(), err=True)
        return USAGE
    except click.ClickException as error:
        return _refuse(_usage_message(error))
    except OSError as error:
        return _refuse(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except CompileError as error:
        _show_errors(error)
        return _refuse(str(error))
    except WgenError as error:
        return _refuse(str(error))
    return code if isinstance(code, int) else 0


def _refuse(message: str) -> int:
    click.echo(f"wgen: {message}", err=True)
    return USAGE


def _show_errors(error: CompileError) -> None:
    from wgen.cli.findings import show
    from wgen.cli.options import wants_color

    errors = [finding for finding in error.diagnostics if finding.severity == "error"]
    show(errors, color=wants_color("auto", sys.stderr), err=True)


def _usage_message(error: click.ClickException) -> str:
    message = error.format_message()
    message = message[:1].lower() + message[1:].rstrip(".")
    context: Any = getattr(error, "ctx", None)
    return f"{message} (see '{context.command_path} --help')" if context is not None else message


def _replace_what_the_terminal_lacks() -> None:
    """A sign that the terminal's encoding lacks is shown as `?` instead of breaking the command."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
