"""The IR as JSON, and digests of its parts: what it means, without spans."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from wgen.compiler.ir.flow import Module


def plain(thing: Any) -> Any:
    """A part of the IR as plain data for JSON, without spans."""
    if thing is None or isinstance(thing, (str, int)):
        return thing
    if isinstance(thing, (tuple, list)):
        return [plain(entry) for entry in thing]
    parts = thing if isinstance(thing, dict) else vars(thing)
    return {name: plain(entry) for name, entry in parts.items()}


def to_json(module: Module) -> str:
    """The IR of a file as JSON text, ending in a newline."""
    return json.dumps(plain(module), indent=2, ensure_ascii=False) + "\n"


# The encoder asks only for what it does not know, which is a third of the time that `plain` would take.
_CANONICAL = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, check_circular=False, default=vars
)


def digest_of(*parts: Any) -> str:
    """A digest of parts of the IR: 32 hexadecimal digits."""
    return hashlib.sha256(_CANONICAL.encode(parts).encode()).hexdigest()[:32]
