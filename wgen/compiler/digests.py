"""Digests of steps and flows: what stays the same when a sentence moves, and changes when its meaning does."""

from __future__ import annotations

from collections.abc import Iterator

from wgen.compiler import ir

# What a step holds besides its own sentence: nested bodies have digests of their own, and a run that waits for a
# retry may go on under a new policy, and when the sentence holds for other versions from now on. A task's sentence is
# known by its name: a renamed one that declares its old name (`with id`) is the same step.
_NOT_ITS_OWN = (
    *("body", "branches", "otherwise", "tasks", "task", "policy", "undo", "digest"),
    *("sentence", "since", "until"),
)


def set_digests(flow: ir.Flow) -> None:
    """Gives each step the digest of its sentence, inputs and enclosing blocks, then the flow that of all it means."""
    for step, blocks in _walk(flow.body, ()):
        step.digest = ir.digest_of(_own(step), blocks)[:8]
    flow.digest = ir.digest_of(flow)


def _walk(steps: tuple[ir.Step, ...], blocks: tuple[str, ...]) -> Iterator[tuple[ir.Step, tuple[str, ...]]]:
    for step in steps:
        yield step, blocks
        inner = (*blocks, _block(step))
        if isinstance(step, ir.Parallel):
            yield from ((task, inner) for task in step.tasks)
        elif isinstance(step, ir.Background):
            yield step.task, inner
        for task in ir.tasks_of(step):
            if task.undo is not None:
                yield task.undo, (*blocks, task.id)
        for body in ir.children(step):
            yield from _walk(body, inner)


def _block(step: ir.Step) -> str:
    """What a block is to the steps in it: its id; of a loop also what a round in the middle of it relies on.

    A round beside others ends otherwise than one in a row, and what was collected is kept under the name of its list.
    """
    if not isinstance(step, ir.ForEach):
        return step.id
    return " ".join((step.id, *(("side by side",) if step.at_a_time != 1 else ()), *(step.collect or ())))


def _own(step: ir.Step) -> object:
    own = {name: part for name, part in vars(step).items() if name not in _NOT_ITS_OWN}
    if isinstance(step, ir.Decision):
        own["arms"] = [arm.condition for arm in step.arms]
    if isinstance(step, ir.Try):
        own["clauses"] = [[clause.types, clause.giving] for clause in step.clauses]
    if isinstance(step, ir.Await):
        own["waits"] = [branch.wait for branch in step.branches]
    return own
