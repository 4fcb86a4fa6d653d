"""Performs a flow in memory, on a clock that nobody waits for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from wgen.errors import UsageError
from wgen.runtime.finding import find_store
from wgen.runtime.flow import Flow, Status
from wgen.runtime.life import RunStatus
from wgen.runtime.rows import RunQuery
from wgen.testing.life import AllEnded, Life
from wgen.testing.loop import leaping_loop, run_leaping
from wgen.testing.points import Points
from wgen.testing.recorder import Recorder
from wgen.testing.scene import Event, H, HandlersOf, Other, Scene, make_scene
from wgen.testing.simulated import SimulatedRun

if TYPE_CHECKING:
    from wgen.runtime.rows import Stored
    from wgen.testing.life import Until


def simulate(
    flow: Flow[Any, H],
    handlers: HandlersOf[H],
    /,
    *,
    inputs: Mapping[str, Any] | None = None,
    events: Mapping[str, Any] | Sequence[Event] = (),
    until: timedelta | str | None = None,
    others: Sequence[Other] = (),
    start: datetime | None = None,
    stub_missing: bool = False,
    by_itself: bool = False,
    store: str = "memory://",
) -> SimulatedRun:
    """Performs a flow in memory, from 2026-01-01T00:00:00Z or `start` on, and returns how the run stands then.

    Time does not pass, it leaps: a wait of three weeks takes no longer than any other step. An event is sent as soon
    as a run waits for it, or at its own time. Without `until` the simulation goes on until all runs have ended or
    nothing will happen any more; with it for so long, or until the run has a status, of its life or of the flow.

    `others` are the flows that this one runs or waits for. With `stub_missing` handlers that are not there do nothing,
    and give a value of the right type. With `by_itself` no run is started here: the flow's own @Start has to do it.
    `store` is the URL of another store, a new one.
    """
    scene = make_scene(
        flow,
        handlers,
        inputs=inputs,
        events=events,
        others=others,
        start=start,
        stub_missing=stub_missing,
        by_itself=by_itself,
    )
    wanted = _until(scene, until)
    run = run_leaping(scene.start, perform(scene, wanted, store), "simulate")
    if isinstance(wanted, _Reached) and not wanted.holds:
        raise AssertionError(f'the run never was "{until}"\n\n{run}')
    return run


async def perform(scene: Scene, until: Until, url: str) -> SimulatedRun:
    """Performs a scene on a store that is named by its URL."""
    store = find_store(url)
    await store.open()
    try:
        if await store.runs(RunQuery(limit=1)):
            raise UsageError(f"the store {url} has runs already; a simulation needs a new one")
        life = Life(scene, store, Recorder(scene, Points(), []), set())
        await life.live(until)
        return await _simulated(life)
    finally:
        await store.close()


async def _simulated(life: Life) -> SimulatedRun:
    """The run that the scene is about, with all others."""
    unsent = [event for number, event in enumerate(life.scene.events) if number not in life.sent]
    for refusal in life.refused.values():
        raise refusal
    flows = {part.flow.name: part.flow for part in life.scene.parts}
    all_stored = await life.runs()
    runs: list[SimulatedRun] = []
    for stored in all_stored:
        family = _family(stored.row.id, all_stored)
        calls = [call for call in life.recorder.calls if call.run in family]
        view = await life.engine.view(stored.row.id)
        history = await life.engine.history(view.id)
        result = life.engine.awaiter.result(stored.row.flow, stored.row.result)
        runs.append(SimulatedRun(flows[view.flow], view, result, history, calls, unsent, runs, list(flows.values())))
    for run in runs:
        if run.view.flow == life.scene.flow.name:
            return run
    raise AssertionError(f'no run of "{life.scene.flow.name}" has started')


def _family(id: str, runs: Sequence[Stored]) -> set[str]:
    """A run and all that it has started, by their ids; whoever is started comes later in the list."""
    found = {id}
    for run in runs:
        if run.row.parent in found:
            found.add(run.row.id)
    return found


# ---- until when ------------------------------------------------------------------------------------------------------


def _until(scene: Scene, until: timedelta | str | None) -> Until:
    if until is None:
        return AllEnded()
    if isinstance(until, timedelta):
        return _Moment(scene.start + until.total_seconds())
    words = {step.word for step in scene.flow.steps.values() if isinstance(step, Status)}
    if until in words or until in list(RunStatus):
        return _Reached(until, is_word=until in words and not isinstance(until, RunStatus))
    known = ", ".join([*sorted(words), *RunStatus])
    raise UsageError(f'"{scene.flow.name}" never has the status {until!r}; there are: {known}')


class _Moment:
    """Until it is as late as that."""

    def __init__(self, moment: float) -> None:
        self.moment = moment

    async def reached(self, _life: Life, _runs: Sequence[Stored]) -> bool:
        return leaping_loop().now() >= self.moment


class _Reached:
    """Until the run has a status, of its life or of the flow."""

    moment = None

    def __init__(self, status: str, *, is_word: bool) -> None:
        self._status = status
        self._is_word = is_word
        self.holds = False

    async def reached(self, life: Life, runs: Sequence[Stored]) -> bool:
        for row in [run.row for run in runs if run.row.flow == life.scene.flow.name][:1]:
            reached = await life.store.words(row.number) if self._is_word else [row.status]
            self.holds = self._status in reached
        return self.holds
