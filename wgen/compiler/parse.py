"""From text to syntax tree."""

from __future__ import annotations

from typing import NamedTuple

from lark.exceptions import UnexpectedInput

from wgen.compiler import syntax
from wgen.compiler.diagnostics import Diagnostic
from wgen.compiler.mistakes import hidden_values
from wgen.compiler.read import read
from wgen.compiler.recover import recover
from wgen.compiler.report import sort
from wgen.compiler.rules import syntax as rules
from wgen.compiler.source import Source, Span
from wgen.compiler.tree import Misfit


class Parsed(NamedTuple):
    """What a text says. `loose` are the values of sentences that could not be read: who misses one keeps silent."""

    file: syntax.File
    diagnostics: list[Diagnostic]
    loose: tuple[syntax.Ref, ...]


def parse(source: Source) -> Parsed:
    """The tree of a text and all mistakes in it. Never raises for what a user wrote."""
    try:
        file = read(source.text)
    except (UnexpectedInput, Misfit) as problem:
        return _recovered(source, problem)
    return Parsed(file, sort([*_whole(source, file), *hidden_values(source)]), ())


def _recovered(source: Source, problem: UnexpectedInput | Misfit) -> Parsed:
    """The tree of what remains where the mistakes are cut out."""
    text, diagnostics, loose = recover(source)
    told = {found.place[1] for found in diagnostics}
    diagnostics += [found for found in hidden_values(source) if found.place[1] not in told]
    try:
        file: syntax.File = text.moved(read(text.text))
    except (UnexpectedInput, Misfit):
        file = syntax.File((), ())
    else:
        diagnostics += _whole(source, file)
    return Parsed(file, sort(diagnostics or [_unexplained(source, problem)]), loose)


def _unexplained(source: Source, problem: UnexpectedInput | Misfit) -> Diagnostic:
    """A mistake that shows in the whole text only: at least where the grammar gave up on it."""
    if isinstance(problem, Misfit):
        return Diagnostic(problem.rule, problem.message, source, problem.span, problem.help)
    at = min(getattr(problem, "pos_in_stream", None) or 0, len(source.text) - 1)
    line = source.line(source.position(at)[0]).strip()
    return Diagnostic(rules.UNREADABLE, f"this can't be read: {line}", source, Span(at, at + 1))


def _whole(source: Source, file: syntax.File) -> list[Diagnostic]:
    """What is wrong with a file whose every sentence is well: it, or a flow of it, does nothing."""
    if not file.flows:
        return [_nothing(source, file)]
    return [
        _above_flow(source, flow) if flow.name is None and len(file.flows) > 1 else _no_steps(source, flow)
        for flow in file.flows
        if not flow.body
    ]


def _nothing(source: Source, file: syntax.File) -> Diagnostic:
    help = "a flow has at least one step: @Then greet (customer)"
    if file.imports:
        return Diagnostic(rules.NO_STEPS, "this flow has no steps", source, file.imports[0].span, help)
    return Diagnostic(rules.EMPTY_FILE, "this file holds no sentence", source, Span(0, 0), help)


def _no_steps(source: Source, flow: syntax.Flow) -> Diagnostic:
    help = "a flow has at least one step: @Then greet (customer)"
    return Diagnostic(rules.NO_STEPS, "this flow has no steps", source, flow.span, help)


def _above_flow(source: Source, flow: syntax.Flow) -> Diagnostic:
    help = "move it below @Flow; only @Import stands above, for all flows of the file"
    return Diagnostic(rules.HEADER_ABOVE_FLOW, "this sentence stands above @Flow", source, flow.span, help)
