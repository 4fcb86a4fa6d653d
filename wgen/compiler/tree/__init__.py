"""Builds the syntax tree while the grammar is being read: one method a rule of `flow.lark`, named like it.

Each gets the list of what its parts became. Every sentence begins with its keyword and ends with its line end, so the
two give its place.
"""

from __future__ import annotations

from wgen.compiler.tree.blocks import BlockRules
from wgen.compiler.tree.conditions import ConditionRules
from wgen.compiler.tree.header import HeaderRules
from wgen.compiler.tree.parts import Misfit
from wgen.compiler.tree.tasks import TaskRules

__all__ = ["Misfit", "TreeBuilder"]


class TreeBuilder(HeaderRules, TaskRules, BlockRules, ConditionRules):
    """The parser's transformer. It holds nothing, so one serves all parses."""
