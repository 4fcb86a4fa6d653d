"""From text to tree: what each sentence becomes, and where it stands."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from wgen.compiler import syntax as s
from wgen.compiler.parse import parse
from wgen.compiler.source import Source


def _file(text: str) -> s.File:
    parsed = parse(Source(text, "order_flow.flow"))
    assert parsed.diagnostics == []
    assert parsed.loose == ()
    return parsed.file


def _flow(text: str) -> s.Flow:
    return _file(text).flows[0]


def _step(text: str) -> Any:
    return _flow(text).body[0]


def _header(text: str) -> Any:
    return _flow(text + "@Then go\n").header[0]


def _said(text: str) -> s.Sentence:
    group = _step(f"@Then {text}\n")
    sentence: s.Sentence = group.tasks[0].sentence
    return sentence


def _reading(text: str) -> str:
    """A sentence in one line: parts, then what stands behind the markers."""
    said = _said(text)
    out = [part.text if isinstance(part, s.Prose) else _operand(part) for part in said.parts]
    if said.flow:
        out.append(f"flow {_operand(said.flow)}")
    out += [f"using {_operand(a.value)}" + (f" as {_operand(a.alias)}" if a.alias else "") for a in said.using]
    out += [f"giving {_operand(g.value)}" + (f" as {_type(g.type)}" if g.type else "") for g in said.giving]
    out += [f"{x.kind} {_operand(x.value) if isinstance(x.value, s.Ref) else x.value}" for x in said.settings]
    return " | ".join(out)


def _operand(operand: Any) -> str:
    if isinstance(operand, s.Ref):
        return f"({' - '.join(operand.parts)})"
    return f'"{operand.text}"' if isinstance(operand, s.Quoted) else str(operand[0])


def _type(type_: s.TypeName) -> str:
    return " ".join([*(f"{wrapper} of" if wrapper == "list" else wrapper for wrapper in type_.wrappers), type_.name])


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("start using the system", "start using the system"),
        ("thank for giving, and for using things", "thank for giving, and for using things"),
        (
            "validate (customer  registration details) (with no retry)",
            "validate | (customer registration details) | retries 0",
        ),
        ("create customer's (record) using (a)", "create customer's | (record) | using (a)"),
        ("notify customer about success. Use (a - email)", "notify customer about success. | using (a - email)"),
        ("notify (b). Use (a - email) and (b)", "notify | (b) | using (a - email) | using (b)"),
        ("Use (a) to pay", "Use | (a) | to pay"),
        ("use (a) to pay", "use | (a) | to pay"),
        ("compare (a) and (b) using (c) and (d)", "compare | (a) | and | (b) | using (c) | using (d)"),
        ("treat (a) as (b)", "treat | (a) | as | (b)"),
        ("store (a) using (b) and (a - c) as (d)", "store | (a) | using (b) | using (a - c) as (d)"),
        ('send it using "x@y.z" as (to) and 5 as (n)', 'send it | using "x@y.z" as (to) | using 5 as (n)'),
        ('send "hi" to (a)', 'send | "hi" | to | (a)'),
        (
            "score (a) giving (x) as int and (y) as list of optional m.Y",
            "score | (a) | giving (x) as int | giving (y) as list of optional m.Y",
        ),
        ("score (a) giving (x) using (b)", "score | (a) | using (b) | giving (x)"),
        ("(with no retry) score (a)", "score | (a) | retries 0"),
        ("score (a) (with no retry) in time using (b).", "score | (a) | in time | using (b) | retries 0"),
        (
            'pay (with 5 retries, retry wait 2 seconds, timeout one minute, key (o - id), id "c")',
            "pay | retries 5 | wait 2000 | timeout 60000 | key (o - id) | id c",
        ),
        ("pay (since version 2) (until version 3)", "pay | since 2 | until 3"),
        ("pay (without tax) and (withheld amount)", "pay | (without tax) | and | (withheld amount)"),
        ("answer 42 in one hour at 02:30, five times, 5%", "answer 42 in one hour at 02:30, five times, 5%"),
        (r"open ticket \#42 for (a \#b) # the rest (x", "open ticket #42 for | (a #b)"),
        ("fix C# code and issue#42 with mail a@b.c", "fix C# code and issue#42 with mail a@b.c"),
        ('send "a # b" to (a)#c', 'send | "a # b" | to | (a)'),
        (r'say "she said \"hi\" \\ \n" now', r'say | "she said "hi" \ \n" | now'),
        ("run flow (pay out loan) using (a) giving (b)", "flow (pay out loan) | using (a) | giving (b)"),
        ("run flow charts for (a)", "run flow charts for | (a)"),
        ("manually run flow (a)", "manually run flow | (a)"),
        ("GIVE (a) USING (b) GIVING (c)", "GIVE | (a) | using (b) | giving (c)"),
        ("using the car take (a)", "using the car take | (a)"),
    ],
)
def test_sentences(text: str, reading: str) -> None:
    assert _reading(text) == reading


@pytest.mark.parametrize(
    "text",
    [
        "@Then score the (a) using (b) and (c) giving (d)\n",
        "@Then score the # c (x\n  ... (a)\n\n# between\n\n  … using (b) # c\n... and (c) giving\n   ... (d)\n",
        "@Then score the (a) using # (x)\n# between\n\n ... (b) and\n...(c) giving (d)\n",
    ],
)
def test_continuation_lines_change_nothing(text: str) -> None:
    sentence = _step(text).tasks[0].sentence
    assert [type(part).__name__ for part in sentence.parts] == ["Prose", "Ref"]
    assert [argument.value.parts for argument in sentence.using] == [("b",), ("c",)]
    assert [out.value.parts for out in sentence.giving] == [("d",)]


def test_words_on_two_lines_are_one_run_of_words() -> None:
    assert _step("@Then start the\n... engine\n").tasks[0].sentence.parts[0].text == "start the engine"


def test_places_are_those_of_the_text() -> None:
    text = "@Then price (order) using  (rates)  # now\n"
    task = _step(text).tasks[0]
    assert text[slice(*task.span)] == "@Then price (order) using  (rates)"
    assert text[slice(*task.sentence.span)] == "price (order) using  (rates)"
    assert text[slice(*task.sentence.parts[0].span)] == "price"
    assert text[slice(*task.sentence.using[0].value.span)] == "(rates)"


def test_places_behind_a_mistake_are_those_of_the_text() -> None:
    text = "@Given a\n@When (b) == 3\n    @Thn go\n    @Then price (order) now\n"
    parsed = parse(Source(text))
    arm = parsed.file.flows[0].body[0].arms[0]  # type: ignore[union-attr]
    task = arm.body[1].tasks[0]  # type: ignore[union-attr]
    assert text[slice(*task.span)] == "@Then price (order) now"
    assert text[slice(*task.sentence.parts[1].span)] == "(order)"
    assert len(parsed.diagnostics) == 4


def test_groups() -> None:
    group = _step("@Then x\n@Undo y (a)\n@Provide (z) as int and (y)\n@And w\n@Provide (u)\n@Undo v\n")
    assert len(group.tasks) == 2
    assert [out.value.parts for out in group.tasks[0].provides] == [("z",), ("y",)]
    assert group.tasks[0].undo.sentence.parts[0].text == "y"
    assert group.tasks[1].undo.sentence.parts[0].text == "v"


def test_text_blocks_lose_the_indentation_of_their_opening() -> None:
    text = (
        '@Then send\n    """\n    Dear (x) # no comment\n      ... no dots\n  @Then no sentence "\n\n'
        '    """  # c\n@And go\n'
    )
    task = _step(text).tasks[0]
    assert task.text.text == 'Dear (x) # no comment\n  ... no dots\n@Then no sentence "\n'


def test_an_empty_text_block() -> None:
    assert _step('@Then send\n"""\n"""\n').tasks[0].text.text == ""


@pytest.mark.parametrize("order", ['"""\nhi\n"""\n| a |\n| b |\n', '| a |\n| b |\n"""\nhi\n"""\n'])
def test_text_and_table_in_any_order(order: str) -> None:
    task = _step("@Then send\n" + order).tasks[0]
    assert (task.text.text, task.table.rows) == ("hi", (("a",), ("b",)))


def test_tables() -> None:
    text = '@Then load\n| name | note |  # c\n\n# between\n| x \\| y | say "hi" (all) |\n|  | a # b|\n'
    assert _step(text).tasks[0].table.rows == (("name", "note"), ("x | y", 'say "hi" (all)'), ("", "a # b"))


@pytest.mark.parametrize(
    ("text", "test"),
    [
        ("(x)", ("true", [], False)),
        ("not (x)", ("true", [], True)),
        ('(x) is "a"', ("is", ['"a"'], False)),
        ('(x) is not "a"', ("is", ['"a"'], True)),
        ('not (x) is not "a"', ("is", ['"a"'], False)),
        ("(x) is More   Than 2.5", ("more than", ["2.5"], False)),
        ("(x) is not less than two", ("less than", ["2"], True)),
        ("(x) is at least 5%", ("at least", ["0.05"], False)),
        ("(x) is at most (y - z)", ("at most", ["(y - z)"], False)),
        ("(x) is before 90 seconds", ("before", ["90000"], False)),
        ("(x) contains (y)", ("contains", ["(y)"], False)),
        ('not (x) contains "a"', ("contains", ['"a"'], True)),
        ('(x) starts\n... with "a"', ("starts with", ['"a"'], False)),
        ('(x) is one of "a", 2 , (c)', ("one of", ['"a"', "2", "(c)"], False)),
        ('(x) is not one of "a"', ("one of", ['"a"'], True)),
        ("(x) is one", ("is", ["1"], False)),
        ("(x) is one hour", ("is", ["3600000"], False)),
        ("(x) is not given", ("given", [], True)),
        ("(x) is TRUE", ("is", ["True"], False)),
    ],
)
def test_conditions(text: str, test: tuple[str, list[str], bool]) -> None:
    condition = _step(f"@When {text}\n@Then x\n@End\n").arms[0].condition
    assert (condition.op, [_operand(right) for right in condition.right], condition.negated) == test


def test_and_binds_tighter_than_or_and_lines_bind_loosest() -> None:
    condition = _step("@When (a) or (b) and (c)\n@And (d)\n@And (e) and (f)\n@Then x\n@End\n").arms[0].condition
    assert _shape(condition) == "all(any(a all(b c)) d e f)"


def _shape(condition: s.Condition) -> str:
    if isinstance(condition, s.Test):
        return condition.left.parts[0]
    return f"{type(condition).__name__[:3].lower()}({' '.join(map(_shape, condition.tests))})"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("@Retry each task two times", ("count", 2)),
        ("@Retry each task once", ("count", 1)),
        ("@Retry each task no times", ("count", 0)),
        ("@Retry wait period is Exponential", ("shape", "exponential")),
        ("@Retry wait period is random", ("random", "random")),
    ],
)
def test_retries(text: str, parts: tuple[str, object]) -> None:
    assert _header(text + "\n")[:2] == parts


@pytest.mark.parametrize(
    ("text", "kind", "milliseconds"),
    [
        ("@Retry wait period is one second", "wait", 1000),
        ("@Retry wait period is at most 1.5 minutes", "cap", 90_000),
        ("@Retry for at most 2 weeks", "window", 1_209_600_000),
    ],
)
def test_times_of_retries(text: str, kind: str, milliseconds: int) -> None:
    retry = _header(text + "\n")
    assert (retry.kind, retry.value.milliseconds) == (kind, milliseconds)


def test_names_of_retries() -> None:
    retry = _header('@Retry never on "A", "B"\n')
    assert (retry.kind, [quoted.text for quoted in retry.value]) == ("never", ["A", "B"])


def test_inputs() -> None:
    flow = _flow("@Given (a) as list of int, by default 5% and (b)\n@And (c), by default yes\n@Then go\n")
    inputs: Any = flow.header
    assert [given.value.value.parts for given in inputs] == [("a",), ("b",), ("c",)]
    assert [given.default and given.default.value for given in inputs] == [Decimal("0.05"), None, True]
    assert _type(inputs[0].value.type) == "list of int"


@pytest.mark.parametrize(
    ("text", "interval", "day", "cron", "zone", "overlap", "catching_up"),
    [
        ("every 15 minutes", 900_000, None, None, None, "skipping", False),
        ("every hour", 3_600_000, None, None, None, "skipping", False),
        ("every day", 86_400_000, None, None, None, "skipping", False),
        ("every day at 09:00", None, ("day", 9, 0), None, None, "skipping", False),
        ('every Monday at 9:05 in "UTC", catching up', None, ("monday", 9, 5), None, "UTC", "skipping", True),
        ('on schedule "0 9 * * 1-5", queueing overlaps', None, None, "0 9 * * 1-5", None, "queueing", False),
        ('on schedule "x" in "UTC", catching up, allowing overlaps', None, None, "x", "UTC", "allowing", True),
    ],
)
def test_schedules(text: str, interval: Any, day: Any, cron: Any, zone: Any, overlap: str, catching_up: bool) -> None:
    start = _header(f"@Start {text}\n")
    assert (start.interval and start.interval.milliseconds) == interval
    assert (start.day and (start.day[0], start.day[1].hour, start.day[1].minute)) == day
    assert (start.cron and start.cron.text, start.zone and start.zone.text) == (cron, zone)
    assert (start.overlap, start.catching_up) == (overlap, catching_up)


def test_triggers() -> None:
    start = _header('@Start on my own Thing-2 "address" giving (order) as Order\n')
    assert (start.source.connector, start.source.address.text) == ("my own thing-2", "address")
    assert _type(start.giving.type) == "Order"
    after = _header('@Start when flow (payment) reaches "captured" giving (payment)\n')
    assert (after.flow.parts, after.word.text, after.giving.value.parts) == (("payment",), "captured", ("payment",))


def test_limits() -> None:
    each = _header("@Limit flow to 5 at a time for each (customer)\n")
    assert (each.scope, each.number, each.per, each.each.parts) == ("flow", 5, None, ("customer",))
    rate = _header("@Limit each task to ten per second\n")
    assert (rate.scope, rate.number, rate.per, rate.each) == ("task", 10, 1000, None)


@pytest.mark.parametrize(
    ("options", "at_a_time", "collecting"),
    [
        ("", 1, None),
        (", at most 20 at a time", 20, None),
        (", all at once, collecting (q) into (qs)", None, "q"),
        (", collecting (q) into (qs), all at once", None, "q"),
    ],
)
def test_for_each(options: str, at_a_time: int | None, collecting: str | None) -> None:
    loop = _step(f"@For each (x) in (y){options}\n@Then go\n@End\n")
    assert loop.at_a_time == at_a_time
    assert (loop.collecting and loop.collecting[0].parts[0]) == collecting


def test_repeat() -> None:
    loop = _step('@Repeat until (x) is one of "a", "b", at most 50 times, every 10 minutes\n@And (y)\n@Then go\n@End\n')
    assert (loop.kind, loop.every.milliseconds, loop.at_most) == ("until", 600_000, 50)
    assert _shape(loop.condition) == "all(x y)"
    counted = _step("@Repeat three times\n@Then go\n@Break\n@End\n")
    assert (counted.kind, counted.times, counted.condition) == ("times", 3, None)


def test_together() -> None:
    for option, join, number in [
        ("", "all", None),
        (", first to finish wins", "first to finish", None),
        (", first to succeed wins", "first to succeed", None),
        (", at least two must succeed", "at least", 2),
    ]:
        group = _step(f'@Together{option}\n@Branch EU (west), "a" @home # c\n@Then go\n@Branch b\n@Then go\n@End\n')
        assert (group.join, group.at_least) == (join, number)
        assert [branch.name for branch in group.branches] == ['EU (west), "a" @home', "b"]


def test_try() -> None:
    block = _step('@Try\n@Then go\n@On failure "A", "B" giving (f) as F\n@On failure\n@Then x\n@End\n')
    assert [[quoted.text for quoted in clause.types] for clause in block.clauses] == [["A", "B"], []]
    assert [len(clause.body) for clause in block.clauses] == [0, 1]
    assert block.clauses[0].giving.value.parts == ("f",)


def test_waits() -> None:
    body: Any = _flow('@Wait 3 days\n@Wait (x)\n@Wait until 07:00 in "UTC"\n@Wait until (x - due)\n').body
    assert [wait.until for wait in body] == [False, False, True, True]
    assert body[0].time.milliseconds == 259_200_000
    assert (body[2].time.hour, body[2].zone.text) == (7, "UTC")
    assert (body[1].time.parts, body[3].time.parts) == (("x",), ("x", "due"))


def test_waits_for_events_and_flows() -> None:
    text = '@Receive (d) as D from kafka topic "t" where (d - id) is (a) or (d - all), or fail after 7 days\n'
    receive = _step(text)
    assert (receive.wait.source.connector, receive.fail_after.milliseconds) == ("kafka topic", 604_800_000)
    assert _shape(receive.wait.where) == "any(d d)"
    wait = _step('@Wait until flow (f) for (order - id) reaches "s", or fail after 6 hours\n')
    assert (wait.wait.flow.parts, wait.wait.key.parts, wait.wait.word.text) == (("f",), ("order", "id"), "s")


def test_await_the_first() -> None:
    text = (
        '@Await the first\n@On (x) as X where (x - a) is 1\n@On flow (f) for (k) reaching "s"\n@Then go\n'
        "@On timeout after 1 hour\n@Finish\n@End\n"
    )
    block = _step(text)
    assert [type(branch.wait).__name__ for branch in block.branches] == ["EventWait", "FlowWait", "Duration"]
    assert [len(branch.body) for branch in block.branches] == [0, 1, 1]


def test_endings() -> None:
    body: Any = _flow('@Status "a"\n@Fail because (r)\n@Fail with "x"\n@Finish with (x) as "b"\n@Finish\n@Break\n').body
    assert body[0].word.text == "a"
    assert [fail.because[0] for fail in body[1:3]] == [("r",), "x"]
    assert (body[3].result.parts, body[3].outcome.text) == (("x",), "b")
    assert (body[4].result, body[4].outcome) == (None, None)


def test_several_flows_and_common_imports() -> None:
    file = _file("@Import A from m\n@Flow a\n@Then x\n@Flow b, c and d, version 3 # t\n@Import B, C from n\n@Then y\n")
    assert [(flow.name, flow.version) for flow in file.flows] == [("a", 1), ("b, c and d", 3)]
    assert [imported.names for imported in file.imports] == [("A",)]
    assert [imported.module for imported in file.flows[1].header] == ["n"]  # type: ignore[union-attr]


def test_a_file_without_flow_line() -> None:
    assert [flow.name for flow in _file("@Then x\n@Flow b\n@Then y\n").flows] == [None, "b"]


def test_line_ends_and_marks_of_other_systems() -> None:
    assert len(_flow("\ufeff@Then go\r\n@Then on").body) == 2


def test_loose_values_are_those_of_unreadable_sentences() -> None:
    parsed = parse(Source("@Given (a as Order\n@Then price (b, c) now\n@Then send (d)\n@Receive approval\n"))
    assert {ref.parts for ref in parsed.loose} == {("a",), ("b",), ("c",), ("approval",)}
