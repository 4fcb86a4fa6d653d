"""What the store keeps of a flow, so that a sender or a viewer needs none of its code: inputs and events as schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wgen.errors import EventRefused, ValueRejected
from wgen.runtime.codec import plain, to_text
from wgen.runtime.flow import MISSING
from wgen.runtime.outline import outer_steps, where_to_begin

if TYPE_CHECKING:
    from wgen.runtime.codec import Coder
    from wgen.runtime.plan import Bound
    from wgen.runtime.ports import Store


def definition(bound: Bound) -> bytes:
    """The definition of a flow as JSON text."""
    flow, coders = bound.flow, bound.codec.coders
    inputs = {
        name: {"words": wanted.words, "required": wanted.default is MISSING, "schema": _schema(coders[name])}
        for name, wanted in flow.inputs.items()
    }
    words = {name: event_words(flow.events, name) for name in sorted(bound.waits_for)}
    events = {name: {"words": text, "schema": _schema(coders[name])} for name, text in words.items()}
    values = {name: {"words": coders[name].words, "schema": _schema(coders[name])} for name in bound.names}
    body = {"flow": flow.name, "version": flow.version, "source": flow.source, "steps": _steps(bound)}
    return to_text({**body, "inputs": inputs, "events": events, "values": values})


def _steps(bound: Bound) -> dict[str, Any]:
    """Of each step its line, its digest, and the step at which a run has to begin to get to it."""
    outer = outer_steps(bound.flow)
    plans = bound.plans.values()
    return {p.id: {"line": p.line, "digest": p.digest, "begin": where_to_begin(p.id, bound.flow, outer)} for p in plans}


async def outline(store: Store, bound: Bound | None, digest: str) -> dict[str, Any]:
    """The steps of a flow as its definition tells them: today's where the flow is at hand, else the run's own."""
    if bound is not None:
        return _steps(bound)
    known = plain(await store.definition(digest)) or {}
    return dict(known.get("steps", {}))


async def value_schemas(store: Store, bound: Bound | None, digest: str) -> dict[str, Any]:
    """The values of a flow, each with its words and its schema."""
    if bound is not None:
        return {name: {"words": bound.codec.coders[name].words, "schema": {}} for name in bound.names}
    known = plain(await store.definition(digest)) or {}
    return dict(known.get("values", {}))


def check_value(bound: Bound | None, name: str, value: Any, schemas: dict[str, Any]) -> bytes:
    """A value as the store keeps it. Raises ValueRejected when it does not fit its type."""
    if bound is not None:
        return bound.codec.coders[name].encode_json(value)[1]
    words = schemas[name]["words"]
    try:
        return _checked(value, schemas[name]["schema"])
    except ValueRejected as error:
        raise ValueRejected(f"({words}) does not fit: it{error}") from error


def event_words(words: Any, name: str) -> str:
    return str(words.get(name, name.replace("_", " ")))


def _schema(coder: Coder) -> Any:
    try:
        return _sharpened(coder.adapter.json_schema(mode="validation"))
    except Exception:  # noqa: BLE001 - a user's type may have no schema; then any payload may come
        return {}


# What pydantic reads, where its own schema says less: the text forms of numbers, bytes and time spans.
_NUMBER = r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_PATTERNS = {
    "binary": r"^([A-Za-z0-9+/_-]{4})*([A-Za-z0-9+/_-]{2}(==)?|[A-Za-z0-9+/_-]{3}=?)?$",
    "duration": r"^[+-]?P([0-9]+W|([0-9]+D)?(T([0-9]+H)?([0-9]+M)?([0-9]+(\.[0-9]+)?S)?)?)$",
    "uuid": r"^[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$",
}
_PATTERNS["base64url"] = _PATTERNS["binary"]


def _sharpened(part: Any) -> Any:
    """A schema that refuses what the type would refuse."""
    if isinstance(part, list):
        return [_sharpened(entry) for entry in part]
    if not isinstance(part, dict):
        return part
    found = {name: _sharpened(entry) for name, entry in part.items()}
    kinds = [entry.get("type") for entry in found.get("anyOf", ()) if isinstance(entry, dict)]
    if kinds[:2] == ["number", "string"]:
        found["anyOf"][1] = {"type": "string", "pattern": _NUMBER}
    if found.get("type") == "string" and found.get("format") in _PATTERNS:
        found["pattern"] = _PATTERNS[found["format"]]
    return found


def find_event(event: str, events: dict[str, str]) -> str | None:
    """The identifier of an event that may be given in words. `events` are the words of those the flow waits for."""
    if not isinstance(event, str):
        raise EventRefused(f"the name of an event is to be text, not {type(event).__name__}")
    folded = " ".join(event.split()).casefold()
    return next((name for name, words in events.items() if event == name or folded == words.casefold()), None)


def event_name(event: str, events: dict[str, str], flow: str) -> str:
    """The identifier of an event that the flow waits for. Raises EventRefused."""
    name = find_event(event, events)
    if name is not None:
        return name
    known = ", ".join(events.values())
    waits = f"it waits for: {known}" if known else "it waits for no event at all"
    raise EventRefused(f'the flow "{flow}" never waits for an event "{event}"; {waits}')


def check_payload(payload: Any, schema: Any, words: str) -> bytes:
    """The payload as text, if it fits the schema."""
    try:
        return _checked(payload, schema)
    except ValueRejected as error:
        raise EventRefused(f"the payload of ({words}) does not fit: it{error}") from error


def _checked(value: Any, schema: Any) -> bytes:
    import fastjsonschema  # noqa: PLC0415 - only senders without the flow's code need it

    try:
        text = to_text(value)
    except ValueError as error:  # half a character, or a number that JSON has no form for
        raise ValueRejected(f" can't be stored: {error}") from error
    try:
        fastjsonschema.compile(schema, use_default=False)(plain(text))
    except fastjsonschema.JsonSchemaValueException as error:
        said = error.message.removeprefix("data").replace("cannot be validated by any definition", "is not of its type")
        said = said.partition(" must match pattern ")[0] + (" is not of its type" if "pattern" in said else "")
        raise ValueRejected(said) from error
    return text
