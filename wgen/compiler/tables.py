"""The grammar's tables: kept in the user's cache folder, for they take lark a third of a second to make.

The cache is never an input: its name is a digest of all that the tables depend on, it begins with a digest of what it
holds, and whatever is wrong with it, the tables are made from the text.
"""

from __future__ import annotations

import json
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from wgen.compiler.caching import cache_folder, keep
from wgen.compiler.data import data_folder

if TYPE_CHECKING:
    from wgen.compiler.lalr import Tables


def load_tables() -> Tables:
    """The tables of the grammar as it is now."""
    path = Path(cache_folder(), f"grammar-{_digest(*_sources())}.json")
    text = _kept(path)
    if text is None:
        from wgen.compiler.grammar import build, tables_of  # noqa: PLC0415  (it loads lark)

        text = json.dumps(tables_of(build()), separators=(",", ":")).encode()
        keep(str(path), _digest(text).encode() + b"\n" + text)
    tables: Tables = json.loads(text)
    return tables


def _kept(path: Path) -> bytes | None:
    """What was kept there; None where nothing was, or only a part of it is left."""
    try:
        digest, _, text = path.read_bytes().partition(b"\n")
    except OSError:
        return None
    return text if digest == _digest(text).encode() else None


def _sources() -> list[bytes]:
    """What decides the tables: the grammar, the code that makes them, and the first file of lark, with its version."""
    lark = find_spec("lark")
    files = [*sorted(Path(data_folder("grammar")).glob("*.lark")), Path(__file__).with_name("grammar.py")]
    files += [Path(lark.origin)] if lark and lark.origin else []
    return [file.read_bytes() for file in files]


def _digest(*texts: bytes) -> str:
    return sha256(b"\0".join(texts)).hexdigest()[:32]
