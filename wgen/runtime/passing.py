"""What a run passes on its way from task to task without a trace but where it comes to: decisions and loops."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wgen.runtime.loops import next_round
from wgen.runtime.plan import Kind

if TYPE_CHECKING:
    from wgen.runtime.plan import Plan
    from wgen.runtime.position import Position


def task_behind(position: Position, plan: Plan) -> Plan | None:
    """The plain task that a position comes to by way of this step, with the rounds of its loops counted.

    None where there is more to it, such as a wait, an end, or a condition that fails: then nothing has changed, and a
    `Move` is to go the same way.
    """
    plans, known, rounds = position.run.bound.plans, position.known, position.rounds
    following: Plan | None = plan
    try:
        while following is not None and not following.plain:
            if following.step.joins:
                return None
            rounds = {loop: number for loop, number in rounds.items() if loop in following.keeps}
            if following.kind is Kind.DECISION:
                following = plans.get(following.run(known))
            elif following.kind is Kind.REPEAT and following.step.every is None:
                number = next_round(following, known, rounds.pop(following.id, None))
                if number is not None:
                    rounds[following.id] = number
                following = plans.get(following.step.to[-1] if number is None else following.step.body)
            else:
                return None
    except Exception:  # noqa: BLE001 - it is met again, where that is told
        return None
    if following is not None:
        position.rounds = rounds
    return following
