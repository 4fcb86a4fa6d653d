"""Runs execute step by step, and every step is in the store before the next begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.runtime.approval_flow import FLOW as APPROVAL
from tests.runtime.registration_flow import FLOW as REGISTRATION
from tests.runtime.registration_flow import Details
from tests.runtime.support import Calls, World, a_flow, a_task, go, one_task, sequence, values_class
from wgen.errors import RunFailed, RunIsOpen
from wgen.runtime import DONE, Decimal, Entry, Fail, Finish, Input, Policy, current, run_as_dict

if TYPE_CHECKING:
    from wgen.runtime import Attempt


def registration(**changed: Any) -> Calls:
    handlers: dict[str, Any] = {
        "validate": lambda **_: [],
        "create": lambda details: {"id": details.name},
        "register_in_first": lambda **_: None,
        "register_in_2nd": lambda **_: None,
        "register_in_3rd": lambda **_: None,
        "activate": lambda **_: None,
        "notify": lambda **_: None,
    }
    return Calls(**{**handlers, **changed})


def test_the_registration_runs_to_its_end() -> None:
    world = World(REGISTRATION, registration())

    async def main() -> None:
        async with world.engine() as engine:
            started = await engine.start(REGISTRATION, details=Details("a", "a@b"))
            assert await started.result() is None
            seen = world.handlers.seen
            assert seen[:2] == ["validate", "create"]
            assert set(seen[2:5]) == {"register_in_first", "register_in_2nd", "register_in_3rd"}
            assert seen[5:] == ["activate", "notify"]
            view = await started.view()
            assert (view.status, view.steps, view.waiting_for, view.error) == ("finished", [], [], None)
            assert view.values == {"details": {"name": "a", "email": "a@b"}, "errors": [], "record": {"id": "a"}}
            assert set(view.attempts) == set(seen)

    go(main())


def test_each_task_is_stored_before_the_next_begins() -> None:
    world = World(sequence("one", "two", "three"), None)
    stood: list[list[str]] = []

    async def look(**_: Any) -> None:
        stood.append((await engine.view(id)).steps)

    world.handlers = Calls(one=look, two=look, three=look)
    engine = world.engine()
    id = ""

    async def main() -> None:
        nonlocal id
        async with engine:
            id = (await engine.start(world.flow)).id
            await engine.drive(id)

    go(main())
    assert stood == [["one"], ["two"], ["three"]]


def test_what_a_save_writes_does_not_grow() -> None:
    """A step gives one value: one value, one entry and the position are written, whatever the run holds."""
    names = [f"v{number}" for number in range(20)]
    following = [*names[1:], DONE]
    steps = {name: a_task(name, to, gives=[name]) for name, to in zip(names, following, strict=True)}
    flow = a_flow(steps, values_class(**dict.fromkeys(names, Any)))
    world = World(flow, Calls(**{name: lambda: "x" * 100 for name in names}))
    sizes = []
    save = world.store.save

    def measuring(change: Any) -> bool:
        sizes.append((len(change.values), len(change.entries), len(change.positions), len(change.root)))
        return save(change)

    world.store.save = measuring  # type: ignore[method-assign]

    async def main() -> None:
        async with world.engine() as engine:
            await (await engine.start(flow)).result()

    go(main())
    assert {size[:3] for size in sizes[:-1]} == {(1, 1, 0)}
    assert max(size[3] for size in sizes) < 60


def test_a_run_goes_on_where_it_stood() -> None:
    """The engine is closed in the middle; the next one, on the same store, does only what is left."""
    world = World(APPROVAL, Calls(price=lambda **_: Decimal("9.99"), ship=lambda **_: {"parcel": 1}))

    async def main() -> None:
        async with world.engine() as engine:
            id = (await engine.start(APPROVAL, order="o1")).id
            assert (await engine.drive(id)).steps == ["receive_approval"]
        async with world.engine() as engine:
            await engine.send(id, "approval", {"order_id": "o1", "approved": True})
            view = await engine.drive(id)
            assert (view.status, view.outcome, view.word) == ("finished", "shipped", "priced")
            assert view.result == {"parcel": 1}
            assert await engine.handle(id).result() == {"parcel": 1}
        assert world.handlers.seen == ["price", "ship"]

    go(main())


def test_the_json_of_a_run_has_the_shape_of_the_contract() -> None:
    world = World(APPROVAL, Calls(price=lambda **_: Decimal("9.990"), ship=lambda **_: None))

    async def main() -> dict[str, Any]:
        async with world.engine() as engine:
            started = await engine.start(APPROVAL, order="o1", limit=5)
            return run_as_dict(await engine.drive(started.id))

    shown = go(main())
    id = shown.pop("id")
    assert len(id) == 36
    assert shown == {
        "flow": "order approval",
        "version": 3,
        "key": "o1",
        "parent": None,
        "created": False,
        "status": "waiting",
        "outcome": None,
        "word": "priced",
        "steps": ["receive_approval"],
        "values": {"order": "o1", "limit": 5, "total": "9.990"},
        "result": None,
        "error": None,
        "attempts": {"price": 1},
        "waiting_for": [
            {
                "event": "approval",
                "since": "2026-01-01T00:00:00.000Z",
                "until": "2026-01-01T01:00:00.000Z",
                "correlation": {"order_id": "o1"},
            }
        ],
        "wake_at": "2026-01-01T01:00:00.000Z",
        "created_at": "2026-01-01T00:00:00.000Z",
        "updated_at": "2026-01-01T00:00:00.000Z",
    }


def test_an_open_key_returns_the_open_run() -> None:
    world = World(one_task(), Calls(work=lambda: 1))

    async def main() -> None:
        async with world.engine() as engine:
            first = await engine.start(world.flow, key="k")
            second = await engine.start(world.flow, key="k")
            assert (first.created, second.created, first.id) == (True, False, second.id)
            with pytest.raises(RunIsOpen, match="'k'"):
                await engine.start(world.flow, key="k", if_open="error")
            await engine.drive(first.id)
            assert (await engine.start(world.flow, key="k", if_open="error")).created

    go(main())


def test_ids_sort_by_the_time_of_start() -> None:
    world = World(one_task(), Calls(work=lambda: 1))

    async def main() -> None:
        async with world.engine() as engine:
            ids = [(await engine.start(world.flow)).id for _ in range(50)]
            assert ids == sorted(ids)
            assert {id[14] for id in ids} == {"7"}
            assert [view.id for view in await engine.runs(limit=3)] == ids[:-4:-1]

    go(main())


def test_a_failed_task_fails_the_run_with_its_place() -> None:
    def work() -> None:
        raise KeyError("what")

    world = World(one_task(), Calls(work=work))

    async def main() -> None:
        async with world.engine() as engine:
            started = await engine.start(world.flow)
            with pytest.raises(RunFailed) as caught:
                await started.result()
            assert (caught.value.type, caught.value.message, caught.value.step) == ("KeyError", "'what'", "work")
            assert isinstance(caught.value.__cause__, KeyError)
            assert caught.value.__cause__.__notes__ == ['flow "flow", flow.flow line 7']
            view = await started.view()
            assert view.steps == ["work"]
            assert view.error == {"type": "KeyError", "message": "'what'", "step": "work", "flow_line": 7, "undo": []}

    go(main())


def test_a_fail_sentence_and_a_broken_decision_fail_the_run_at_their_step() -> None:
    flow = a_flow(
        {
            "work": a_task("work", "fail", gives=["answer"]),
            "fail": Fail(because=lambda known: known.answer["reason"], line=3, digest="f"),
        },
        values_class(answer=Any),
    )

    async def fail(answer: Any) -> dict[str, Any]:
        world = World(flow, Calls(work=lambda: answer))
        async with world.engine() as engine:
            error = (await engine.drive((await engine.start(flow)).id)).error
            assert error is not None
            return error

    assert go(fail({"reason": "too late"})) == {
        "type": "FlowFailed",
        "message": "too late",
        "step": "fail",
        "flow_line": 3,
        "undo": [],
    }
    assert go(fail({}))["type"] == "KeyError"


def test_finish_gives_result_and_outcome() -> None:
    flow = a_flow(
        {"end": Finish(result=lambda known: known.a, outcome="done well", line=1, digest="e")},
        values_class(a=int),
        inputs={"a": Input("a", 5)},
        results=int,
    )

    async def main() -> None:
        world = World(flow, Calls())
        async with world.engine() as engine:
            started = await engine.start(flow)
            assert await started.result() == 5
            assert (await started.view()).outcome == "done well"

    go(main())


def test_current_names_the_attempt_and_its_key_stays_the_same() -> None:
    seen: list[Attempt] = []

    async def work() -> int:
        seen.append(current())
        if len(seen) < 3:
            raise OSError
        return 1

    world = World(one_task(Policy(retries=2, wait=0.0)), Calls(work=work))

    async def main() -> str:
        async with world.engine() as engine:
            started = await engine.start(world.flow)
            await started.result()
            return started.id

    id = go(main())
    assert [attempt.attempt for attempt in seen] == [1, 2, 3]
    assert {(a.run, a.flow, a.step, a.iteration, a.key) for a in seen} == {(id, "flow", "work", None, f"{id}/work")}
    with pytest.raises(RuntimeError, match="for handlers"):
        current()


def test_a_sentence_may_add_to_the_key() -> None:
    flow = a_flow({"work": a_task("work", gives=["answer"], key=lambda _: 42)}, values_class(answer=Any))
    world = World(flow, Calls(work=lambda: current().key))

    async def main() -> None:
        async with world.engine() as engine:
            started = await engine.start(flow)
            await started.result()
            assert (await started.view()).values["answer"] == f"{started.id}/work/42"

    go(main())


def test_observers_see_each_entry_after_its_commit() -> None:
    seen: list[Entry] = []
    world = World(sequence("one", "two"), Calls(one=lambda: None, two=lambda: None), observe=seen.append)

    async def main() -> list[Entry]:
        async with world.engine() as engine:
            started = await engine.start(world.flow)
            await started.result()
            return await engine.history(started.id)

    assert go(main()) == seen
    assert [entry.what for entry in seen] == ["run created", "task finished", "task finished", "run finished"]
