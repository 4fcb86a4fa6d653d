"""The steps at which runs stand: gone, renamed, changed, or another of equal sentences."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from wgen.compiler import ir
from wgen.compiler.compile import check
from wgen.compiler.flatten import FlatState
from wgen.compiler.names import python_name
from wgen.compiler.source import Source
from wgen.compiler.upgrade import findings as say
from wgen.compiler.upgrade.alignment import Line, align
from wgen.compiler.upgrade.findings import Finding
from wgen.compiler.upgrade.places import Place
from wgen.compiler.upgrade.texts import Text
from wgen.compiler.upgrade.ways import Ways

_WHO = "runs can stand"


class Steps:
    """The steps of one flow in both texts."""

    def __init__(self, old: Text, new: Text, old_ways: Ways, new_ways: Ways, children_gone: frozenset[str]) -> None:
        self._old = old
        self._new = new
        self._old_ways = old_ways
        self._new_ways = new_ways
        self._children_gone = children_gone
        self._alignment = align(_lines(old, old_ways), _lines(new, new_ways))
        self._found: dict[str, Finding | None] = {}
        self._undos: dict[str, Finding] = {}

    def findings(self, place: Place) -> Iterator[Finding]:
        """What a run meets where it stands, at the groups around it, and in the background."""
        begun = [step for step in place.beside if step.id not in self._new_ways.states]
        for step in (*place.groups, place.step, *begun):
            finding = self._of(step, place)
            if finding is not None:
                yield finding
        if self.stays(place) and not place.undoes:
            ahead = {place.step.id, *self._new_ways.behind(place.step.id)}
            yield from (finding for id, finding in self._children.items() if id in ahead)

    @cached_property
    def _children(self) -> dict[str, Finding]:
        """What is said of a flow that is gone, by the steps that run it or begin to run it in the background."""
        found: dict[str, Finding] = {}
        for task in self._new_ways.tasks:
            if task.call.by == "flow" and python_name(task.call.name) in self._children_gone:
                spot = self._new.spot(task)
                found[task.id] = say.child_gone(spot, "runs can come to", task.id, task.call.name)
        begins = [state.step for state in self._new_ways.states.values() if isinstance(state.step, ir.Background)]
        return found | {step.id: found[step.task.id] for step in begins if step.task.id in found}

    def stays(self, place: Place) -> bool:
        """Whether the place is still there, with all groups around it."""
        return all(self._same(step) for step in (*place.groups, place.step))

    def _same(self, step: ir.Step) -> bool:
        state = self._new_ways.states.get(step.id)
        return state is not None and state.step.digest == step.digest

    def _of(self, step: ir.Step, place: Place) -> Finding | None:
        if step.id not in self._found:
            self._found[step.id] = self._looked_at(step, place)
        return self._found[step.id]

    def _looked_at(self, step: ir.Step, place: Place) -> Finding | None:
        state = self._new_ways.states.get(step.id)
        if state is None:
            return self._missing(step)
        if state.step.digest != step.digest:
            what = self._difference(step, state.step)
            undone = self._old_ways.undoes(step.id)
            if undone is not None:
                other = f"its @Undo is another one; {what}"
                return say.undo_changed(self._new.spot(state.step), undone.id, other)._replace(at_once=True)
            begin = self._new_ways.begin(step.id) if step is place.step else step.id
            return say.step_changed(self._new.spot(state.step), _WHO, step.id, what, begin)
        shift = self._alignment.shifted.get(step.id)
        return say.step_shifted(self._new.spot(state.step), _WHO, step.id, *shift) if shift else None

    # ---- gone or renamed -------------------------------------------------------------------------------------------

    def _missing(self, step: ir.Step) -> Finding:
        undone = self._old_ways.undoes(step.id)
        if undone is not None:
            return self.undo_gone(undone, step)._replace(at_once=True)
        renamed = self._alignment.renamed.get(step.id)
        if renamed is not None:
            found = self._new_ways.states[renamed].step
            declarable = is_same_by_id(self._new, found, step.id, step.digest)
            spot, begin = self._new.spot(found), self._new_ways.begin(renamed)
            return say.step_renamed(spot, _WHO, step.id, self._was(step), declarable=declarable, begin=begin)
        return say.step_gone(self._old.spot(step), _WHO, step.id, None, self._next_kept(step))

    def undo_gone(self, task: ir.Step, undo: ir.Step) -> Finding:
        """What a task has done has to be undone by a step that is not there."""
        if undo.id not in self._undos:
            renamed = self._alignment.renamed.get(undo.id)
            like = self._new_ways.states[renamed].step if renamed else None
            spot = self._new.spot(like) if like else self._old.spot(undo)
            self._undos[undo.id] = say.undo_gone(spot, task.id, undo.id, renamed=like is not None)
        return self._undos[undo.id]

    def _was(self, step: ir.Step) -> str:
        spot = self._old.spot(step)
        return f"it was `{spot.words}`, {spot.line}"

    def _next_kept(self, step: ir.Step) -> str | None:
        """The step at which a run can be begun to go on behind one that is gone."""
        later = [other.step for other in self._old_ways.states.values() if other.step.span.start > step.span.start]
        kept = next((other.id for other in later if other.id in self._new_ways.states), None)
        return self._new_ways.begin(kept) if kept else None

    # ---- changed ---------------------------------------------------------------------------------------------------

    def _difference(self, before: ir.Step, after: ir.Step) -> str:
        """What tells two steps of one id apart, in words."""
        was = [inside.block for inside in self._old_ways.around[before.id]]
        now = [inside.block for inside in self._new_ways.around[after.id]]
        if [block.id for block in was] != [block.id for block in now]:
            return f"it lies {_in(now)} now, and lay {_in(was)}"
        for old, new in zip(was, now, strict=True):
            if isinstance(old, ir.ForEach) and old.digest != new.digest:
                return f"the block around it has changed: {self._was(old)}"
        if self._old.spot(before).words != self._new.spot(after).words:
            return self._was(before)
        if isinstance(before, ir.Task | ir.Wait):
            return "the types of what it reads have changed"
        return "the block has changed, or the types of what it reads"


def is_same_by_id(text: Text, step: ir.Step, id: str, digest: str) -> bool:
    """Whether naming an old id in a sentence makes it the step at which runs stand: it is tried out."""
    if not isinstance(step, ir.Task):
        return False
    written = text.source.text
    at = step.span.end - (written[step.span.end - 1] == ".")
    source = Source(f'{written[:at]} (with id "{id}"){written[at:]}', text.source.path)
    tried = check(source, text.settings)
    flow = next((flow for flow in tried.module.flows if flow.ident == text.flow.ident), None)
    state = Ways(flow).states.get(id) if flow is not None and tried.ok else None
    return state is not None and state.step.digest == digest


def _in(blocks: list[ir.Step]) -> str:
    return f'in "{blocks[-1].id}"' if blocks else "in no block"


def _lines(text: Text, ways: Ways) -> list[Line]:
    return [Line(id, _kind(state), text.spot(state.step).words) for id, state in ways.states.items()]


def _kind(state: FlatState) -> str:
    return f"{state.step.kind} {state.step.call.by}" if isinstance(state.step, ir.Task) else state.step.kind
