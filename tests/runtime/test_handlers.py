"""Handlers are checked before anything runs, and every problem is told at once."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest

from tests.runtime.support import World, a_flow, a_task, go, values_class
from wgen.errors import HandlersError
from wgen.runtime import Engine

FLOW = a_flow(
    {
        "first": a_task("greet", "second", takes=["name"], line=3),
        "second": a_task("part", takes=["name", "mood"], line=4),
    },
    values_class(name=str, mood=str),
)


def register(handlers: Any) -> str:
    """The message of the refusal."""
    with pytest.raises(HandlersError) as caught:
        Engine("memory://").register(FLOW, handlers)
    return str(caught.value)


def test_missing_handlers_are_told_with_code_to_paste() -> None:
    class Mine:
        async def greet(self, *, name: str) -> None: ...

    text = register(Mine())
    assert "flow.flow: no handler for line 4 (part). Paste into the class Mine:" in text
    assert "    async def part(self, *, name, mood):\n        raise NotImplementedError" in text


def test_code_for_a_module_has_no_self_and_compiles() -> None:
    module = ModuleType("mine")
    text = register(module)
    assert "line 3 (greet), line 4 (part). Paste into the module mine:" in text
    exec(text.partition(":\n\n")[2], module.__dict__)
    Engine("memory://").register(FLOW, module)


def test_all_misfits_are_told() -> None:
    class Mine:
        greet = "hello"

        def part(self, *, name: str, weather: str) -> None: ...

    text = register(Mine())
    assert "flow.flow line 3: the handler greet is no function, it is str" in text
    assert "flow.flow line 4: the handler part takes no parameter 'mood'" in text
    assert "part(name, mood)" in text
    assert "the handler part needs a parameter 'weather', which the sentence does not pass: give it a default" in text


def test_positional_only_is_a_misfit() -> None:
    class Mine:
        def greet(self, name: str, /) -> None: ...
        def part(self, **anything: Any) -> None: ...

    assert "by position only" in register(Mine())


def test_defaults_and_catch_alls_fit() -> None:
    class Mine:
        def greet(self, name: str, loud: bool = False) -> None: ...
        async def part(self, **anything: Any) -> None: ...

    Engine("memory://").register(FLOW, Mine())


def test_modules_objects_and_callables_work_alike() -> None:
    seen: list[str] = []

    class Callable:
        async def __call__(self, **_: Any) -> None:
            seen.append("object")

    async def part(**_: Any) -> None:
        seen.append("function")

    module = ModuleType("mine")
    module.greet = Callable()  # type: ignore[attr-defined]
    module.part = lambda **known: part(**known)  # type: ignore[attr-defined]  # noqa: PLW0108 - no coroutine function
    world = World(a_flow(dict(FLOW.steps), FLOW.values), module)

    async def main() -> None:
        async with world.engine() as engine:
            await (await engine.start(world.flow)).result()

    go(main())
    assert seen == ["object", "function"]
    assert "mine" not in sys.modules
