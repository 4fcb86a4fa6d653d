"""From a checked flow to the text of its Python module."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from wgen.compiler import ir
from wgen.compiler.check import CheckedModule
from wgen.compiler.data import data_folder
from wgen.compiler.flowview import flow_view
from wgen.compiler.imports import Names
from wgen.compiler.settings import Settings
from wgen.compiler.source import Source
from wgen.compiler.views import ModuleView
from wgen.compiler.writer import NO_FUNCTION, Writer

if TYPE_CHECKING:
    from jinja2 import Environment, Template


def emit(module: CheckedModule, source: Source, settings: Settings) -> str:
    """The generated module: the same bytes for the same flow, wherever and whenever it is made."""
    return _module_template().render(module=module_view(module, source, settings))


@cache
def _module_template() -> Template:
    return templates().get_template("module.py.j2")


def module_view(module: ir.Module, source: Source, settings: Settings) -> ModuleView:
    taken = {name for flow in module.flows for name in (*flow.values, *(handler.name for handler in flow.handlers))}
    names = Names((source.folder / "__init__.py").exists(), taken)
    several = len(module.flows) > 1
    functions = set(NO_FUNCTION)
    flows = [flow_view(Writer(flow, source, names, several, functions), settings) for flow in module.flows]
    titles = ", ".join(flow.title for flow in flows)
    title = f"The flow{'s' if several else ''} {titles}."
    return ModuleView(
        source=source.name,
        digest=ir.digest_of(*(flow.digest for flow in module.flows)),
        title=title,
        imports=names.imports(),
        vocabulary=sorted(names.vocabulary, key=import_order),
        aliases=names.alias_lines(),
        flows=flows,
    )


def import_order(name: str) -> tuple[int, str]:
    """Constants, then classes, then functions, as import sorters put them."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


@cache
def templates() -> Environment:
    """The templates, strict about names: a misspelt one is an error and not an empty text."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415  (`lint` must not pay for it)

    # The output is Python and never HTML, so nothing is escaped.
    return Environment(  # noqa: S701
        loader=FileSystemLoader(data_folder("templates")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
