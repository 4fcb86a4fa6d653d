"""What came of a simulated run, and what a test may demand of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, NoReturn, Self

from wgen.errors import UsageError
from wgen.runtime.clock import as_text
from wgen.runtime.codec import plain, to_text
from wgen.runtime.flow import Call, Task
from wgen.runtime.history import What
from wgen.runtime.life import RunStatus
from wgen.runtime.rows import folded
from wgen.testing.recorder import check_handler, handler_names
from wgen.testing.scene import event_of
from wgen.testing.tables import error_words, history_table

if TYPE_CHECKING:
    from wgen.runtime.flow import Flow
    from wgen.runtime.history import Entry
    from wgen.runtime.view import RunView
    from wgen.testing.recorder import HandlerCall
    from wgen.testing.scene import Event

_ANY: Final[Any] = object()
"""Stands for whatever a test does not ask about."""


@dataclass(slots=True, eq=False, repr=False)
class SimulatedRun:
    """One run as it stood when the simulation was over. `str(run)` tells its history as a table.

    `result` is of its type, `view` and `history` are what an engine tells. `calls` are those that the handlers got,
    also for the runs that this one started. `unsent` are the events that were never sent, `runs` all runs of the
    simulation, the oldest first, `flows` the flows that had a part in it.

    The methods demand something: they raise AssertionError with the history where it is not so, else they return the
    run, so that the next one can follow.
    """

    flow: Flow[Any, Any]
    view: RunView
    result: Any
    history: list[Entry]
    calls: list[HandlerCall]
    unsent: list[Event]
    runs: list[SimulatedRun]
    flows: list[Flow[Any, Any]]

    @property
    def took(self) -> timedelta:
        """The time from its start to its last change."""
        return timedelta(seconds=round(self.view.updated_at - self.view.created_at, 6))

    @property
    def words(self) -> list[str]:
        """The business statuses that it reached, in their order."""
        return [entry.reason or "" for entry in self.history if entry.what == What.WORD_REACHED]

    @property
    def undone(self) -> list[str]:
        """The tasks that were undone, by their handlers, in the order in which it was done."""
        steps = {(flow.name, str(step.undo)): step.handler for flow in self.flows for step in _tasks(flow)}
        return [
            steps[call.flow, call.step]
            for call in self.calls
            if (call.flow, call.step) in steps and call.ended and call.error is None
        ]

    def run_of(self, flow: str) -> SimulatedRun:
        """The first run of a flow in this simulation."""
        for run in self.runs:
            if folded(run.view.flow) == folded(flow):
                return run
        there = ", ".join(dict.fromkeys(f'"{run.view.flow}"' for run in self.runs))
        raise AssertionError(f'no run of "{flow}" has started; there are runs of {there}')

    # ---- what a test demands ----

    def finished(self, result: Any = _ANY, *, outcome: Any = _ANY) -> Self:
        """It has finished, with this result and as this outcome where they are given.

        A result counts as the same when it is equal, or when both are the same JSON.
        """
        __tracebackhide__ = True
        if self.view.status is not RunStatus.FINISHED:
            self._miss("to finish")
        if result is not _ANY and not _same(self.result, result):
            self._miss(f"to finish with {result!r}", f"its result is {self.result!r}")
        if outcome is not _ANY and self.view.outcome != outcome:
            self._miss(f"to finish as {outcome!r}", f"its outcome is {self.view.outcome!r}")
        return self

    def failed(self, type: str | None = None, *, match: str | None = None) -> Self:
        """It has failed, with an error of this type, and a message in which this pattern is found."""
        __tracebackhide__ = True
        error = self.view.error or {}
        failed = self.view.status is RunStatus.FAILED
        if not failed or type not in (None, error["type"]) or (match and not re.search(match, error["message"])):
            parts = [*([type] if type else []), *([f"a message like {match!r}"] if match else [])]
            self._miss(" with ".join(["to fail", *([" and ".join(parts)] if parts else [])]))
        return self

    def waits_for(self, event: str) -> Self:
        """It waits for this event, or for another flow of this name."""
        __tracebackhide__ = True
        flows = [wait["flow"] for wait in self.view.waiting_for if wait["flow"] is not None]
        if not any(folded(flow) == folded(event) for flow in flows):
            name = event_of(self.flow, event)
            if name not in [wait["event"] for wait in self.view.waiting_for]:
                self._miss(f"to wait for ({event})")
        return self

    def reached(self, word: str) -> Self:
        """It has reached this business status, whatever came after."""
        __tracebackhide__ = True
        if word not in self.words:
            self._miss(f'to reach "{word}"', f"it reached {', '.join(self.words) or 'no status'}")
        return self

    def called(self, handler: str, /, times: int | None = None, **arguments: Any) -> Self:
        """The handler was called, so often where a number is given. Each attempt is a call.

        With arguments only the calls count that had them; 0 times says that there was none.
        """
        __tracebackhide__ = True
        check_handler(handler, {name for flow in self.flows for name in handler_names(flow)})
        calls = [call for call in self.calls if call.handler == handler]
        fitting = [call for call in calls if _has(call.arguments, arguments)]
        if len(fitting) != times and (times is not None or not fitting):
            wanted = f"to call {handler}({_listed(arguments)})" + ("" if times is None else f" {_times(times)}")
            with_these = [f"{handler}({_listed(call.arguments)})" for call in calls]
            self._miss(wanted, "\n  ".join(["it was called:", *with_these]) if calls else "it was never called")
        return self

    def undid(self, *handlers: str) -> Self:
        """The effects of these tasks, named by their handlers, were taken back, in this order."""
        __tracebackhide__ = True
        known = {step.handler for flow in self.flows for step in _tasks(flow) if step.undo is not None}
        for handler in set(handlers) - known:
            there = ", ".join(sorted(known)) or "none"
            raise UsageError(f"{handler!r} is no task with an @Undo; there are: {there}")
        if [handler for handler in self.undone if handler in handlers] != list(handlers):
            self._miss(f"to undo {', '.join(handlers)}", f"undone were: {', '.join(self.undone) or 'none'}")
        return self

    # ---- in words ----

    @property
    def stands(self) -> str:
        """How it stands, in a sentence."""
        view = self.view
        if view.error is not None:
            line = f" (line {view.error['flow_line']})" if view.error.get("flow_line") else ""
            return f'"{view.flow}" {_HAS.get(view.status, "is")} {view.status}: {error_words(view.error)}{line}'
        if view.status is RunStatus.WAITING:
            waits = "; ".join(_wait(wait) for wait in view.waiting_for) or f"a time, {as_text(view.wake_at or 0.0)}"
            return f'"{view.flow}" waits for {waits}'
        outcome = f' as "{view.outcome}"' if view.outcome else ""
        return f'"{view.flow}" {_HAS.get(view.status, "is")} {view.status}{outcome}'

    def __str__(self) -> str:
        lines = [self.stands, "", history_table(self.history, self.view.created_at)]
        below = [run for run in self.runs if run.view.parent == self.view.id]
        lines += ["", "It started:", *(f"  {run.stands}" for run in below)] if below else []
        return "\n".join([*lines, *(["", f"Never sent: {_events(self.unsent)}"] if self.unsent else [])])

    def _miss(self, wanted: str, but: str = "") -> NoReturn:
        __tracebackhide__ = True
        raise AssertionError("\n".join([f"expected the run {wanted}", *([f"but {but}"] if but else []), "", str(self)]))


_HAS: Final = {RunStatus.FINISHED: "has", RunStatus.FAILED: "has"}


def _tasks(flow: Flow[Any, Any]) -> list[Task[Any, Any] | Call[Any]]:
    return [step for step in flow.steps.values() if isinstance(step, Task | Call)]


def _wait(wait: dict[str, Any]) -> str:
    until = "" if wait["until"] is None else f" until {as_text(wait['until'])}"
    if wait["flow"] is not None:
        return f'the flow "{wait["flow"]}"{until}'
    return f"a time{until}" if wait["event"] is None else f"({wait['event'].replace('_', ' ')}){until}"


def _has(arguments: dict[str, Any], wanted: dict[str, Any]) -> bool:
    return all(name in arguments and _same(arguments[name], value) for name, value in wanted.items())


def _same(one: Any, other: Any) -> bool:
    """Whether two values are equal, or would be stored as the same."""
    if one == other:
        return True
    try:
        return bool(plain(to_text(one)) == plain(to_text(other)))
    except Exception:  # noqa: BLE001 - what has no JSON form is the same as nothing else
        return False


def _listed(arguments: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in arguments.items())


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _events(events: list[Event]) -> str:
    return ", ".join(f"({event.name.replace('_', ' ')})" for event in events)
