"""The names of workers in leases, and whether the process behind one is surely gone.

A lease ends by itself when its worker is dead. On the same machine one need not wait for that: a name tells the number
of the process, and where that means something. Any doubt counts as alive, and fences keep even a mistake from harm.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Final
from uuid import uuid4
from zlib import crc32

_PROCESSES: Final = Path("/proc")
_OVER: Final = ("Z", "X")  # a process that has ended, and whose parent has not looked yet


def _place() -> str:
    """Where the numbers of processes mean the same: this machine since it was started, and this container."""
    try:
        boot = (_PROCESSES / "sys/kernel/random/boot_id").read_text()
        return f"{crc32((boot + str((_PROCESSES / 'self/ns/pid').readlink())).encode()):08x}"
    except OSError:
        return "unknown"


def new_owner() -> str:
    """A name of its own for a worker in this process: `host:process:place-chance`."""
    return f"{socket.gethostname()}:{os.getpid()}:{_place()}-{uuid4().hex[:8]}"


def is_gone(owner: str) -> bool:
    """Whether the process of a worker has ended, as far as that can be told from here."""
    *_, process, name = ["", "", *owner.split(":")]
    place = name.partition("-")[0]
    if place == "unknown" or place != _place() or not process.isdecimal():
        return False
    there = _PROCESSES / process
    try:
        is_over = (there / "stat").read_text().rpartition(")")[2].split()[0] in _OVER
        return is_over and len(list((there / "task").iterdir())) == 1  # its first thread may end before the others
    except FileNotFoundError:
        return True
    except OSError:
        return False
