"""What commands say, and whether in colours. Those that must start fast say it without click."""

from __future__ import annotations

import os
import sys
from typing import IO


def say(text: str, *, err: bool = False, end: str = "\n") -> None:
    """Prints a text at once, on standard output or error."""
    stream = sys.stderr if err else sys.stdout
    if os.name == "nt":
        # Its consoles have colours and signs in a way of their own, which click knows.
        import click

        click.echo(text + end, file=stream, nl=False, color="\x1b[" in text or None)
    elif stream is not None:  # closed by whoever started the command
        stream.write(text + end)
        stream.flush()


def wants_color(choice: str, stream: IO[str] | None) -> bool:
    """Whether to colour what goes to a stream: only on a terminal, and never against NO_COLOR."""
    if choice != "auto":
        return choice == "always"
    if stream is None:  # as above
        return False
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
