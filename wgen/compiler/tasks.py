"""Lowers task sentences: the handler's name, what it gets, what it gives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from wgen.compiler import ir, syntax
from wgen.compiler.connectors import connector_call
from wgen.compiler.diagnostics import Edit, Fix, Related
from wgen.compiler.names import closest, python_name
from wgen.compiler.policies import Policies
from wgen.compiler.rules import values as rules
from wgen.compiler.scope import NAMELESS, Scope
from wgen.compiler.source import Span
from wgen.compiler.types import describe, operand_type


class Tasks:
    """Lowers the tasks of one flow and gathers the handlers they ask for."""

    def __init__(self, scope: Scope, policies: Policies) -> None:
        self._scope = scope
        self._policies = policies
        self.handlers: dict[str, ir.Handler] = {}

    def lower(self, task: syntax.Task) -> ir.Task:
        """One task with its undo. Its outputs are known from here on."""
        sentence = task.sentence
        words = sentence_words(sentence)
        pinned = next((str(s.value) for s in sentence.settings if s.kind == "id"), None)
        name = self._handler_name(words if pinned is None else pinned, sentence.span)
        new = self._implicit_outputs(task)
        inputs = self._inputs(task, new)
        outputs = self._outputs(task, new)
        call = _call(sentence, name)
        lowered = ir.Task(
            id=self._scope.new_id(name),
            sentence=words,
            call=call,
            inputs=inputs,
            outputs=outputs,
            policy=self._policies.of_task(sentence.settings),
            key=self._key(sentence.settings),
            since=_version(sentence.settings, "since"),
            until=_version(sentence.settings, "until"),
            span=task.span,
        )
        if call.by == "handler" and syntax.PLACEHOLDER not in words:
            self._ask_for(name, lowered)
        if task.undo is not None:
            lowered.undo = self.lower(task.undo)
        return lowered

    def _handler_name(self, words: str, span: Span) -> str:
        name = python_name(words)
        if not name and syntax.PLACEHOLDER not in words:
            self._scope.report(
                rules.NAMELESS,
                span,
                "the sentence holds no letter and no digit, so its handler has no name in Python",
                help='say what is done, or pin a name with (with id "…")',
            )
        return name or "step"

    def _key(self, settings: tuple[syntax.Setting, ...]) -> ir.Path | None:
        keys = [s.value for s in settings if s.kind == "key" and isinstance(s.value, syntax.Ref)]
        return self._scope.path(keys[0]) if keys else None

    # ---- outputs ---------------------------------------------------------------------------------------------------

    def _implicit_outputs(self, task: syntax.Task) -> list[syntax.Ref]:
        """The unknown values that the sentence gives by mentioning them, where nothing else says what it gives.

        More than one is a mistake; all of them count as given, so that no later line misses one.
        """
        if task.sentence.giving or task.provides or task.sentence.flow:
            return []
        new = list({python_name(ref.parts[0]): ref for ref in self._unknown(task.sentence)}.values())
        if len(new) > 1:
            *others, last = [f"({ref.parts[0]})" for ref in new]
            self._scope.report(
                rules.TWO_NEW_VALUES,
                new[1].span,
                f"no earlier line provides {', '.join(others)} or {last}, and a sentence gives at most one"
                " value by mentioning it",
                help="say what the sentence gives: `giving (…)`",
                related=[Related(new[0].span, "the other one" if len(new) == 2 else "the first one")],
            )
        return new

    def _unknown(self, sentence: syntax.Sentence) -> Iterable[syntax.Ref]:
        known = self._scope.values
        for part in sentence.parts:
            if not isinstance(part, syntax.Ref) or len(part.parts) > 1:
                continue
            name = python_name(part.parts[0])
            if name and name not in known and name not in self._scope.loose and not closest(name, known):
                yield part

    def _outputs(self, task: syntax.Task, new: list[syntax.Ref]) -> tuple[ir.Output, ...]:
        outs = [ir.Output(self._scope.provide(out), span=out.value.span) for out in said_outputs(task)]
        self._check_given_twice(outs)
        if len(new) == 1:
            self._report_implicit(task, new[0])
        outs += [ir.Output(self._scope.provide(syntax.Out(ref, None)), implicit=True, span=ref.span) for ref in new]
        return tuple(outs)

    def _check_given_twice(self, outs: list[ir.Output]) -> None:
        first: dict[str, Span] = {}
        for out in outs:
            before = first.setdefault(out.value, out.span)
            if before != out.span:
                self._scope.report(
                    rules.COLLIDING_NAMES,
                    out.span,
                    f"the sentence gives ({out.value.replace('_', ' ')}) twice",
                    help="keep one of the two",
                    related=[Related(before, "given first here")],
                )

    def _report_implicit(self, task: syntax.Task, new: syntax.Ref) -> None:
        end = task.sentence.span.end
        text = self._scope.source.text
        at = end - 1 if text[end - 1 : end] == "." else end
        giving = Edit(Span(at, at), f" giving ({new.parts[0]})")
        self._scope.report(
            rules.IMPLICIT_OUTPUT,
            new.span,
            f"no earlier line provides ({new.parts[0]}), so this sentence gives it",
            help=f"say so behind the words: `giving ({new.parts[0]})`",
            # The brackets go: behind `giving` is where the value comes from, and the handler's name stays.
            fix=Fix("safe", (Edit(new.span, text[new.span.start + 1 : new.span.end - 1].strip()), giving)),
        )

    # ---- inputs ----------------------------------------------------------------------------------------------------

    def _inputs(self, task: syntax.Task, new: list[syntax.Ref]) -> tuple[ir.Argument, ...]:
        """What the handler gets, each once, in order of appearance."""
        given = {python_name(ref.parts[0]) for ref in new}
        mentioned = [
            (self._scope.path(part), None)
            for part in task.sentence.parts
            if isinstance(part, syntax.Ref) and python_name(part.parts[0]) not in given
        ]
        used = [(self._scope.operand(entry.value), entry.alias) for entry in task.sentence.using]
        entries = _distinct([*mentioned, *used])
        names = _parameter_names(operand for operand, alias in entries if alias is None)
        inputs = [ir.Argument(self._parameter(operand, alias, names), operand) for operand, alias in entries]
        if task.text is not None:
            inputs.append(ir.Argument("text", ir.Constant("text", task.text.text, task.text.span)))
        if task.table is not None:
            inputs.append(ir.Argument("table", _table(task.table)))
        self._check_collisions(inputs, task)
        return tuple(inputs)

    def _parameter(self, operand: ir.Operand, alias: syntax.Ref | None, names: dict[str, str]) -> str:
        if alias is not None:
            return self._scope.name(alias)
        if isinstance(operand, ir.Path):
            return names[_path_key(operand)]
        self._scope.report(
            rules.NAMELESS,
            operand.span,
            "a literal has no name that the handler could get it by",
            help="put `as (name)` behind it",
        )
        return NAMELESS

    def _check_collisions(self, inputs: list[ir.Argument], task: syntax.Task) -> None:
        seen: set[str] = set()
        for entry in inputs:
            if entry.name == "self" or entry.name in seen:
                self._scope.report(
                    rules.COLLIDING_NAMES,
                    entry.value.span if entry.value.span != ir.NOWHERE else task.span,
                    "the handler can't get a value named self: Python calls the handlers themselves so"
                    if entry.name == "self"
                    else f"the handler would get two values named {entry.name}",
                    help="rename the value for the handler: `using (…) as (another name)`",
                )
            seen.add(entry.name)

    # ---- handlers --------------------------------------------------------------------------------------------------

    def _ask_for(self, name: str, task: ir.Task) -> None:
        """Notes the handler, or reports that an earlier sentence calls it differently."""
        parameters = tuple(ir.Parameter(entry.name, operand_type(entry.value)) for entry in task.inputs)
        results = tuple(self._scope.values[out.value].type for out in task.outputs)
        asked = ir.Handler(name, parameters, results, task.sentence, task.span)
        known = self.handlers.setdefault(name, asked)
        if known is asked or _signature(known) == _signature(asked):
            return
        self._scope.report(
            rules.TWO_SIGNATURES,
            task.span,
            f"this sentence calls the handler {name} {_called(asked)}, an earlier one {_called(known)}",
            help='reword one of the two sentences, or give it a handler of its own with (with id "…")',
            related=[Related(known.span, "called first here")],
        )


def _call(sentence: syntax.Sentence, handler: str) -> ir.Call:
    """Who performs a sentence."""
    if sentence.flow is not None:
        return ir.Call("flow", sentence.flow.parts[0])
    connector = connector_call(sentence)
    return ir.Call("connector", *connector) if connector else ir.Call("handler", handler)


def said_outputs(task: syntax.Task) -> tuple[syntax.Out, ...]:
    """What a sentence says that it gives, `giving` first, then `@Provide`."""
    return (*task.sentence.giving, *task.provides)


def sentence_words(sentence: syntax.Sentence) -> str:
    """The words up to the first marker, values included, modifiers left out: what the handler is named after."""
    if sentence.flow is not None:
        return f"run flow ({sentence.flow.parts[0]})"
    return " ".join(_part_words(part) for part in sentence.parts)


def _part_words(part: syntax.Prose | syntax.Ref | syntax.Quoted) -> str:
    match part:
        case syntax.Ref():
            return f"({' - '.join(part.parts)})"
        case syntax.Quoted():
            return f'"{part.text}"'
        case syntax.Prose():
            return " ".join(part.text.split())


def _version(settings: tuple[syntax.Setting, ...], kind: str) -> int | None:
    return next((s.value for s in settings if s.kind == kind and isinstance(s.value, int)), None)


def _path_key(path: ir.Path) -> str:
    return ".".join((path.value, *(field.name for field in path.fields)))


def _distinct(
    entries: list[tuple[ir.Operand, syntax.Ref | None]],
) -> list[tuple[ir.Operand, syntax.Ref | None]]:
    """Leaves out a path that came before without another name: a value mentioned twice is passed once."""
    seen: set[str] = set()
    kept = []
    for operand, alias in entries:
        if isinstance(operand, ir.Path) and alias is None:
            if _path_key(operand) in seen:
                continue
            seen.add(_path_key(operand))
        kept.append((operand, alias))
    return kept


def _parameter_names(operands: Iterable[ir.Operand]) -> dict[str, str]:
    """What each path is called: its last word, or its full path where two would collide."""
    paths = [operand for operand in operands if isinstance(operand, ir.Path)]
    short = {_path_key(path): (path.fields[-1].name if path.fields else path.value) for path in paths}
    count = Counter(short.values())
    return {key: name if count[name] == 1 else key.replace(".", "_") for key, name in short.items()}


def _table(table: syntax.Table) -> ir.Constant:
    keys = [python_name(cell) for cell in table.rows[0]]
    return ir.Constant("table", tuple(dict(zip(keys, row, strict=False)) for row in table.rows[1:]), table.span)


def _signature(handler: ir.Handler) -> object:
    return (
        {parameter.name: ir.plain(parameter.type) for parameter in handler.parameters},
        [ir.plain(result) for result in handler.results],
    )


def _called(handler: ir.Handler) -> str:
    takes = ", ".join(f"{p.name} ({describe(p.type)})" for p in handler.parameters) or "nothing"
    gives = ", ".join(describe(result) for result in handler.results) or "nothing"
    return f"with {takes}, giving {gives}"
