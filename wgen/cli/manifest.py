"""What is known of flows that were in order: that their text and their module, byte for byte, belong together.

One file a project folder, in the user's cache. It holds a digest for each flow over all that decides what `generate`
writes and says: the compiler itself, the flow, the settings, the files around it, and what is written. So an unchanged
project is recognised by reading it, without compiling; whatever is wrong with the file, flows are compiled.
"""

from __future__ import annotations

import json
import os
import sys
import time
from hashlib import sha256
from typing import TYPE_CHECKING

from wgen import __version__
from wgen.cli.config import config_of
from wgen.cli.folders import Folders, folder_of
from wgen.cli.paths import OUTPUT, SUFFIX
from wgen.compiler.caching import cache_folder, keep
from wgen.compiler.data import data_folder

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

# What the compiler looks for in every folder that holds a flow, beside the flow's own handlers file.
AROUND = ("models.py", "handlers.py", "__init__.py")
_ABSENT = ""
_AT_ONCE = 1 << 16


class Manifest:
    """The flows of the current folder that are known to be in order."""

    def __init__(self) -> None:
        self._begin = time.time_ns()
        self._compiler = _compiler_digest()
        self._path = os.path.join(cache_folder(), f"generated-{_digest(os.fsencode(os.getcwd()))}.json")
        self._known = self._read()
        self._changed = False
        self._states: dict[str, str] = {}
        self._folders: dict[str, bytes] = {}
        self._places = Folders(os.path.abspath)

    def knows(self, flow: str) -> bool:
        """Whether the flow has no findings and its module is what the compiler would write."""
        return self.module_of(flow) is not None

    def module_of(self, flow: str) -> str | None:
        """The text of the flow's module, if the flow has no findings and that is what the compiler would write."""
        path = self._places.path_of(flow)
        digest, asked = self._known.get(path, (None, {}))
        if digest is None or any(self._state(other) != state for other, state in asked.items()):
            return None
        content = _content(path.removesuffix(SUFFIX) + OUTPUT)
        written = None if content is None else _with_lf(content)
        return written.decode() if written is not None and self._digest_of(path, written) == digest else None

    def note(self, flow: str, written: str, asked: Iterable[Path]) -> None:
        """Remembers a flow without findings, its module, and the files that the compiler asked for."""
        path = self._places.path_of(flow)
        paths = sorted({os.path.abspath(other) for other in asked})
        # A file touched since the command began may have been read before or after.
        if any(_changed_at(other) >= self._begin for other in (path, *paths)):
            return
        digest = self._digest_of(path, written.encode())
        if digest is not None:
            self._known[path] = (digest, {other: self._state(other) for other in paths})
            self._changed = True

    def save(self) -> None:
        """Keeps what was noted, and forgets flows that are gone."""
        if self._changed:
            flows = {path: entry for path, entry in self._known.items() if os.path.exists(path)}
            keep(self._path, json.dumps({"compiler": self._compiler, "flows": flows}).encode())

    def _read(self) -> dict[str, tuple[str, dict[str, str]]]:
        try:
            kept = json.loads(_content(self._path) or b"")
            known = {path: (str(digest), dict(asked)) for path, (digest, asked) in kept["flows"].items()}
            return known if kept["compiler"] == self._compiler else {}
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return {}

    def _digest_of(self, path: str, written: bytes) -> str | None:
        text = _content(path)
        if text is None:
            return None
        folder = folder_of(path)
        handlers = self._state(path.removesuffix(SUFFIX) + "_handlers.py")
        head = f"{path[len(folder) :]}\0{handlers}\0{len(text)}\0".encode("utf-8", "surrogateescape")
        return _digest(b"".join((self._around(folder), head, text, written)))

    def _around(self, folder: str) -> bytes:
        """What all flows of a folder have in common: the settings, and the files that each may use."""
        known = self._folders.get(folder)
        if known is None:
            states = [self._state(os.path.join(folder, name)) for name in AROUND]
            known = json.dumps([folder, states, config_of(os.path.dirname(folder)).compiler]).encode()
            self._folders[folder] = known
        return known

    def _state(self, path: str) -> str:
        """The state of a file that many flows may look at, seen once a command."""
        state = self._states.get(path)
        if state is None:
            state = self._states[path] = _state(path)
        return state


def _compiler_digest() -> str:
    """The compiler's own code and templates, and where Python looks for the modules that hold types."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    folders = (os.path.join(package, "compiler"), data_folder("grammar"), data_folder("templates"))
    files = (os.path.join(place, name) for top in folders for place, _, names in os.walk(top) for name in names)
    texts = sorted((name, _content(name) or b"") for name in files if name.endswith((".py", ".lark", ".j2")))
    head = json.dumps([__version__, sys.version, sys.path, [(name, len(text)) for name, text in texts]])
    return _digest(b"".join((head.encode(), *(text for _, text in texts))))


def _state(path: str) -> str:
    """What a file holds; of a folder, what the flow files in it hold."""
    # Most of what the compiler looks for is not there, and to be told so by an exception takes three times as long.
    if not os.access(path, os.F_OK):
        return _ABSENT
    content = _content(path)
    if content is not None:
        return _digest(content)
    if not os.path.isdir(path):
        return _ABSENT
    flows = sorted(entry.path for entry in os.scandir(path) if entry.name.endswith(SUFFIX))
    return _digest(json.dumps([(flow, _state(flow)) for flow in flows]).encode())


def _content(path: str) -> bytes | None:
    # `open` takes three times as long.
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    except OSError:
        return None
    try:
        data = read = os.read(handle, _AT_ONCE)
        # Less than what was asked for is the end of the file, and most files end here.
        while len(read) == _AT_ONCE:
            read = os.read(handle, _AT_ONCE)
            data += read
    except OSError:
        return None
    finally:
        os.close(handle)
    return data


def _with_lf(text: bytes) -> bytes:
    """A text with LF line ends, whatever the checkout made of them."""
    return text.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in text else text


def _changed_at(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0


def _digest(data: bytes) -> str:
    return sha256(data).hexdigest()[:32]
