"""Flows that a test writes out as text."""

from __future__ import annotations

import sys
from functools import cache
from types import ModuleType
from typing import Any

from wgen.compiler.compile import compile_flow
from wgen.compiler.source import Source
from wgen.runtime import Flow


@cache
def compiled(text: str, stem: str = "written") -> tuple[Flow[Any, Any], ...]:
    """The flows of a text."""
    module = ModuleType(f"{stem}_{abs(hash(text))}")
    sys.modules[module.__name__] = module  # where the types of a flow's values are looked up
    exec(compile_flow(Source(text, f"{stem}.flow")), vars(module))
    return tuple(found for found in vars(module).values() if isinstance(found, Flow))
