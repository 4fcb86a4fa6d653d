"""Performs a flow again and again, each time with a worker that dies somewhere else."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Self

from wgen.errors import StoreError, UsageError
from wgen.runtime.finding import find_store
from wgen.runtime.flow import Flow
from wgen.runtime.life import ENDED
from wgen.testing.life import AllEnded, Life
from wgen.testing.loop import run_leaping
from wgen.testing.mortal import MortalStore
from wgen.testing.points import KINDS, Points
from wgen.testing.recorder import Recorder
from wgen.testing.scene import Event, H, HandlersOf, Other, Scene, make_scene
from wgen.testing.verdict import Performed, Tried, Verdict, differences, judge, kept_in, verdict_table

if TYPE_CHECKING:
    from wgen.testing.recorder import HandlerCall

SHOWN: Final = 5
"""So many bad cases are told of in full."""


def crash_matrix(
    flow: Flow[Any, H],
    handlers: HandlersOf[H],
    /,
    *,
    inputs: Mapping[str, Any] | None = None,
    events: Mapping[str, Any] | Sequence[Event] = (),
    others: Sequence[Other] = (),
    start: datetime | None = None,
    stub_missing: bool = False,
) -> CrashMatrix:
    """Performs a flow once calmly, then with the death of its worker before and after each commit and handler call.

    Each time another worker takes over, a second later. The arguments are those of `simulate`. Handlers given as a
    class, or as a function that makes them, are made anew for each worker, as in a new process. They have to give the
    same each time: raises UsageError where two calm performances come out differently, or do not come to an end.
    """
    scene = make_scene(
        flow, handlers, inputs=inputs, events=events, others=others, start=start, stub_missing=stub_missing
    )
    return run_matrix(scene)


@dataclass(frozen=True)
class CrashMatrix:
    """What came of each death; `str(matrix)` is the table, a line for each kind of point."""

    flow: str
    verdicts: Sequence[Verdict]

    @property
    def bad(self) -> list[Verdict]:
        """The deaths that did harm: another result, a finished task that ran again, a task that was lost."""
        return [verdict for verdict in self.verdicts if not verdict.right]

    def survived(self) -> Self:
        """Demands that no death did any harm."""
        __tracebackhide__ = True
        if self.bad:
            told = [f"killed {', '.join(verdict.killed)}: {_harm(verdict)}" for verdict in self.bad[:SHOWN]]
            more = [f"and {len(self.bad) - SHOWN} more"] if len(self.bad) > SHOWN else []
            head = f'"{self.flow}" does not survive the death of its worker'
            raise AssertionError("\n".join([head, *told, *more, "", str(self)]))
        return self

    def __str__(self) -> str:
        kinds = {kind: [verdict for verdict in self.verdicts if verdict.killed[0].startswith(kind)] for kind in KINDS}
        return verdict_table({**kinds, "all": self.verdicts})


def _harm(verdict: Verdict) -> str:
    again = [f"{tried} ran again, though it was saved" for tried in verdict.again]
    lost = [f"{step} was lost" for step in verdict.lost]
    return "; ".join([*verdict.wrong, *again, *lost])


def run_matrix(scene: Scene) -> CrashMatrix:
    """All cases of a scene, each in a loop and on a store of its own."""
    points = Points()
    with _quiet():
        calm, _ = _performed(scene, points)
        again, _ = _performed(scene, Points())
        _check(scene, calm, again)
        return CrashMatrix(scene.flow.name, [_kill(scene, calm, point) for point in points.reached])


@contextmanager
def _quiet() -> Iterator[None]:
    """Keeps what an engine has to say about each death out of the log."""
    log = logging.getLogger("wgen")
    log.addFilter(_nothing)
    try:
        yield
    finally:
        log.removeFilter(_nothing)


def _nothing(_record: logging.LogRecord) -> bool:
    return False


def _check(scene: Scene, calm: Performed, again: Performed) -> None:
    """What a death does can only be told where two performances without any come out the same."""
    for difference in differences(calm.kept, again.kept):
        raise UsageError(f'"{scene.flow.name}" comes out differently when nobody dies: {difference}')
    for run in calm.kept.ends:
        if run["status"] not in ENDED:
            where = ", ".join(run["steps"])
            raise UsageError(f'"{run["flow"]}" does not come to an end, it is {run["status"]} at {where}')


def _kill(scene: Scene, calm: Performed, point: str) -> Verdict:
    this, in_flight = _performed(scene, Points(point))
    return judge([point], calm, this, in_flight)


def _performed(scene: Scene, points: Points) -> tuple[Performed, Counter[Tried]]:
    return run_leaping(scene.start, _perform(scene, points), "crash_matrix")


async def _perform(scene: Scene, points: Points) -> tuple[Performed, Counter[Tried]]:
    """One worker, and another one if it dies. Also returns the attempts that died with it."""
    store = find_store("memory://")
    await store.open()
    calls: list[HandlerCall] = []
    sent: set[int] = set()
    in_flight: Counter[Tried] = Counter()
    life = Life(scene, MortalStore(store, points), Recorder(scene, points, calls), sent)
    try:
        await life.live(AllEnded())
    except StoreError:
        if not points.dead:
            raise
        in_flight = _begun(calls) - (await kept_in(store)).saved
        life = Life(scene, store, Recorder(scene, Points(), calls), sent)
        await life.live(AllEnded())
    for refusal in life.refused.values():
        raise refusal
    return Performed(await kept_in(store), _begun(calls)), in_flight


def _begun(calls: Sequence[HandlerCall]) -> Counter[Tried]:
    return Counter(Tried(call.flow, call.step, call.attempt) for call in calls)
