"""The published form of the IR: its JSON schema, made from the classes themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from wgen.compiler import ir


def json_schema() -> dict[str, Any]:
    """The JSON schema of what `wgen ir` prints, for the version that `ir.SCHEMA` names."""
    from pydantic import TypeAdapter  # noqa: PLC0415  (the compiler's own path does without it)

    for part in vars(ir).values():
        if isinstance(part, type) and part.__module__.startswith(f"{ir.__name__}."):
            # What pydantic asks for, and nothing else does.
            dataclass(init=False, repr=False, eq=False)(part)
    # Without the spans, which JSON leaves out: they speak of a text and not of its meaning.
    schema = _without_spans(TypeAdapter(ir.Module).json_schema())
    schema["$defs"].pop("Span", None)
    schema["properties"]["schema"] = {"const": ir.SCHEMA}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": ir.SCHEMA,
        **schema,
    }


def _without_spans(part: Any) -> Any:
    """A part of the schema without the spans, and strict: all that is there is named, and nothing else."""
    if isinstance(part, list):
        return [_without_spans(entry) for entry in part]
    if not isinstance(part, dict):
        return part
    found = {name: _without_spans(entry) for name, entry in part.items()}
    if isinstance(found.get("properties"), dict):
        properties = {name: entry for name, entry in found["properties"].items() if not name.endswith("span")}
        for entry in properties.values():
            entry.pop("default", None)
        found |= {"properties": properties, "required": sorted(properties), "additionalProperties": False}
    return found
