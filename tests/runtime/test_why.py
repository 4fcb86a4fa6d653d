"""Why a run does not go on, for each state of one."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from tests.runtime.operated import BOOKING, PARENT, Make, waiting_child
from tests.runtime.support import go
from wgen.runtime import Engine
from wgen.runtime.owners import new_owner
from wgen.runtime.rows import Lease


def test_why_says_what_a_run_waits_for_and_what_would_unblock_it(make: Make) -> None:
    text = BOOKING.replace("@Flow booking\n", "@Flow booking\n@Retry each task once\n@Retry wait period is 1 minute\n")

    async def main() -> None:
        place = make(text)
        async with place.opened() as engine, place.engine(bare=True) as other:
            run = (await engine.start(place.flows[0], trip="Rome")).id
            because, unblock = await reason(other, run)
            assert because == "it is ready to go on, and no worker has taken it"
            assert unblock == ['a worker that knows "booking": wgen worker PATH']
            await engine.drive(run)
            because, unblock = await reason(other, run)
            assert because == "receive_approval waits for the event (approval)"
            assert unblock == [f"wgen send {run} approval --payload JSON, with any content"]
            await engine.pause(run, by="ann", reason="the bank is closed")
            assert await reason(other, run) == ("it was paused by ann: the bank is closed", [f"wgen resume {run}"])
            await engine.resume(run)
            place.handlers.fails = {"pay_for_trip"}
            await engine.send(run, "approval", 1)
            because, unblock = await reason(other, run)
            assert because == "pay_for_trip failed 1 time and is tried again at 2026-01-01T00:01:00.000Z"
            assert unblock == ["the time 2026-01-01T00:01:00.000Z"]
            lease = Lease("elsewhere", place.clock.now() + 10)
            await place.store.claim_run(run, place.clock.now(), lease)
            because, unblock = await reason(other, run)
            assert because == (
                "the worker elsewhere executes pay_for_trip, and holds the run until 2026-01-01T00:00:10.000Z or longer"
            )
            await place.clock.move(61)
            because, _ = await reason(other, run)
            assert because == (
                "the worker elsewhere was executing pay_for_trip "
                "and has not been heard of since 2026-01-01T00:00:10.000Z"
            )
            await engine.tick()
            because, unblock = await reason(other, run)
            assert because == "it failed at pay_for_trip with LookupError: pay_for_trip does not work"
            assert unblock == [f"wgen retry {run}"]

    async def reason(engine: Engine, run: str) -> tuple[str, list[str]]:
        found = await engine.why(run)
        return found.because, found.unblock

    go(main())


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_why_sees_that_the_process_of_a_worker_is_gone(make: Make) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    host, _, name = new_owner().split(":")
    owner = f"{host}:{process.pid}:{name}"

    async def main() -> None:
        place = make(BOOKING)
        async with place.opened() as engine, place.engine(bare=True) as other:
            run = (await engine.start(place.flows[0], trip="Rome")).id
            await place.store.claim_run(run, place.clock.now(), Lease(owner, place.clock.now() + 10))
            found = await other.why(run)
            assert found.because == f"the worker {owner} was executing book_a_flight_for_trip, and its process is gone"
            worker = 'a worker that knows "booking": wgen worker PATH'
            assert found.unblock == [f"{worker}, on this machine at once, elsewhere at 2026-01-01T00:00:10.000Z"]
            await place.clock.move(11)
            assert (await other.why(run)) == replace(found, unblock=[worker])

    go(main())


def test_why_looks_below(make: Make) -> None:
    async def main() -> None:
        place = make(PARENT.replace("(news)\n@Finish with", "(news) as int, or fail after 1 hour\n@Finish with"))
        async with place.opened() as engine:
            run, child = await waiting_child(engine, place)
            found = await engine.why(run)
            assert found.because == (
                f'it waits for the run {child} of "child", which is waiting: '
                "receive_news waits for the event (news) until 2026-01-01T01:00:00.000Z"
            )
            assert found.unblock == [f"wgen send {child} news --payload JSON, with integer"]

    go(main())


AUDIT = """a run of "audit: all" with the key 'mon:1' to reach "done: 5%\""""
LATE_AUDIT = """
@Given (day) as str, by default "mon:1"
@Wait until flow (audit: all) for (day) reaches "done: 5%"
@Then work
"""


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("@Wait 1 hour\n@Then work\n", "wait_1_hour waits until 2026-01-01T01:00:00.000Z"),
        (
            '@Wait until flow (audit) reaches "done"\n@Then work\n',
            'wait_until_flow_audit_reaches_done waits for a run of "audit" to reach "done"',
        ),
        (
            LATE_AUDIT,
            f"wait_until_flow_audit_all_reaches_done_5 waits for {AUDIT}",
        ),
        (
            "@Retry each task once\n@Then fail\n@And wait\n",
            "fail failed 1 time and is tried again at 2026-01-01T00:00:01.000Z",
        ),
    ],
)
def test_why_for_other_waits(make: Make, text: str, because: str) -> None:
    async def main() -> None:
        place = make(text)
        place.handlers.fails = {"fail"}
        async with place.opened() as engine:
            run = (await engine.start(place.flows[0])).id
            await engine.tick()
            assert (await engine.why(run)).because == because

    go(main())


def test_why_behind_a_limit_and_at_the_end(make: Make) -> None:
    async def main() -> None:
        place = make('@Limit flow to 1 at a time\n@Receive (news)\n@Finish as "read"\n')
        async with place.opened() as engine:
            first, second = [(await engine.start(place.flows[0])).id for _ in range(2)]
            await engine.tick()
            assert "a limit lets no more begin now" in (await engine.why(second)).because
            await engine.send(first, "news", 1)
            assert (await engine.why(first)).because == 'it has finished as "read"'
            await engine.cancel(second, reason="no need")
            assert (await engine.why(second)).because == "it was cancelled at receive_news: no need"

    go(main())
