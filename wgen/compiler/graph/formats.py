"""The formats of pictures, and who writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wgen.compiler.graph.dot import dot
from wgen.compiler.graph.mermaid import mermaid
from wgen.compiler.graph.svg import svg

if TYPE_CHECKING:
    from collections.abc import Callable

    from wgen.compiler.graph.drawing import Drawing

FORMATS: dict[str, Callable[[Drawing], str]] = {"mermaid": mermaid, "dot": dot, "svg": svg}
