"""Flows as pictures: what is drawn, the same in each format."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given

from tests.compiler.pictures import EXAMPLES, ROOT, WHOLE, drawing_of, read_dot, read_mermaid
from tests.compiler.svgs import Picture
from tests.flows import flow_texts
from wgen.compiler import ir
from wgen.compiler.compile import check
from wgen.compiler.graph.draw import draw
from wgen.compiler.graph.formats import FORMATS
from wgen.compiler.source import Source

PICTURES = ROOT / "tests/pictures"
SUFFIXES = {"mermaid": "mmd", "dot": "dot", "svg": "svg"}
DRAWN = [
    WHOLE,
    ROOT / "tests/golden/two_flows/flow.flow",
    *(ROOT / "examples/flows" / name / f"{name}.flow" for name in ("customer_registration", "loan_approval")),
    ROOT / "examples/flows/nightly_billing/nightly_billing.flow",
]
LOAN = ROOT / "examples/flows/loan_approval/loan_approval.svg"


def short(value: object) -> str:
    if not isinstance(value, Path):
        return str(value)
    return value.parent.name if value.stem == "flow" else value.stem


def is_as_kept(made: str, kept: Path) -> bool:
    """`make golden` (WGEN_UPDATE_GOLDEN=1) writes pictures anew; a person looks at them."""
    if os.environ.get("WGEN_UPDATE_GOLDEN") == "1":
        kept.write_text(made, encoding="utf-8")
    return made == kept.read_text(encoding="utf-8")


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("flow", DRAWN, ids=short)
def test_pictures_are_as_kept(flow: Path, format: str) -> None:
    made = FORMATS[format](drawing_of(flow))
    assert is_as_kept(made, PICTURES / f"{short(flow)}.{SUFFIXES[format]}")


def test_the_picture_beside_the_loan_approval_is_up_to_date() -> None:
    assert is_as_kept(FORMATS["svg"](drawing_of(LOAN.with_suffix(".flow"))), LOAN)


# ---- the formats do not disagree -------------------------------------------------------------------------------------


def steps_of(steps: tuple[ir.Step, ...]) -> Iterator[ir.Step]:
    for step in steps:
        yield step
        yield from (task for task in ir.tasks_of(step) if task is not step)
        for body in ir.children(step):
            yield from steps_of(body)


@pytest.mark.parametrize("flow", [*EXAMPLES, WHOLE], ids=short)
def test_every_step_is_in_every_picture(flow: Path) -> None:
    module = check(Source.read(flow)).module
    drawing = draw(*module.flows)
    prefix = "{}__" if len(module.flows) > 1 else ""
    steps = {prefix.format(entry.ident) + step.id: step for entry in module.flows for step in steps_of(entry.body)}
    assert steps
    pictures = [
        read_mermaid(FORMATS["mermaid"](drawing)).words,
        read_dot(FORMATS["dot"](drawing)).words,
        {name: words.text for name, words in Picture(FORMATS["svg"](drawing)).words.items()},
    ]
    for words in pictures:
        for name, step in steps.items():
            if isinstance(step, ir.Task):
                assert words[name] == step.sentence.rstrip(".")
            elif not isinstance(step, ir.Background):  # a point without words
                assert words[name]


def assert_same(text_of_flow: str) -> None:
    """That a flow's shapes, arrows and words are the same in each format."""
    drawing = draw(*check(Source(text_of_flow)).module.flows)
    mermaid, dot = read_mermaid(FORMATS["mermaid"](drawing)), read_dot(FORMATS["dot"](drawing))
    svg = Picture(FORMATS["svg"](drawing))
    assert mermaid.words == dot.words
    assert sorted(mermaid.arrows) == sorted(dot.arrows)
    assert {name: words for name, words in mermaid.words.items() if words} == {
        name: words.text for name, words in svg.words.items()
    }
    assert set(mermaid.words) == set(svg.shapes | svg.frames)
    assert sorted(label for _, _, label in mermaid.arrows if label) == sorted(label.text for label in svg.labels)
    assert len(svg.lines) == len(mermaid.arrows)
    assert {end for start, end, _ in mermaid.arrows} | {start for start, _, _ in mermaid.arrows} <= set(mermaid.words)


@given(flow_texts())
def test_the_formats_of_random_flows_say_the_same(text: str) -> None:
    assert_same(text)


@pytest.mark.parametrize("flow", [*EXAMPLES, WHOLE], ids=short)
def test_the_formats_say_the_same(flow: Path) -> None:
    assert_same(flow.read_text(encoding="utf-8"))


# ---- how it is drawn -------------------------------------------------------------------------------------------------


def arrows(*lines: str) -> list[tuple[str, str, str]]:
    """The arrows of a flow, without those from its start and to its end."""
    drawing = drawing_of("\n".join(("@Given (x)", *lines)))
    found = [(arrow.start, arrow.end, arrow.label) for arrow in drawing.arrows]
    return [arrow for arrow in found if not {"flow__start", "flow__done"} & set(arrow)]


def test_tasks_one_after_the_other_and_side_by_side() -> None:
    assert arrows("@Then a", "@And b", "@Then c") == [
        ("group_a", "a", ""),
        ("group_a", "b", ""),
        ("a", "group_a__join", ""),
        ("b", "group_a__join", ""),
        ("group_a__join", "c", ""),
    ]


def test_an_undo_and_a_background_task_hold_up_nobody() -> None:
    assert arrows("@Then a", "@Undo b", "@Meanwhile c", "@Then d") == [
        ("a", "a__undo", "undo"),
        ("a", "meanwhile_c", ""),
        ("meanwhile_c", "c", "meanwhile"),
        ("meanwhile_c", "d", ""),
    ]


def test_a_decision() -> None:
    found = arrows("@When (x) is 1", "@Then a", "@Or when (x) is 2", "@Then b", "@End", "@Then c")
    assert found == [
        ("when_x", "a", "yes"),
        ("when_x", "when_x__arm_2", "no"),
        ("when_x__arm_2", "b", "yes"),
        ("a", "c", ""),
        ("b", "c", ""),
        ("when_x__arm_2", "c", "no"),
    ]


def test_a_loop_that_is_left_at_its_head() -> None:
    body = ("@When (x) is 1", "@Break", "@Or when (x) is 2", "@Continue", "@End", "@Then a")
    assert arrows("@Repeat while (x) is not 3, at most 9 times", *body, "@End", "@Then b") == [
        ("repeat_while_x", "when_x", "each round"),
        ("when_x", "break_out", "yes"),
        ("when_x", "when_x__arm_2", "no"),
        ("when_x__arm_2", "continue_with_the_next", "yes"),
        ("when_x__arm_2", "a", "no"),
        ("a", "repeat_while_x", ""),
        ("continue_with_the_next", "repeat_while_x", ""),
        ("repeat_while_x", "b", "then"),
        ("break_out", "b", ""),
    ]


def test_a_loop_that_asks_at_the_end_of_a_round() -> None:
    body = ("@When (x) is 1", "@Break", "@Or when (x) is 2", "@Continue", "@End", "@Then a")
    assert arrows("@Repeat until (x) is 3, at most 9 times", *body, "@End", "@Then b")[4:] == [
        ("when_x__arm_2", "a", "no"),
        ("a", "repeat_until_x__check", ""),
        ("continue_with_the_next", "repeat_until_x__check", ""),
        ("repeat_until_x__check", "repeat_until_x", "no"),
        ("repeat_until_x__check", "b", "yes"),
        ("break_out", "b", ""),
    ]


def test_a_failure_leaves_the_frame_of_what_is_tried() -> None:
    assert arrows("@Try", "@Then a", '@On failure "B", "C"', "@Then d", "@On failure", "@End", "@Then e") == [
        ("try_to", "d", "on failure B, C"),
        ("a", "e", ""),
        ("d", "e", ""),
        ("try_to", "e", "on failure"),
    ]


def test_branches_and_waits() -> None:
    found = arrows("@Together", "@Branch one", "@Then a", "@Branch two", "@Then b", "@End", "@Wait 3 days")
    assert found == [
        ("together", "a", "one"),
        ("together", "b", "two"),
        ("a", "together__join", ""),
        ("b", "together__join", ""),
        ("together__join", "wait_3_days", ""),
    ]
    found = arrows("@Await the first", "@On (go)", "@On timeout after 3 days", "@Fail because (x)", "@End", "@Then a")
    assert found == [
        ("await_the_first", "on_go", ""),
        ("await_the_first", "on_timeout_after_3_days", ""),
        ("on_timeout_after_3_days", "fail", ""),
        ("on_go", "a", ""),
    ]


WORDS = {
    "trigger__2": "start every weekday at 02:30 in Europe/Berlin",
    "together__join": "first to finish wins",
    "for_each_order": "for each order in orders - lines, 20 at a time, collecting price into prices",
    "when_order_state": 'order - state is "old" or order is empty?',
    "repeat_until_reservation_state": "repeat, every 10 minutes, at most 50 times",
    "repeat_until_reservation_state__check": 'reservation - state is "settled"?',
    "repeat_while_reservation_amount": "repeat while reservation - amount is more than 5, at most 9 times",
    "run_flow_payment": "run flow (payment)",
    "wait_until_07_00": "wait until 07:00 in Europe/Berlin",
    "wait_until_flow_ledger_closing_reaches_closed": (
        'wait until flow ledger closing reaches "closed", or fail after 6 hours'
    ),
    "receive_approval": "receive approval where approval - order id is orders - id, or fail after 7 days",
    "on_decision": 'receive decision from kafka topic "decisions"',
    "on_timeout_after_1_hour": "after 1 hour",
    "status_decided": "status: decided",
    "finish_as_withdrawn": 'finish with receipt as "withdrawn"',
    "fail_2": 'fail: "nobody decided"',
}


@pytest.mark.parametrize("name", WORDS)
def test_shapes_bear_the_words_of_the_language(name: str) -> None:
    assert read_mermaid(FORMATS["mermaid"](drawing_of(WHOLE))).words[name] == WORDS[name]


def test_several_flows_stand_in_frames_of_their_own() -> None:
    two = drawing_of(ROOT / "tests/golden/two_flows/flow.flow")
    words = read_dot(FORMATS["dot"](two)).words
    assert (words["pay_order__flow__frame"], words["ship_order__flow__frame"]) == ("pay order", "ship order")
    alone = read_dot(FORMATS["dot"](drawing_of("@Then a"))).words
    assert set(alone) == {"flow__start", "a", "flow__done"}


def test_a_step_may_be_called_like_anything_else_in_a_picture() -> None:
    names = ["start", "done", "end", "flow start", "graph", "node", "subgraph"]
    assert_same("".join(f"@Then {name}\n" for name in names))


SIGNS = '@Then say `hello` & goodbye \\# <b> "#quot;" back\\slash &amp; ]]> \ufffe {|} \\n\n'


@pytest.mark.parametrize("format", FORMATS)
def test_signs_of_the_formats_are_escaped(format: str) -> None:
    drawing = drawing_of(SIGNS)
    task = next(name for name in ("say", *(arrow.end for arrow in drawing.arrows)) if name.startswith("say_"))
    read = {
        "mermaid": lambda text: read_mermaid(text).words[task],
        "dot": lambda text: read_dot(text).words[task],
        "svg": lambda text: Picture(text).words[task].text.replace("\ufffd", "\ufffe"),
    }
    assert read[format](FORMATS[format](drawing)) == SIGNS.removeprefix("@Then ").strip().replace("\\#", "#")


BLOCKS = {
    "@When (x)": ("@End",),
    "@Repeat 3 times": ("@End",),
    "@Repeat until (x), at most 3 times": ("@End",),
    "@Try": ("@On failure", "@End"),
    "@Together\n@Branch a": ("@Branch b", "@Then b", "@End"),
    "@Await the first\n@On timeout after 1 hour": ("@End",),
}


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("opening", BLOCKS)
def test_the_deepest_blocks_that_the_language_allows(opening: str, format: str) -> None:
    deep = 39
    text = "\n".join(["@Given (x) as bool", *[opening] * deep, "@Then a", *BLOCKS[opening] * deep])
    assert FORMATS[format](drawing_of(text)).count("\n") > deep


@pytest.mark.parametrize("format", FORMATS)
def test_a_long_flow_is_drawn(format: str) -> None:
    ways_out = [f"@When (x) is {number}\n@Break\n@Or when (x) is 0\n@Continue\n@End\n@Then a" for number in range(400)]
    text = "\n".join(["@Given (x) as int", "@Repeat 3 times", *ways_out, "@End"])
    assert FORMATS[format](drawing_of(text)).count("next round") == 400


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
@pytest.mark.parametrize("flow", [*DRAWN, SIGNS], ids=short)
def test_graphviz_reads_what_is_written_for_it(flow: Path | str) -> None:
    drawing = drawing_of(flow)
    done = subprocess.run(
        ["dot", "-Tplain"], input=FORMATS["dot"](drawing), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\nedge ") == len(drawing.arrows)
