"""Child flows: runs of their own that a step starts, and whose end it waits for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wgen.errors import TooDeep
from wgen.runtime.codec import plain
from wgen.runtime.history import Entry, What
from wgen.runtime.inputs import business_key, take_inputs
from wgen.runtime.life import new_run_id
from wgen.runtime.limits import run_gates
from wgen.runtime.ports import NewRun, child_event, folded
from wgen.runtime.state import Failure, Wait

if TYPE_CHECKING:
    from wgen.runtime.moves import Move
    from wgen.runtime.plan import Bound, Plan
    from wgen.runtime.ports import Event
    from wgen.runtime.state import Position

GENERATIONS: Final = 100
"""So many runs may be open one below the other."""


def start_child(move: Move, position: Position, plan: Plan) -> Any:
    """Starts a run of another flow, in the same save as this run begins to wait for it."""
    run = move.run
    if run.depth + 1 >= GENERATIONS:
        raise TooDeep(f"{GENERATIONS} runs are open, one below the other")
    bound = find_flow(run.bound, plan.step.flow)
    if bound is None:
        move.pause("FlowMissing", f'the flow "{plan.step.flow}" is not registered with this worker', plan.id)
        move.place(position)
        return None
    known, rows = take_inputs(bound, plan.step.inputs(position.known))
    id = new_run_id()
    child = NewRun(
        id=id,
        flow=bound.flow.name,
        version=bound.flow.version,
        digest=bound.flow.digest,
        key=business_key(bound, known),
        position=bound.first.fresh,
        at=move.at,
        values=rows,
        entries=[Entry(move.at, What.RUN_CREATED)],
        parent=run.id,
        depth=run.depth + 1,
        gates=() if bound is run.bound else run_gates(bound, known),  # a flow below itself would wait for itself
    )
    move.children.append(child)
    position.waits = [Wait(child_event(id), move.at, None, flow=bound.flow.name)]
    move.place(position)
    move.note(What.CHILD_STARTED, plan.id, reason=id)
    return None


def find_flow(bound: Bound, name: str) -> Bound | None:
    """The flow of this name, whatever its case and blanks."""
    return next((other for other in bound.others.values() if folded(other.flow.name) == folded(name)), None)


def child_ended(move: Move, position: Position, event: Event) -> None:
    """The child that a position waits for has ended: its result is the step's, and so is its failure."""
    plan: Plan = position.plan  # type: ignore[assignment]  # a waiting position stands at a step
    move.take_event(event)
    told = plain(event.payload)
    if told["status"] != "finished":
        error = told["error"] or {"type": "RunCancelled", "message": "the child flow was cancelled"}
        names = tuple(error.get("names", (error["type"],)))
        failure = Failure(error["type"], error["message"], plan.id, plan.line, names)
        move.note(What.CHILD_ENDED, plan.id, reason=told["status"], failure=failure)
        move.fail(position, failure)
        return
    move.note(What.CHILD_ENDED, plan.id, reason=told["status"])
    try:
        for name, _ in plan.gives:
            value, text = move.run.bound.codec.coders[name].encode_json(told["result"])
            setattr(position.known, name, value)
            move.keep(position, name, text)
    except Exception as error:  # noqa: BLE001 - the other flow's result may not fit
        move.fail_step(position, error)
        return
    move.go(position, plan.to)
