"""Values to readable JSON and back, by their types.

A value with a type is checked strictly: "5" is no int. A dict, list or whole number counts where JSON would (a dict for
a model, 5 for a Decimal).
A value without a type may be anything that has a JSON form. Where an object can differ from its stored form, or change
later, the run goes on with what was read back: it then behaves the same whether it crashed in between or not.
"""

from __future__ import annotations

import json
import sys
import types
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from math import isfinite
from typing import (
    Any,
    Final,
    NoReturn,
    NotRequired,
    TypeAlias,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from pydantic import ConfigDict, PydanticUserError, TypeAdapter, ValidationError
from pydantic_core import from_json, to_json

from wgen.errors import UsageError, ValueRejected

Encode: TypeAlias = Callable[[Any], tuple[Any, bytes]]
"""Takes a value; returns what the run goes on with, and the text for the store."""

_CONFIG: Final = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64", ser_json_inf_nan="constants")
_PLAIN: Final = frozenset({str, int, bool, type(None)})
_LOOSE: Final = (dict, dict[str, Any], list, list[Any])

IMMUTABLE: Final = frozenset({*_PLAIN, float, bytes, Decimal, date, time, datetime, timedelta})
"""Classes whose objects nobody can change."""


class Coder:
    """Encodes and decodes the values of one name."""

    def __init__(self, words: str, type_: Any) -> None:
        self.words = words
        self.type = type_
        self.exact = _exact(type_)
        self.mutable = not self.exact or not all(_is_immutable(kind) for kind in self.exact)
        self.adapter: TypeAdapter[Any] = _adapter(words, type_)
        self._dumps: Callable[..., bytes] = self.adapter.serializer.to_json
        self._check: Callable[..., Any] = self.adapter.validator.validate_python
        self._read: Callable[..., Any] = self.adapter.validator.validate_json
        self.encode: Encode = self._encode_untyped if type_ is Any else self._encode_typed
        if type_ in _PLAIN:
            self.encode = _plainly(type_, self._encode_typed)
        elif type_ in _LOOSE:
            self.encode = _loosely(get_origin(type_) or type_, words, self._dumps, self._encode_typed)

    def decode(self, text: bytes) -> Any:
        """Raises ValidationError where the text does not fit the type."""
        return from_json(text) if self.type is Any else self._read(text, strict=True)

    def private(self, value: Any) -> Any:
        """The same value as an object of its own, that nobody else can change."""
        if self.type is Any:
            return from_json(to_json(value, bytes_mode="base64"))
        return self.decode(self.adapter.dump_json(value))

    def encode_json(self, value: Any) -> tuple[Any, bytes]:
        """Like `encode`, for values that may have come as JSON: a text may stand for a date, a number for a Decimal."""
        try:
            return self.encode(value)
        except ValueRejected:
            if self.type is Any or not isinstance(value, str | float):
                raise
        try:
            return self._dump(self.adapter.validate_json(self._json(value), strict=True))
        except ValidationError as error:
            self._reject(value, error)

    def _encode_untyped(self, value: Any) -> tuple[Any, bytes]:
        cls = value.__class__
        if cls in _PLAIN:
            return value, self._json(value)
        if cls is float:
            if not isfinite(value):
                raise ValueRejected(f"({self.words}) is {value}, which JSON has no form for")
            return value, to_json(value)
        text = self._json(value)
        _refuse_endless(self.words, text)
        try:
            return from_json(text), text
        except ValueError as error:  # it is nested too deeply
            raise ValueRejected(f"({self.words}) can't be stored: its JSON does not read back ({error})") from error

    def _json(self, value: Any) -> bytes:
        try:
            return to_json(value, bytes_mode="base64")
        except Exception as error:  # whatever the object's own parts raise
            why = f"{type(value).__qualname__} has no JSON form ({_without_python(error)})"
            raise ValueRejected(
                f"({self.words}) can't be stored: {why}. "
                "Give it a type in the flow, or let it be of plain data, a dataclass or a pydantic model."
            ) from error

    def _encode_typed(self, value: Any) -> tuple[Any, bytes]:
        try:
            checked = self._check(value, strict=True)
        except ValidationError as error:
            checked = self._as_json(value, error)
        return self._dump(checked)

    def _as_json(self, value: Any, refusal: ValidationError) -> Any:
        # A whole number is exact: it may stand for a Decimal.
        if not isinstance(value, dict | list | int) or isinstance(value, bool):
            self._reject(value, refusal)
        try:
            return self.adapter.validate_json(to_json(value), strict=True)
        except ValidationError as error:
            self._reject(value, error)
        except Exception:  # noqa: BLE001 - the object has no JSON form, so the first refusal stands
            self._reject(value, refusal)

    def _dump(self, value: Any) -> tuple[Any, bytes]:
        try:
            text = self._dumps(value, warnings="error")
        except Exception as error:  # whatever the object's own parts raise
            raise ValueRejected(
                f"({self.words}) can't be stored: {_came(value)} can't be written as {_name(self.type)} ({error})"
            ) from error
        if value.__class__ in self.exact and _is_immutable(value.__class__):
            _refuse_endless(self.words, text)
            return value, text
        return self._read_back(text), text

    def _read_back(self, text: bytes) -> Any:
        _refuse_endless(self.words, text)
        try:
            return self.decode(text)
        except ValidationError as error:
            raise ValueRejected(
                f"({self.words}) can't be stored: its JSON does not read back as {_name(self.type)} ({_first(error)})"
            ) from error

    def _reject(self, value: Any, error: ValidationError) -> NoReturn:
        more = "" if _scalar(value) else f": {_first(error)}"
        raise ValueRejected(f"{_came(value)} came for ({self.words}), which is {_name(self.type)}{more}") from error


class Codec:
    """The coders of one flow, by the names of its values."""

    def __init__(self, hints: Mapping[str, Any], words: Mapping[str, str], results: Any) -> None:
        self.coders = {name: Coder(words.get(name, name.replace("_", " ")), hint) for name, hint in hints.items()}
        self.result = Coder("result", results)


def _plainly(type_: type, otherwise: Encode) -> Encode:
    """The way of a text, a number or a yes/no, which are most values: no check but the class, no reading back."""

    def encode(value: Any) -> tuple[Any, bytes]:
        if value.__class__ is type_:
            try:
                return value, to_json(value)
            except ValueError:  # half a character; the long way says so in words
                pass
        return otherwise(value)

    return encode


def _loosely(kind: type, words: str, dumps: Callable[..., bytes], otherwise: Encode) -> Encode:
    """The way of a dict or list of anything: what can be written without a warning is of that type."""

    def encode(value: Any) -> tuple[Any, bytes]:
        if value.__class__ is kind:
            try:
                text = dumps(value, warnings="error")
                kept = from_json(text)
            except Exception:  # noqa: BLE001 - whatever its parts raise; the long way says so in words
                return otherwise(value)
            _refuse_endless(words, text)
            return kept, text
        return otherwise(value)

    return encode


def _adapter(words: str, type_: Any) -> TypeAdapter[Any]:
    known = _newer(type_)
    try:
        try:
            return TypeAdapter(known, config=_CONFIG)
        except PydanticUserError:  # models, dataclasses and typed dicts bring their own configuration
            return TypeAdapter(known)
    except PydanticUserError as error:
        raise UsageError(f"({words}) has the type {_name(type_)}, which can't be stored: {error.message}") from error


def _newer(type_: Any) -> Any:
    """The type with each TypedDict of `typing` made anew, where pydantic does not read those of an old Python."""
    if sys.version_info < (3, 12) and is_typeddict(type_) and type(type_).__module__ == "typing":
        hints = {name: _newer(hint) for name, hint in get_type_hints(type_).items()}
        fields = {name: hint if name in type_.__required_keys__ else NotRequired[hint] for name, hint in hints.items()}
        from typing_extensions import TypedDict  # noqa: PLC0415 - only an old Python needs it

        return TypedDict(type_.__name__, fields)  # type: ignore[operator]  # fields are known only here
    origin, parts = get_origin(type_), get_args(type_)
    if origin in (Union, types.UnionType):
        return Union[tuple(map(_newer, parts))]  # noqa: UP007 - made of parts
    if origin in (list, dict, tuple, set, frozenset):
        return origin[tuple(map(_newer, parts))]
    return type_


def _exact(type_: Any) -> frozenset[type]:
    """The classes whose objects read back as they are; none for containers, whose items may be anything."""
    if get_origin(type_) in (Union, types.UnionType):
        return frozenset().union(*(_exact(part) for part in get_args(type_)))
    if type_ is None:
        return frozenset({type(None)})
    plain = isinstance(type_, type) and not get_args(type_) and not issubclass(type_, dict | list | tuple | set)
    return frozenset({type_}) if plain else frozenset()


def _without_python(error: Exception) -> str:
    """What a library says, without the names of its own errors in front."""
    if "surrogates not allowed" in str(error):
        return "a text holds half a character"
    return str(error).removeprefix("Error serializing to JSON: ")


def _is_immutable(kind: type) -> bool:
    return kind in IMMUTABLE or issubclass(kind, Enum)


def _refuse_endless(words: str, text: bytes) -> None:
    """Refuses the numbers that JSON has no form for; a text that speaks of them is looked at closely."""

    def refuse(constant: str) -> NoReturn:
        raise ValueRejected(f"({words}) holds {constant}, which JSON has no form for")

    if b"NaN" in text or b"Infinity" in text:
        json.loads(text, parse_constant=refuse)


def _scalar(value: Any) -> bool:
    return isinstance(value, str | int | float | bool | type(None))


def _came(value: Any) -> str:
    if value is None:
        return "None"
    text = repr(value) if _scalar(value) else ""
    shown = f" {text}" if text and len(text) <= 60 else ""
    return f"{type(value).__qualname__}{shown}"


def _name(type_: Any) -> str:
    """A type as a flow would call it."""
    if type_ is timedelta:
        return "duration"
    if isinstance(type_, type) and not get_args(type_):
        return type_.__qualname__
    return str(type_).replace("typing.", "")


def _first(error: ValidationError) -> str:
    problem = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(str(part) for part in problem["loc"])
    return f"{place}: {problem['msg']}" if place else str(problem["msg"])


def plain(text: bytes | None) -> Any:
    """A stored text as plain JSON data, without its type."""
    return None if text is None else from_json(text)


def explain(error: Exception) -> str:
    """Why a stored text does not fit its type any more."""
    return _first(error) if isinstance(error, ValidationError) else str(error)


def to_text(value: Any) -> bytes:
    """Plain data as JSON text."""
    return to_json(value)
