"""`run()`: a flow as one function call."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.runtime.approval_flow import FLOW as APPROVAL
from tests.runtime.registration_flow import FLOW, Details
from tests.runtime.support import Calls, a_flow, go, one_task, values_class
from wgen.errors import FlowFailed, HandlersError, InputError, UsageError
from wgen.runtime import Decimal, Fail, Finish, Input, Policy, run


class Registration:
    """Handlers as a user writes them: some async, some not."""

    def __init__(self) -> None:
        self.mails: list[str] = []

    def validate(self, *, details: Details) -> list[str]:
        return [] if "@" in details.email else ["email"]

    async def create(self, *, details: Details) -> dict[str, str]:
        return {"for": details.name}

    async def register_in_first(self, *, details: Details) -> None: ...

    def register_in_2nd(self, *, details: Details) -> None: ...

    async def register_in_3rd(self, *, details: Details) -> None: ...

    def activate(self, *, record: Any) -> None:
        assert record == {"for": "a"}

    def notify(self, *, email: str) -> None:
        self.mails.append(email)


def test_the_registration_in_one_call() -> None:
    handlers = Registration()
    assert run(FLOW, handlers, details=Details("a", "a@b")) is None
    assert handlers.mails == ["a@b"]


def test_the_result_is_returned() -> None:
    flow = a_flow(
        {"end": Finish(result=lambda known: known.n, line=1, digest="e")}, values_class(n=int), inputs={"n": Input("n")}
    )
    assert run(flow, Calls(), n=7) == 7


def test_the_handlers_own_exception_is_raised() -> None:
    error = KeyError("mine")

    def work() -> None:
        raise error

    with pytest.raises(KeyError) as caught:
        run(one_task(Policy(retries=1, wait=0.0)), Calls(work=work))
    assert caught.value is error
    assert error.__notes__ == ['flow "flow", flow.flow line 7']


def test_a_fail_sentence_raises_flow_failed() -> None:
    with pytest.raises(FlowFailed, match="too risky"):
        run(a_flow({"fail": Fail(because=lambda _: "too risky", line=1, digest="f")}), Calls())


def test_a_flow_that_waits_is_refused_in_words() -> None:
    handlers: Any = Calls(price=lambda **_: Decimal(1), ship=lambda **_: None)
    with pytest.raises(UsageError, match=r'"order approval" waits for \(approval\)'):
        run(APPROVAL, handlers, order="1")


def test_bad_inputs_and_handlers_are_told() -> None:
    nothing: Any = Calls()
    with pytest.raises(InputError, match="details"):
        run(FLOW, Registration())
    with pytest.raises(HandlersError, match="validate"):
        run(FLOW, nothing)


def test_inside_of_a_loop_it_says_what_to_do() -> None:
    async def main() -> None:
        with pytest.raises(UsageError, match="async with Engine"):
            run(one_task(), Calls(work=lambda: None))
        await asyncio.sleep(0)

    go(main())
