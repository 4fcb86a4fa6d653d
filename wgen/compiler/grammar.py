"""The parser for the grammar's text: its tables are kept in the user's cache folder, for they take time to build.

The cache is never an input: its name is a digest of all that the tables depend on, and whatever is wrong with it, the
tables are built from the text.
"""

from __future__ import annotations

import hashlib
import io
import pickle
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import lark
from lark import Lark

from wgen.compiler import patterns
from wgen.compiler.caching import cache_folder, keep
from wgen.compiler.data import data_folder

if TYPE_CHECKING:
    from collections.abc import Callable

_FILES = ("flow.lark", "words.lark")


@cache
def grammar_text() -> str:
    """The rules, then the words they are made of."""
    folder = data_folder("grammar")
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in _FILES)


def build(transformer: object, *, strict: bool = False) -> Lark:
    """Builds the parser from the text. `strict` also proves that no two words of a state are mixed up (slow)."""
    return Lark(
        grammar_text(),
        parser="lalr",
        lexer="contextual",
        maybe_placeholders=False,
        strict=strict,
        transformer=transformer,
    )


def load(transformer: object) -> Lark:
    """The parser, from cached tables where there are some that fit."""
    path = _cache_file()
    return _from_cache(path, transformer) or _build_and_keep(path, transformer)


def _build_and_keep(path: Path, transformer: object) -> Lark:
    parser = build(transformer)
    tables = io.BytesIO()
    # The tree builder is code, not data: it is handed in anew when the tables are loaded.
    parser.save(tables, {"transformer"})
    codes = {key: tuple(code) for key, code in patterns.collect(parser).codes.items()}
    pickle.dump(codes, tables, pickle.HIGHEST_PROTOCOL)
    keep(path, tables.getvalue())
    return parser


def _from_cache(path: Path, transformer: object) -> Lark | None:
    read: Callable[..., Lark] = Lark.__new__(Lark)._load  # noqa: SLF001  # `Lark.load` takes no transformer
    try:
        with path.open("rb") as file:
            parser = read(file, transformer=transformer)
            codes = {key: patterns.Code(*code) for key, code in pickle.load(file).items()}  # noqa: S301  # as lark's
        patterns.use(parser, patterns.Patterns(codes))
    except Exception:  # noqa: BLE001  # a torn pickle can raise anything; the text is always there
        return None
    return parser


def _cache_file() -> Path:
    parts = (grammar_text(), lark.__version__, sys.version)
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
    return cache_folder() / f"grammar-{digest}.pickle"
