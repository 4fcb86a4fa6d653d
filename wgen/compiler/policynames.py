"""Names the retry policies of a flow: one constant for all tasks that share it."""

from __future__ import annotations

from wgen.compiler import ir
from wgen.compiler.expressions import duration_argument
from wgen.compiler.layout import listed, text_literal
from wgen.compiler.names import unique
from wgen.compiler.writer import Writer, constant_name

_TIMES = ("wait", "cap", "window", "timeout")


class PolicyNames:
    """Gathers the policies while tasks are written; `lines` defines them."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._names: dict[str, str] = {}
        # Most tasks of a flow share its own policy.
        self._known: dict[int, str] = {}
        self.lines: list[str] = []

    def of(self, policy: ir.Policy) -> str:
        """The name of a policy's constant."""
        if id(policy) not in self._known:
            self._known[id(policy)] = self._named(policy)
        return self._known[id(policy)]

    def _named(self, policy: ir.Policy) -> str:
        arguments = self._arguments(policy)
        text = ", ".join(arguments)
        if text not in self._names:
            name = unique(self._words(policy), self._names.values())
            self._names[text] = name
            self.lines += listed(f"{name} = {self._writer.names.use('Policy')}(", arguments, ")", 0)
        return self._names[text]

    def _words(self, policy: ir.Policy) -> str:
        often = "ONCE" if policy.retries == 0 else f"UP_TO_{policy.retries}_RETRIES" if policy.retries else "RETRIES"
        words = often
        if policy.timeout:
            unit, number = duration_argument(policy.timeout).split("=")
            words = f"{often}_WITHIN_{number}_{unit.upper()}"
        return f"{constant_name(self._writer.flow.ident)}_{words}" if self._writer.several else words

    def _arguments(self, policy: ir.Policy) -> list[str]:
        """What differs from a policy that says nothing, as arguments."""
        if policy.retries == 0:
            # Without retries only the time limit means anything.
            policy = ir.Policy(timeout=policy.timeout)
        arguments = []
        for name, value in vars(policy).items():
            if name == "retries":
                arguments.append(f"retries={self._writer.names.use('UNLIMITED') if value is None else value}")
            elif value != getattr(ir.Policy, name) or (name == "wait" and policy.retries != 0):
                arguments.append(f"{name}={repr(value / 1000) if name in _TIMES else _python(value)}")
        return arguments


def _python(value: object) -> str:
    if isinstance(value, str):
        return text_literal(value)
    if isinstance(value, tuple):
        return f"({', '.join(text_literal(entry) for entry in value)}{',' if len(value) == 1 else ''})"
    return repr(value)
