"""Random flows: valid by the grammar, with random layout, comments, capitals and continuation lines."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

_WORDS = ["price", "check", "the", "order", "now", "customer's", "2nd", "überweise", "in", "full", "C#", "to", "Use"]
_VALUES = ["order", "customer - name", "Credit  History", "e-mail - domain", "risk score", "a", "x - y - z", "支付"]
_TEXTS = ['"paid"', '"a # b"', r'"she said \"hi\""', '""', '"(x), y"', '"using (a)"']
_UNITS = ["seconds", "minute", "hours", "Days", "milliseconds", "week"]
_NUMBERS = ["1", "2", "five", "Twenty", "10"]
_TYPES = ["int", "Order", "list of Item", "optional shop.models.Money", "list of optional str"]
_ORIGINS = ['kafka topic "orders"', 'http post "/orders"', 'my Own  queue "q"']


class _Writer:
    """Writes one random file. `words` are joined by `_gap`s, which is where layout is free."""

    def __init__(self, choose: random.Random, *, plain: bool) -> None:
        self.r = choose
        self.plain = plain
        self.lines: list[str] = []

    # ---- layout

    def gap(self) -> str:
        if self.plain or self.r.random() < 0.9:
            return " "
        return self.r.choice(["  ", "\t", " \t ", "\n... ", "  # c (x\n  … ", "\n\n# between\n   ...   "])

    def cased(self, text: str) -> str:
        """Fixed words in any capitals."""
        if self.plain or self.r.random() < 0.7:
            return text
        return self.r.choice([text.upper(), text.lower(), text.title()])

    def line(self, *words: str) -> None:
        text = words[0]
        for word in words[1:]:
            comma = word.startswith((",", "."))
            text += ("" if comma else self.gap()) + word
        comment = "" if self.plain or self.r.random() < 0.8 else self.r.choice([" # done", "   #(x", "\t# @Then x"])
        indent = "" if self.plain else self.r.choice(["", "", "  ", "\t"])
        self.lines.append(indent + text + comment)
        if not self.plain and self.r.random() < 0.1:
            self.lines.append(self.r.choice(["", "  ", "# a comment", "   # another # one", "\n\n"]))

    def some(self, make: Callable[[], object], low: int = 0, high: int = 2) -> None:
        for _ in range(self.r.randint(low, high)):
            make()

    def maybe(self, *words: str) -> tuple[str, ...]:
        return words if self.r.random() < 0.4 else ()

    # ---- parts

    def value(self) -> str:
        return f"({self.r.choice(_VALUES)})"

    def text(self) -> str:
        return self.r.choice(_TEXTS)

    def duration(self) -> tuple[str, ...]:
        return (self.cased(self.r.choice(_NUMBERS)), self.r.choice(_UNITS))

    def out(self) -> tuple[str, ...]:
        return (self.value(), *self.maybe(self.cased("as"), self.r.choice(_TYPES)))

    def literal(self) -> tuple[str, ...]:
        return self.r.choice(
            [(self.text(),), ("9.99",), ("5%",), ("-3",), self.duration(), ("02:30",), (self.cased("yes"),), ("ten",)]
        )

    def operand(self) -> tuple[str, ...]:
        return self.literal() if self.r.random() < 0.6 else (self.value(),)

    def test(self) -> tuple[str, ...]:
        tests: list[tuple[str, ...]] = [
            (self.value(),),
            ("not", self.value()),
            (self.value(), self.cased("is"), *self.maybe("not"), *self.operand()),
            (self.value(), "is", *self.maybe("not"), self.cased("more"), "than", *self.operand()),
            (self.value(), "is", self.r.choice(["at least", "at most", "before", "After"]), *self.operand()),
            (self.value(), "is", self.r.choice(["empty", "missing", "Given", "true"])),
            (self.value(), self.r.choice(["contains", "starts with", "ends with"]), *self.operand()),
            (self.value(), "is", "one", "of", self.text(), ",", *self.operand(), ",", "1"),
            ("not", self.value(), "is", "one"),
        ]
        return self.r.choice(tests)

    def condition(self) -> tuple[str, ...]:
        words = self.test()
        for _ in range(self.r.choice([0, 0, 0, 1, 2])):
            words += (self.cased(self.r.choice(["and", "or"])), *self.test())
        return words

    def modifier(self) -> str:
        return self.r.choice(
            [
                "(with no retry)",
                "( With  5 retries , retry wait 2 seconds)",
                '(with timeout one minute, key (order - id), id "charge")',
                "(since version 2)",
                "(Until  version 3)",
            ]
        )

    def sentence(self) -> tuple[str, ...]:
        words: list[str] = [*self.maybe(self.modifier())]
        if self.r.random() < 0.15:
            words += [self.cased("run"), "flow", self.value()]
        else:
            words.append(self.r.choice(_WORDS[:-1]))
            for _ in range(self.r.randint(0, 4)):
                words.append(self.r.choice([self.r.choice(_WORDS), self.value(), self.text(), self.modifier(), ", x"]))
            # A word that is a marker in front of a bracket would make another sentence of it.
            words = [word for i, word in enumerate(words) if word != "Use" or words[i + 1 : i + 2] == ["the"]]
        words += [*self.maybe(".")]
        if self.r.random() < 0.5:
            words += [self.r.choice([self.cased("using"), "Use"]), *self.argument()]
            words += [*self.maybe("and", *self.argument())]
        if self.r.random() < 0.5:
            words += [self.cased("giving"), *self.out(), *self.maybe("and", *self.out())]
        return (*words, *self.maybe(self.modifier()))

    def argument(self) -> tuple[str, ...]:
        if self.r.random() < 0.3:
            return (self.text(), "as", self.value())
        return (self.value(), *self.maybe(self.cased("as"), self.value()))

    def origin(self) -> tuple[str, ...]:
        return ("from", *self.r.choice(_ORIGINS).split(" ", 1))

    # ---- header

    def header(self) -> None:
        sentences: list[Callable[[], None]] = [
            lambda: self.line("@About", 'From here, "to" (there).'),
            lambda: self.line("@Import", "Order", ",", "Item", "from", "shop.models"),
            self.given,
            lambda: self.line("@Key", self.value()),
            lambda: self.line("@Start", "on", self.r.choice(_ORIGINS), *self.maybe("giving", *self.out())),
            lambda: self.line("@Start", "every", *self.duration(), *self.start_options()),
            lambda: self.line("@Start", "every", "hour"),
            lambda: self.line("@Start", "every", "Monday", "at", "02:30", *self.maybe("in", '"UTC"')),
            lambda: self.line(
                "@Start", "on schedule", '"0 9 * * 1-5"', *self.maybe("in", '"UTC"'), *self.start_options()
            ),
            lambda: self.line("@Start", "when flow", self.value(), "reaches", self.text()),
            lambda: self.line("@Retry", "each", "task", self.r.choice(["two times", "once", "no times", "1 time"])),
            lambda: self.line("@Retry", "wait period is", self.r.choice(["fixed", "Linear", "random", "one second"])),
            lambda: self.line("@Retry", "wait period", "is at most", *self.duration()),
            lambda: self.line("@Retry", "for at most", *self.duration()),
            lambda: self.line("@Retry", self.r.choice(["only", "never"]), "on", self.text(), ",", self.text()),
            lambda: self.line("@Timeout", self.r.choice(["flow", "each task"]), "after", *self.duration()),
            lambda: self.line("@Limit", "flow to 5", "at a time", *self.maybe("for each", self.value())),
            lambda: self.line("@Limit", "each task", "to ten per second"),
        ]
        self.r.choice(sentences)()

    def start_options(self) -> tuple[str, ...]:
        return (*self.maybe(", skipping overlaps"), *self.maybe(",", "catching up"))

    def given(self) -> None:
        self.line("@Given", *self.out(), *self.maybe(", by default", *self.literal()), *self.maybe("and", self.value()))
        self.some(lambda: self.line(self.cased("@And"), *self.out()), 0, 1)

    # ---- steps

    def body(self, depth: int) -> None:
        self.some(lambda: self.step(depth), 1, 3)

    def step(self, depth: int) -> None:
        simple: list[Callable[[], None]] = [
            self.group,
            self.group,
            lambda: self.task("@Meanwhile"),
            lambda: self.line("@Wait", *self.duration()),
            lambda: self.line("@Wait", self.value()),
            lambda: self.line("@Wait", "until", self.r.choice(["07:00", "(due)"]), *self.maybe("in", '"UTC"')),
            lambda: self.line(
                "@Wait until flow", *self.flow_wait("reaches"), *self.maybe(", or fail after", *self.duration())
            ),
            lambda: self.line(
                "@Receive", *self.out(), *self.event(), *self.maybe(", or", "fail after", *self.duration())
            ),
            lambda: self.line("@Status", self.text()),
            lambda: self.line(self.cased("@Finish"), *self.maybe("with", self.value()), *self.maybe("as", self.text())),
            lambda: self.line("@Fail", self.r.choice(["because", "with"]), self.r.choice([self.text(), self.value()])),
            lambda: self.line(self.cased("@Break")),
            lambda: self.line("@Continue"),
        ]
        blocks = [self.when, self.together, self.for_each, self.repeat, self.try_, self.await_]
        if depth < 3 and self.r.random() < 0.3:
            self.r.choice(blocks)(depth + 1)
        else:
            self.r.choice(simple)()

    def flow_wait(self, reaches: str) -> tuple[str, ...]:
        return (self.value(), *self.maybe("for", self.value()), reaches, self.text())

    def event(self) -> tuple[str, ...]:
        return (*self.maybe(*self.origin()), *self.maybe("where", *self.condition()))

    def group(self) -> None:
        self.task(self.cased("@Then"))
        self.some(lambda: self.task(self.cased("@And")), 0, 2)

    def task(self, keyword: str) -> None:
        self.line(keyword, *self.sentence())
        self.arguments()
        self.some(lambda: self.line("@Provide", *self.out(), *self.maybe("and", *self.out())), 0, 1)
        if self.r.random() < 0.2:
            self.line("@Undo", *self.sentence())
            self.arguments()

    def arguments(self) -> None:
        if self.r.random() < 0.15:
            indent = self.r.choice(["", "  ", "\t"])
            content = ["Dear (x) # no comment", "", "    @Then no sentence ", "\t... no dots", '"quoted""']
            self.lines += [indent + '"""', *(indent + line for line in content[: self.r.randint(0, 5)]), indent + '"""']
        if self.r.random() < 0.15:
            self.line("| name | a \\| note |")
            self.line("|x|  # (y)|")

    def end(self, *words: str) -> None:
        self.line(self.cased("@End"), *self.maybe(*words))

    def when(self, depth: int) -> None:
        self.line(self.cased("@When"), *self.condition())
        self.some(lambda: self.line("@And", *self.condition()), 0, 1)
        self.body(depth)
        if self.r.random() < 0.4:
            self.line(self.cased("@Or"), "when", *self.condition())
            self.body(depth)
        if self.r.random() < 0.4:
            self.line("@Otherwise")
            self.body(depth)
        self.end()

    def together(self, depth: int) -> None:
        self.line(
            "@Together",
            *self.maybe(
                self.r.choice([", first to finish wins", ", First to succeed wins", ", at least 2 must succeed"])
            ),
        )
        for name in ("credit bureau", 'EU (west), "first" @home'):
            self.line("@Branch", name)
            self.body(depth)
        self.end("of", "the", "(odd) story")

    def for_each(self, depth: int) -> None:
        options = [*self.maybe(self.r.choice([", at most 20 at a time", ", all at once"]))]
        options += self.maybe(", collecting", "(quote)", "into", "(quotes)")
        self.line(self.cased("@For"), "each", "(order)", "in", self.value(), *options)
        self.body(depth)
        self.end("of orders")

    def repeat(self, depth: int) -> None:
        if self.r.random() < 0.3:
            self.line("@Repeat", "3", self.cased("times"))
        else:
            options = (*self.maybe(", every", *self.duration()), *self.maybe(", at most", "5", "times"))
            self.line("@Repeat", self.r.choice(["while", "Until"]), *self.condition(), *options)
            self.some(lambda: self.line("@And", *self.condition()), 0, 1)
        self.body(depth)
        self.end()

    def try_(self, depth: int) -> None:
        self.line("@Try")
        self.body(depth)
        self.line("@On failure", *self.maybe(self.text(), ",", self.text()), *self.maybe("giving", *self.out()))
        self.some(lambda: self.step(depth), 0, 1)
        self.end()

    def await_(self, depth: int) -> None:
        self.line("@Await", "the", "first")
        self.line("@On", *self.out(), *self.event())
        self.some(lambda: self.step(depth), 0, 1)
        self.line("@On", "flow", *self.flow_wait("reaching"))
        self.line(self.cased("@On"), "timeout", "after", *self.duration())
        self.some(lambda: self.step(depth), 0, 1)
        self.end()

    def file(self) -> str:
        if self.r.random() < 0.3:
            self.line("@Import", "Money", "from", "shop")
        for name in self.r.choice([[], ["one flow"], ["a", "B,  c"]]):
            self.line(self.cased("@Flow"), name, *self.maybe(", version 2"))
            self.some(self.header, 0, 4)
            self.body(0)
        if not any("@flow" in line.lower() for line in self.lines):
            self.some(self.header, 0, 4)
            self.body(0)
        return "\n".join(self.lines) + "\n"


def flow_text(seed: int, *, plain: bool = False) -> str:
    """A random file. `plain` is without comments, odd blanks, capitals and continuation lines."""
    return _Writer(random.Random(seed), plain=plain).file()


def flow_texts(*, plain: bool = False) -> st.SearchStrategy[str]:
    """Random, syntactically valid flow texts of the whole language."""
    return st.integers(min_value=0, max_value=2**32).map(lambda seed: flow_text(seed, plain=plain))
