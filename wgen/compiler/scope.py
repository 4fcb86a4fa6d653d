"""What is known while one flow is lowered: its values and their types, the ids in use, and what went wrong so far."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from wgen.compiler import ir, syntax
from wgen.compiler.diagnostics import Diagnostic, Edit, Fix, Related, Rule
from wgen.compiler.names import closest, python_name, unique
from wgen.compiler.rules import values as rules
from wgen.compiler.source import Source, Span
from wgen.compiler.types import FAILURE, TypeProblem, Types, describe

NAMELESS = "_"
"""Stands for a name where the text has none; nothing more is said about it."""


class Scope:
    """Resolves names within one flow. Values are known from the line that first provides them, as the text goes.

    `loose` are Python names of values that sentences mention which could not be read: nothing is said about them.
    """

    def __init__(self, source: Source, types: Types, loose: frozenset[str]) -> None:
        self.source = source
        self.types = types
        self.loose = loose
        self.values: dict[str, ir.Value] = {}
        self.diagnostics: list[Diagnostic] = []
        # Values that only an `@On failure` gives: what they hold is known without a type.
        self._failures: set[str] = set()
        self.unknown_types: set[str] = set()
        self._ids: set[str] = set()
        self._written: dict[str, syntax.TypeName] = {}

    # ---- diagnostics -----------------------------------------------------------------------------------------------

    def report(
        self,
        rule: Rule,
        span: Span,
        message: str,
        *,
        help: str | None = None,
        fix: Fix | None = None,
        related: Iterable[Related] = (),
    ) -> None:
        self.diagnostics.append(Diagnostic(rule, message, self.source, span, help, fix, list(related)))

    # ---- ids -------------------------------------------------------------------------------------------------------

    def new_id(self, words: str) -> str:
        """A step id that no other step of the flow has."""
        made = unique(python_name(words) or "step", self._ids)
        self._ids.add(made)
        return made

    # ---- types -----------------------------------------------------------------------------------------------------

    def announce(self, outs: Iterable[syntax.Out]) -> None:
        """Notes the types that sentences name, before any value is introduced: one `as` counts for all lines."""
        for out in outs:
            name = python_name(out.value.parts[0])
            if out.type is not None:
                self._written.setdefault(name, out.type)

    def type_of(self, name: str, words: str) -> ir.Type:
        """The type of a value by what the flow or its modules say; reports a named type that can't be found."""
        written = self._written.get(name)
        if written is None:
            return self.types.of_value(words)
        found = self.types.resolve(written)
        if isinstance(found, TypeProblem):
            self._unknown_type(written, found)
            return ir.ANY
        return found

    def _unknown_type(self, written: syntax.TypeName, problem: TypeProblem) -> None:
        self.unknown_types.add(written.name)
        self._say_unknown(written.name, written.span, problem)

    def _say_unknown(self, name: str, span: Span, problem: TypeProblem) -> None:
        meant = closest(name, problem.known)
        known = f"known here: {', '.join(problem.known)}" if problem.known else "write @Import Type from module"
        self.report(rules.UNKNOWN_TYPE, span, problem.message, help=f"did you mean {meant}?" if meant else known)

    def check_import(self, item: syntax.Import) -> None:
        """Reports the names that are not there, where no sentence that uses one has said so."""
        for name, problem in self.types.missing(item):
            if name not in self.unknown_types:
                found = re.compile(rf"\b{re.escape(name)}\b").search(self.source.text, *item.span)
                self._say_unknown(name, Span(*found.span()) if found else item.span, problem)

    # ---- values ----------------------------------------------------------------------------------------------------

    def name(self, ref: syntax.Ref) -> str:
        """The Python name of a value; reports one that has none."""
        name = python_name(ref.parts[0])
        if not name and syntax.PLACEHOLDER not in ref.parts[0]:
            self.report(
                rules.NAMELESS,
                ref.span,
                f"({ref.parts[0]}) holds no letter and no digit, so the value has no name in Python",
                help="name the value with words",
            )
        return name or NAMELESS

    def provide(self, out: syntax.Out) -> str:
        """Introduces a value, or replaces it: then its type must be the same."""
        name = self.name(out.value)
        if len(out.value.parts) > 1:
            self.report(
                rules.NAMELESS,
                out.value.span,
                f"a sentence provides a whole value, and ({' - '.join(out.value.parts)}) is a field of one",
                help="give the value a name of its own",
            )
        self._failures.discard(name)
        known = self.values.get(name)
        if known is None:
            self.values[name] = ir.Value(
                name, out.value.parts[0], self.type_of(name, out.value.parts[0]), out.value.span
            )
        elif out.type is not None:
            self._check_same_type(known, out.type)
        return name

    def provide_failure(self, out: syntax.Out) -> str:
        """Introduces the value that tells of a failure."""
        only = self.name(out.value) not in self.values.keys() - self._failures
        name = self.provide(out)
        if only and self.values[name].type.kind == "any":
            self._failures.add(name)
        return name

    def _check_same_type(self, known: ir.Value, written: syntax.TypeName) -> None:
        found = self.types.resolve(written)
        if isinstance(found, TypeProblem):
            self._unknown_type(written, found)
        elif ir.plain(found) != ir.plain(known.type):
            self.report(
                rules.TYPE_CLASH,
                written.span,
                f"({known.words}) is {describe(known.type)} in an earlier line and {describe(found)} here",
                help="a value that is provided again keeps its type; use one type, or a name of its own",
                related=[Related(known.span, "provided first here")],
            )

    def path(self, ref: syntax.Ref) -> ir.Path:
        """The value or field that a bracket names. Whether it is provided is checked later, on all paths."""
        name = self.name(ref)
        value = self.values.get(name)
        type_ = value.type if value else ir.ANY
        fields: list[ir.Field] = []
        for words in ref.parts[1:]:
            if name in self._failures and not fields:
                type_ = FAILURE
            field, type_ = self._field(ref, type_, words)
            fields.append(field)
        return ir.Path(name, tuple(fields), type_, ref.span)

    def _field(self, ref: syntax.Ref, type_: ir.Type, words: str) -> tuple[ir.Field, ir.Type]:
        found = self.types.field(type_, words)
        if not isinstance(found, TypeProblem):
            return found
        meant = closest(python_name(words), found.known)
        alone = "go through it with @For each" if "list of" in describe(type_) else "read the value itself"
        help = f"it has: {', '.join(sorted(found.known))}" if found.known else alone
        self.report(
            rules.UNKNOWN_FIELD,
            ref.span,
            found.message,
            help=f"did you mean {meant}?" if meant else help,
            fix=self._other_field(ref, words, meant) if meant else None,
        )
        return ir.Field(words, python_name(words), "any"), ir.ANY

    def _other_field(self, ref: syntax.Ref, words: str, meant: str) -> Fix | None:
        """Puts another field where the last words like these stand in a bracket."""
        at = self.source.text.rfind(words, ref.span.start, ref.span.end)
        return Fix("safe", (Edit(Span(at, at + len(words)), meant),)) if at > 0 else None

    def operand(self, operand: syntax.Operand) -> ir.Operand:
        return self.path(operand) if isinstance(operand, syntax.Ref) else constant(operand)

    # ---- conditions ------------------------------------------------------------------------------------------------

    def condition(self, condition: syntax.Condition) -> ir.Condition:
        match condition:
            case syntax.Test():
                right = tuple(self.operand(operand) for operand in condition.right)
                return ir.Test(self.path(condition.left), condition.op, right, condition.negated, condition.span)
            case syntax.AllOf():
                return ir.AllOf(tuple(self.condition(test) for test in condition.tests))
            case syntax.AnyOf():
                return ir.AnyOf(tuple(self.condition(test) for test in condition.tests))


def first_test(condition: syntax.Condition) -> syntax.Test:
    """The leftmost test of a condition: what its step is named after."""
    while not isinstance(condition, syntax.Test):
        condition = condition.tests[0]
    return condition


def constant(literal: syntax.Constant) -> ir.Constant:
    match literal:
        case syntax.Quoted():
            return ir.Constant("text", literal.text, literal.span)
        case syntax.Number(value=int() as whole):
            return ir.Constant("whole", whole, literal.span)
        case syntax.Number():
            return ir.Constant("decimal", str(literal.value), literal.span)
        case syntax.Duration():
            return ir.Constant("duration", literal.milliseconds, literal.span)
        case syntax.TimeOfDay():
            return ir.Constant("time", f"{literal.hour:02}:{literal.minute:02}", literal.span)
        case syntax.Boolean():
            return ir.Constant("yes_no", literal.value, literal.span)


def all_tasks(steps: Iterable[syntax.Step]) -> Iterator[syntax.Task]:
    """Every task of some steps and of the blocks in them, undos included, as the text goes."""
    for step in steps:
        match step:
            case syntax.Group():
                for task in step.tasks:
                    yield from _with_undo(task)
            case syntax.Meanwhile():
                yield from _with_undo(step.task)
            case _:
                for body in bodies(step):
                    yield from all_tasks(body)


def _with_undo(task: syntax.Task) -> Iterator[syntax.Task]:
    yield task
    if task.undo is not None:
        yield task.undo


def bodies(step: syntax.Step) -> tuple[tuple[syntax.Step, ...], ...]:
    """The bodies that stand directly in a block; empty for a plain step."""
    match step:
        case syntax.Group():  # most steps are
            return ()
        case syntax.When():
            arms = tuple(arm.body for arm in step.arms)
            return arms if step.otherwise is None else (*arms, step.otherwise)
        case syntax.Together() | syntax.Await():
            return tuple(branch.body for branch in step.branches)
        case syntax.ForEach() | syntax.Repeat():
            return (step.body,)
        case syntax.Try():
            return (step.body, *(clause.body for clause in step.clauses))
        case _:
            return ()


def all_outs(flow: syntax.Flow) -> Iterator[syntax.Out]:
    """Every value that a flow's sentences provide by saying so, as the text goes."""
    for entry in flow.header:
        match entry:
            case syntax.Given():
                yield entry.value
            case syntax.StartOn(giving=out) | syntax.StartWhen(giving=out) if out:
                yield out
            case _:
                pass
    yield from _outs_of(flow.body)


def _outs_of(steps: Iterable[syntax.Step]) -> Iterator[syntax.Out]:
    for step in steps:
        match step:
            case syntax.Group() | syntax.Meanwhile():
                for task in all_tasks((step,)):
                    yield from task.sentence.giving
                    yield from task.provides
            case syntax.Receive():
                yield step.wait.event
            case syntax.Await():
                yield from (b.wait.event for b in step.branches if isinstance(b.wait, syntax.EventWait))
            case syntax.Try():
                yield from (clause.giving for clause in step.clauses if clause.giving)
            case _:
                pass
        for body in bodies(step):
            yield from _outs_of(body)
