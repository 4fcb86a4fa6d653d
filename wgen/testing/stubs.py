"""Stands in for handlers that are not there: does nothing, and gives a value that fits its type."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

from wgen.errors import UsageError
from wgen.runtime.codec import plain, to_text
from wgen.runtime.definition import definition
from wgen.runtime.flow import Call, Task
from wgen.runtime.plan import Bound

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Sequence

    from wgen.runtime.codec import Coder
    from wgen.runtime.flow import Flow

_TEXTS: Final = {
    "date": "2026-01-01",
    "date-time": "2026-01-01T00:00:00Z",
    "duration": "PT0S",
    "time": "00:00:00",
    "uuid": "00000000-0000-0000-0000-000000000000",
}
_PLAIN: Final[dict[str, Any]] = {"boolean": False, "null": None}


def stubs(flow: Flow[Any, Any], handlers: Collection[str]) -> dict[str, Callable[..., Awaitable[Any]]]:
    """Handlers of the flow that give the simplest values of the types that their sentences ask for."""
    if not handlers:
        return {}
    bound = Bound(flow, SimpleNamespace(), {})
    schemas = plain(definition(bound))["values"]
    steps = (step for step in flow.steps.values() if isinstance(step, Task | Call))
    gives = {step.handler: step.gives for step in steps}
    return {
        name: _giving([_value(name, bound.codec.coders[given], schemas[given]["schema"]) for given in gives[name]])
        for name in handlers
    }


def _value(handler: str, coder: Coder, schema: dict[str, Any]) -> Any:
    try:
        return coder.decode(to_text(sample(schema)))
    except ValueError as error:
        raise UsageError(f"{handler} needs a handler: a stub can't make up a value for ({coder.words})") from error


def _giving(values: Sequence[Any]) -> Callable[..., Awaitable[Any]]:
    async def stubbed(**_arguments: Any) -> Any:
        return values[0] if len(values) == 1 else tuple(values) or None

    return stubbed


def sample(schema: dict[str, Any], known: dict[str, Any] | None = None) -> Any:
    """A small value that a JSON schema allows. `known` are the schemas that it refers to."""
    known = schema.get("$defs", known or {})
    if "$ref" in schema:
        return sample(known[schema["$ref"].rpartition("/")[2]], known)
    for name in ("default", "const"):
        if name in schema:
            return schema[name]
    if "enum" in schema:
        return schema["enum"][0]
    choices = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf")
    if choices:
        return None if {"type": "null"} in choices else sample(choices[0], known)
    return _of_type(schema, known)


def _of_type(schema: dict[str, Any], known: dict[str, Any]) -> Any:
    type_ = schema.get("type")
    if type_ == "object":
        parts = schema.get("properties", {})
        return {name: sample(parts[name], known) for name in schema.get("required", ())}
    if type_ == "array":
        first = [sample(part, known) for part in schema.get("prefixItems", ())]
        return first + [sample(schema["items"], known) for _ in range(len(first), schema.get("minItems", 0))]
    if type_ in ("integer", "number"):
        return schema.get("minimum", schema.get("exclusiveMinimum", -1) + 1)
    if type_ == "string":
        return _TEXTS.get(schema.get("format", ""), "x" * schema.get("minLength", 0))
    return _PLAIN.get(str(type_))
