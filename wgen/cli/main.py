"""The command `wgen`: the list of its commands, and how errors reach the user.

A command's module is imported when the command is used, so that `wgen --help` and `wgen lint` start fast. The one-line
texts of the list stand here for the same reason.
"""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, NoReturn

from wgen.cli.command import Misuse, plain_call
from wgen.cli.terminal import say, wants_color
from wgen.errors import CompileError, WgenError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

USAGE = 2
INTERRUPTED = 130

COMMANDS = {
    "breaking": ("breaking", "Say which open runs would not go on with these flows."),
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


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Runs a command and ends the process with its exit code."""
    # Loading and compiling make many objects that stay: looking for garbage every 700 of them finds none.
    gc.set_threshold(50_000)
    code = run(arguments)
    # What is left goes with the process: Python need not look through all of it for garbage once more.
    gc.freeze()
    sys.exit(code)


def run(arguments: Sequence[str] | None = None) -> int:
    """Runs a command and gives its exit code. Errors of use are one line on standard error."""
    _replace_what_the_terminal_lacks()
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        call = _plain_call(words)
        return call() if call else _call_by_click(arguments)
    except BrokenPipeError:
        return _leave_quietly()
    except OSError as error:
        return _refuse(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    except KeyboardInterrupt:
        say("", err=True)  # closes the line in which the terminal shows ^C
        return INTERRUPTED
    except CompileError as error:
        _show_errors(error)
        return _refuse(str(error))
    except Misuse as error:
        return _refuse(f"{error} (see 'wgen {words[0]} --help')")
    except WgenError as error:
        return _refuse(str(error))


def _plain_call(words: Sequence[str]) -> Callable[[], int] | None:
    """What a plain command line means, of a command that must start fast."""
    if not words or words[0] not in COMMANDS:
        return None
    name = words[0]
    function = getattr(import_module(f"wgen.cli.{COMMANDS[name][0]}"), name)
    return plain_call(function, words[1:])


def _call_by_click(arguments: Sequence[str] | None) -> int:
    from wgen.cli.group import call

    return call(arguments)


def _leave_quietly() -> int:
    """Whoever read the output has gone. What is left of it goes nowhere, or Python would complain when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            os.dup2(nowhere, stream.fileno())
    return 1


def _refuse(message: str) -> int:
    say(f"wgen: {message}", err=True)
    return USAGE


def _show_errors(error: CompileError) -> None:
    from wgen.cli.findings import show

    errors = [finding for finding in error.diagnostics if finding.severity == "error"]
    show(errors, color=wants_color("auto", sys.stderr), err=True)


def _replace_what_the_terminal_lacks() -> None:
    """A sign that the terminal's encoding lacks is shown as `?` instead of breaking the command."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
