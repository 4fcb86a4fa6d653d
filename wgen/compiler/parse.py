"""From text to syntax tree."""

from __future__ import annotations

import re
from typing import NamedTuple

from wgen.compiler import syntax
from wgen.compiler.diagnostics import Diagnostic, Edit, Fix
from wgen.compiler.hidden import hidden_values
from wgen.compiler.lalr import Unreadable
from wgen.compiler.read import read
from wgen.compiler.report import sort
from wgen.compiler.rules import syntax as rules
from wgen.compiler.scope import bodies
from wgen.compiler.source import Source, Span
from wgen.compiler.tree import Misfit

MOST_NESTED = 40
"""So many blocks may stand in one another."""

_CONTROL_SIGN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Parsed(NamedTuple):
    """What a text says. `loose` are the values of sentences that could not be read: who misses one keeps silent."""

    file: syntax.File
    diagnostics: list[Diagnostic]
    loose: tuple[syntax.Ref, ...]


def parse(source: Source) -> Parsed:
    """The tree of a text and all mistakes in it. Never raises for what a user wrote."""
    if found := _control_signs(source):
        return Parsed(syntax.File((), ()), found, ())
    try:
        file = read(source.text)
    except (Unreadable, Misfit) as problem:
        return _recovered(source, problem)
    return _bounded(source, Parsed(file, sort([*_whole(source, file), *hidden_values(source)]), ()))


def _control_signs(source: Source) -> list[Diagnostic]:
    """Signs such as NUL, which nobody sees and no Python module may hold; the first one of each line."""
    found: dict[int, Diagnostic] = {}
    for match in _CONTROL_SIGN.finditer(source.text):
        span = Span(*match.span())
        message = f"a control sign (U+{ord(match.group()):04X}) stands here, which no editor shows"
        fix = Fix("safe", (Edit(span, ""),))
        line = source.position(span.start)[0]
        found.setdefault(line, Diagnostic(rules.CONTROL_SIGN, message, source, span, "remove it", fix))
    return list(found.values())


def _bounded(source: Source, parsed: Parsed) -> Parsed:
    """Refuses blocks that are nested so deep that neither a reader nor Python could follow."""
    level = [step for flow in parsed.file.flows for step in flow.body]
    for _ in range(MOST_NESTED):
        level = [inner for step in level for body in bodies(step) for inner in body]
    if not level:
        return parsed
    problem = Diagnostic(
        rules.TOO_DEEP,
        f"this stands in more than {MOST_NESTED} blocks",
        source,
        level[0].span,
        "make a flow of its own of what is inside, and call it with `run flow (name)`",
    )
    return Parsed(syntax.File((), ()), sort([*parsed.diagnostics, problem]), ())


def _recovered(source: Source, problem: Unreadable | Misfit) -> Parsed:
    """The tree of what remains where the mistakes are cut out."""
    from wgen.compiler.recover import recover  # noqa: PLC0415  (most texts have no mistakes: they don't pay for it)

    text, diagnostics, loose = recover(source)
    told = {found.place[1] for found in diagnostics}
    diagnostics += [found for found in hidden_values(source) if found.place[1] not in told]
    try:
        file: syntax.File = text.moved(read(text.text))
    except (Unreadable, Misfit):
        file = syntax.File((), ())
    else:
        diagnostics += _whole(source, file)
    return _bounded(source, Parsed(file, sort(diagnostics or [_unexplained(source, problem)]), loose))


def _unexplained(source: Source, problem: Unreadable | Misfit) -> Diagnostic:
    """A mistake that shows in the whole text only: at least where the grammar gave up on it."""
    if isinstance(problem, Misfit):
        return Diagnostic(problem.rule, problem.message, source, problem.span, problem.help)
    from wgen.compiler.mistakes import signs  # noqa: PLC0415  (as above)

    at = min(problem.at, len(source.text) - 1)
    sign = source.text[at]
    if signs.ODD_BLANK.match(sign):
        # Behind @End, which no sentence of its own is read for.
        fix = Fix("safe", (Edit(Span(at, at + 1), "" if sign in signs.INVISIBLE else " "),))
        message = signs.odd_blank_words(sign)
        return Diagnostic(rules.ODD_BLANK, message, source, Span(at, at + 1), "put a plain blank in its place", fix)
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
