"""What `wgen breaking` tells: where runs stand or can stand, and what becomes of them, as lines and as JSON."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from wgen.cli.findings import plural
from wgen.compiler import report
from wgen.compiler.upgrade.compare import worst
from wgen.compiler.upgrade.findings import ORDER, Finding, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wgen.compiler.diagnostics import Diagnostic
    from wgen.compiler.upgrade.compare import Standing


class StepAt(NamedTuple):
    """A step at which a run stands: its sentence, where a text of it is at hand, and where it is written, or was."""

    step: str
    sentence: str | None
    file: str | None
    line: int | None


@dataclass(slots=True)
class Case:
    """One open run; or whichever run stands at a step; or, without any step, the flow as others see it."""

    flow: str
    version: int
    steps: list[StepAt]
    run: str | None = None
    status: str | None = None
    findings: list[Finding] = field(default_factory=list)

    @property
    def verdict(self) -> Verdict:
        return worst(self.findings)


def case_of(standing: Standing) -> Case:
    """A place of a text as a case."""
    text, place = standing.text, standing.place
    steps = []
    if place is not None:
        spot = text.spot(place.step)
        line, _ = spot.source.position(spot.span.start)
        steps.append(StepAt(place.step.id, spot.words, spot.source.path, line))
    return Case(text.flow.name, text.flow.version, steps, findings=standing.findings)


def diagnostics_of(cases: Sequence[Case]) -> list[Diagnostic]:
    """What was found, each thing once, in the order of the texts."""
    found = {id(finding.diagnostic): finding.diagnostic for case in cases for finding in case.findings}
    return report.sort(found.values())


# ---- for people ------------------------------------------------------------------------------------------------------


def table_lines(cases: Sequence[Case]) -> Iterator[str]:
    """Where runs do not go on, by flows. Of a flow that changes nothing for any run nothing is said."""
    for flow, group in groupby(sorted(cases, key=lambda case: case.flow), key=lambda case: case.flow):
        those = [case for case in group if case.steps or case.run]
        if all(case.verdict is Verdict.GOES_ON for case in those):
            continue
        told = [_line(case) for case in those if case.run is None or case.verdict is not Verdict.GOES_ON]
        width = max(len(where) for where, _ in told)
        yield f'flow "{flow}":'
        yield from (f"  {where:<{width}}  {what}" for where, what in told)


def _line(case: Case) -> tuple[str, str]:
    where = ", ".join(step.step if step.line is None else f"{step.step} (line {step.line})" for step in case.steps)
    names = dict.fromkeys(finding.diagnostic.rule.name for finding in case.findings)
    what = f"{case.verdict}: {', '.join(names)}" if names else str(case.verdict)
    return f"{case.run} {case.status} at {where or 'its end'}" if case.run else where, what


_OF_SEVERAL = {Verdict.GOES_ON: "go on", Verdict.NEEDS_MAPPING: "need a mapping"}


def summary(cases: Sequence[Case], *, of_runs: bool) -> str:
    """`12 open runs: 9 go on, 2 need a mapping, 1 must finish on the old version`."""
    counted = [case for case in cases if case.steps or case.run]
    count = Counter(case.verdict for case in counted)
    met = [verdict for verdict in ORDER if count[verdict]]
    if not met:
        return "no open run" if of_runs else "no older flow"
    if not of_runs:
        steps, flows = plural(len(counted), "step"), plural(len({case.flow for case in counted}), "flow")
        said = [f"{verdict} at {count[verdict]}" for verdict in met]
        return f"{steps} of {flows}: a run {', '.join(said)}"
    verbs = {verdict: _OF_SEVERAL.get(verdict, verdict) if count[verdict] > 1 else verdict for verdict in met}
    return f"{plural(len(counted), 'open run')}: {', '.join(f'{count[verdict]} {verbs[verdict]}' for verdict in met)}"


# ---- as data ---------------------------------------------------------------------------------------------------------


def as_dict(case: Case) -> dict[str, Any]:
    """The shape that `--json` prints an array of."""
    return {
        "class": str(case.verdict),
        "flow": case.flow,
        "version": case.version,
        "run": case.run,
        "status": case.status,
        "steps": [step._asdict() for step in case.steps],
        "findings": [_finding_as_dict(finding) for finding in case.findings],
    }


def _finding_as_dict(finding: Finding) -> dict[str, Any]:
    return {**report.as_dict(finding.diagnostic), "class": str(finding.verdict), "at_once": finding.at_once}
