"""The open runs of a store, each held against the flows of today."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wgen.cli.meetings import Before, Meeting, Today, finding
from wgen.cli.standings import Case, StepAt
from wgen.compiler.upgrade.lacking import lacking
from wgen.runtime.children import find_flow
from wgen.runtime.codec import plain
from wgen.runtime.life import ENDED, RunStatus
from wgen.runtime.misfits import begun_at, is_too_old, misfits, stands, unheard
from wgen.runtime.plan import Bound, Kind
from wgen.runtime.rows import RunQuery
from wgen.runtime.view import leaves_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wgen.cli.loading import AnyFlow
    from wgen.compiler.upgrade.texts import Text
    from wgen.runtime.misfits import Misfit
    from wgen.runtime.ports import Store
    from wgen.runtime.rows import Stored


class OpenRuns:
    """The runs of a store that have not ended. `url` is what messages call the store."""

    def __init__(self, texts: Iterable[Text], flows: Iterable[AnyFlow], url: str) -> None:
        self._flows = {text.flow.name: Today(text) for text in texts}
        self._bounds: dict[str, Bound] = {}
        for flow in flows:
            self._bounds[flow.name] = Bound(flow, None, self._bounds)
        self._url = url
        self._before: dict[str, Before] = {}
        self._met: dict[Meeting, tuple[Before, list[Case]]] = {}

    async def cases(self, store: Store, now: float) -> list[Case]:
        """Each open run, the oldest first, with what it meets."""
        found = []
        open_ = [status for status in RunStatus if status not in ENDED]
        rows = [row for status in open_ for row in await store.runs(RunQuery(status=status, children=True))]
        for id in sorted({row.id for row in rows}):
            stored = await store.load(id)
            if stored is not None and stored.row.status not in ENDED:
                await self._remember(store, stored.row.digest)
                found.append(self._case(stored, now))
        self._tell()
        return found

    async def _remember(self, store: Store, digest: str) -> None:
        if digest not in self._before:
            self._before[digest] = Before(plain(await store.definition(digest)))

    def _case(self, stored: Stored, now: float) -> Case:
        row, before = stored.row, self._before[stored.row.digest]
        today = self._flows.get(row.flow)
        steps = [_step_at(leaf["step"], before, today) for leaf in leaves_of(stored)]
        case = Case(row.flow, row.version, steps, row.id, str(row.status))
        for meeting in dict.fromkeys(self._meetings(stored, now)):
            self._met.setdefault(meeting, (before, []))[1].append(case)
        return case

    def _meetings(self, stored: Stored, now: float) -> Iterator[Meeting]:
        row = stored.row
        bound = self._bounds.get(row.flow)
        if bound is None:
            yield Meeting("FlowGone", row.flow)
            return
        today = self._flows[row.flow]
        stays = True
        for misfit in misfits(bound, stored):
            stays = stays and not misfit.type.startswith("Step")
            yield _meeting(misfit, stored, today)
        if stays:
            yield from self._children_ahead(stored, bound, today)
        if row.digest != bound.flow.digest:
            yield from self._from_before(stored, today, goes_on=stays)
        yield from (Meeting("Unheard", row.flow, value=name) for name in unheard(bound, stored))
        if is_too_old(bound, stored, now):
            yield Meeting("TooOld", row.flow)

    def _children_ahead(self, stored: Stored, bound: Bound, today: Today) -> Iterator[Meeting]:
        """The steps behind those where a run stands whose child flows are not there."""
        for id in {id: None for stand in stands(stored) for id in today.ways.behind(stand.step)}:
            plan = begun_at(bound, id)
            if plan.kind is Kind.CHILD and find_flow(bound, plan.step.flow) is None:
                flow = plan.step.flow
                yield Meeting("FlowMissing", stored.row.flow, plan.id, message=flow, at_once=False, stands=False)

    def _from_before(self, stored: Stored, today: Today, *, goes_on: bool) -> Iterator[Meeting]:
        """What only a run meets that began by another text of the flow."""
        row = stored.row
        shifted = today.aligned(self._before[row.digest], row.digest).shifted
        standing = list(stands(stored)) if goes_on else []
        given = {name for stand in standing for name in stand.knows}
        for stand in standing:
            if stand.step in shifted:
                yield Meeting("Shifted", row.flow, stand.step, digest=row.digest)
            others = [today.ways.given_from(other.step) for other in standing if other is not stand]
            for name, reader in lacking(today.ways, stand.step, given.union(*others), row.version).items():
                yield Meeting("Lacking", row.flow, reader.id, name)

    def _tell(self) -> None:
        """Gives each case the findings of what it meets: one for all that meet the same."""
        for meeting, (before, cases) in self._met.items():
            told = finding(meeting, len(cases), self._flows, before, self._url)
            for case in cases:
                case.findings.append(told)


def _meeting(misfit: Misfit, stored: Stored, today: Today) -> Meeting:
    return Meeting(
        kind=misfit.type,
        flow=stored.row.flow,
        step=misfit.step or "",
        value=misfit.value or "",
        message=misfit.message,
        digest=stored.row.digest if misfit.type in ("StepMissing", "UndoUnfit") else "",
        begin=_root_block(stored, today) if misfit.local else None,
        whole=misfit.whole,
        at_once=misfit.at_once,
    )


def _step_at(step: str, before: Before, today: Today | None) -> StepAt:
    state = today.ways.states.get(step) if today else None
    words = today.text.spot(state.step).words if today and state else None
    return StepAt(step, words, before.source, before.steps.get(step, {}).get("line"))


def _root_block(stored: Stored, today: Today) -> str:
    """Where a run is to be begun anew to give a value of a branch again."""
    step = plain(stored.row.position)["step"]
    return today.ways.begin(step) if step in today.ways.states else "STEP"
