"""Limits: which gates a run or a task has to pass, so that no more than so many are inside, or begin in a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wgen.errors import InputError
from wgen.runtime.ports import Gate

if TYPE_CHECKING:
    from wgen.runtime.flow import Limit
    from wgen.runtime.plan import Bound


def run_gates(bound: Bound, known: Any) -> tuple[Gate, ...]:
    """The gates that a run of the flow has to pass before it begins."""
    flow = bound.flow
    try:
        return tuple(_gate(f"flow:{flow.name}", limit, known) for limit in flow.limits)
    except Exception as error:
        said = f'the value for which "{flow.name}" is limited can\'t be read from the inputs: {error}'
        raise InputError(said) from error


def _gate(name: str, limit: Limit[Any], known: Any) -> Gate:
    if limit.per is not None:
        name += f":per {limit.per:g}"
    if limit.each is not None:
        name += f":{limit.each(known)}"
    return Gate(name, limit.count, limit.per)
