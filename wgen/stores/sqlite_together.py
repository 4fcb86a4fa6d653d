"""Which writes of one commit are made as one: plain steps of many runs, and what branches of one run have done."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Collection, Sequence
from typing import Any, Final, TypeAlias

from wgen.errors import WgenError
from wgen.runtime.rows import Change, Step
from wgen.stores.sqlite_journal import added, is_emptied_by
from wgen.stores.sqlite_write import STEP, save_change

Write: TypeAlias = tuple[Callable[[sqlite3.Connection, Any], Any], Any, "asyncio.Future[Any] | None"]
"""One write to come: a function, its argument, and who waits for what it returns.

It may raise a WgenError before it has changed anything that can be seen: that concerns nobody else.
"""

_TOGETHER: Final = 4  # steps that are cheaper to save together than one by one

_OWN: Final = frozenset(
    {"number", "revision", "fence", "at", "root", "entries", "values", "positions", "gone", "dropped"}
)
"""The fields of a change that concern its own run alone, and only add up when another change follows."""

_Plain: TypeAlias = tuple[int, str, float, str, int, int, int]
"""A step that may be saved together with others: what it writes into its run's row, as `STEP` takes it."""


def apply_all(db: sqlite3.Connection, batch: Sequence[Write]) -> list[Any]:
    """Makes all writes of a batch; returns for each what it returned, or the WgenError that it raised.

    Plain steps are saved first, and together: they concern nobody else. Then the rest, in its order, but for changes of
    one run that only add up: they are made where the first of them is. What another write tells that run, such as an
    event, then stands behind them in its history, though it came in between.
    """
    if len(batch) < _TOGETHER:
        return [_apply(db, function, argument) for function, argument, _ in batch]
    results: dict[int, Any] = {}
    steps = _plain_steps(batch)
    if len(steps) >= _TOGETHER and _save_steps(db, steps.values()):
        results = dict.fromkeys(steps, True)
    chains = _chains(batch, results)
    for number, (function, argument, _) in enumerate(batch):
        if number in results:
            continue
        if (chain := chains.get(number)) is None:
            results[number] = _apply(db, function, argument)
        else:
            whole = _merged([batch[link][1] for link in chain])
            results |= dict.fromkeys(chain, _apply(db, save_change, whole))
    return [results[number] for number in range(len(batch))]


def _apply(db: sqlite3.Connection, function: Callable[[sqlite3.Connection, Any], Any], argument: Any) -> Any:
    try:
        return function(db, argument)
    except WgenError as error:
        return error


# ---- plain steps of many runs ----------------------------------------------------------------------------------------


def _plain_steps(batch: Sequence[Write]) -> dict[int, _Plain]:
    """The plain steps of runs of which nothing else is saved before, by their numbers in the batch and in its order."""
    steps: dict[int, _Plain] = {}
    others: set[int] = set()
    for number, (_, change, _) in enumerate(batch):
        if type(change) is Step:
            plain = None if change.number in others else _as_plain(change)
            if plain is not None:
                steps[number] = plain
                continue
        if isinstance(change, Change):
            others.add(change.number)
    return steps


def _as_plain(step: Step) -> _Plain | None:
    """None: it writes more than its run's row."""
    new = added(step.entries, step.values)
    lines, long = new
    if long or is_emptied_by(step, new):
        return None
    return 1, step.root.decode(), step.at, lines, step.number, step.revision, step.fence


def _save_steps(db: sqlite3.Connection, steps: Collection[_Plain]) -> bool:
    """Saves many steps at once. False: one of them must not be saved, and none is."""
    db.execute("SAVEPOINT steps")
    all_held = db.executemany(STEP, steps).rowcount == len(steps)
    if not all_held:
        db.execute("ROLLBACK TO steps")
    db.execute("RELEASE steps")
    return all_held


# ---- what branches of one run have done ------------------------------------------------------------------------------


def _chains(batch: Sequence[Write], made: Collection[int]) -> dict[int, list[int]]:
    """The changes of a run that follow one another and concern it alone, as numbers in the batch, by the first one."""
    chains: dict[int, list[int]] = {}
    ends: dict[int, tuple[Change, list[int]]] = {}
    for number, (_, change, _) in enumerate(batch):
        if number in made or not isinstance(change, Change):
            continue
        if any(value for name, value in vars(change).items() if name not in _OWN):
            ends.pop(change.number, None)
            continue
        before, chain = ends.get(change.number, (None, []))
        if before is None or (before.revision + 1, before.fence) != (change.revision, change.fence):
            chain = chains[number] = []
        chain.append(number)
        ends[change.number] = change, chain
    return {first: chain for first, chain in chains.items() if len(chain) > 1}


def _merged(changes: Sequence[Change]) -> Change:
    """One change that leaves a run as these would, one after the other."""
    first, last = changes[0], changes[-1]
    entries = [entry for change in changes for entry in change.entries]
    whole = Change(first.number, first.revision, first.fence, last.at, last.root, entries)
    whole.saves = len(changes)
    whole.gone = [id for change in changes for id in change.gone]
    gone = set(whole.gone)  # for good: no position that begins later has one of these numbers
    positions = {row.id: row for change in changes for row in change.positions}
    whole.positions = [row for id, row in positions.items() if id not in gone]
    values: dict[tuple[int, str], bytes] = {}
    dropped: dict[tuple[int, str], None] = {}
    for change in changes:
        for key in change.dropped:
            values.pop(key, None)
            dropped[key] = None
        values |= {(scope, name): text for scope, name, text in change.values if scope not in gone}
    whole.values = [(scope, name, text) for (scope, name), text in values.items()]
    whole.dropped = [key for key in dropped if key[0] not in gone]
    return whole
