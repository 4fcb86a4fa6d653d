"""What is written on the shapes: each step in the words of the language."""

from __future__ import annotations

from wgen.compiler import ir
from wgen.compiler.words import condition_words, duration_words, operand_words


def task_label(task: ir.Task) -> str:
    return task.sentence.rstrip(". ")


def finish_label(step: ir.Finish) -> str:
    result = f" with {step.result.words}" if step.result else ""
    outcome = f' as "{step.outcome}"' if step.outcome else ""
    return f"finish{result}{outcome}"


def join_label(group: ir.Together) -> str:
    if group.join == "at least":
        return f"at least {group.at_least} must succeed"
    return "all done" if group.join == "all" else f"{group.join} wins"


def clause_label(clause: ir.OnFailure) -> str:
    return f"on failure {', '.join(clause.types)}".strip()


def loop_label(loop: ir.ForEach | ir.Repeat) -> str:
    return _for_each_label(loop) if isinstance(loop, ir.ForEach) else _repeat_label(loop)


def _for_each_label(loop: ir.ForEach) -> str:
    side_by_side = {1: "", None: ", all at once"}.get(loop.at_a_time, f", {loop.at_a_time} at a time")
    collected = f", collecting {_words(loop.collect[0])} into {_words(loop.collect[1])}" if loop.collect else ""
    return f"for each {_words(loop.item)} in {loop.items.words}{side_by_side}{collected}"


def _repeat_label(loop: ir.Repeat) -> str:
    """The head of the loop. The condition of `until` stands at the end of a round, where it is asked."""
    if loop.condition is None:
        return f"repeat {loop.times} times"
    head = f"repeat while {condition_words(loop.condition)}" if loop.loop == "while" else "repeat"
    every = f", every {duration_words(loop.every)}" if loop.every else ""
    most = f", at most {loop.at_most} times" if loop.at_most else ""
    return f"{head}{every}{most}"


def wait_label(wait: ir.EventWait | ir.FlowWait | ir.TimeWait, fail_after: int | None = None) -> str:
    limit = "" if fail_after is None else f", or fail after {duration_words(fail_after)}"
    match wait:
        case ir.EventWait():
            origin = f' from {wait.connector} "{wait.address}"' if wait.connector else ""
            where = f" where {condition_words(wait.where)}" if wait.where else ""
            return f"receive {_words(wait.event)}{origin}{where}{limit}"
        case ir.FlowWait():
            key = f" for {wait.key.words}" if wait.key else ""
            return f'flow {wait.flow}{key} reaches "{wait.word}"{limit}'
        case ir.TimeWait():
            return f"after {duration_words(wait.after)}"


def timer_label(step: ir.Wait) -> str:
    zone = f" in {step.zone}" if step.zone else ""
    return f"wait {'until ' if step.until else ''}{operand_words(step.time)}{zone}"


def trigger_label(trigger: ir.Trigger) -> str:
    match trigger:
        case ir.StartOn():
            return f'start on {trigger.connector} "{trigger.address}"'
        case ir.StartWhen():
            return f'start when flow {trigger.flow} reaches "{trigger.word}"'
        case ir.StartEvery(interval=int() as interval):
            return f"start every {duration_words(interval)}"
        case ir.StartEvery():
            when = f"every {trigger.day} at {trigger.time}" if trigger.cron is None else f"on schedule {trigger.cron}"
            zone = f" in {trigger.zone}" if trigger.zone else ""
            return f"start {when}{zone}"


def _words(name: str) -> str:
    return name.replace("_", " ").strip()
