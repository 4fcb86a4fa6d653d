"""Classes that only hold parts, as `dataclass` makes them, without what nobody uses: made in a third of the time.

Every command that reads a flow makes some fifty of them when it starts.
"""

from __future__ import annotations

from typing import Any, TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform()
def record(cls: type[T]) -> type[T]:
    """A class with an `__init__` that takes its annotated parts, in their order or by name.

    Spans, told by their names, stand apart: `vars` of a record is what it means, wherever it stands in a text.
    """
    names = tuple(cls.__annotations__)
    spans = [name for name in names if name.endswith("span")]
    body: dict[str, Any] = {name: part for name, part in vars(cls).items() if name not in ("__dict__", "__weakref__")}
    body |= {"__slots__": ("__dict__", *spans), "__match_args__": names}
    parameters = "".join(f", {name}={name}" if name in body else f", {name}" for name in names)
    lines = "".join(f"\n    self.{name} = {name}" for name in names)
    # A function that takes parts by name has to be written out as text; `dataclass` does the same.
    exec(f"def __init__(self{parameters}):{lines}", dict(body), body)  # noqa: S102  (names of our own classes)
    made: Any = type(cls.__name__, cls.__bases__, {name: part for name, part in body.items() if name not in spans})
    found: type[T] = made
    return found
