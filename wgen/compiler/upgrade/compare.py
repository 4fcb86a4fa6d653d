"""Compares the texts of flows before and after an upgrade: what becomes of a run, wherever it may stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from wgen.compiler import ir
from wgen.compiler.given import provided
from wgen.compiler.upgrade import findings as say
from wgen.compiler.upgrade.around import around
from wgen.compiler.upgrade.findings import Finding, Verdict
from wgen.compiler.upgrade.lacking import gives, lacking, not_given
from wgen.compiler.upgrade.places import Place, places
from wgen.compiler.upgrade.steps import Steps
from wgen.compiler.upgrade.texts import Text
from wgen.compiler.upgrade.undos import Undos
from wgen.compiler.upgrade.valuetypes import ValueTypes
from wgen.compiler.upgrade.ways import Ways


@dataclass(slots=True)
class Standing:
    """A place where a run of a flow can stand, or, without a step, the flow as others see it; and what is found."""

    text: Text
    place: Place | None
    findings: list[Finding] = field(default_factory=list)

    @property
    def verdict(self) -> Verdict:
        return worst(self.findings)


def worst(findings: Iterable[Finding]) -> Verdict:
    """What becomes of a run that meets all of these."""
    return max((finding.verdict for finding in findings), key=say.ORDER.index, default=Verdict.GOES_ON)


def compare(before: Sequence[Text], after: Sequence[Text]) -> list[Standing]:
    """Every place of the old flows, in the order of their texts, and what there is to say of each flow as a whole."""
    there = {text.flow.name: text for text in after}
    found: list[Standing] = []
    for text in before:
        new = there.get(text.flow.name)
        if new is None:
            gone = _flow_gone(text, before, after)
            found += [Standing(text, place, [gone]) for place in places(Ways(text.flow))]
        else:
            found += _Upgrade(text, new, _children(before, after)).standings()
    return found


def _children(before: Iterable[Text], after: Iterable[Text]) -> Children:
    """What is known of the flows that others may run; one that was never among these lies elsewhere."""
    idents = {text.flow.ident for text in before}
    undoing = {text.flow.ident for text in before if any(task.undo for task in Ways(text.flow).tasks)}
    return Children(frozenset(idents - {text.flow.ident for text in after}), frozenset(undoing))


def _flow_gone(text: Text, before: Iterable[Text], after: Iterable[Text]) -> Finding:
    known = {other.flow.name for other in before}
    fresh = [other for other in after if other.flow.name not in known]
    meant = successor(Ways(text.flow).states, {other.flow.name: Ways(other.flow).states for other in fresh})
    return say.flow_gone(text.heading, text.flow.name, "runs of it may be open", meant)


def successor(ids: Iterable[str], flows: Mapping[str, Iterable[str]]) -> str | None:
    """The flow that has at least half of these steps, and the most of them."""
    wanted = set(ids)
    shares = {name: len(wanted & set(steps)) for name, steps in flows.items()}
    name = max(shares, key=lambda name: shares[name], default=None)
    return name if name is not None and 2 * shares[name] >= len(wanted) else None


class Children(NamedTuple):
    """Flows that others may run, by their names in code: those that are gone, and those that undo what they did."""

    gone: frozenset[str]
    undoing: frozenset[str]


class _Upgrade:
    """One flow in both texts."""

    def __init__(self, old: Text, new: Text, children: Children) -> None:
        self._old = old
        self._new = new
        self._old_ways = Ways(old.flow)
        self._new_ways = Ways(new.flow)
        self._steps = Steps(old, new, self._old_ways, self._new_ways, children.gone)
        self._places = places(self._old_ways, children.undoing)
        self._types = ValueTypes(old, new)
        self._undos = Undos(new, self._new_ways, self._steps, self._types)

    def standings(self) -> list[Standing]:
        found = [Standing(self._old, place) for place in self._places]
        for standing in found:
            if standing.place is not None:
                standing.findings += self._steps.findings(standing.place)
                standing.findings += self._values(standing.place)
                standing.findings += self._undos.findings(standing.place)
        self._add_lacking(found)
        whole = list(around(self._old, self._new, self._types))
        return [*found, Standing(self._old, None, whole)] if whole else found

    def _values(self, place: Place) -> Iterator[Finding]:
        for name in sorted(place.maybe & self._new.flow.values.keys()):
            local = next((group.id for group in place.groups if name in provided((group,))), None)
            finding = self._types.finding(name, local)
            if finding is not None:
                yield finding

    def _start(self, place: Place) -> str | None:
        """Where a run at a place goes on from. A branch that has lost is undone; then it goes on behind its group."""
        if not place.undoes:
            return place.step.id
        blocks = [inside.block for inside in place.around]
        races = [block.id for block in blocks if isinstance(block, ir.Together) and block.join != "all"]
        return races[-1] if races else None

    def _add_lacking(self, found: Sequence[Standing]) -> None:
        """What runs will read without having it; those that are paused where they stand never come to that."""
        whose: dict[tuple[str, str, bool], list[Standing]] = {}
        for standing in found:
            place = standing.place
            start = self._start(place) if place and self._steps.stays(place) else None
            if place is None or start is None or start not in self._new_ways.states:
                continue
            # What is still at work in the background is not begun again where its sentence holds for others only.
            beside = {name for step in place.beside for name in gives(step.task)}
            knows = self._old_ways.known[start].surely | self._old_ways.given_beside(start)
            knows -= beside & not_given(self._new_ways, self._old.flow.version)
            may_know = place.maybe | self._new_ways.given_beside(start)
            readers = lacking(self._new_ways, start, knows, self._old.flow.version)
            for name, reader in readers.items():
                maybe = name in may_know or place.undoes
                whose.setdefault((name, reader.id, maybe), []).append(standing)
        for (name, id, maybe), those in whose.items():
            step = self._new_ways.states[id].step
            ids = say.listed([standing.place.step.id for standing in those if standing.place is not None])
            who = f"runs that stand at {ids} {'may' if maybe else 'do'} not"
            finding = say.value_lacking(self._new.spot(step), name, step, who)
            for standing in those:
                standing.findings.append(finding)
