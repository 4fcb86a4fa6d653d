"""The values of a flow whose types have changed."""

from __future__ import annotations

from wgen.compiler.upgrade import findings as say
from wgen.compiler.upgrade.findings import Finding, Spot
from wgen.compiler.upgrade.fitting import Change, Typed, change
from wgen.compiler.upgrade.texts import Text


class ValueTypes:
    """The values that both texts have, with their types before and after."""

    def __init__(self, old: Text, new: Text) -> None:
        self._old = old
        self._new = new
        self._changes: dict[str, Change | None] = {}
        self._findings: dict[tuple[str, str | None], Finding] = {}

    def change(self, name: str) -> Change | None:
        """What is new about the type of a value; None where all that is stored fits, or nothing is read."""
        if name not in self._changes:
            before, after = self._old.flow.values.get(name), self._new.flow.values.get(name)
            pair = before and after and (Typed(self._old.folder, before.type), Typed(self._new.folder, after.type))
            self._changes[name] = change(*pair) if pair else None
        return self._changes[name]

    def finding(self, name: str, group: str | None) -> Finding | None:
        """What it means for a run that knows the value. `group` is the one to which it is local."""
        found = self.change(name)
        if found is None:
            return None
        if (name, group) not in self._findings:
            self._findings[name, group] = self._told(name, group, found)
        return self._findings[name, group]

    def _told(self, name: str, group: str | None, found: Change) -> Finding:
        spot = Spot(self._new.source, self._new.flow.values[name].span)
        if not found.certain:
            return say.value_unclear(spot, name, found.why)
        return say.value_changed(spot, name, "", found.why, whole=found.whole, begin=group)
