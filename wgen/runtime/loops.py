"""Loops. A sequential one is a step to which the end of its body leads back; it counts rounds on the position itself.

A loop whose rounds run side by side is a group: each round is a branch with the item as a value of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from wgen.errors import RepeatExhausted, ValueRejected
from wgen.runtime import waits
from wgen.runtime.flow import DONE, MISSING
from wgen.runtime.lacks import asked
from wgen.runtime.state import piece_name

if TYPE_CHECKING:
    from wgen.runtime.moves import Move
    from wgen.runtime.plan import Plan
    from wgen.runtime.position import Position


# ---- for each --------------------------------------------------------------------------------------------------------


def for_each(move: Move, position: Position, plan: Plan) -> Any:
    """Begins the loop, or one more round of it."""
    items = _items(plan, position)
    if plan.step.at_once != 1:
        return _side_by_side(move, position, plan, items)
    last = position.rounds.get(plan.id)
    if last is not None:
        _keep_piece(move, position, plan, last, position)
    number = 0 if last is None else last + 1
    if number >= len(items):
        _complete(move, position, plan, number)
        position.rounds.pop(plan.id, None)
        return plan.to
    position.rounds[plan.id] = number
    _give_item(move, position, plan, items[number])
    return plan.step.body


def _items(plan: Plan, position: Position) -> Sequence[Any]:
    items = plan.step.items(position.known)
    if isinstance(items, Sequence) and not isinstance(items, str | bytes):
        return items
    raise ValueRejected(f"a loop goes through a list, and this is {type(items).__name__}")


def _give_item(move: Move, position: Position, plan: Plan, item: Any) -> None:
    name = plan.step.item
    value, text = move.run.bound.codec.coders[name].encode(item)
    setattr(position.known, name, value)
    move.keep(position, name, text)


def _side_by_side(move: Move, position: Position, plan: Plan, items: Sequence[Any]) -> Any:
    if not items:
        _complete(move, position, plan, 0)
        return plan.to
    limit = plan.step.at_once
    # Counted before any round starts: one that ends at once must not find the group empty.
    first = len(items) if limit is None else min(limit, len(items))
    position.next, position.open = first, first
    move.place(position)
    rounds = [_add_round(move, position, plan, number, items) for number in range(first)]
    for child in rounds:
        if not move.over and child.id in move.run.positions:
            move.go(child, plan.step.body)
    return None


def _add_round(move: Move, position: Position, plan: Plan, number: int, items: Sequence[Any]) -> Position:
    child = move.run.add_child(position, move.run.bound.plans[plan.step.body])
    child.index = number
    _give_item(move, child, plan, items[number])
    return child


def round_done(move: Move, position: Position, plan: Plan, child: Position) -> None:
    """One round is over: the next item's turn, or the end of the loop."""
    _keep_piece(move, position, plan, child.index or 0, child)
    move.take_away(child)
    if not position.stopped and position.next < len(items := _items(plan, position)):
        number = position.next
        position.next, position.open = number + 1, position.open + 1
        move.place(position)
        move.go(_add_round(move, position, plan, number, items), plan.step.body)
    elif position.open == 0:
        _complete(move, position, plan, position.next)
        move.go(position, plan.to)


def break_out(move: Move, position: Position, plan: Plan) -> Any:
    """No further round starts; the running ones end. What a sequential loop has collected is its list."""
    if plan.to is not None:
        loop = move.run.bound.plans[plan.step.inside[-1]]
        number = position.rounds[loop.id]
        if plan.step.collected:
            _keep_piece(move, position, loop, number, position)
        _complete(move, position, loop, number + plan.step.collected)
        return plan.to
    parent: Position = position.parent  # type: ignore[assignment]  # a round has the loop as its parent
    parent.stopped = True
    move.place(parent)
    return DONE


def _keep_piece(move: Move, owner: Position, plan: Plan, number: int, round_: Position) -> None:
    """Keeps what one round gives for the list that is collected."""
    if plan.step.collect is None:
        return
    one, many = plan.step.collect
    value = getattr(round_.known, one)
    if value is MISSING:
        return
    _, text = move.run.bound.codec.coders[one].encode(value)
    owner.pieces[piece_name(many, number)] = text
    move.keep_piece(owner, piece_name(many, number), text)


def _complete(move: Move, position: Position, plan: Plan, count: int) -> None:
    """All rounds are over: the collected values become a list, in the order of the items."""
    if plan.step.collect is None:
        return
    many = plan.step.collect[1]
    names = [piece_name(many, number) for number in range(count)]
    text = b"[" + b",".join(position.pieces[name] for name in names if name in position.pieces) + b"]"
    setattr(position.known, many, move.run.bound.codec.coders[many].decode(text))
    move.keep(position, many, text)
    for name in names:
        if position.pieces.pop(name, None) is not None:
            move.drop(position, name)


# ---- repeat ----------------------------------------------------------------------------------------------------------


def repeat(move: Move, position: Position, plan: Plan) -> Any:
    """Begins the loop, or decides behind a round whether there is one more."""
    number = next_round(plan, asked(position, plan), position.rounds.get(plan.id))
    if number is None:
        position.rounds.pop(plan.id, None)
        return plan.to
    position.rounds[plan.id] = number
    if plan.step.every is not None and number > 0:
        waits.pause_until(move, position, move.at + plan.step.every)
        return None
    return plan.step.body


def next_round(plan: Plan, known: Any, last: int | None) -> int | None:
    """The number of the round that comes behind the last one, None where the loop is over. Raises RepeatExhausted."""
    number = 0 if last is None else last + 1
    if _is_over(plan, known, number):
        return None
    at_most = plan.step.at_most
    if at_most is not None and number >= at_most:
        rounds = "1 round" if number == 1 else f"{number} rounds"
        raise RepeatExhausted(f"after {rounds} the loop is not done")
    return number


def _is_over(plan: Plan, known: Any, number: int) -> bool:
    step = plan.step
    if step.kind == "times":
        return bool(number >= step.times)
    if step.kind == "until" and number == 0:
        return False
    holds = bool(step.condition(known))
    return holds if step.kind == "until" else not holds
