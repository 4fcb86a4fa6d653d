"""Small flows that put one block into another, and what must come of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.compiled import compiled
from tests.examples.folders import Pair
from tests.examples.stories import Start, Story
from wgen.runtime import current
from wgen.testing import Event


class Anything:
    """Has every handler: it gives back what it is called with, as text, or fails where its name begins
    with `fail`; with `flaky`, at its first attempt only."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)

        async def act(**arguments: Any) -> str:
            if name.startswith("fail") or (name.startswith("flaky") and current().attempt == 1):
                raise LookupError(f"{name} did")
            return "".join(map(str, arguments.values()))

        return act


@dataclass(frozen=True)
class Corner(Story):
    """A story about flows that are written here; `folder` is their text."""

    @property
    def flows(self) -> Sequence[Pair]:
        return [Pair(flow, Anything) for flow in compiled(self.folder, "corner")]


def _corner(text: str, *calls: str, told: Sequence[tuple[str, Any]] = (), **more: Any) -> Corner:
    inputs = {"items": ["a", "b", "c"]} if "@Given (items)" in text else {}
    begins = text.partition("@Flow ")[2].partition("\n")[0].partition(",")[0] or "corner"
    events = tuple(Event(event, payload) for event, payload in told)
    return Corner(text, (Start(begins, inputs),), events, calls=list(calls) or None, **more)


CORNERS: dict[str, Corner] = {
    "a lost branch undoes what its own groups and loops have finished": _corner(
        """
@Given (items) as list of str
@Together, first to succeed wins
    @Branch quick
        @Wait 1 minute
    @Branch slow
        @Together
            @Branch left
                @Then do left
                @Undo undo left
            @Branch right
                @Wait 10 seconds
                @Then do right
                @Undo undo right
        @End
        @For each (item) in (items), all at once
            @Then build on (item)
            @Undo tear down (item)
        @End
        @Wait 1 hour
@End
@Then go on
""",
        "do_left",
        "do_right",
        *["build_on_item"] * 3,
        *["tear_down_item"] * 3,
        "undo_right",
        "undo_left",
        "go_on",
    ),
    "a branch whose background task fails is a failed branch": _corner(
        """
@Together, at least 1 must succeed
    @Branch left
        @Meanwhile fail in the background
        @Then do left
        @Undo undo left
    @Branch right
        @Wait 10 seconds
        @Then do right
@End
@Then go on
""",
        "fail_in_the_background",
        "do_left",
        "do_right",
        "undo_left",
        "go_on",
    ),
    "a break among rounds side by side": _corner(
        """
@Given (items) as list of str
@For each (item) in (items), at most 2 at a time
    @When (item) is "a"
        @Break
    @End
    @Then do (item)
@End
@Then go on
""",
        "do_item",
        "go_on",
    ),
    "a group in a try, whose other branch waits": _corner(
        """
@Try
    @Together
        @Branch left
            @Wait 1 minute
            @Then fail left
        @Branch right
            @Receive (news), or fail after 1 hour
            @Then tell (news)
    @End
@On failure "LookupError" giving (failure)
    @Then mend (failure - step)
@End
@Receive (more news), or fail after 1 hour
@Then tell (more news)
""",
        "fail_left",
        "mend_failure_step",
        "tell_more_news",
        told=[("more news", "x")],
    ),
    "rounds in rounds, and one that is passed over": _corner(
        """
@Given (items) as list of str
@For each (item) in (items)
    @When (item) is "b"
        @Continue
    @End
    @Repeat 2 times
        @Then do (item)
        @Wait 1 second
    @End
@End
""",
        *["do_item"] * 4,
    ),
    "a finish in a branch, beside one that waits and one in the background": _corner(
        """
@Flow corner
@Meanwhile run flow (long)
@Together
    @Branch left
        @Wait 1 minute
        @Finish as "left"
    @Branch right
        @Meanwhile wait in vain
        @Receive (news), or fail after 1 hour
@End

@Flow long
@Wait 30 seconds
@Then be long
""",
        "wait_in_vain",
        "be_long",
        outcome="left",
    ),
    "undos go on behind one that fails": _corner(
        """
@Then do one
@Undo undo one
@Then do two
@Undo fail undoing two
@Then do three
@Undo undo three
@Wait 1 minute
@Then fail now
""",
        "do_one",
        "do_two",
        "do_three",
        "fail_now",
        "undo_three",
        "fail_undoing_two",
        "undo_one",
        status="failed",
        error="LookupError: fail_now did",
    ),
    "a time limit of the flow undoes what is finished": _corner(
        """
@Timeout flow after 1 hour
@Together
    @Branch left
        @Then do left
        @Undo undo left
    @Branch right
        @Receive (news)
@End
""",
        "do_left",
        "undo_left",
        status="failed",
        error="FlowTimeout: the flow took longer than 1 hour",
    ),
    "a child's failure in a branch is caught by its parent": _corner(
        """
@Flow parent
@Try
    @Together
        @Branch left
            @Then run flow (child)
        @Branch right
            @Then do right
    @End
@On failure "LookupError"
    @Then mend it
@End

@Flow child
@Wait 1 minute
@Then fail in the child
""",
        "do_right",
        "fail_in_the_child",
        "mend_it",
    ),
    "what loops collect in branches": _corner(
        """
@Given (items) as list of str
@Together
    @Branch left
        @For each (item) in (items), collecting (made) into (all made)
            @Then make from (item) giving (made) as str
            @Wait 1 second
        @End
    @Branch right
        @For each (other) in (items), at most 2 at a time, collecting (built) into (all built)
            @Wait 2 seconds
            @Then build from (other) giving (built) as str
        @End
@End
@Then join (all made) and (all built) giving (whole) as str
@Finish with (whole)
""",
        *["make_from_item"] * 3,
        *["build_from_other"] * 3,
        "join_all_made_and_all_built",
        result="['a', 'b', 'c']['a', 'b', 'c']",
    ),
    "a try in a loop takes each failure": _corner(
        """
@Given (items) as list of str
@For each (item) in (items)
    @Try
        @When (item) is "b"
            @Then fail with (item)
        @Otherwise
            @Then do (item)
        @End
    @On failure giving (failure)
        @Then mend (failure - message)
    @End
@End
""",
        "do_item",
        "fail_with_item",
        "mend_failure_message",
        "do_item",
    ),
    "a background task is joined where its value is read": _corner(
        """
@Given (items) as list of str
@Meanwhile fetch (items) giving (fetched) as str
@Then do something else
@Wait 1 minute
@Then use (fetched)
""",
        "fetch_items",
        "do_something_else",
        "use_fetched",
    ),
    "the first to finish fails, which is caught": _corner(
        """
@Try
    @Together, first to finish wins
        @Branch left
            @Then do left
            @Undo undo left
            @Wait 1 hour
        @Branch right
            @Wait 1 minute
            @Then fail right
    @End
@On failure
    @Then mend it
@End
@Fail because "enough"
""",
        "do_left",
        "fail_right",
        "mend_it",
        "undo_left",
        status="failed",
        error="FlowFailed: enough",
    ),
    "a poll that is given up": _corner(
        """
@Try
    @Repeat until (state) is "settled", every 10 minutes, at most 3 times
        @Then ask about it giving (state) as str
    @End
@On failure "RepeatExhausted"
    @Then give up
@End
""",
        *["ask_about_it"] * 3,
        "give_up",
    ),
    "kept events go to one round each, the oldest first": _corner(
        """
@Given (items) as list of str
@For each (item) in (items), all at once, collecting (told) into (all told)
    @Receive (news) as str, or fail after 1 hour
    @Then tell (news) giving (told) as str
    @Wait 1 second
@End
@Finish with (all told)
""",
        *["tell_news"] * 3,
        told=[("news", "1"), ("news", "2"), ("news", "3")],
        result=["1", "2", "3"],
    ),
    "groups in the rounds of a run that fails": _corner(
        """
@Given (items) as list of str
@Together
    @Branch left
        @Repeat 2 times
            @Together
                @Branch inner left
                    @Then do inner left
                    @Undo undo inner left
                @Branch inner right
                    @Wait 1 second
            @End
        @End
    @Branch right
        @Wait 1 minute
        @Then fail right
@End
""",
        "do_inner_left",
        "do_inner_left",
        "fail_right",
        "undo_inner_left",
        "undo_inner_left",
        status="failed",
        error="LookupError: fail_right did",
    ),
    "undone rounds of a group that is lost twice": _corner(
        """
@Repeat 2 times
    @Together, first to succeed wins
        @Branch left
            @Then do left
            @Undo undo left
            @Wait 1 hour
        @Branch right
            @Wait 1 minute
            @Then do right
            @Undo undo right
    @End
@End
@Fail because "enough"
""",
        "do_left",
        "do_right",
        "undo_left",
        "do_left",
        "do_right",
        "undo_left",
        "undo_right",
        "undo_right",
        status="failed",
        error="FlowFailed: enough",
    ),
    "two branches wait for one word of another flow": _corner(
        """
@Flow corner
@Together
    @Branch left
        @Try
            @Wait until flow (other) reaches "ready", or fail after 30 seconds
        @On failure "WaitTimeout"
            @Then be impatient
        @End
    @Branch middle
        @Wait until flow (other) reaches "ready", or fail after 1 hour
        @Then go on in the middle
    @Branch right
        @Wait until flow (other) reaches "ready", or fail after 1 hour
        @Then go on at the right
    @Branch other
        @Then run flow (other)
@End

@Flow other
@Wait 1 minute
@Status "ready"
@Wait 1 minute
""",
        "be_impatient",
        "go_on_in_the_middle",
        "go_on_at_the_right",
    ),
    "a failure caught inside a branch that is lost later": _corner(
        """
@Together, first to succeed wins
    @Branch left
        @Try
            @Together
                @Branch one
                    @Then do one
                    @Undo undo one
                @Branch two
                    @Wait 1 second
                    @Then fail two
            @End
        @On failure
            @Then mend it
        @End
        @Wait 1 hour
    @Branch right
        @Wait 1 minute
@End
@Then go on
""",
        "do_one",
        "fail_two",
        "mend_it",
        "undo_one",
        "go_on",
    ),
    "an undo that is retried, in each round": _corner(
        """
@Retry each task once
@Given (items) as list of str
@For each (item) in (items)
    @Then do (item)
    @Undo flaky undo of (item)
@End
@Fail because "enough"
""",
        *["do_item"] * 3,
        *["flaky_undo_of_item"] * 6,
        status="failed",
        error="FlowFailed: enough",
    ),
    "a group fails while a task in the background of one of its branches is at work": _corner(
        """
@Together
    @Branch left
        @Then do left
        @Meanwhile flaky work at the left
        @Then fail left
    @Branch right
        @Then do right
@End
""",
        status="failed",
        error="LookupError: fail_left did",
    ),
    "a branch has failed by its background task, and the others take their time": _corner(
        """
@Together, at least 1 must succeed
    @Branch left
        @Meanwhile fail in the background
        @Wait 1 minute
    @Branch right
        @Wait 2 minutes
        @Then do right
        @Wait 2 minutes
@End
@Then go on
""",
        "fail_in_the_background",
        "do_right",
        "go_on",
    ),
    "too few succeed": _corner(
        """
@Together, at least 2 must succeed
    @Branch one
        @Then do one
        @Undo undo one
    @Branch two
        @Then fail two
    @Branch three
        @Wait 1 second
        @Then fail three
    @Branch four
        @Receive (news), or fail after 1 hour
@End
""",
        "do_one",
        "fail_two",
        "fail_three",
        told=[("news", 1)],
    ),
    "none succeeds": _corner(
        """
@Try
    @Together, first to succeed wins
        @Branch one
            @Wait 1 minute
            @Then fail one
        @Branch two
            @Wait 2 minutes
            @Then fail two
    @End
@On failure giving (failure)
    @Finish with (failure - message)
@End
""",
        "fail_one",
        "fail_two",
        result="fail_two did",
    ),
    "rounds side by side, of which one fails while the others wait and retry": _corner(
        """
@Retry each task 3 times
@Retry wait period is 1 minute
@Given (items) as list of str
@Try
    @For each (item) in (items), all at once
        @When (item) is "a"
            @Receive (news), or fail after 1 hour
        @Or when (item) is "b"
            @Then fail slowly
        @Otherwise
            @Then fail at once (with no retry)
        @End
    @End
@On failure giving (failure)
    @Then mend (failure - message) giving (mended) as str
    @Finish with (mended)
@End
""",
        "fail_slowly",
        "fail_at_once",
        "mend_failure_message",
        result="fail_at_once did",
    ),
    "leaving loops from a try": _corner(
        """
@Given (items) as list of str
@For each (item) in (items)
    @Try
        @When (item) is "a"
            @Then fail with (item)
        @End
        @When (item) is "b"
            @Break
        @End
    @On failure
        @Then mend it
        @Continue
    @End
    @Then never do this
@End
@Then go on
""",
        "fail_with_item",
        "mend_it",
        "go_on",
    ),
    "background tasks of a branch that is lost": _corner(
        """
@Flow corner
@Together, first to finish wins
    @Branch left
        @Meanwhile run flow (long)
        @Wait 1 hour
    @Branch right
        @Wait 1 second
@End
@Meanwhile flaky work (with 2 retries)
@Then go on
@Wait 1 minute

@Flow long
@Wait 3 seconds
""",
        "flaky_work",
        "go_on",
        "flaky_work",
    ),
    "a background child's failure is raised where its value is read": _corner(
        """
@Flow corner
@Meanwhile run flow (weak) giving (made) as str
@Then do something
@Try
    @Then use (made)
@On failure "LookupError"
    @Then do without
@End

@Flow weak
@Wait 1 minute
@Then fail in the weak one giving (made) as str
@Finish with (made)
""",
        "do_something",
        "fail_in_the_weak_one",
        "do_without",
    ),
    "rounds that each wait for the first of several things": _corner(
        """
@Given (items) as list of str
@For each (item) in (items), all at once, collecting (got) into (all got)
    @Await the first
        @On (news) as str where (news) is (item)
            @Then take (news) giving (got) as str
        @On timeout after 1 minute
            @Then do without (item) giving (got) as str
    @End
@End
@Finish with (all got)
""",
        "take_news",
        "take_news",
        "do_without_item",
        told=[("news", "c"), ("news", "b")],
        result=["a", "b", "c"],
    ),
    "a finish with the value of the winner": _corner(
        """
@Together, first to finish wins
    @Branch left
        @Then find out giving (found) as str
        @Wait 1 minute
        @Finish with (found) as "left"
    @Branch right
        @Then find out giving (found) as str
        @Wait 1 hour
@End
""",
        "find_out",
        "find_out",
        result="",
        outcome="left",
    ),
    "a loop before it, and after each round": _corner(
        """
@Given (items) as list of str
@Repeat while (log) is not "xx" and (items) is not empty
    @Then add to (log) using "x" as (sign) giving (log) as str
@End
@Finish with (log)
""".replace("@Repeat", "@Then begin giving (log) as str\n@Repeat"),
        "begin",
        "add_to_log",
        "add_to_log",
        result="xx",
    ),
    "a guard around a loop, and one by a field of a value that may not be there": _corner(
        """
@Given (items) as list of str
@When (items) is empty
    @Then invent something giving (details) as dict
@End
@When (details - name) is given
    @Then greet (details - name)
@End
@Repeat while (sign) is missing
    @Then find a sign giving (sign) as optional str
@End
@Repeat while (details) is given and (details - name) is not "x"
    @Then rename (details) giving (details)
@End
@Then write (sign) using "y" as (other)
""",
        "find_a_sign",
        "write_sign",
    ),
    "a break out of loops that collect, before and behind what they collect": _corner(
        """
@Given (items) as list of str
@For each (item) in (items), all at once, collecting (few) into (all)
    @For each (other) in (items), collecting (one) into (few)
        @When (other) is "c"
            @Break
        @End
        @Then join (item) using (other) giving (one) as str
    @End
@End
@For each (item) in (items), collecting (one) into (some)
    @Then copy (item) giving (one)
    @Try
        @When (item) is "b"
            @Break
        @End
        @Wait 1 minute
    @On failure
    @End
@End
@Then show (all) using (some)
@Finish with (all)
""",
        *["join_item"] * 6,
        "copy_item",
        "copy_item",
        "show_all",
        result=[["aa", "ab"], ["ba", "bb"], ["ca", "cb"]],
    ),
    "a wait until a day, and for one that has passed": _corner(
        """
@Receive (day) as date, or fail after 1 hour
@Wait until (day)
@Receive (day), or fail after 1 hour
@Wait until (day)
@Then open on (day)
""",
        "open_on_day",
        told=[("day", "2026-01-05"), ("day", "2020-01-05")],
    ),
    "a first sentence of another version": _corner(
        """
@Flow corner, version 3
@Given (items) as list of str
@Then pack as before (until version 3)
@Then pack (since version 3)
@Then send as before (until version 3)
@And send (items) (until version 4)
@And send anew (since version 4)
""",
        "pack",
        "send_items",
    ),
}
