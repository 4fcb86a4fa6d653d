"""Diagnostics as people and programs see them."""

from __future__ import annotations

from wgen.compiler import report
from wgen.compiler.diagnostics import Diagnostic, Edit, Fix, Related, Rule
from wgen.compiler.source import Source, Span

UNKNOWN = Rule("WG101", "unknown-value", "error", "a value that no earlier line provides")
TEXT = (
    "@Retry each task two times\n@Retry wait period is fixed\n\n"
    "@Given (customer registration details)\n@Then validate (custmer registration details) (with no retry)\n"
)


def _at(source: Source, words: str) -> Span:
    start = source.text.index(words)
    return Span(start, start + len(words))


def _finding() -> Diagnostic:
    source = Source(TEXT, "flows/register_customer.flow")
    wrong = _at(source, "(custmer registration details)")
    known = _at(source, "(customer registration details)")
    return Diagnostic(
        UNKNOWN,
        'no earlier line provides "custmer registration details"',
        source,
        wrong,
        "did you mean (customer registration details)?",
        Fix("safe", (Edit(wrong, "(customer registration details)"),)),
        [Related(known, "the closest name, introduced here")],
    )


def test_full_form_is_that_of_the_language_page() -> None:
    assert report.full(_finding()) == (
        'error[WG101] unknown-value: no earlier line provides "custmer registration details"\n'
        " --> flows/register_customer.flow:5:16\n"
        "  |\n"
        "4 | @Given (customer registration details)\n"
        "  |        ------------------------------- the closest name, introduced here\n"
        "5 | @Then validate (custmer registration details) (with no retry)\n"
        "  |                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
        "  |\n"
        "  = help: did you mean (customer registration details)?  [safe fix]"
    )


def test_concise_form() -> None:
    assert report.concise(_finding()) == (
        "flows/register_customer.flow:5:16: error[WG101] unknown-value: "
        'no earlier line provides "custmer registration details"'
    )


def test_data_form() -> None:
    place = {"line": 5, "column": 16, "end_line": 5, "end_column": 46}
    assert report.as_dict(_finding()) == {
        "code": "WG101",
        "name": "unknown-value",
        "severity": "error",
        "message": 'no earlier line provides "custmer registration details"',
        "file": "flows/register_customer.flow",
        **place,
        "help": "did you mean (customer registration details)?",
        "fix": {"applicability": "safe", "edits": [{**place, "text": "(customer registration details)"}]},
        "related": [
            {
                "message": "the closest name, introduced here",
                "file": "flows/register_customer.flow",
                "line": 4,
                "column": 8,
                "end_line": 4,
                "end_column": 39,
            }
        ],
    }


def test_data_without_fix_and_help() -> None:
    finding = Diagnostic(UNKNOWN, "m", Source("@Then x\n", "x.flow"), Span(0, 5))
    data = report.as_dict(finding)
    assert (data["fix"], data["help"], data["related"]) == (None, None, [])


def _body(text: str, words: str, *related: tuple[str, str]) -> list[str]:
    source = Source(text, "x.flow")
    others = [Related(_at(source, place), note) for place, note in related]
    return report.full(Diagnostic(UNKNOWN, "m", source, _at(source, words), related=others)).split("\n")[3:]


def test_wide_and_combining_signs_stay_aligned() -> None:
    assert _body("@Then 支付 (ab) x\n", "(ab)") == ["1 | @Then 支付 (ab) x", "  |            ^^^^"]
    assert _body("@Then e\u0301 (ab)\n", "(ab)")[1] == "  |         ^^^^"
    assert _body("@Then (支付)\n", "(支付)")[1] == "  |       ^^^^^^"


def test_tabs_are_as_wide_as_they_are_shown() -> None:
    assert _body("\t@Then (ab)\n", "(ab)") == ["1 |     @Then (ab)", "  |           ^^^^"]


def test_places_of_several_lines_show_the_first_and_the_last() -> None:
    assert _body("@Then a\n  b\n  c\n  d (e)\n", "a\n  b\n  c\n  d") == [
        "1 | @Then a",
        "  |       ^",
        "...",
        "4 |   d (e)",
        "  |   ^",
    ]


def test_far_places_are_joined_by_dots_and_near_ones_by_their_line() -> None:
    text = "@Then a\n@Then b\n@Then c\n@Then d\n@Then e\n@Then f\n"
    assert _body(text, "@Then c", ("@Then a", "above"), ("@Then f", "below")) == [
        "1 | @Then a",
        "  | ------- above",
        "2 | @Then b",
        "3 | @Then c",
        "  | ^^^^^^^",
        "...",
        "6 | @Then f",
        "  | ------- below",
    ]


def test_two_places_in_one_line() -> None:
    assert _body("@Then (a) (b)\n", "(b)", ("(a)", "the other")) == [
        "1 | @Then (a) (b)",
        "  |           ^^^",
        "  |       --- the other",
    ]


def test_a_place_at_the_end_of_a_line_has_one_caret() -> None:
    source = Source("@Then\n", "x.flow")
    assert report.full(Diagnostic(UNKNOWN, "m", source, Span(5, 5))).split("\n")[3:] == ["1 | @Then", "  |      ^"]
    assert report.full(Diagnostic(UNKNOWN, "m", source, Span(5, 6))).split("\n")[3:] == ["1 | @Then", "  |      ^"]


def test_color_only_adds_codes() -> None:
    painted = report.full(_finding(), color=True)
    assert "\033[1;31merror[WG101] unknown-value\033[0m" in painted
    for code in ("\033[1;31m", "\033[1;34m", "\033[1m", "\033[0m"):
        painted = painted.replace(code, "")
    assert painted == report.full(_finding())


def test_findings_are_shown_in_the_order_of_the_text() -> None:
    source = Source("@Then a\n@Then b\n", "x.flow")
    second = Diagnostic(UNKNOWN, "m", source, Span(8, 9))
    first = Diagnostic(UNKNOWN, "m", source, Span(0, 1))
    assert report.sort([second, first]) == [first, second]
