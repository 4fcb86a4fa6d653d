"""Child flows: runs of their own that a step starts, and whose end it waits for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wgen.errors import TooDeep
from wgen.runtime import undoing
from wgen.runtime.codec import plain, to_text
from wgen.runtime.history import Entry, What
from wgen.runtime.inputs import business_key, take_inputs
from wgen.runtime.life import RunStatus, new_run_id
from wgen.runtime.limits import run_gates
from wgen.runtime.orders import Order, from_above
from wgen.runtime.position import DONE_BODY, Failure, Wait
from wgen.runtime.rows import NewRun, folded
from wgen.runtime.signs import child_event
from wgen.runtime.state import CHILD

if TYPE_CHECKING:
    from wgen.runtime.moves import Move
    from wgen.runtime.plan import Bound, Plan
    from wgen.runtime.position import Position
    from wgen.runtime.rows import Event
    from wgen.runtime.state import Undo

GENERATIONS: Final = 100
"""So many runs may be open one below the other."""


def start_child(move: Move, position: Position, plan: Plan) -> Any:
    """Starts a run of another flow, in the same save as this run begins to wait for it."""
    run = move.run
    if run.depth + 1 >= GENERATIONS:
        raise TooDeep(f"{GENERATIONS} runs are open, one below the other")
    bound = find_flow(run.bound, plan.step.flow)
    if bound is None:
        move.pause("FlowMissing", _missing(plan), plan.id)
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


def _missing(plan: Plan) -> str:
    return f'the flow "{plan.step.flow}" is not registered with this worker'


def find_flow(bound: Bound, name: str) -> Bound | None:
    """The flow of this name, whatever its case and blanks."""
    return next((other for other in bound.others.values() if folded(other.flow.name) == folded(name)), None)


def child_ended(move: Move, position: Position, event: Event) -> None:
    """The child that a position waits for has ended."""
    move.take_event(event)
    position.waits = []
    told = plain(event.payload)
    if position.undo is not None:
        _undone(move, position, told)
    elif told["status"] == RunStatus.FINISHED:
        _finished(move, position, event.name.removeprefix(CHILD), told)
    else:
        _failed(move, position, told)


def _finished(move: Move, position: Position, child: str, told: dict[str, Any]) -> None:
    """Its result is the step's."""
    plan: Plan = position.plan  # type: ignore[assignment]  # a waiting position stands at a step
    move.note(What.CHILD_ENDED, plan.id, reason=told["status"])
    try:
        for name, _ in plan.gives:
            value, text = move.run.bound.codec.coders[name].encode_json(told["result"])
            setattr(position.known, name, value)
            move.keep(position, name, text)
    except Exception as error:  # noqa: BLE001 - the other flow's result may not fit
        move.fail_step(position, error)
        return
    if told["undoable"]:
        undoing.note_child(move, position, plan, child, ended=True)
    if plan.undo is not None:
        undoing.note_undo(move, position, plan, position.iteration())
    move.go(position, plan.to)


def _failed(move: Move, position: Position, told: dict[str, Any]) -> None:
    """Its failure is the step's."""
    plan: Plan = position.plan  # type: ignore[assignment]  # a waiting position stands at a step
    error = told["error"] or {"type": "RunCancelled", "message": "the child flow was cancelled"}
    names = tuple(error.get("names", (error["type"],)))
    failure = Failure(error["type"], error["message"], plan.id, plan.line, names)
    move.note(What.CHILD_ENDED, plan.id, reason=told["status"], failure=failure)
    move.fail(position, failure)


# ---- taking back what children have done -----------------------------------------------------------------------------


def abandon_all(move: Move, *, undo: bool) -> None:
    """Nobody waits for any of the run's children any more."""
    for position in list(move.run.positions.values()):
        abandon(move, position, undo=undo)


def abandon(move: Move, position: Position, *, undo: bool) -> None:
    """Nobody waits for a child any more: it is cancelled. Where steps are undone, the end of that is waited for."""
    plan = position.plan
    waited = position.waits[0].event if position.waits else None
    if plan is None or waited is None or not waited.startswith(CHILD):
        return
    child = waited.removeprefix(CHILD)
    position.waits = []
    if position.undo is not None and undo:
        return
    order = Order.CANCEL if undo else Order.CANCEL_WITHOUT_UNDO
    move.orders.append(from_above(order, child, move.run.id, move.at, f"{plan.id} is not waited for any more"))
    if undo:
        undoing.note_child(move, position, plan, child, ended=False)


def undo(move: Move, position: Position, taken_back: Undo) -> None:
    """A child is being cancelled, or has finished and its steps are undone by a run of its own: waits for its end."""
    child = taken_back.child or ""
    plan: Plan = position.plan  # type: ignore[assignment]  # the step that started it
    if taken_back.ended:
        bound = find_flow(move.run.bound, plan.step.flow)
        if bound is None:
            move.pause("FlowMissing", _missing(plan), plan.id)
            move.place(position)
            return
        new = _undoing_run(move, bound, child)
        move.children.append(new)
        child = new.id
    event = next((event for event in move.run.mail if event.name == child_event(child)), None)
    if event is not None:  # it has ended before this run came to undo it
        child_ended(move, position, event)
        return
    position.waits = [Wait(child_event(child), move.at, None, flow=plan.step.flow)]
    move.place(position)


def _undoing_run(move: Move, bound: Bound, child: str) -> NewRun:
    message = f"the run above it, {move.run.id}, is undone"
    error: dict[str, Any] = {"type": "RunCancelled", "message": message, "step": None, "flow_line": None, "undo": []}
    return NewRun(
        id=new_run_id(),
        flow=bound.flow.name,
        version=bound.flow.version,
        digest=bound.flow.digest,
        key=None,
        position=DONE_BODY,
        at=move.at,
        values=(),
        entries=[Entry(move.at, What.RUN_CREATED, reason=f"undoes the run {child}")],
        parent=move.run.id,
        depth=move.run.depth + 1,
        undoes=child,
        error=to_text({**error, "ends": str(RunStatus.CANCELLED)}),
    )


def _undone(move: Move, position: Position, told: dict[str, Any]) -> None:
    """What a child has done is taken back, unless it had finished before it heard of that."""
    run = move.run
    number: int = position.undo  # type: ignore[assignment]  # the caller has looked
    if run.undos[number].child is None:
        _took_back(move, position, told)
        return
    if told.get("undoable"):
        run.undos[number].ended = True
        move.can_undo(number)
        undo(move, position, run.undos[number])
        return
    undoing.child_undone(move, position, (told["error"] or {}).get("undo", ()))


def _took_back(move: Move, position: Position, told: dict[str, Any]) -> None:
    """A child that was to take a step back has ended."""
    plan: Plan = position.plan  # type: ignore[assignment]  # the undo
    if told["status"] == RunStatus.FINISHED:
        move.note(What.CHILD_ENDED, plan.id, reason=told["status"])
        undoing.undone(move, position)
    else:
        _failed(move, position, told)
