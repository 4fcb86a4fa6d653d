"""The sentences that connectors perform: exactly these words, and nothing else, around the address."""

from __future__ import annotations

from typing import NamedTuple

from wgen.compiler import syntax

_CALLS = ("grpc method", "thrift method", *(f"http {verb}" for verb in ("get", "post", "put", "patch", "delete")))
_PLACES = ("kafka topic", "rabbitmq queue", "nats subject", "redis stream")


class ConnectorCall(NamedTuple):
    """What a connector is to do: `grpc method` at an address."""

    connector: str
    address: str


def connector_call(sentence: syntax.Sentence) -> ConnectorCall | None:
    """What a sentence asks of a connector; None for prose, which a handler performs."""
    match sentence.parts:
        case (syntax.Prose(text=words), syntax.Quoted(text=address)):
            verb, _, what = _folded(words).partition(" ")
            return ConnectorCall(what, address) if verb == "call" and what in _CALLS else None
        case (syntax.Prose(text=verb), syntax.Ref(), syntax.Prose(text=words), syntax.Quoted(text=address)):
            to, _, place = _folded(words).partition(" ")
            is_one = _folded(verb) == "publish" and to == "to" and place in _PLACES
            return ConnectorCall(place, address) if is_one else None
        case _:
            return None


def _folded(words: str) -> str:
    return " ".join(words.lower().split())
