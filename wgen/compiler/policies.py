"""Lowers the header's policy sentences: retries, time limits, concurrency limits."""

from __future__ import annotations

from wgen.compiler import ir, syntax
from wgen.compiler.diagnostics import Related
from wgen.compiler.rules import policies as rules
from wgen.compiler.scope import Scope
from wgen.compiler.source import Span


class Policies:
    """The policies of a flow: `task` is what a task has that says nothing of its own."""

    def __init__(self, scope: Scope, flow: syntax.Flow) -> None:
        self._scope = scope
        self._said: dict[str, Span] = {}
        self.task = ir.Policy()
        self.timeout: int | None = None
        self.limits: list[ir.Limit] = []
        for entry in flow.header:
            match entry:
                case syntax.Retry():
                    self._retry(entry)
                case syntax.Timeout():
                    self._timeout(entry)
                case syntax.Limit():
                    self._limit(entry)
                case syntax.Key():
                    self._once("the business key", entry.span)
                case syntax.About():
                    self._once("what the flow is about", entry.span)
                case _:
                    pass
        self._check_count()

    def _once(self, what: str, span: Span) -> None:
        """Reports the second sentence that sets one thing."""
        before = self._said.setdefault(what, span)
        if before != span:
            self._scope.report(
                rules.SAID_TWICE,
                span,
                f"a second sentence for {what}",
                help="keep one of the two",
                related=[Related(before, "said first here")],
            )

    def _retry(self, entry: syntax.Retry) -> None:
        policy = self.task
        match entry.kind, entry.value:
            case "count", int(count):
                policy.retries = count
            case "shape", "fixed" | "linear" | "exponential" as shape:
                policy.growth = shape
            case ("random", _) | ("shape", "random"):
                policy.jitter = True
            case "wait", syntax.Duration(milliseconds=wait):
                policy.wait = wait
            case "cap", syntax.Duration(milliseconds=cap):
                policy.cap = cap
            case "window", syntax.Duration(milliseconds=window):
                policy.window = window
            case "only", _:
                policy.only = _texts(entry.value)
            case "never", _:
                policy.never = _texts(entry.value)
            case _:
                pass
        random = entry.kind == "random" or entry.value == "random"
        self._once(_RETRY_WORDS["random" if random else entry.kind], entry.span)

    def _timeout(self, entry: syntax.Timeout) -> None:
        if entry.scope == "flow":
            self.timeout = entry.after.milliseconds
        else:
            self.task.timeout = entry.after.milliseconds
        self._once(f"the time limit of {'the flow' if entry.scope == 'flow' else 'each task'}", entry.span)

    def _limit(self, entry: syntax.Limit) -> None:
        kind = "how many run at a time" if entry.per is None else "the rate"
        self._once(f"{kind} of {'the flow' if entry.scope == 'flow' else 'each task'}", entry.span)
        each = self._scope.path(entry.each) if entry.each else None
        self.limits.append(ir.Limit(entry.scope, entry.number, entry.per, each, entry.span))

    def _check_count(self) -> None:
        """Without a count: as often as the window allows; with neither, a wait period has no effect."""
        if _RETRY_WORDS["count"] in self._said:
            return
        if self.task.window is not None:
            self.task.retries = None
            return
        waits = [span for what, span in self._said.items() if what in _RETRY_WORDS.values()]
        if waits:
            self._scope.report(
                rules.RETRY_WITHOUT_COUNT,
                waits[0],
                "this says how to retry, but no sentence says how often, so nothing is retried",
                help="add a line such as `@Retry each task two times`",
            )

    def of_task(self, settings: tuple[syntax.Setting, ...]) -> ir.Policy:
        """The flow's policy with what a sentence's own modifiers change."""
        if not settings:
            return self.task
        own = ir.Policy(**vars(self.task))
        for setting in settings:
            match setting.kind, setting.value:
                case "retries", int(count):
                    own.retries = count
                case "wait", int(milliseconds):
                    own.wait = milliseconds
                case "timeout", int(milliseconds):
                    own.timeout = milliseconds
                case _:
                    pass
        return own


def _texts(value: object) -> tuple[str, ...]:
    return tuple(item.text for item in value if isinstance(item, syntax.Quoted)) if isinstance(value, tuple) else ()


_RETRY_WORDS = {
    "count": "how often each task is retried",
    "shape": "how the wait between retries grows",
    "random": "the random wait between retries",
    "wait": "the wait between retries",
    "cap": "the longest wait between retries",
    "window": "how long retries may begin",
    "only": "which errors are retried",
    "never": "which errors are not retried",
}
