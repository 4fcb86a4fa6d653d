"""What is to be said about a worker's death: what came out, which tasks ran twice, and whether they may have."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from wgen.runtime.history import What
from wgen.runtime.rows import RunQuery
from wgen.runtime.view import run_as_dict, view
from wgen.testing.tables import table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wgen.runtime.ports import Store


class Tried(NamedTuple):
    """An attempt of a task. Those of several runs, or of the rounds of a loop, are counted together."""

    flow: str
    step: str
    attempt: int

    def __str__(self) -> str:
        return f"{self.step} attempt {self.attempt}"


@dataclass
class Verdict:
    """One performance with its kills. `killed` are the points at which a worker really died.

    `twice` are the attempts that ran again, `again` those of them that were finished before, `lost` those that left no
    effect. `wrong` says in words what else is not as it must be.
    """

    killed: list[str]
    wrong: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    @property
    def right(self) -> bool:
        return not (self.wrong or self.again or self.lost)


def verdict_table(found: Mapping[str, Sequence[Verdict]]) -> str:
    """A line for each name: at how many points there was a kill, and what came of it."""
    head = ("", "points", "killed", "wrong results", "tasks run twice", "finished and run again", "tasks lost")
    return table([head, *((name, *map(str, _counts(verdicts))) for name, verdicts in found.items())], numbers=True)


def _counts(verdicts: Sequence[Verdict]) -> tuple[int, ...]:
    return (
        len(verdicts),
        sum(bool(verdict.killed) for verdict in verdicts),
        sum(not verdict.right for verdict in verdicts),
        sum(len(verdict.twice) for verdict in verdicts),
        sum(len(verdict.again) for verdict in verdicts),
        sum(len(verdict.lost) for verdict in verdicts),
    )


# ---- what a store holds ----------------------------------------------------------------------------------------------


class Kept(NamedTuple):
    """What a store has of all runs: how each stands, the tasks that finished, and the attempts that are saved."""

    ends: list[dict[str, Any]]
    finished: Counter[Tried]
    saved: Counter[Tried]


_END: Final = ("flow", "status", "error", "outcome", "result", "word", "steps", "values")


async def kept_in(store: Store) -> Kept:
    """Looks at all runs. What is another one in each performance, their ids, is told by their order."""
    rows = (await store.runs(RunQuery(children=True)))[::-1]
    kept = Kept([], Counter(), Counter())
    texts = []
    for row in rows:
        stored = await store.load(row.id)
        assert stored is not None
        told = run_as_dict(view(stored, {}))
        texts.append(json.dumps({name: told[name] for name in _END}, sort_keys=True))
        for entry in await store.history(row.number):
            if entry.what in (What.TASK_FINISHED, What.ATTEMPT_FAILED):
                tried = Tried(row.flow, entry.step or "", entry.attempt or 0)
                kept.saved[tried] += 1
                kept.finished[tried._replace(attempt=0)] += entry.what == What.TASK_FINISHED
    for number, row in enumerate(rows):
        texts = [text.replace(row.id, f"run {number}") for text in texts]
    kept.ends.extend(json.loads(text) for text in sorted(texts))
    return kept


# ---- the judgement ---------------------------------------------------------------------------------------------------


class Performed(NamedTuple):
    """What came of a performance: what its store has in the end, and how often each attempt was begun."""

    kept: Kept
    begun: Counter[Tried]


def judge(killed: list[str], calm: Performed, this: Performed, in_flight: Counter[Tried]) -> Verdict:
    """Compares a performance with one in which nobody died. `in_flight` are the attempts that died with a worker."""
    verdict = Verdict(killed, wrong=list(differences(calm.kept, this.kept)))
    twice = this.begun - calm.begun
    verdict.twice = _names(twice)
    verdict.again = _names(twice - in_flight)
    verdict.lost = _tasks(calm.kept.finished - this.kept.finished)
    verdict.wrong += [f"{step} finished once more" for step in _tasks(this.kept.finished - calm.kept.finished)]
    return verdict


def differences(one: Kept, other: Kept) -> Iterator[str]:
    """How the runs of the other store stand, where it is not as in the one."""
    for wanted, found in zip_longest(one.ends, other.ends):
        if wanted is None or found is None:
            yield f"there are {len(other.ends)} runs, not {len(one.ends)}"
            return
        for name in _END:
            if found[name] != wanted[name]:
                yield f'{name} of "{wanted["flow"]}" is {found[name]!r}, not {wanted[name]!r}'


def _names(tried: Counter[Tried]) -> list[str]:
    return sorted(map(str, tried.elements()))


def _tasks(finished: Counter[Tried]) -> list[str]:
    return sorted(tried.step for tried in finished.elements())
