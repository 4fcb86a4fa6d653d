"""What the store keeps of a flow, so that a sender or a viewer needs none of its code: inputs and events as schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wgen.errors import EventRefused
from wgen.runtime.codec import plain, to_text
from wgen.runtime.flow import MISSING

if TYPE_CHECKING:
    from wgen.runtime.codec import Coder
    from wgen.runtime.plan import Bound


def definition(bound: Bound) -> bytes:
    """The definition of a flow as JSON text."""
    flow, coders = bound.flow, bound.codec.coders
    inputs = {
        name: {"words": wanted.words, "required": wanted.default is MISSING, "schema": _schema(coders[name])}
        for name, wanted in flow.inputs.items()
    }
    words = {name: event_words(flow.events, name) for name in sorted(bound.waits_for)}
    events = {name: {"words": text, "schema": _schema(coders[name])} for name, text in words.items()}
    lines = {plan.id: plan.line for plan in bound.plans.values()}
    body = {"flow": flow.name, "version": flow.version, "source": flow.source}
    return to_text({**body, "inputs": inputs, "events": events, "lines": lines})


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


def event_name(event: str, events: dict[str, str], flow: str) -> str:
    """The identifier of an event that may be given in words. `events` are the words of those the flow waits for."""
    folded = " ".join(event.split()).casefold()
    for name, words in events.items():
        if event == name or folded == words.casefold():
            return name
    known = ", ".join(events.values())
    waits = f"it waits for: {known}" if known else "it waits for no event at all"
    raise EventRefused(f'the flow "{flow}" never waits for an event "{event}"; {waits}')


def check_payload(payload: Any, schema: Any, words: str) -> bytes:
    """The payload as text, if it fits the schema."""
    import fastjsonschema  # noqa: PLC0415 - only senders without the flow's code need it

    text = to_text(payload)
    try:
        fastjsonschema.compile(schema, use_default=False)(plain(text))
    except fastjsonschema.JsonSchemaValueException as error:
        said = error.message.removeprefix("data").replace("cannot be validated by any definition", "is not of its type")
        said = said.partition(" must match pattern ")[0] + (" is not of its type" if "pattern" in said else "")
        raise EventRefused(f"the payload of ({words}) does not fit: it{said}") from error
    return text
