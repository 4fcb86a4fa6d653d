"""Questions about a step of the IR: what lies in it, what it reads."""

from __future__ import annotations

from wgen.compiler.ir.steps import (
    Await,
    Decision,
    EventWait,
    Fail,
    Finish,
    FlowWait,
    ForEach,
    Receive,
    Repeat,
    Step,
    TimeWait,
    Together,
    Try,
    Wait,
    WaitFlow,
)
from wgen.compiler.ir.tasks import Background, Parallel, Task
from wgen.compiler.ir.values import Path, paths_in


def children(step: Step) -> tuple[tuple[Step, ...], ...]:
    """The bodies that stand directly in a block; empty for a plain step."""
    match step:
        case Task():  # most steps are
            return ()
        case Decision():
            bodies = tuple(arm.body for arm in step.arms)
            return bodies if step.otherwise is None else (*bodies, step.otherwise)
        case Together() | Await():
            return tuple(branch.body for branch in step.branches)
        case ForEach() | Repeat():
            return (step.body,)
        case Try():
            return (step.body, *(clause.body for clause in step.clauses))
        case _:
            return ()


def tasks_of(step: Step) -> tuple[Task, ...]:
    """The tasks that stand directly in a step, without those of nested bodies."""
    match step:
        case Task():
            return (step,)
        case Parallel():
            return step.tasks
        case Background():
            return (step.task,)
        case _:
            return ()


def needs_of(task: Task) -> tuple[str, ...]:
    """The values that have to be there when a task begins: what it reads, and what is kept for its undo besides."""
    given = {output.value for output in task.outputs}
    kept = [name for name in reads_of(task.undo) if name not in given] if task.undo else []
    return tuple(dict.fromkeys((*reads_of(task), *kept)))


def reads_of(step: Step) -> tuple[str, ...]:
    """The values that a step itself reads, not those of nested bodies, each once, in order."""
    paths: list[Path] = []
    match step:
        case Task():
            paths = [entry.value for entry in step.inputs if isinstance(entry.value, Path)]
            paths += [step.key] if step.key else []
        case Decision():
            paths = [path for arm in step.arms for path in paths_in(arm.condition)]
        case ForEach():
            paths = [step.items]
        case Repeat(condition=condition) if condition is not None:
            paths = paths_in(condition)
        case Wait(time=Path() as path) | Finish(result=Path() as path) | Fail(because=Path() as path):
            paths = [path]
        case Receive():
            paths = _wait_paths(step.wait)
        case Await():
            paths = [path for branch in step.branches for path in _wait_paths(branch.wait)]
        case WaitFlow():
            paths = _wait_paths(step.wait)
        case _:
            pass
    return tuple(dict.fromkeys(path.value for path in paths))


def _wait_paths(wait: EventWait | FlowWait | TimeWait) -> list[Path]:
    match wait:
        case EventWait(where=where, event=event) if where is not None:
            return [path for path in paths_in(where) if path.value != event]
        case FlowWait(key=key) if key is not None:
            return [key]
        case _:
            return []
