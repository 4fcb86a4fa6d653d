"""A run that fails by the user's own code shows that code in the log, and nothing of the engine."""

from __future__ import annotations

import logging

import pytest

from tests.runtime.support import Calls, World, go, one_task


def test_the_log_shows_the_users_frames_only(caplog: pytest.LogCaptureFixture) -> None:
    def work() -> None:
        raise ZeroDivisionError("here")

    async def main() -> None:
        world = World(one_task(), Calls(work=work))
        async with world.engine() as engine:
            await engine.drive((await engine.start(world.flow)).id)

    with caplog.at_level(logging.ERROR, logger="wgen"):
        go(main())
    (record,) = caplog.records
    assert record.exc_info is not None
    text = caplog.text
    assert "ZeroDivisionError: here" in text
    assert 'in work\n    raise ZeroDivisionError("here")' in text
    assert "wgen/runtime" not in text.replace("tests/runtime", "")
