"""Flows as Mermaid charts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from wgen.compiler.compile import check
from wgen.compiler.graph import mermaid
from wgen.compiler.source import Source

EXAMPLE = Path(__file__).parents[2] / "examples/flows/customer_registration/customer_registration.flow"

WHOLE = """\
@Flow everything
@Given (orders)
@Meanwhile log (orders)
@Then reserve credit giving (reservation)
@Undo release (reservation)
@Together, first to finish wins
    @Branch left
        @Then go left
    @Branch right
        @Then go right
@End
@For each (order) in (orders), at most 20 at a time
    @When (order - state) is "old" or (order) is empty
        @Break
    @Or when (order - state) is "new"
        @Continue
    @End
    @Then price (order)
@End
@Repeat until (reservation - state) is "settled", every 10 minutes, at most 50 times
    @Then ask the bank
@End
@Try
    @Then charge the card
@On failure "CardDeclined"
    @Then ask for another card
@On failure
@End
@Wait 90 seconds
@Receive (approval), or fail after 7 days
@Await the first
    @On (decision)
        @Status "decided"
    @On flow (ledger closing) reaching "closed"
        @Finish with (reservation) as "closed"
    @On timeout after 1 hour
        @Fail because "nobody decided"
@End
"""


def chart(*texts: str) -> str:
    flows = check(Source("\n".join(texts))).module.flows
    return mermaid(*flows)


def test_the_example_is_drawn_step_by_step() -> None:
    lines = mermaid(*check(Source.read(EXAMPLE)).module.flows).splitlines()
    assert lines[0] == "flowchart TD"
    assert '    start_(["customer registration"])' in lines
    assert '    create_customers_authentication_record_["create customer\'s (authentication record)"]' in lines
    fork = next(line.strip().removesuffix('{{"side by side"}}') for line in lines if "side by side" in line)
    assert len([line for line in lines if line.startswith(f"    {fork} --> register_")]) == 3
    assert "    notify_customer_about_successful_registration_ --> done_" in lines


@pytest.mark.parametrize("text", [WHOLE, EXAMPLE.read_text(encoding="utf-8")], ids=["whole language", "example"])
def test_every_shape_is_drawn_once_and_every_arrow_leads_somewhere(text: str) -> None:
    lines = [line.strip() for line in chart(text).splitlines()[1:]]
    arrows = [re.fullmatch(r'(\w+) -\.?->(?:\|".*"\|)? (\w+)', line) for line in lines]
    shapes = [line.split('"')[0].rstrip("([{>/") for line, arrow in zip(lines, arrows, strict=True) if not arrow]
    ends = {end for arrow in arrows if arrow for end in arrow.groups()}
    assert len(shapes) == len(set(shapes))
    assert ends == set(shapes)


@pytest.mark.parametrize(
    "line",
    [
        'start_ -.->|"meanwhile"| log_orders_',
        'reserve_credit_ -.->|"undo"| reserve_credit__undo_',
        'for_each_order_{{"for each order in orders, 20 at a time"}}',
        'for_each_order_ -->|"each round"| when_order_state_',
        'when_order_state_{"order - state is #quot;old#quot; or order is empty?"}',
        'receive_approval_[/"receive approval, or fail after 7 days"/]',
        'wait_90_seconds_[/"wait 90 seconds"/]',
    ],
)
def test_the_words_of_the_language_stand_in_the_chart(line: str) -> None:
    assert f"    {line}\n" in chart(WHOLE)


@pytest.mark.parametrize(
    "words",
    [
        "repeat until reservation - state is #quot;settled#quot;, every 10 minutes, at most 50 times",
        "flow ledger closing reaches closed",
        "after 1 hour",
        "on failure CardDeclined",
        "finish with reservation as closed",
        "fail: #quot;nobody decided#quot;",
        "first to finish wins",
    ],
)
def test_blocks_and_ends_are_labelled(words: str) -> None:
    assert f'"{words}"' in chart(WHOLE)


def test_signs_that_mermaid_reads_are_escaped() -> None:
    text = chart("@Then say `hello` & goodbye \\# <b>")
    assert '"say #96;hello#96; #amp; goodbye #35; #lt;b#gt;"' in text


def test_several_flows_stand_in_frames_of_their_own() -> None:
    text = chart("@Flow one\n@Then end", "@Flow two\n@Then end")
    assert text.count("subgraph ") == 2
    assert '        one__end_["end"]\n' in text
    assert '        two__end_["end"]\n' in text
