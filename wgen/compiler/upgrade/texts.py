"""One text of a flow, as an upgrade sees it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from wgen.compiler import ir
from wgen.compiler.settings import Settings
from wgen.compiler.source import Source
from wgen.compiler.upgrade.findings import Spot


class Text(NamedTuple):
    """A flow with its text. `source` says what messages call its file; types are looked for in `folder`."""

    source: Source
    folder: Path
    settings: Settings
    flow: ir.Flow

    @property
    def heading(self) -> Spot:
        """Where the flow begins."""
        return Spot(self.source, self.flow.span)

    def spot(self, step: ir.Step) -> Spot:
        """Where a step is written."""
        return Spot(self.source, step.span)
