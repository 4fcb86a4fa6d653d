"""`wgen fmt`: one layout, the same meaning, and a fixed point."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings

from tests.flows import flow_texts
from wgen.compiler.format import format_text
from wgen.compiler.parse import parse
from wgen.compiler.source import Source, Span
from wgen.errors import CompileError


def _formatted(text: str) -> str:
    return format_text(Source(text))


def _without_places(tree: Any) -> Any:
    if type(tree) is Span:
        return None
    if isinstance(tree, tuple):
        return (type(tree).__name__, *map(_without_places, tree))
    return tree


def _tree(text: str) -> Any:
    parsed = parse(Source(text))
    assert [d for d in parsed.diagnostics if d.severity == "error"] == []
    return _without_places(parsed.file)


def _comments(text: str) -> list[str]:
    """The comments that random flows have, in order."""
    return re.findall(r"# done|#\(x|# @Then x|# c \(x|# between|# a comment|# another # one", text)


@settings(max_examples=150, deadline=None)
@given(flow_texts())
def test_the_meaning_stays_and_a_second_time_changes_nothing(text: str) -> None:
    formatted = _formatted(text)
    assert _tree(formatted) == _tree(text)
    assert _formatted(formatted) == formatted


@settings(max_examples=100, deadline=None)
@given(flow_texts())
def test_comments_stay(text: str) -> None:
    assert _comments(_formatted(text)) == _comments(text)


@settings(max_examples=100, deadline=None)
@given(flow_texts())
def test_layout(text: str) -> None:
    formatted = _formatted(text)
    assert formatted.endswith("\n")
    assert not formatted.endswith("\n\n")
    outside = re.sub(r'(?ms)^ *""".*?^ *"""$', "text", formatted)
    assert "\n\n\n" not in outside
    assert not re.search(r"[ \t]+\n", outside)


def test_the_first_flow_is_a_fixed_point() -> None:
    text = (
        "@Retry each task two times                                #workflow policies\n"
        "@Retry wait period is fixed\n"
        "@Given (customer registration details)                    #this row tells\n"
        "@Then validate (customer registration details) (with no retry) #longest\n"
    )
    column = len("@Then validate (customer registration details) (with no retry)") + 1
    lines = _formatted(text).split("\n")
    assert {line.index("#") for line in lines if "#" in line} == {column}
    assert _formatted("\n".join(lines)) == "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "formatted"),
    [
        ("@then   PRICE  ( order -  total )  USING (a)\n", "@Then PRICE (order - total) using (a)\n"),
        ("@THEN x (a). Use   (b)\n", "@Then x (a). Use (b)\n"),
        ("@Then see (a)'s order, then (b)s\n", "@Then see (a)'s order, then (b)s\n"),
        ("@Then pay (a)(WITH  5 Retries , timeout 1 Minute)\n", "@Then pay (a) (with 5 retries, timeout 1 minute)\n"),
        (
            "@FOR EACH (a) IN (b) ,All at Once\n@then x\n@end OF  a\n",
            "@For each (a) in (b), all at once\n    @Then x\n@End OF a\n",
        ),
        (
            "@When (a) IS NOT More than 5\n@and (b)\n@then x\n@END\n",
            "@When (a) is not more than 5\n@And (b)\n    @Then x\n@End\n",
        ),
        ("@Then a\n\n\n\n  # c\n@Then b\n\n\n", "@Then a\n\n# c\n@Then b\n"),
        ("\n\n#c\n@Then a", "#c\n@Then a\n"),
        ("@Then a # one\n@Then bc # two\n\n@Then d # three\n", "@Then a  # one\n@Then bc # two\n\n@Then d # three\n"),
        ("@Then a # one\n@Then a long one\n", "@Then a # one\n@Then a long one\n"),
        ("@Then a\n... b\n  … (c) # d\n", "@Then a\n    ... b\n    ... (c) # d\n"),
        ("@Then a\n|x|long name|\n|  y y|  |\n", "@Then a\n| x   | long name |\n| y y |           |\n"),
        ("@Then a\n|支付|x|\n|y|z|\n", "@Then a\n| 支付 | x |\n| y    | z |\n"),
        ("@Import A ,B from m\n@Then a\n", "@Import A, B from m\n@Then a\n"),
        ("@Start EVERY Monday AT 09:00\n@Then a\n", "@Start every monday at 09:00\n@Then a\n"),
    ],
)
def test_forms(text: str, formatted: str) -> None:
    assert _formatted(text) == formatted


def test_blocks() -> None:
    text = (
        "@Together\n@Branch a\n@When (x)\n@Then y\n# or\n@Or when (z)\n@Then y\n@Otherwise\n@Then y\n@End\n"
        "@Branch b\n"
        "@Try\n@Then y\n@On failure\n@Await the first\n@On (e)\n@Then y\n@On timeout after 1 day\n@End\n"
        "@End\n@End\n@Then z\n"
    )
    assert _formatted(text) == (
        "@Together\n    @Branch a\n        @When (x)\n            @Then y\n        # or\n        @Or when (z)\n"
        "            @Then y\n        @Otherwise\n            @Then y\n        @End\n    @Branch b\n        @Try\n"
        "            @Then y\n        @On failure\n            @Await the first\n                @On (e)\n"
        "                    @Then y\n                @On timeout after 1 day\n            @End\n        @End\n@End\n"
        "@Then z\n"
    )


def test_text_blocks_move_with_their_step() -> None:
    text = '@When (x)\n@Then y\n  """ # c\n  a\n      b \n\n c\n  """\n@End\n'
    formatted = _formatted(text)
    assert formatted == '@When (x)\n    @Then y\n    """ # c\n    a\n        b \n\n    c\n    """\n@End\n'
    assert _tree(formatted) == _tree(text)


def test_a_text_with_mistakes_is_left_alone() -> None:
    with pytest.raises(CompileError) as error:
        _formatted("@Then price (order\n@Thn\n")
    assert [d.rule.code for d in error.value.diagnostics] == ["WG030", "WG002"]


def test_a_text_without_steps_has_a_layout_too() -> None:
    assert _formatted("  # only this\n\n\n") == "# only this\n"
    assert _formatted("\n") == ""
    assert _formatted("@flow  x\n@given (a)\n") == "@Flow x\n@Given (a)\n"
