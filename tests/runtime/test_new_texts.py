"""A run goes on by a new text of its flow: what it lacks, has done, or has in the background is never guessed at."""

from __future__ import annotations

from typing import Any

import pytest

from tests.compiled import compiled
from tests.runtime.operated import Noting
from tests.runtime.support import World, go
from wgen.errors import NotAllowed
from wgen.runtime import Engine, RunView


class Upgraded:
    """A run of the old text that waits for its first event, and then an engine with the new text."""

    def __init__(self, old: str, new: str, **gives: Any) -> None:
        self.world = World(compiled(old)[0], Noting(gives))
        self.new = compiled(new)[0]
        self.old = self.world.flow

    @property
    def handlers(self) -> Noting:
        handlers: Noting = self.world.handlers
        return handlers

    def engine(self, *, old: bool = False) -> Engine:
        self.world.flow = self.old if old else self.new
        return self.world.engine()

    async def begin(self) -> str:
        async with self.engine(old=True) as engine:
            id = (await engine.start(self.old)).id
            assert (await engine.drive(id, wait=False)).status == "waiting"
            return id

    async def send(self, id: str, *, old: bool = False) -> RunView:
        async with self.engine(old=old) as engine:
            await engine.send(id, "go")
            return await engine.view(id)


def told(view: RunView) -> tuple[str, str, str | None]:
    """A paused run: why, and where."""
    assert view.error is not None, view.status
    assert view.status == "paused"
    return view.error["type"], view.error["message"], view.error["step"]


WAIT = "@Then a\n@Receive (go)\n"


def test_no_handler_is_called_with_a_value_that_the_run_lacks() -> None:
    new = "@Then a\n@Then b giving (x) as int\n@Receive (go)\n@Then c\n@Then d using (x)\n"
    upgraded = Upgraded(f"{WAIT}@Then c\n@Then d\n", new)

    async def main() -> None:
        id = await upgraded.begin()
        reason = "d reads (x), which the flow did not give when the run began"
        assert told(await upgraded.send(id)) == ("ValueMissing", reason, "d")
        assert upgraded.handlers.seen == ["a", "c"]
        async with upgraded.engine() as engine:
            await engine.resume(id)
            assert told(await engine.view(id))[0] == "ValueMissing"
            await engine.set(id, "x", 3)
            await engine.resume(id)
            assert (await engine.view(id)).status == "finished"
        assert upgraded.handlers.seen == ["a", "c", "d"]

    go(main())


AWAIT = """\
@Await the first
    @On (yes) where (yes - n) is (x)
        @Then c
    @On (no)
        @Then d
"""


@pytest.mark.parametrize(
    ("kind", "rest", "reader", "step"),
    [
        ("int", "@Finish with (x)", "finish", "finish"),
        ("list of int", "@For each (one) in (x)\n    @Then c\n@End", "for_each_one", "for_each_one"),
        ("datetime", "@Wait until (x)", "wait_until_x", "wait_until_x"),
        ("str", "@Fail because (x)", "fail", "fail"),
        ("int", "@When (x) is more than 3\n    @Then c\n@End", "when_x", "when_x"),
        ("bool", "@When (x) is true\n    @Then c\n@End", "when_x", "when_x"),
        ("bool", "@When (x)\n    @Then c\n@Otherwise\n    @Then d\n@End", "when_x", "when_x"),
        ("int", "@When (x) is 3\n    @Then c\n@Otherwise\n    @Then d\n@End", "when_x", "when_x"),
        ("str", '@When (x) is not one of "a", "b"\n    @Then c\n@End', "when_x", "when_x"),
        ("dict", '@When (x - name) is "a"\n    @Then c\n@End', "when_x_name", "when_x_name"),
        ("int", "@Repeat while (x) is 3, at most 4 times\n    @Then c\n@End", "repeat_while_x", "repeat_while_x"),
        ("int", "@Receive (yes) where (yes - n) is (x)", "receive_yes", "receive_yes"),
        ("int", "@Receive (yes) where (yes - n) is more than (x)", "receive_yes", "receive_yes"),
        ("int", f"{AWAIT}@End", *2 * ["await_the_first"]),
        ("str", '@Wait until flow (other) for (x) reaches "done"', *2 * ["wait_until_flow_other_reaches_done"]),
        ("dict", "@Finish with (x)", "finish", "finish"),
        ("int", "@Meanwhile d using (x)", "d", "meanwhile_d"),
        ("int", "@Then d\n@Undo take d back using (x)", "take_d_back", "d"),
        ("int", "@Try\n    @Finish with (x)\n@On failure\n    @Then c\n@End", "finish", "finish"),
    ],
)
def test_no_step_goes_on_with_what_the_run_lacks(kind: str, rest: str, reader: str, step: str) -> None:
    upgraded = Upgraded(WAIT, f"@Then a\n@Then b giving (x) as {kind}\n@Receive (go)\n{rest}\n")

    async def main() -> None:
        reason = f"{reader} reads (x), which the flow did not give when the run began"
        assert told(await upgraded.send(await upgraded.begin())) == ("ValueMissing", reason, step)
        assert upgraded.handlers.seen == ["a"]

    go(main())


@pytest.mark.parametrize(
    "condition",
    [
        "(y) is 3 or (x) is 3",
        "(y) is 3\n    @Then c\n@Or when (x) is 3",
        "(x) is given and (x) is 3\n    @Then d\n@Otherwise",
    ],
)
def test_a_condition_that_does_not_come_to_what_the_run_lacks_is_asked(condition: str) -> None:
    old = f"@Then b giving (y) as int\n{WAIT}"
    new = f"@Then b giving (y) as int\n@Then a giving (x) as int\n@Receive (go)\n@When {condition}\n    @Then c\n@End\n"
    upgraded = Upgraded(old, new, b=3)

    async def main() -> None:
        view = await upgraded.send(await upgraded.begin())
        assert (view.status, upgraded.handlers.seen) == ("finished", ["b", "a", "c"])

    go(main())


def test_a_loop_lacks_what_is_asked_behind_a_round_only_then() -> None:
    loop = "@Repeat until (x) is 3, at most 4 times\n    @Then c\n@End\n"
    new = f"@Then b giving (x) as int\n{WAIT}{loop}"
    upgraded = Upgraded(WAIT, new)

    async def main() -> None:
        id = await upgraded.begin()
        assert told(await upgraded.send(id))[::2] == ("ValueMissing", "repeat_until_x")
        async with upgraded.engine() as engine:
            await engine.set(id, "x", 3)
            await engine.resume(id)
            assert (await engine.view(id)).status == "finished"
        assert upgraded.handlers.seen == ["a", "c"]

    go(main())


def test_a_wait_begins_when_what_it_lacked_is_set() -> None:
    new = f"@Then b giving (x) as int\n{WAIT}@Receive (yes) where (yes - n) is (x)\n"
    upgraded = Upgraded(WAIT, new)

    async def main() -> None:
        id = await upgraded.begin()
        assert told(await upgraded.send(id))[0] == "ValueMissing"
        async with upgraded.engine() as engine:
            await engine.set(id, "x", 3)
            await engine.resume(id)
            assert (await engine.view(id)).waiting_for[0]["correlation"] == {"n": 3}
            assert await engine.publish("yes", {"n": 3}) == [id]
            assert (await engine.view(id)).status == "finished"

    go(main())


def test_a_step_that_fails_by_itself_fails_though_something_is_lacking() -> None:
    new = '@Then b giving (x)\n@Then a\n@Receive (go)\n@When (x) is given\n    @Then c\n@End\n@Fail because "so"\n'
    upgraded = Upgraded(WAIT, new)

    async def main() -> None:
        view = await upgraded.send(await upgraded.begin())
        assert view.error is not None
        assert (view.status, view.error["type"], upgraded.handlers.seen) == ("failed", "FlowFailed", ["a"])

    go(main())


def test_a_background_task_of_newer_runs_is_not_begun() -> None:
    new = "@Flow written, version 2\n@Then b giving (x) (since version 2)\n"
    upgraded = Upgraded(WAIT, f"{new}{WAIT}@Meanwhile d using (x) (since version 2)\n@Then c\n")

    async def main() -> None:
        view = await upgraded.send(await upgraded.begin())
        assert (view.status, upgraded.handlers.seen) == ("finished", ["a", "c"])

    go(main())


def test_a_child_is_not_started_with_a_value_that_the_run_lacks() -> None:
    below = "\n@Flow below\n@Given (x), by default 1\n@Then c\n"
    old = f"@Flow above\n{WAIT}@Then run flow (below)\n{below}"
    new = f"@Flow above\n@Then b giving (x)\n{WAIT}@Then run flow (below) using (x)\n{below}"
    upgraded = Upgraded(old, new)

    async def main() -> None:
        id = await upgraded.begin()
        assert told(await upgraded.send(id))[::2] == ("ValueMissing", "run_flow_below")

    go(main())


def test_an_operator_without_code_mends_by_the_text_that_paused_the_run() -> None:
    new = "@Then a\n@Then b giving (x) as int\n@Wait 1 day\n@Then c\n@Then d using (x)\n"
    upgraded = Upgraded(f"{WAIT}@Then c\n", new)

    async def main() -> None:
        id = await upgraded.begin()
        async with upgraded.engine() as engine:
            assert told(await engine.drive(id, wait=False))[0] == "StepMissing"
        async with Engine(upgraded.world.store, clock=upgraded.world.clock, worker=False) as bare:
            await bare.set(id, "x", 3)
            with pytest.raises(Exception, match=r"\(x\) does not fit"):
                await bare.set(id, "x", "three")
            await bare.retry(id, step="wait_1_day")
            view = await bare.view(id)
            assert (view.steps, view.values["x"]) == (["wait_1_day"], 3)
        async with upgraded.engine() as engine:
            await engine.drive(id, wait=False)
            await upgraded.world.clock.move(86400)
            assert (await engine.drive(id, wait=False)).status == "finished"

    go(main())


UNDO = "@Then reserve giving (r)\n@Undo {}\n@Receive (go)\n@Then c\n"


@pytest.mark.parametrize(
    ("undo", "type_", "step"),
    [("set it free", "StepMissing", "release"), ("release using (r)", "ValueMissing", "release")],
)
def test_an_undo_that_does_not_fit_pauses_the_run_until_it_does(undo: str, type_: str, step: str) -> None:
    upgraded = Upgraded(UNDO.format("release"), UNDO.format(undo))
    upgraded.handlers.fails.add("c")

    async def main() -> None:
        id = await upgraded.begin()
        view = await upgraded.send(id)
        assert told(view)[::2] == (type_, step)
        async with upgraded.engine() as engine:
            await engine.resume(id)
            assert told(await engine.view(id))[0] == type_
        async with upgraded.engine(old=True) as engine:
            await engine.resume(id)
            view = await engine.view(id)
        assert (view.status, upgraded.handlers.seen) == ("failed", ["reserve", "c", "release"])
        assert view.error is not None
        assert (view.error["type"], view.error["step"], view.error["undo"]) == ("LookupError", "c", [])

    go(main())


RACE = """\
@Together, first to succeed wins
    @Branch one
        @Then reserve
        @Undo {}
        @Receive (stop)
    @Branch two
        @Receive (go)
@End
@Then c
"""


def test_a_run_that_has_undone_a_step_which_is_gone_begins_where_it_is_told_to() -> None:
    old = UNDO.format("release (with 1 retry, retry wait 1 hour)")
    upgraded = Upgraded(old, "@Then book giving (r)\n@Receive (go)\n@Then c\n")
    upgraded.handlers.fails |= {"c", "release"}

    async def main() -> None:
        id = await upgraded.begin()
        assert (await upgraded.send(id, old=True)).status == "undoing"
        async with upgraded.engine() as engine:
            assert told(await engine.drive(id, wait=False))[0] == "StepMissing"
            with pytest.raises(NotAllowed, match="from 'reserve' on, which is gone: name a step"):
                await engine.retry(id)
            with pytest.raises(NotAllowed, match="retry from there, or force it to 'receive_go'"):
                await engine.retry(id, step="receive_go")
            await engine.retry(id, step="receive_go", force=True)
            assert (await engine.view(id)).steps == ["receive_go"]

    go(main())


def test_an_undo_in_a_lost_branch_that_does_not_fit() -> None:
    upgraded = Upgraded(RACE.format("release"), RACE.format("set it free"))

    async def main() -> None:
        id = await upgraded.begin()
        assert told(await upgraded.send(id))[::2] == ("StepMissing", "release")
        async with upgraded.engine(old=True) as engine:
            await engine.resume(id)
            assert (await engine.view(id)).status == "finished"
        assert upgraded.handlers.seen == ["reserve", "release", "c"]

    go(main())


def test_a_run_whose_done_step_was_renamed_ends_all_the_same() -> None:
    upgraded = Upgraded(UNDO.format("release"), UNDO.format("release").replace("reserve", "book"))
    upgraded.handlers.fails.add("c")

    async def main() -> None:
        id = await upgraded.begin()
        assert (await upgraded.send(id)).status == "failed"
        assert upgraded.handlers.seen == ["reserve", "c", "release"]

    go(main())


def test_a_background_step_that_is_gone_pauses_the_run() -> None:
    text = "@Meanwhile {} giving ({})\n@Receive (go)\n@Then c using ({})\n"
    upgraded = Upgraded(text.format("b", "x", "x"), text.format("bb", "y", "y"))

    async def main() -> None:
        assert told(await upgraded.send(await upgraded.begin()))[::2] == ("StepMissing", "meanwhile_b")

    go(main())


MEANWHILE = """\
@Meanwhile b giving ({0})
@Receive (go)
@Then c
@When ({0}) is given
    @Then d using ({0})
@End
@Then e using ({0})
"""


def test_what_the_background_gave_under_another_name_is_lacking() -> None:
    upgraded = Upgraded(MEANWHILE.format("x"), MEANWHILE.format("y"))

    async def main() -> None:
        assert told(await upgraded.send(await upgraded.begin()))[::2] == ("ValueMissing", "e")
        assert upgraded.handlers.seen == ["b", "c"]

    go(main())


BRANCHES = """\
@Together
    @Branch one
        @Then a giving ({})
    @Branch two
        @Receive (go)
@End
@Then c
"""


def test_a_value_that_a_branch_gave_and_nobody_knows_any_more() -> None:
    upgraded = Upgraded(BRANCHES.format("x"), BRANCHES.format("y"))

    async def main() -> None:
        view = await upgraded.send(await upgraded.begin())
        assert (view.status, upgraded.handlers.seen) == ("finished", ["a", "c"])

    go(main())


LOOP = """\
@Then a giving (items) as list of int
@For each (item) in (items){}
    @Receive (go)
    @Then c giving (x)
@End
@Then d
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [("", ", all at once"), (", collecting (x) into (xs)", ", collecting (x) into (ys)"), (", all at once", "")],
)
def test_in_the_middle_of_a_loop_of_another_kind_the_run_is_paused(old: str, new: str) -> None:
    upgraded = Upgraded(LOOP.format(old), LOOP.format(new), a=[1, 2])

    async def main() -> None:
        assert told(await upgraded.send(await upgraded.begin()))[0] == "StepChanged"

    go(main())


def test_what_a_loop_has_collected_and_does_not_fit_pauses_the_run() -> None:
    loop = "@Then a giving (items) as list of int\n@For each (item) in (items), all at once, collecting (x) into (xs)\n"
    loop += "    @Receive (go)\n    @Then c giving (x) as {}\n@End\n"
    upgraded = Upgraded(loop.format("int"), loop.format("str"), a=[1, 2], c=3)

    async def main() -> None:
        id = await upgraded.begin()
        await upgraded.send(id, old=True)
        message = "(xs) does not fit its type any more: 0: Input should be a valid string"
        assert told(await upgraded.send(id))[:2] == ("ValuesChanged", message)
        assert upgraded.handlers.seen == ["a", "c"]

    go(main())


@pytest.mark.parametrize(
    "sentence",
    [
        'charge the card (with 1 retry, retry wait 1 hour, id "charge")',
        "charge (until version 2)",
        "charge (since version 1)",
    ],
)
def test_a_renamed_step_with_its_old_id_and_one_of_other_versions_is_the_same(sentence: str) -> None:
    upgraded = Upgraded(
        "@Then charge (with 1 retry, retry wait 1 hour)\n", f"@Flow written, version 2\n@Then {sentence}\n"
    )
    upgraded.handlers.fails.add("charge")

    async def main() -> None:
        id = await upgraded.begin()
        upgraded.handlers.fails.clear()
        await upgraded.world.clock.move(3600)
        async with upgraded.engine() as engine:
            assert (await engine.drive(id, wait=False)).status == "finished"

    go(main())


def test_a_run_is_driven_although_the_flow_of_its_child_is_not_here() -> None:
    text = "@Flow above\n@Then run flow (below)\n\n@Flow below\n@Receive (go)\n"
    flows = compiled(text)
    world = World(flows[0], Noting())

    async def main() -> None:
        async with world.engine() as engine:
            engine.register(flows[1], world.handlers)
            id = (await engine.start(flows[0])).id
            await engine.drive(id)
        async with world.engine() as engine:
            assert (await engine.drive(id)).status == "waiting"

    go(main())
