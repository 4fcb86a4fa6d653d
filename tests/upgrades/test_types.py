"""What the texts of types tell about stored values is so when pydantic reads them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import pytest

from wgen.compiler import ir
from wgen.compiler.upgrade.fitting import Change, Typed, change
from wgen.runtime.codec import Coder

# ---- built-in types --------------------------------------------------------------------------------------------------

VALUES: dict[str, tuple[Any, list[Any]]] = {
    "str": (str, ["a", "", "5", "2026-03-01", "P3D", "true"]),
    "int": (int, [0, 5, -3, 10**20]),
    "float": (float, [0.5, 2.0, -1e30]),
    "bool": (bool, [True, False]),
    "bytes": (bytes, [b"", b"ab\xff", b"12"]),
    "Decimal": (Decimal, [Decimal("9.99"), Decimal(5)]),
    "date": (date, [date(2026, 3, 1)]),
    "time": (time, [time(2, 30)]),
    "datetime": (datetime, [datetime(2026, 3, 1, 2, 3, tzinfo=UTC)]),
    "duration": (timedelta, [timedelta(days=3), timedelta(milliseconds=1)]),
    "dict": (dict, [{}, {"a": 1}]),
    "list of int": (list[int], [[], [1]]),
    "optional int": (int | None, [None, 3]),
    "optional str": (str | None, [None, "a"]),
    "untyped": (Any, [None, 3, "a", [1], {"a": 1}]),
}


STORED_AS_TEXT = {"str", "bytes", "Decimal", "date", "time", "datetime", "duration", "optional str"}


def as_ir(words: str) -> ir.Type:
    outer, _, inner = words.rpartition(" ")
    if outer:
        return ir.Type("list" if outer == "list of" else "optional", of=ir.Type("builtin", inner))
    return ir.ANY if words == "untyped" else ir.Type("builtin", words)


@pytest.mark.parametrize("was", VALUES)
@pytest.mark.parametrize("now", VALUES)
def test_of_built_in_types(was: str, now: str) -> None:
    old, new = Coder("x", VALUES[was][0]), Coder("x", VALUES[now][0])
    fits = [reads(new, old.encode(value)[1]) for value in VALUES[was][1]]
    found = change(Typed(Path(), as_ir(was)), Typed(Path(), as_ir(now)))
    if found is None:
        assert all(fits)
    elif found.certain:
        assert not all(fits)
        assert not any(fits) or was.startswith("optional") or now.startswith("optional") or was == "untyped"
    else:
        assert was == "untyped" or was.startswith("optional") or {was, now} <= STORED_AS_TEXT


def reads(coder: Coder, text: bytes) -> bool:
    try:
        coder.decode(text)
    except ValueError:
        return False
    return True


# ---- classes ---------------------------------------------------------------------------------------------------------

MODEL = "from pydantic import BaseModel, Field\n\n\nclass Order(BaseModel):\n    id: int\n"
RECORD = "from dataclasses import dataclass, field\n\n\n@dataclass\nclass Order:\n    id: int\n"
DICT = "from typing import NotRequired, TypedDict\n\n\nclass Order(TypedDict):\n    id: int\n"
TUPLE = "from typing import NamedTuple\n\n\nclass Order(NamedTuple):\n    id: int\n"
ENUM = "from enum import StrEnum, auto\n\n\nclass Order(StrEnum):\n    OPEN = 'open'\n    SENT = auto()\n"
ALIAS = "from decimal import Decimal\n\nOrder = Decimal\n"
INNER = (
    "from __future__ import annotations\nfrom pydantic import BaseModel\n\n\nclass Item(BaseModel):\n    n: int\n{}\n\n"
)
OUTER = "class Order(BaseModel):\n    items: dict[str, Item]\n    above: Order | None = None\n"

FITS, UNCLEAR, NO = None, False, True

CLASSES = [
    (MODEL, MODEL, FITS),
    (MODEL, MODEL + "    note: str = ''\n", FITS),
    (MODEL, MODEL + "    note: str | None = None\n", FITS),
    (MODEL, MODEL + "    notes: list[str] = Field(default_factory=list)\n", FITS),
    (MODEL, MODEL + "    note: str | None\n", NO),
    (MODEL, MODEL + "    note: str = Field(min_length=1)\n", NO),
    (MODEL, MODEL + "    note: str = Field(...)\n", NO),
    (MODEL + "    note: str = ''\n", MODEL, FITS),
    (MODEL + "    note: str = ''\n", MODEL + "    note: str\n", UNCLEAR),
    (MODEL, MODEL.replace("id: int", "id: float"), FITS),
    (MODEL, MODEL.replace("id: int", "id: str"), NO),
    (MODEL, MODEL.replace("id: int", "id: int | None"), FITS),
    (MODEL.replace("id: int", "id: int | None"), MODEL, UNCLEAR),
    (MODEL, MODEL.replace("id: int", "id: int | str"), UNCLEAR),
    (MODEL, MODEL.replace("id: int", "id: int = Field(gt=3)"), UNCLEAR),
    (MODEL, MODEL + "\n    model_config = {'extra': 'forbid'}\n", UNCLEAR),
    (MODEL, MODEL + "\n    @property\n    def words(self) -> str:\n        return str(self.id)\n", FITS),
    (MODEL, MODEL + "\n    def words(self) -> str:\n        return str(self.id)\n", FITS),
    (MODEL, MODEL.replace("class Order(", "class Base(") + "\n\nclass Order(Base):\n    note: str = ''\n", FITS),
    (MODEL, MODEL.replace("class Order(", "class Base(") + "\n\nclass Order(Base):\n    note: str\n", NO),
    (MODEL.replace("id: int", "id: dict[str, int]"), MODEL.replace("id: int", "id: dict[str, str]"), UNCLEAR),
    (MODEL.replace("id: int", "id: dict[str, int]"), MODEL.replace("id: int", "id: dict"), FITS),
    (MODEL.replace("id: int", "id: int | str"), MODEL.replace("id: int", "id: Any"), FITS),
    (MODEL, RECORD, UNCLEAR),
    (RECORD, RECORD + "    note: str = ''\n", FITS),
    (RECORD, RECORD + "    note: str\n", NO),
    (RECORD, RECORD + "    notes: list[str] = field(default_factory=list)\n", FITS),
    (RECORD, RECORD + "\n    def __post_init__(self) -> None:\n        assert self.id\n", UNCLEAR),
    (DICT, DICT + "    note: str\n", NO),
    (DICT, DICT + "    note: NotRequired[str]\n", FITS),
    (DICT, DICT.replace("(TypedDict)", "(TypedDict, total=False)"), UNCLEAR),
    (TUPLE, TUPLE + "    note: str = ''\n", UNCLEAR),
    (ENUM, ENUM + "    LOST = 'lost'\n", FITS),
    (ENUM, ENUM.replace("    OPEN = 'open'\n", ""), UNCLEAR),
    (ENUM, MODEL, UNCLEAR),
    (ALIAS, ALIAS, FITS),
    (ALIAS, "Order = str\n", UNCLEAR),
    (INNER.format("") + OUTER, INNER.format("") + OUTER, FITS),
    (INNER.format("") + OUTER, INNER.format("    m: int = 0") + OUTER, FITS),
    (INNER.format("") + OUTER, INNER.format("    m: int") + OUTER, NO),
    ("class Order:\n    pass\n", MODEL, UNCLEAR),
    ("", "", FITS),
]


@pytest.mark.parametrize(("was", "now", "expected"), CLASSES)
def test_of_classes(was: str, now: str, expected: bool | None, tmp_path: Path) -> None:
    found = classes(was, now, tmp_path)
    assert (None if found is None else found.certain) == expected, found


def classes(was: str, now: str, folder: Path) -> Change | None:
    """What changes between two texts of models.py that both have an Order."""
    typed = []
    for name, text in (("old", was), ("new", now)):
        (folder / name).mkdir()
        (folder / name / "models.py").write_text(text)
        kind: Literal["enum", "named"] = "enum" if "StrEnum" in text else "named"
        typed.append(Typed(folder / name, ir.Type(kind, "Order", "models", beside=True)))
    return change(*typed)


def test_what_fits_by_the_text_fits_for_pydantic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And what certainly does not, does not: for one value of each class that has one."""
    monkeypatch.syspath_prepend(str(tmp_path))
    values = {MODEL: b'{"id":3}', RECORD: b'{"id":3}', DICT: b'{"id":3}', ENUM: b'"open"'}
    for number, (was, now, expected) in enumerate(CLASSES):
        if was not in values or expected is UNCLEAR:
            continue
        name = f"models_of_case_{number}"
        (tmp_path / f"{name}.py").write_text(now)
        module = import_module(name)
        assert reads(Coder("order", module.Order), values[was]) == (expected is FITS), now


def test_the_words_of_a_change(tmp_path: Path) -> None:
    found = classes(INNER.format("") + OUTER, INNER.format("    m: int") + OUTER, tmp_path)
    assert found == Change("its items: Item needs m, which it did not have", certain=True)
    whole = change(Typed(Path(), as_ir("int")), Typed(Path(), as_ir("list of int")))
    assert whole == Change("it was int, and is list of int", certain=True, whole=True)
