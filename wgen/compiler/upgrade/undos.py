"""What runs have done that the new text can't undo."""

from __future__ import annotations

from collections.abc import Iterator

from wgen.compiler import ir
from wgen.compiler.upgrade import findings as say
from wgen.compiler.upgrade.findings import Finding
from wgen.compiler.upgrade.places import Place
from wgen.compiler.upgrade.steps import Steps
from wgen.compiler.upgrade.texts import Text
from wgen.compiler.upgrade.valuetypes import ValueTypes
from wgen.compiler.upgrade.ways import Ways


class Undos:
    """The steps of one flow that can be undone.

    An undo is known by its id alone: what it says may change, but what it reads was kept when its step was done. What a
    child did is undone by its own flow, through the step that ran it.
    """

    def __init__(self, new: Text, ways: Ways, steps: Steps, types: ValueTypes) -> None:
        self._new = new
        self._ways = ways
        self._steps = steps
        self._types = types
        self._found: dict[str, Finding | None] = {}

    def findings(self, place: Place) -> Iterator[Finding]:
        """Of each step that a run may have done when it stands at a place: whether it can still be undone."""
        for task in place.done:
            if task.id not in self._found:
                self._found[task.id] = self._of(task, task.undo or task)
            finding = self._found[task.id]
            if finding is not None:
                yield finding

    def _of(self, task: ir.Task, undo: ir.Task) -> Finding | None:
        state = self._ways.states.get(undo.id)
        if state is None:
            return self._steps.undo_gone(task, undo)
        problem = self._problem(undo, state.step) if undo is not task else None
        return say.undo_changed(self._new.spot(state.step), task.id, problem) if problem else None

    def _problem(self, before: ir.Task, after: ir.Step) -> str | None:
        """What the new undo needs and was not kept."""
        kept = ir.reads_of(before)
        for name in ir.reads_of(after):
            if name not in kept:
                return f"({_words(name)}) is read for that now, and was not kept"
        for name in kept:
            changed = self._types.change(name)
            if changed is not None and changed.certain:
                return f"({_words(name)}) was kept for that, and does not fit its type any more"
        return None


def _words(name: str) -> str:
    return name.replace("_", " ")
