"""Workers that are surely gone, and those of which nothing is known."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from wgen.runtime.owners import is_gone, new_owner

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")


def owner_of(process: int) -> str:
    host, _, name = new_owner().split(":")
    return f"{host}:{process}:{name}"


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def test_a_worker_is_gone_when_its_process_is(sleeper: subprocess.Popen[bytes]) -> None:
    owner = owner_of(sleeper.pid)
    assert not is_gone(owner)
    sleeper.kill()
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and is still to be looked at
    assert is_gone(owner)
    sleeper.wait()
    assert is_gone(owner)


def test_a_worker_in_this_process_is_not_gone() -> None:
    assert not is_gone(new_owner())


@pytest.mark.parametrize(
    "owner", ["", "host", "a:b", "host:1x:abc", "host:999999999:00000000-12345678", "me", "a:1:unknown-1"]
)
def test_of_any_other_name_nothing_is_known(owner: str) -> None:
    assert not is_gone(owner)
