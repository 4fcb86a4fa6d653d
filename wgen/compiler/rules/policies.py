"""WG3: policies and time."""

from __future__ import annotations

from collections.abc import Iterator

from wgen.compiler import ir
from wgen.compiler.checking import View
from wgen.compiler.diagnostics import Diagnostic, Rule

SAID_TWICE = Rule("WG301", "said-twice", "error", "two sentences say one thing")
RETRY_WITHOUT_COUNT = Rule("WG302", "retry-without-count", "warning", "a wait between retries, and no retries")
WAIT_WITHOUT_LIMIT = Rule("WG303", "wait-without-limit", "warning", "a wait for an event without a time limit")
NO_SUCH_TIME = Rule("WG304", "no-such-time", "error", "a time of day that no clock shows")


def wait_without_limit(view: View) -> Iterator[Diagnostic]:
    """A run that waits for an event which never comes would wait for ever."""
    if view.flow.timeout is not None:
        return
    for step in view.steps:
        match step:
            case ir.Receive(fail_after=None) | ir.WaitFlow(fail_after=None):
                help = "add `, or fail after 7 days`, or limit the whole flow: `@Timeout flow after 30 days`"
            case ir.Await() if not any(isinstance(branch.wait, ir.TimeWait) for branch in step.branches):
                help = "add a branch `@On timeout after 3 days`"
            case _:
                continue
        yield view.says(WAIT_WITHOUT_LIMIT, step.span, "this waits for ever if the event never comes", help=help)


CHECKS = (wait_without_limit,)
