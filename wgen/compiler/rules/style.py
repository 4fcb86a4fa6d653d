"""WG4: style and naming, what makes a flow hard to read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wgen.compiler import ir
from wgen.compiler.checking import View
from wgen.compiler.diagnostics import Diagnostic, Related, Rule
from wgen.compiler.sentences import KEYWORD, chunks
from wgen.compiler.source import Span

DEEP_BLOCK = Rule("WG401", "deep-block", "warning", "a block inside more than two others")
LONG_FLOW = Rule("WG402", "long-flow", "warning", "a flow of more than 40 sentences")
SHADOWED_VALUE = Rule("WG403", "shadowed-value", "warning", "a loop takes the name of a value that is there already")

MOST_DEEP = 3
MOST_SENTENCES = 40


def deep_block(view: View) -> Iterator[Diagnostic]:
    """The outermost blocks that stand too far in."""
    for span in _too_deep(view.flow.body, 1):
        yield view.says(
            DEEP_BLOCK,
            view.opening(span),
            f"this block stands inside {MOST_DEEP} others, which is hard to follow",
            help="make the inner part a flow of its own: `@Then run flow (…)`",
        )


def _too_deep(steps: Iterable[ir.Step], depth: int) -> Iterator[Span]:
    for step in steps:
        bodies = ir.children(step)
        if bodies and depth > MOST_DEEP:
            yield step.span
        else:
            for body in bodies:
                yield from _too_deep(body, depth + 1)


def long_flow(view: View) -> Iterator[Diagnostic]:
    """A flow that nobody keeps in mind: its header and its @End lines don't count."""
    body = view.flow.body
    # Most texts are short, and cutting one into its sentences takes its time.
    if not body or view.source.text.count("@") <= MOST_SENTENCES:
        return
    count = sum(1 for _ in _sentences(view, body[0].span.start))
    if count > MOST_SENTENCES:
        yield view.says(
            LONG_FLOW,
            view.flow.span,
            f"this flow has {count} sentences, more than the {MOST_SENTENCES} that are easy to follow",
            help="make a part of it a flow of its own: `@Then run flow (…)`",
        )


def _sentences(view: View, start: int) -> Iterator[str]:
    for chunk in chunks(view.source.text):
        if chunk.start < start or chunk.kind != "sentence":
            continue
        found = KEYWORD.match(view.source.text, chunk.start)
        keyword = found[1].lower() if found else ""
        if keyword == "flow":
            return
        if keyword != "end":
            yield keyword


def shadowed_value(view: View) -> Iterator[Diagnostic]:
    """A loop whose item hides a value of the flow."""
    for clash in view.findings.shadowed:
        words = view.flow.values[clash.value].words
        yield view.says(
            SHADOWED_VALUE,
            view.within(clash.span, r"\([^()]*\)"),
            f"({words}) is a value of the flow already, and each round would replace it",
            help="give the loop's value a name of its own",
            related=[Related(clash.other, "provided here")],
        )


CHECKS = (deep_block, long_flow, shadowed_value)
