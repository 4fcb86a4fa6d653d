"""What a run that stands at a step will read without having it: values that the text of today gives earlier."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from wgen.compiler import ir
from wgen.compiler.given import implied
from wgen.compiler.needs import needed_by
from wgen.compiler.upgrade.ways import Edge, Ways


def lacking(ways: Ways, step: str, knows: Iterable[str], version: int) -> dict[str, ir.Step]:
    """The values that a run at a step does not know and will read, each with the first step that reads it.

    Of a step that is no task, what it reads was read when the run came there. `version` is the run's. In the branches
    beside the step nothing is sure to be given any more, unless it is known.
    """
    expected = ways.known[step].surely | ways.given_beside(step) | not_given(ways, version)
    found = {name: _first_reader(ways, step, name, version) for name in sorted(expected - set(knows))}
    return {name: reader for name, reader in found.items() if reader is not None}


def not_given(ways: Ways, version: int) -> frozenset[str]:
    """The values of sentences that a run of this version passes by."""
    return frozenset(name for task in ways.tasks if not _in_version(task, version) for name in gives(task))


def _first_reader(ways: Ways, start: str, name: str, version: int) -> ir.Step | None:
    """Goes all ways on which the value stays missing, and stops where it is read."""
    first = ways.states[start].step
    if isinstance(first, ir.Task) and (reader := _reader(first, name, version)):
        return reader
    seen: set[str] = set()
    groups = frozenset(inside.block.id for inside in ways.around[start])
    todo = deque(_onward(ways, start, name, version, groups))
    while todo:
        id = todo.popleft()
        if id in seen:
            continue
        seen.add(id)
        if reader := _reader(ways.states[id].step, name, version):
            return reader
        todo.extend(_onward(ways, id, name, version, groups))
    return None


def _onward(ways: Ways, id: str, name: str, version: int, groups: frozenset[str]) -> Iterator[str]:
    """The steps that may come next while the value is still missing. `groups` are those that the run is inside of."""
    step = ways.states[id].step
    if not _in_version(step, version):
        yield from (edge.to for edge in ways.next(id))
        return
    edges: Iterable[Edge] = ways.next(id)
    if isinstance(step, ir.Decision):
        edges = [edge for arm in _open_arms(step, name) for edge in ways.ahead[id][arm]]
    for edge in (*edges, *ways.caught[id]):
        beside = (names for group, names in edge.beside if group not in groups)
        if name not in edge.gives.union(*beside):
            yield edge.to


def gives(task: ir.Task) -> Iterator[str]:
    """The values that a task gives."""
    return (output.value for output in task.outputs)


def _open_arms(step: ir.Decision, name: str) -> Iterator[int]:
    """The arms of a decision that can be taken while the value is missing; the last number is that of the rest."""
    for number, arm in enumerate(step.arms):
        if name not in implied(arm.condition, truth=True):
            yield number
        if name in implied(arm.condition, truth=False):
            return
    yield len(step.arms)


def _in_version(step: ir.Step, version: int) -> bool:
    """Whether a run of this version executes a step."""
    task = step.task if isinstance(step, ir.Background) else step
    if not isinstance(task, ir.Task):
        return True
    return (task.since is None or version >= task.since) and (task.until is None or version < task.until)


def _reader(step: ir.Step, name: str, version: int) -> ir.Step | None:
    """The sentence of a step that needs the value to be there: its own, or that of its undo."""
    task = step.task if isinstance(step, ir.Background) else step
    if not isinstance(task, ir.Task):
        return step if name in needed_by(step) else None
    if not _in_version(task, version) or name not in ir.needs_of(task):
        return None
    return task if task.undo is None or name in ir.reads_of(task) else task.undo
