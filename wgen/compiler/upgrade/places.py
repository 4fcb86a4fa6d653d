"""Where runs of a flow can stand, and what such a run knows and has done by then."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from typing import NamedTuple

from wgen.compiler import ir
from wgen.compiler.checking import every_step
from wgen.compiler.given import provided
from wgen.compiler.names import python_name
from wgen.compiler.paths import Known
from wgen.compiler.upgrade.ways import Inside, Ways, starts_branches


class Place(NamedTuple):
    """A step at which a run can stand. `groups` are those whose branch it lies in: the run stands at them, too.

    `surely` it knows, and `maybe`; of `done` each task may have been done, and can be undone; of `beside` each may have
    begun in the background. `undoes` says that the step is how another one is undone.
    """

    step: ir.Step
    around: tuple[Inside, ...]
    groups: tuple[ir.Step, ...]
    surely: frozenset[str]
    maybe: frozenset[str]
    done: tuple[ir.Task, ...]
    beside: tuple[ir.Background, ...]
    undoes: bool


def places(ways: Ways, undoing: Container[str] = ()) -> list[Place]:
    """Every place of a flow, in the order of its text. `undoing` are the flows that undo what they did."""
    backgrounds = {
        step: _until_joined(ways, step) for step in every_step(ways.flow.body) if isinstance(step, ir.Background)
    }
    undoable = [task for task in ways.tasks if task.undo or (task.call.by == "flow" and _ident(task) in undoing)]
    behind = {task.id: _behind(ways, task) for task in undoable}
    found = []
    for id, state in ways.states.items():
        if not _can_stand(ways, id):
            continue
        around = ways.around[id]
        undone = ways.undoes(id)
        undoes = undone is not None
        others = [task for task in undoable if task is not undone]
        known = ways.known.get(id, Known(frozenset(), frozenset()))
        found.append(
            Place(
                step=state.step,
                around=around,
                groups=() if undoes else tuple(inside.block for inside in around if starts_branches(inside.block)),
                surely=known.surely,
                maybe=_everything(ways.flow) if undoes else known.maybe | known.surely | _of_blocks(around),
                done=tuple(task for task in others if undoes or id in behind[task.id] or _beside(ways, task.id, id)),
                beside=() if undoes else tuple(step for step, until in backgrounds.items() if id in until),
                undoes=undoes,
            )
        )
    return found


def _ident(task: ir.Task) -> str:
    return python_name(task.call.name)


def _until_joined(ways: Ways, background: ir.Background) -> frozenset[str]:
    """The steps at which a run may stand while what it began in the background is not joined yet."""
    found: set[str] = set()
    todo = [edge.to for edge in ways.next(background.id)]
    while todo:
        id = todo.pop()
        if id not in found:
            found.add(id)
            if background.task.id not in ways.states[id].joins:
                todo += [edge.to for edge in (*ways.next(id), *ways.caught[id])]
    return frozenset(found)


def _can_stand(ways: Ways, id: str) -> bool:
    """Runs stand at tasks and waits; at the first step before they begin; where they wait for background tasks."""
    state = ways.states[id]
    match state.step:
        case ir.Task() | ir.Receive() | ir.Wait() | ir.WaitFlow() | ir.Await():
            return True
        case ir.Repeat(every=every) if every is not None:
            return True
        case ir.Finish() if any(isinstance(other.step, ir.Background) for other in ways.states.values()):
            return True
        case _:
            return id == ways.start or bool(state.joins)


def _behind(ways: Ways, task: ir.Task) -> frozenset[str]:
    """The steps to which a run may come when a task was done; one in the background is done at any time."""
    starts = [inside.block for inside in ways.around[task.id] if isinstance(inside.block, ir.Background)]
    return ways.behind(starts[-1].id if starts else task.id)


def _beside(ways: Ways, task: str, id: str) -> bool:
    """Whether two steps lie in different branches of one group, or in rounds side by side."""
    for one, other in zip(ways.around[task], ways.around[id], strict=False):
        if one.block is not other.block:
            return False
        if starts_branches(one.block) and (one.body != other.body or isinstance(one.block, ir.ForEach)):
            return task != id or isinstance(one.block, ir.ForEach)
    return False


def _of_blocks(around: Iterable[Inside]) -> frozenset[str]:
    """What may have been given in other rounds or branches of the blocks around a step."""
    names: set[str] = set()
    for inside in around:
        block = inside.block
        if isinstance(block, ir.ForEach | ir.Repeat) or starts_branches(block):
            names |= {*provided((block,)), *_local(every_step((block,)))}
    return frozenset(names)


def _everything(flow: ir.Flow) -> frozenset[str]:
    inputs = {entry.value for entry in flow.inputs}
    return frozenset({*inputs, *provided(flow.body), *_local(every_step(flow.body))})


def _local(steps: Iterable[ir.Step]) -> Iterator[str]:
    """The items of loops and the descriptions of failures."""
    for step in steps:
        if isinstance(step, ir.ForEach):
            yield step.item
        elif isinstance(step, ir.Try):
            yield from (clause.giving for clause in step.clauses if clause.giving)
