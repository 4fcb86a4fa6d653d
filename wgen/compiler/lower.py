"""Gives the syntax tree its meaning: names, types, policies and groups, as IR."""

from __future__ import annotations

from wgen.compiler import ir, syntax
from wgen.compiler.diagnostics import Diagnostic, Related
from wgen.compiler.digests import set_digests
from wgen.compiler.names import python_name
from wgen.compiler.parse import Parsed
from wgen.compiler.policies import Policies
from wgen.compiler.rules import policies as time_rules
from wgen.compiler.rules import project as project_rules
from wgen.compiler.rules import values as value_rules
from wgen.compiler.scope import Scope, all_outs, constant, first_test
from wgen.compiler.settings import Settings
from wgen.compiler.source import Source
from wgen.compiler.tasks import Tasks
from wgen.compiler.types import Types


def lower(
    source: Source, parsed: Parsed, settings: Settings, loose: frozenset[str]
) -> tuple[ir.Module, list[Diagnostic]]:
    """The meaning of a file, with what could not be given one. Reading before providing is checked later.

    `loose` are the names of values that unreadable sentences mention.
    """
    diagnostics: list[Diagnostic] = []
    unreadable: list[Diagnostic] = []
    flows = []
    unknown: set[str] = set()
    for flow in parsed.file.flows:
        own = [entry for entry in flow.header if isinstance(entry, syntax.Import)]
        types = Types(source.folder, (*parsed.file.imports, *own), settings.types)
        scope = Scope(source, types, loose)
        flows.append(_Flow(scope, flow).lower())
        unknown |= scope.unknown_types
        for entry in own:
            scope.check_import(entry)
        diagnostics += scope.diagnostics
        unreadable = unreadable or _unreadable_types(source, types, flows[-1])
    shared = Scope(source, Types(source.folder, parsed.file.imports, settings.types), loose)
    shared.unknown_types = unknown
    for entry in parsed.file.imports:
        shared.check_import(entry)
    diagnostics += shared.diagnostics
    diagnostics += [*unreadable, *_same_names(source, flows)]
    return ir.Module(source.name, tuple(flows)), diagnostics


def _unreadable_types(source: Source, types: Types, flow: ir.Flow) -> list[Diagnostic]:
    """What keeps the types of a flow from being found, told at its first value: the place is in another file."""
    span = next((value.span for value in flow.values.values()), flow.span)
    help = "mend it there; until then nobody knows the types of the values"
    return [Diagnostic(project_rules.UNREADABLE_TYPES, said, source, span, help) for said in types.unreadable]


def _same_names(source: Source, flows: list[ir.Flow]) -> list[Diagnostic]:
    found = []
    first: dict[str, ir.Flow] = {}
    for flow in flows:
        before = first.setdefault(flow.ident, flow)
        if before is not flow:
            message = f'a second flow is called "{flow.name}"'
            related = [Related(before.span, "the first one")]
            help = "give each flow of a file a name of its own"
            found.append(Diagnostic(project_rules.SAME_FLOW_NAME, message, source, flow.span, help, None, related))
    return found


class _Flow:
    """Lowers one flow, from the top down: a value is known from the line that first provides it."""

    def __init__(self, scope: Scope, flow: syntax.Flow) -> None:
        self._scope = scope
        self._flow = flow

    def lower(self) -> ir.Flow:
        flow, scope = self._flow, self._scope
        scope.announce(all_outs(flow))
        triggers = tuple(self._trigger(entry) for entry in flow.header if _is_trigger(entry))
        inputs = self._inputs()
        self._policies = Policies(scope, flow)
        self._tasks = Tasks(scope, self._policies)
        keys = [entry for entry in flow.header if isinstance(entry, syntax.Key)]
        body = self._body(flow.body)
        name = flow.name or scope.source.stem.replace("_", " ")
        lowered = ir.Flow(
            name=name,
            ident=python_name(name) or "flow",
            version=flow.version,
            about=next((entry.text for entry in flow.header if isinstance(entry, syntax.About)), None),
            inputs=inputs,
            key=scope.path(keys[0].value) if keys else None,
            timeout=self._policies.timeout,
            limits=tuple(self._policies.limits),
            triggers=triggers,
            values=scope.values,
            handlers=tuple(self._tasks.handlers.values()),
            body=body,
            span=flow.span,
        )
        set_digests(lowered)
        return lowered

    # ---- header ----------------------------------------------------------------------------------------------------

    def _inputs(self) -> tuple[ir.Input, ...]:
        inputs: dict[str, ir.Input] = {}
        for entry in self._flow.header:
            if isinstance(entry, syntax.Given):
                name = self._scope.provide(entry.value)
                default = constant(entry.default) if entry.default else None
                if name in inputs:
                    self._scope.report(
                        time_rules.SAID_TWICE,
                        entry.span,
                        f"({entry.value.value.parts[0]}) is an input already",
                        help="keep one of the two",
                        related=[Related(inputs[name].span, "given first here")],
                    )
                inputs.setdefault(name, ir.Input(name, default, entry.value.value.span))
        return tuple(inputs.values())

    def _trigger(self, entry: syntax.Header) -> ir.Trigger:
        match entry:
            case syntax.StartOn():
                giving = self._scope.provide(entry.giving) if entry.giving else None
                return ir.StartOn(_folded(entry.source.connector), entry.source.address.text, giving, entry.span)
            case syntax.StartWhen():
                giving = self._scope.provide(entry.giving) if entry.giving else None
                return ir.StartWhen(entry.flow.parts[0], entry.word.text, giving, entry.span)
            case syntax.StartEvery():
                return self._schedule(entry)
            case _:
                raise AssertionError(entry)

    def _schedule(self, entry: syntax.StartEvery) -> ir.StartEvery:
        day, time = entry.day or (None, None)
        return ir.StartEvery(
            interval=entry.interval.milliseconds if entry.interval else None,
            day=day.lower() if day else None,
            time=self._time(time) if time else None,
            cron=entry.cron.text if entry.cron else None,
            zone=entry.zone.text if entry.zone else None,
            overlap=entry.overlap,
            catching_up=entry.catching_up,
            span=entry.span,
        )

    def _time(self, time: syntax.TimeOfDay) -> str:
        if time.hour > 23 or time.minute > 59:
            self._scope.report(
                time_rules.NO_SUCH_TIME,
                time.span,
                f"no clock shows {time.hour:02}:{time.minute:02}",
                help="a time of day goes from 00:00 to 23:59",
            )
        return f"{time.hour:02}:{time.minute:02}"

    # ---- steps -----------------------------------------------------------------------------------------------------

    def _body(self, steps: tuple[syntax.Step, ...]) -> tuple[ir.Step, ...]:
        return tuple(self._step(step) for step in steps)

    def _step(self, step: syntax.Step) -> ir.Step:
        match step:
            case syntax.Group():
                return self._group(step)
            case syntax.Meanwhile():
                task = self._tasks.lower(step.task)
                return ir.Background(self._scope.new_id(f"meanwhile {task.id}"), task, span=step.span)
            case syntax.When():
                return self._decision(step)
            case syntax.Together():
                return self._together(step)
            case syntax.ForEach():
                return self._for_each(step)
            case syntax.Repeat():
                return self._repeat(step)
            case syntax.Try():
                return self._try(step)
            case syntax.Receive() | syntax.Wait() | syntax.WaitFlow() | syntax.Await():
                return self._waiting(step)
            case _:
                return self._ending(step)

    def _group(self, group: syntax.Group) -> ir.Step:
        if len(group.tasks) == 1:
            return self._tasks.lower(group.tasks[0])
        tasks = tuple(self._tasks.lower(task) for task in group.tasks)
        return ir.Parallel(self._scope.new_id(f"group {tasks[0].id}"), tasks, span=group.span)

    def _decision(self, step: syntax.When) -> ir.Decision:
        id = self._scope.new_id(f"when {' '.join(first_test(step.arms[0].condition).left.parts)}")
        arms = []
        for arm in step.arms:
            condition = self._scope.condition(arm.condition)
            arms.append(ir.Arm(condition, self._body(arm.body), arm.span))
        otherwise = self._body(step.otherwise) if step.otherwise is not None else None
        return ir.Decision(id, tuple(arms), otherwise, span=step.span)

    def _together(self, step: syntax.Together) -> ir.Together:
        id = self._scope.new_id("together")
        branches = tuple(
            ir.Branch(self._scope.new_id(f"branch {branch.name}"), branch.name, self._body(branch.body), branch.span)
            for branch in step.branches
        )
        return ir.Together(id, step.join, step.at_least, branches, span=step.span)

    def _for_each(self, step: syntax.ForEach) -> ir.ForEach:
        id = self._scope.new_id(f"for each {' '.join(step.item.parts)}")
        items = self._scope.path(step.items)
        item = self._provide_item(step.item, items.type)
        body = self._body(step.body)
        made = ir.ForEach(id, item, items, step.at_a_time, None, body, span=step.span)
        if step.collecting:
            one, many = step.collecting
            path = self._scope.path(one)
            made.collect = (path.value, self._provide_list(many, path.type))
            made.collect_span = path.span
        return made

    def _provide_item(self, ref: syntax.Ref, items: ir.Type) -> str:
        """The loop's own value has the type of the list's items, where neither a sentence nor a class says more."""
        name = self._scope.provide(syntax.Out(ref, None))
        value = self._scope.values[name]
        if value.type.kind == "any" and items.kind == "list" and items.of:
            value.type = items.of
        return name

    def _provide_list(self, ref: syntax.Ref, item: ir.Type) -> str:
        name = self._scope.provide(syntax.Out(ref, None))
        value = self._scope.values[name]
        if value.type.kind == "any":
            value.type = ir.Type("list", of=item)
        return name

    def _repeat(self, step: syntax.Repeat) -> ir.Repeat:
        words = f"{step.times} times" if step.condition is None else " ".join(first_test(step.condition).left.parts)
        id = self._scope.new_id(f"repeat {'' if step.condition is None else step.kind} {words}")
        # `until` and `while` may read what the body provides; whether it is there in time is checked on all paths.
        body = self._body(step.body)
        condition = self._scope.condition(step.condition) if step.condition else None
        every = step.every.milliseconds if step.every else None
        return ir.Repeat(id, step.kind, condition, step.times, every, step.at_most, body, span=step.span)

    def _try(self, step: syntax.Try) -> ir.Try:
        id = self._scope.new_id("try to")
        body = self._body(step.body)
        clauses = []
        for clause in step.clauses:
            giving = self._scope.provide_failure(clause.giving) if clause.giving else None
            types = tuple(name.text for name in clause.types)
            clauses.append(ir.OnFailure(types, giving, self._body(clause.body), clause.span))
        return ir.Try(id, body, tuple(clauses), span=step.span)

    def _waiting(self, step: syntax.Receive | syntax.Wait | syntax.WaitFlow | syntax.Await) -> ir.Step:
        match step:
            case syntax.Receive():
                id = self._scope.new_id(f"receive {' '.join(step.wait.event.value.parts)}")
                limit = step.fail_after.milliseconds if step.fail_after else None
                return ir.Receive(id, self._event(step.wait), limit, span=step.span)
            case syntax.Wait():
                return self._wait(step)
            case syntax.WaitFlow():
                id = self._scope.new_id(f"wait until flow {step.wait.flow.parts[0]} reaches {step.wait.word.text}")
                limit = step.fail_after.milliseconds if step.fail_after else None
                return ir.WaitFlow(id, self._flow_wait(step.wait), limit, span=step.span)
            case syntax.Await():
                id = self._scope.new_id("await the first")
                return ir.Await(id, tuple(self._on(branch) for branch in step.branches), span=step.span)

    def _wait(self, step: syntax.Wait) -> ir.Wait:
        operand: ir.Operand
        match step.time:
            case syntax.TimeOfDay():
                operand = ir.Constant("time", self._time(step.time), step.time.span)
            case _:
                operand = self._scope.operand(step.time)
        # Named after what the line says, `wait_3_days`: the number of milliseconds would say less.
        span = step.time.span
        words = self._scope.source.text[span.start : span.end]
        id = self._scope.new_id(f"wait {'until ' if step.until else ''}{words}")
        return ir.Wait(id, step.until, operand, step.zone.text if step.zone else None, span=step.span)

    def _event(self, wait: syntax.EventWait) -> ir.EventWait:
        name = self._scope.provide(wait.event)
        return ir.EventWait(
            event=name,
            connector=_folded(wait.source.connector) if wait.source else None,
            address=wait.source.address.text if wait.source else None,
            where=self._scope.condition(wait.where) if wait.where else None,
            span=wait.event.value.span,
        )

    def _flow_wait(self, wait: syntax.FlowWait) -> ir.FlowWait:
        return ir.FlowWait(wait.flow.parts[0], self._scope.path(wait.key) if wait.key else None, wait.word.text)

    def _on(self, branch: syntax.OnBranch) -> ir.OnBranch:
        wait: ir.EventWait | ir.FlowWait | ir.TimeWait
        match branch.wait:
            case syntax.EventWait():
                wait = self._event(branch.wait)
                words = " ".join(branch.wait.event.value.parts)
            case syntax.FlowWait():
                wait = self._flow_wait(branch.wait)
                words = f"flow {branch.wait.flow.parts[0]} reaching {branch.wait.word.text}"
            case syntax.Duration():
                wait = ir.TimeWait(branch.wait.milliseconds)
                words = f"timeout after {self._scope.source.text[branch.wait.span.start : branch.wait.span.end]}"
        return ir.OnBranch(self._scope.new_id(f"on {words}"), wait, self._body(branch.body), branch.span)

    def _ending(self, step: syntax.Step) -> ir.Step:
        match step:
            case syntax.Status():
                self._check_word(step.word)
                return ir.Status(self._scope.new_id(f"status {step.word.text}"), step.word.text, span=step.span)
            case syntax.Finish():
                outcome = self._check_word(step.outcome) if step.outcome else None
                result = self._scope.path(step.result) if step.result else None
                id = self._scope.new_id(f"finish as {outcome}" if outcome else "finish")
                return ir.Finish(id, result, outcome, span=step.span)
            case syntax.Fail():
                return ir.Fail(self._scope.new_id("fail"), self._scope.operand(step.because), span=step.span)
            case syntax.Break():
                return ir.Break(self._scope.new_id("break out"), span=step.span)
            case syntax.Continue():
                return ir.Continue(self._scope.new_id("continue with the next"), span=step.span)
            case _:
                raise AssertionError(step)

    def _check_word(self, word: syntax.Quoted) -> str:
        if not word.text.strip():
            self._scope.report(
                value_rules.NAMELESS,
                word.span,
                "an empty text tells nobody anything",
                help="write a word between the quotes",
            )
        return word.text


def _is_trigger(entry: syntax.Header) -> bool:
    return isinstance(entry, (syntax.StartOn, syntax.StartEvery, syntax.StartWhen))


def _folded(words: str) -> str:
    return " ".join(words.lower().split())
