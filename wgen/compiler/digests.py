"""Digests of steps and flows: what stays the same when a sentence moves, and changes when its meaning does."""

from __future__ import annotations

from collections.abc import Iterator

from wgen.compiler import ir

# What a step holds besides its own sentence: nested bodies have digests of their own, and a run that waits for a
# retry may go on under a new policy.
_NOT_ITS_OWN = ("body", "branches", "otherwise", "tasks", "task", "policy", "undo", "digest")


def set_digests(flow: ir.Flow) -> None:
    """Gives each step the digest of its sentence, inputs and enclosing blocks, then the flow that of all it means."""
    for step, blocks in _walk(flow.body, ()):
        step.digest = ir.digest_of(_own(step), blocks)[:8]
    flow.digest = ir.digest_of(flow)


def _walk(steps: tuple[ir.Step, ...], blocks: tuple[str, ...]) -> Iterator[tuple[ir.Step, tuple[str, ...]]]:
    for step in steps:
        yield step, blocks
        inner = (*blocks, step.id)
        if isinstance(step, ir.Parallel):
            yield from ((task, inner) for task in step.tasks)
        elif isinstance(step, ir.Background):
            yield step.task, inner
        for task in ir.tasks_of(step):
            if task.undo is not None:
                yield task.undo, (*blocks, task.id)
        for body in ir.children(step):
            yield from _walk(body, inner)


def _own(step: ir.Step) -> object:
    own = {name: part for name, part in vars(step).items() if name not in _NOT_ITS_OWN}
    if isinstance(step, ir.Decision):
        own["arms"] = [arm.condition for arm in step.arms]
    if isinstance(step, ir.Try):
        own["clauses"] = [[clause.types, clause.giving] for clause in step.clauses]
    if isinstance(step, ir.Await):
        own["waits"] = [branch.wait for branch in step.branches]
    return own
