"""A life of its own for a function: a forked process, which is killed for real, wherever it is."""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable
from typing import Final

PATIENCE: Final = 20
"""Seconds after which a life that does not end is ended by the system."""


def lives(live: Callable[[], object], *, to_be_killed: bool) -> bool:
    """Whether the process was killed, which it may be if it is `to_be_killed`. Any other bad end is an error here.

    The modules are loaded before, so that a life costs milliseconds.
    """
    child = os.fork()
    if child == 0:
        _live(live)
    _, status = os.waitpid(child, 0)
    if to_be_killed and os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return True
    if status != 0:
        raise AssertionError(f"a life ended with {status}")
    return False


def _live(live: Callable[[], object]) -> None:
    signal.alarm(PATIENCE)
    code = 1
    try:
        live()
        code = 0
    except BaseException:  # noqa: BLE001 - the child must end here, whatever happens
        traceback.print_exc()
    finally:
        os._exit(code)
