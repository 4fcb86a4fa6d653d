"""What a script means: executed one sentence after the other, without a store, without an engine, without time.

Where steps run side by side, this takes them in turn. Which steps of a group are completed before one of it fails is a
matter of chance; such ones are noted as `maybe`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from tests.simulation.scripts import (
    Block,
    Fail,
    Flow,
    ForEach,
    Group,
    Meanwhile,
    Pause,
    Race,
    Receive,
    Repeat,
    Run,
    Script,
    Step,
    Task,
    Together,
    Try,
    When,
)


def result_of(name: str, numbers: Sequence[int]) -> int:
    """What a task gives for what it reads."""
    return (sum(ord(sign) for sign in name) * 7 + sum((n + 1) * (31 + i) for i, n in enumerate(numbers))) % 100


def _given(branch: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """What a branch knows that was not known before, or not so."""
    return {name: value for name, value in branch.items() if before.get(name) != value}


class Failed(Exception):
    """A step has failed for good."""


@dataclass
class Meaning:
    """How a script ends: `done` are the tasks completed for sure, `maybe` those that may have been, each how often."""

    status: str = "finished"
    result: int | None = None
    values: dict[str, Any] = field(default_factory=dict)
    done: Counter[str] = field(default_factory=Counter)
    maybe: Counter[str] = field(default_factory=Counter)


class Reference:
    """Performs one script."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._flows = {flow.name: flow for flow in script.flows}
        self._mail: dict[str, list[int]] = {}
        for event, payload in script.events:
            self._mail.setdefault(event, []).append(payload)
        self._meaning = Meaning()
        self._doubtful = 0

    def perform(self, start: int) -> Meaning:
        values = {"start": start, "items": list(self._script.items)}
        try:
            self._meaning.result = self._flow(self._script.flows[0], values)
        except Failed:
            self._meaning.status = "failed"
        self._meaning.values = values
        return self._meaning

    def _flow(self, flow: Flow, values: dict[str, Any]) -> int:
        self._branch(flow.body, values)
        result: int = values[flow.result]
        return result

    def _branch(self, body: Block, values: dict[str, Any]) -> None:
        """A flow, or a part of it with a background of its own."""
        behind: dict[str, Task] = {}
        try:
            self._block(body, values, behind)
            for name in list(behind):
                self._join(name, values, behind)
        except Failed:
            self._meaning.maybe.update(task.name for task in behind.values() if task.works)
            raise

    def _block(self, body: Block, values: dict[str, Any], behind: dict[str, Task]) -> None:
        for step in body:
            self._step(step, values, behind)

    def _join(self, name: str, values: dict[str, Any], behind: dict[str, Task]) -> None:
        task = behind.pop(name)
        numbers = values.pop(f"read by {task.name}")
        values[name] = self._give(task, numbers)

    def _give(self, task: Task, numbers: Sequence[int]) -> int:
        if not task.works:
            raise Failed
        (self._meaning.maybe if self._doubtful else self._meaning.done)[task.name] += 1
        return result_of(task.name, numbers)

    def _task(self, task: Task, values: dict[str, Any], behind: dict[str, Task]) -> int:
        for name in task.reads:
            if name in behind:
                self._join(name, values, behind)
        return self._give(task, [values[name] for name in task.reads])

    def _step(self, step: Step, values: dict[str, Any], behind: dict[str, Task]) -> None:
        match step:
            case Task():
                values[step.gives] = self._task(step, values, behind)
            case Meanwhile(task):
                behind[task.gives] = task
                values[f"read by {task.name}"] = [values[name] for name in task.reads]
            case Group(tasks):
                self._side_by_side([(task,) for task in tasks], values)
            case Together(branches):
                self._side_by_side(branches, values)
            case Race(winner=winner, losers=losers):
                self._race(winner, losers, values)
            case When(value, limit, then, otherwise):
                self._block(then if values[value] > limit else otherwise, values, behind)
            case ForEach():
                self._for_each(step, values, behind)
            case Repeat(times, body):
                for _ in range(times):
                    self._block(body, values, behind)
            case Try(body, clause):
                try:
                    self._block(body, values, behind)
                except Failed:
                    self._block(clause, values, behind)
            case Receive(event):
                values[event] = self._mail[event].pop(0)
            case Run(flow, reads, gives):
                values[gives] = self._flow(self._flows[flow], {"start": values[reads], "items": values["items"]})
            case Fail():
                raise Failed
            case Pause():
                pass

    def _side_by_side(self, branches: Sequence[Block], values: dict[str, Any]) -> None:
        """All of them; when one fails, nobody knows how far the others came."""
        before = self._meaning.done.copy()
        before_all = dict(values)
        copies = [dict(values) for _ in branches]
        failures = 0
        for branch, copy in zip(branches, copies, strict=True):
            try:
                self._branch(branch, copy)
            except Failed:
                failures += 1
        if failures:
            self._doubt(before)
            raise Failed
        for copy in copies:
            values.update(_given(copy, before_all))

    def _doubt(self, before: Counter[str]) -> None:
        """What was done since then may have been done or not."""
        self._meaning.maybe += self._meaning.done - before
        self._meaning.done = before

    def _race(self, winner: Block, losers: Sequence[Block], values: dict[str, Any]) -> None:
        self._doubtful += 1
        for loser in losers:
            with suppress(Failed):
                self._branch(loser, dict(values))
        self._doubtful -= 1
        copy = dict(values)
        self._branch(winner, copy)
        values.update(_given(copy, values))

    def _for_each(self, loop: ForEach, values: dict[str, Any], behind: dict[str, Task]) -> None:
        collected = []
        if loop.how:
            before = self._meaning.done.copy()
            try:
                for item in self._script.items:
                    copy = {**values, loop.item: item}
                    self._branch(loop.body, copy)
                    collected.append(copy.get(loop.last or ""))
            except Failed:
                self._doubt(before)
                self._rest_of_rounds(loop, values)
                raise
        else:
            for item in self._script.items:
                values[loop.item] = item
                self._block(loop.body, values, behind)
                collected.append(values.get(loop.last or ""))
        if loop.last:
            values[loop.gives] = collected

    def _rest_of_rounds(self, loop: ForEach, values: dict[str, Any]) -> None:
        """Rounds beside one that fails may come as far as they can."""
        self._doubtful += 1
        for item in self._script.items:
            with suppress(Failed):
                self._branch(loop.body, {**values, loop.item: item})
        self._doubtful -= 1
