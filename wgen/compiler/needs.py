"""The values that have to be there when a step that is no task is come to: more than to ask whether they are given."""

from __future__ import annotations

from wgen.compiler import ir
from wgen.compiler.given import implied


def needed_by(step: ir.Step) -> tuple[str, ...]:
    """Of what a step reads, the values that it can't do without, each once, in order."""
    return tuple(name for name in ir.reads_of(step) if _needs(step, name))


def _needs(step: ir.Step, name: str) -> bool:
    match step:
        case ir.Decision():
            return _arms_need(step, name)
        case ir.Repeat():
            return step.condition is not None and compares(step.condition, name)
        case ir.Receive():
            return _wait_needs(step.wait, name)
        case ir.Await():
            return any(_wait_needs(branch.wait, name) for branch in step.branches)
        case _:
            return True


def _arms_need(step: ir.Decision, name: str) -> bool:
    for arm in step.arms:
        if compares(arm.condition, name):
            return True
        if name in implied(arm.condition, truth=False):
            return False  # it is taken, and none of the others is asked
    return False


def _wait_needs(wait: ir.EventWait | ir.FlowWait | ir.TimeWait, name: str) -> bool:
    if isinstance(wait, ir.EventWait):
        return wait.event != name and wait.where is not None and compares(wait.where, name)
    return isinstance(wait, ir.FlowWait) and wait.key is not None and wait.key.value == name


def compares(condition: ir.Condition, name: str) -> bool:
    """Whether a condition compares a value that must be there for that."""
    match condition:
        case ir.Test():
            asks = condition.op in ("given", "missing", "empty") and condition.left.value == name
            right = any(isinstance(operand, ir.Path) and operand.value == name for operand in condition.right)
            return right or (condition.left.value == name and not asks)
        case ir.AllOf() | ir.AnyOf():
            for part in condition.parts:
                if compares(part, name):
                    return True
                if name in implied(part, truth=isinstance(condition, ir.AllOf)):
                    return False  # asked first whether it is there
            return False
