"""The grammar's tables: kept in the user's cache folder, for they take lark a third of a second to make.

The cache is never an input: its name is a digest of all that the tables depend on, and whatever is wrong with it, the
tables are made from the text.
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
    from collections.abc import Callable
    from typing import TypeVar

    from wgen.compiler.lalr import Tables

    T = TypeVar("T")


def with_tables(use: Callable[[Tables], T]) -> T:
    """What becomes of the tables: those that are kept, where they are of use, else new ones."""
    path = Path(cache_folder(), f"grammar-{_digest()}.json")
    try:
        return use(json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError, LookupError, AttributeError):
        # None are kept, or what is kept is torn.
        from wgen.compiler.grammar import build, tables_of  # noqa: PLC0415  (it loads lark)

        kept = json.dumps(tables_of(build()), separators=(",", ":"))
        keep(str(path), kept.encode())
        return use(json.loads(kept))


def _digest() -> str:
    """Of the grammar, of the code that makes its tables, and of the first file of lark, which holds its version."""
    lark = find_spec("lark")
    files = [*sorted(Path(data_folder("grammar")).glob("*.lark")), Path(__file__).with_name("grammar.py")]
    files += [Path(lark.origin)] if lark and lark.origin else []
    return sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()[:32]
