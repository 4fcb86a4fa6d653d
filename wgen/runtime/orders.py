"""Orders: what operators, and runs above, tell a run to do.

An order is kept like an event until the run obeys it, so that no race and no crash loses it. Whoever executes the run
obeys, see `obeying`; where nobody does, `operate` does what can be done without the flow's code.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from wgen.runtime.codec import plain, to_text
from wgen.runtime.history import Entry, What
from wgen.runtime.rows import ORDER, NewEvent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wgen.runtime.rows import Event


class Order(StrEnum):
    """What a run can be told to do."""

    PAUSE = f"{ORDER}pause"
    RESUME = f"{ORDER}resume"
    CANCEL = f"{ORDER}cancel"
    CANCEL_WITHOUT_UNDO = f"{ORDER}cancel without undo"


_ABOVE: Final = "run "

_ASKED: Final = {
    Order.PAUSE: What.PAUSE_ASKED,
    Order.RESUME: What.RESUME_ASKED,
    Order.CANCEL: What.CANCEL_ASKED,
    Order.CANCEL_WITHOUT_UNDO: What.CANCEL_ASKED,
}


def new_order(order: Order, run: str, at: float, by: str | None, reason: str | None) -> NewEvent:
    """An order for a run, as the store keeps it."""
    entry = Entry(at, _ASKED[order], by=by, reason=reason)
    return NewEvent(run, order, to_text({"by": by, "reason": reason}), at, entry)


def from_above(order: Order, child: str, parent: str, at: float, reason: str | None = None) -> NewEvent:
    """What a run tells one that it has started."""
    return new_order(order, child, at, f"{_ABOVE}{parent}", reason)


def lifted(orders: Iterable[Event], by: str | None, resume: Event | None = None) -> list[Event]:
    """The pauses, still to be obeyed, that a resume takes back: all that came before it.

    Operators take back any, a run above only its own.
    """
    return [
        order
        for order in orders
        if order.name == Order.PAUSE
        and (resume is None or order.number < resume.number)
        and (not is_above(by) or plain(order.payload)["by"] == by)
    ]


def is_above(by: str | None) -> bool:
    """Whether an order comes from the run above."""
    return by is not None and by.startswith(_ABOVE)


def is_order(event: Event) -> bool:
    return event.name.startswith(ORDER)
