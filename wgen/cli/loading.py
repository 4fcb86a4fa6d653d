"""From flow files to flows that an engine can execute, with their handlers.

A flow whose module is there and up to date is loaded from it, any other is compiled in memory: so what is executed is
what the flow's text says, and the compiler is loaded only when there is something to compile.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from wgen.cli.config import config_for
from wgen.cli.findings import plural
from wgen.cli.manifest import Manifest
from wgen.cli.paths import OUTPUT, flow_files_in, one_flow_file
from wgen.cli.usercode import calling_user, load_file, load_name, module_of_text, open_folder
from wgen.compiler.names import python_name
from wgen.compiler.source import Source
from wgen.errors import HandlersError, UsageError
from wgen.runtime import Child, Flow

if TYPE_CHECKING:
    from collections.abc import Iterable

AnyFlow: TypeAlias = Flow[Any, Any]


class Loaded(NamedTuple):
    """A flow with what executes its tasks, and the text it was made from."""

    flow: AnyFlow
    handlers: object
    source: Source


def load(files: Iterable[Path], handlers: str | None) -> list[Loaded]:
    """All flows of some files, and those beside them that they run as children. `handlers` is `--handlers`."""
    files, manifest = list(files), Manifest()
    found = [loaded for file in files for loaded in _flows_of(file, manifest, handlers)]
    for entry in found:  # grows while it is walked: a child may have children
        for name in _children(entry.flow):
            if not any(python_name(other.flow.name) == name for other in found):
                found += _beside(Path(entry.source.path).parent, name, files, manifest)
    refuse_doubles((entry.flow.name, entry.source.path) for entry in found)
    return found


def _flows_of(file: Path, manifest: Manifest, handlers: str | None = None) -> list[Loaded]:
    source = Source.read(file)
    flows = flows_of(source, file, manifest.module_of(str(file)))
    named = named_handlers(handlers, file.parent) if handlers else handlers_beside(file)
    return [Loaded(flow, named, source) for flow in flows]


def flows_of(source: Source, file: Path, text: str | None = None) -> list[AnyFlow]:
    """The flows of a file without what executes their tasks. The modules of their types are imported.

    `text` is that of the generated module, where it is known.
    """
    module = module_of_text(text or _compiled(source, file), file.with_name(file.stem + OUTPUT))
    return [flow for flow in vars(module).values() if isinstance(flow, Flow)]


def _compiled(source: Source, file: Path) -> str:
    from wgen.compiler.compile import compile_flow

    return compile_flow(source, config_for(file).compiler)


def _children(flow: AnyFlow) -> list[str]:
    return [python_name(step.flow) for step in flow.steps.values() if isinstance(step, Child)]


def _beside(folder: Path, name: str, files: list[Path], manifest: Manifest) -> list[Loaded]:
    """The flows of the file in a folder that holds a flow of this name; none where no file does."""
    for file in flow_files_in(str(folder)):
        if file not in files and _holds(file, name):
            files.append(file)
            return _flows_of(file, manifest)
    return []


def _holds(file: Path, name: str) -> bool:
    from wgen.compiler.compile import check

    flows = check(Source.read(file), config_for(file).compiler).module.flows
    return any(python_name(flow.name) == name for flow in flows)


def refuse_doubles(flows: Iterable[tuple[str, str]]) -> None:
    """The store knows flows by their names, so no two may share one. Each comes with its file."""
    seen: dict[str, str] = {}
    for name, place in flows:
        if name in seen:
            raise UsageError(f'two flows are called "{name}": {seen[name]} and {place}; rename one with @Flow')
        seen[name] = place


def file_with(path: str, name: str | None) -> Path:
    """The flow file that the user means by a path, and by a flow's name where the path is a folder of several."""
    if name is None or not Path(path).is_dir():
        return one_flow_file(path)
    wanted = python_name(name)
    for file in flow_files_in(path):
        if _holds(file, wanted):
            return file
    raise UsageError(f'no file in {path} holds a flow "{name}"')


def choose(loaded: list[Loaded], name: str | None) -> Loaded:
    """The flow of the first file that the user means: the named one, or the only one."""
    loaded = [entry for entry in loaded if entry.source.path == loaded[0].source.path]
    names = ", ".join(f'"{entry.flow.name}"' for entry in loaded)
    if name is None:
        if len(loaded) > 1:
            raise UsageError(
                f"{loaded[0].source.path} holds {plural(len(loaded), 'flow')}: {names}; choose with --flow"
            )
        return loaded[0]
    wanted = python_name(name)
    for entry in loaded:
        if python_name(entry.flow.name) == wanted:
            return entry
    raise UsageError(f'{loaded[0].source.path} holds no flow "{name}"; it holds {names}')


# ---- handlers --------------------------------------------------------------------------------------------------------


def handlers_beside(flow: Path) -> object:
    """What the handlers file beside a flow offers; nothing at all where there is no such file."""
    for file in (flow.with_name(f"{flow.stem}_handlers.py"), flow.with_name("handlers.py")):
        if file.is_file():
            return _offered(load_file(file))
    return ModuleType(f"{flow.stem}_handlers")


def named_handlers(spec: str, folder: Path) -> object:
    """What `--handlers MODULE_OR_FILE[:ATTRIBUTE]` names."""
    place, attribute = _split(spec)
    module = _named_module(place, folder)
    if attribute is None:
        return _offered(module)
    if not hasattr(module, attribute):
        raise HandlersError(f"{place} has no {attribute!r}")
    return _made(getattr(module, attribute))


def _split(spec: str) -> tuple[str, str | None]:
    place, colon, attribute = spec.rpartition(":")
    return (place, attribute) if colon and attribute.isidentifier() else (spec, None)


def _named_module(place: str, folder: Path) -> ModuleType:
    file = Path(place)
    if place.endswith(".py") or file.is_file():
        if not file.is_file():
            raise HandlersError(f"no such handlers file: {place}")
        return load_file(file)
    open_folder(folder)
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.append(here)
    if calling_user(lambda: find_spec(place), f"can't import {place}") is None:
        raise HandlersError(f"no module or file is called {place!r} (--handlers)")
    return load_name(place)


def _offered(module: ModuleType) -> object:
    return _made(module.Handlers) if hasattr(module, "Handlers") else module


def _made(thing: object) -> object:
    """An object of a class, made without arguments; anything else is the handlers itself."""
    return calling_user(thing, f"can't make {thing.__name__}()") if isinstance(thing, type) else thing
