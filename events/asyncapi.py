"""What the event path says in the AsyncAPI document: addresses, messages both ways, credentials, close codes.

The examples are made by what makes the frames; ``docs/messages.md`` is the same for people.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings as django_settings
from websockets.frames import CloseCode

from access.authentication import SUBPROTOCOL
from events.changes import KINDS_WITH_ID, Change, ChangeKind
from events.channel_consumer import ChannelConsumer
from events.groups import Channel
from events.messages import (
    ASK_POSITION,
    COARSE_TAGS,
    LIST,
    PING,
    PONG_FRAME,
    CacheTag,
    cache_tags,
    deleted_process_frame,
    encode,
    invalidation_frame,
    position_frame,
)
from events.positions import Position
from events.refusals import ForbiddenError, LimitExceededError, RefusedError, UnauthenticatedError, UnavailableError
from events.routing import websocket_urlpatterns
from orchestrator_ws.contracts import JsonObject

JSON, TEXT = "application/json", "text/plain"

EXAMPLE_ID = UUID("5d0b7c1e-2f64-4a19-9c3a-7be1d20f4a01")

_STRING: JsonObject = {"type": "string"}
_ID: JsonObject = {"type": "string", "format": "uuid", "pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"}
_DEPRECATED = frozenset({Channel.ENGINE_SETTINGS, Channel.PROCESSES})
_ALL = frozenset(Channel)

CLOSE_CODES: Mapping[CloseCode, tuple[frozenset[Channel], str]] = {
    CloseCode.NORMAL_CLOSURE: (_DEPRECATED, "The client is not let in; an error frame said why."),
    CloseCode.PROTOCOL_ERROR: (_ALL, "The handshake is malformed; seen as HTTP 403."),
    CloseCode.POLICY_VIOLATION: (_ALL, "The client is not let in, or not any more; an error frame said why."),
    CloseCode.MESSAGE_TOO_BIG: (_ALL, "The client sent too long a message."),
    CloseCode.INTERNAL_ERROR: (
        frozenset({Channel.EVENTS, Channel.ENGINE_SETTINGS}),
        "The database did not answer when the client connected.",
    ),
    CloseCode.SERVICE_RESTART: (_ALL, "The server shuts down: connect again."),
    CloseCode.TRY_AGAIN_LATER: (
        _ALL,
        "The client reads too slowly; on a deprecated channel also: PostgreSQL was restarted. Connect again.",
    ),
}
"""The channels on which the server closes with a code, and why."""

_SCHEMES: Mapping[str, JsonObject] = {
    "subprotocol": {
        "type": "httpApiKey",
        "in": "header",
        "name": "Sec-WebSocket-Protocol",
        "description": f"`{SUBPROTOCOL}, <JWT>`; the server selects `{SUBPROTOCOL}`.",
    },
    "session": {
        "type": "httpApiKey",
        "in": "cookie",
        "name": django_settings.SESSION_COOKIE_NAME,
        "description": "The session of a page of an origin that is let in; counts only without subprotocol.",
    },
    "query": {
        "type": "httpApiKey",
        "in": "query",
        "name": "token",
        "description": "A JWT. The parameter is mandatory; while authentication is off its value may be empty.",
    },
}

_ABOUT: Mapping[Channel, str] = {
    Channel.EVENTS: "What became stale, without data.",
    Channel.ENGINE_SETTINGS: "The engine's status, at once and at every update. Deprecated: use `events` and REST.",
    Channel.PROCESSES: "The whole process, once per logged step. Deprecated: use `events` and REST.",
}


@dataclass(frozen=True, kw_only=True)
class Message:
    """A text that travels over a channel: its JSON Schema, and real texts as examples."""

    name: str
    summary: str
    payload: JsonObject
    examples: Sequence[str]
    content_type: str = JSON

    def as_object(self) -> JsonObject:
        """Return the Message Object."""
        payloads = self.examples if self.content_type == TEXT else [json.loads(text) for text in self.examples]
        return {
            "name": self.name,
            "summary": self.summary,
            "contentType": self.content_type,
            "payload": self.payload,
            "examples": [{"payload": payload} for payload in payloads],
        }


def object_schema(properties: Mapping[str, JsonObject]) -> JsonObject:
    """Return the schema of an object with exactly these keys."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def vocabulary() -> list[CacheTag]:
    """Return every tag that a frame of ``events`` may name, one with an id as an example for all."""
    changes = [Change(kind, EXAMPLE_ID if kind in KINDS_WITH_ID else None) for kind in ChangeKind]
    return list(dict.fromkeys([*COARSE_TAGS, *(tag for change in changes for tag in cache_tags(change))]))


def _word(name: str, summary: str, text: str) -> Message:
    return Message(
        name=name,
        summary=summary,
        payload={"type": "string", "const": text},
        examples=[text],
        content_type=TEXT,
    )


def _invalidation(tag: CacheTag) -> Message:
    cache_type, cache_id = tag
    value: JsonObject = {"type": {"const": cache_type}}
    if cache_id is None:
        which, summary = "all", f"All that is cached as `{cache_type}` is stale."
    elif cache_id == LIST:
        which, summary = "list", f"Lists of `{cache_type}` are stale."
        value["id"] = {"const": LIST}
    else:
        which, summary = "one", f"One of `{cache_type}` is stale."
        value["id"] = _ID
    return Message(
        name=f"invalidateCache.{cache_type}.{which}",
        summary=summary,
        payload=object_schema({"name": {"const": "invalidateCache"}, "value": object_schema(value)}),
        examples=[invalidation_frame(tag).text],
    )


REFUSALS: Sequence[RefusedError] = (
    UnauthenticatedError(),
    ForbiddenError(),
    LimitExceededError(60, "messages a minute on one connection"),
    UnavailableError("Identity provider unreachable"),
)
"""One of each kind."""

_ERROR: JsonObject = {
    "type": "object",
    "properties": {
        "status_code": {"enum": [refusal.status.value for refusal in REFUSALS]},
        "detail": _STRING,
        "headers": {"type": "object", "additionalProperties": _STRING},
        "title": _STRING,
        "type": {"type": "null"},
    },
    "required": ["status_code", "detail", "headers"],
    "additionalProperties": False,
}

_PING = _word("ping", "Answered by `pong`, past all frames that wait.", PING)
_PONG = _word("pong", "The answer to `ping`.", PONG_FRAME.text)
_ASK_POSITION = _word("askPosition", "Answered by `position`, behind all frames that wait.", ASK_POSITION)
_TOKEN = Message(
    name="token",
    summary="A newer token of the same subject, with which the client may stay longer; not answered.",
    payload=object_schema({"token": _STRING}),
    examples=[encode({"token": "<JWT>"})],
)
_POSITION = Message(
    name="position",
    summary="Up to where the client has been told, to come back with as `?since=`; null while that is not known.",
    payload=object_schema({"position": {"type": ["string", "null"]}}),
    examples=[
        position_frame(Position(epoch=1764000000000000, xmax=799, in_progress=frozenset({795, 797}))).text,
        position_frame(None).text,
    ],
)
_REFUSAL = Message(
    name="refusal",
    summary="Why the client is closed right after.",
    payload=object_schema({"error": _ERROR}),
    examples=[refusal.frame for refusal in REFUSALS],
)
_DELETED_PROCESS = Message(
    name="deletedProcess",
    summary="The process was deleted.",
    payload=object_schema({"process": object_schema({"id": _ID, "status": {"const": "aborted"}})}),
    examples=[deleted_process_frame(EXAMPLE_ID).text],
)

RECEIVED: Mapping[Channel, Sequence[Message]] = {
    Channel.EVENTS: (_PING, _ASK_POSITION, _TOKEN),
    Channel.ENGINE_SETTINGS: (_PING, _TOKEN),
    Channel.PROCESSES: (_PING, _TOKEN),
}
"""What the server takes from a client."""

SENT: Mapping[Channel, Sequence[Message]] = {
    Channel.EVENTS: (*map(_invalidation, vocabulary()), _POSITION, _PONG, _REFUSAL),
    Channel.ENGINE_SETTINGS: (_PONG, _REFUSAL),
    Channel.PROCESSES: (_DELETED_PROCESS, _PONG, _REFUSAL),
}
"""What the server sends, besides the frames whose data belongs to the apps above."""


def list_addresses() -> dict[Channel, str]:
    """Return the path of each channel."""
    callbacks: list[tuple[Any, str]] = [(route.callback, str(route.pattern)) for route in websocket_urlpatterns]
    consumers = [(callback.consumer_class, "/" + pattern.strip("^$")) for callback, pattern in callbacks]
    return {consumer.channel: path for consumer, path in consumers if issubclass(consumer, ChannelConsumer)}


def describe(data: Mapping[Channel, Sequence[Message]]) -> JsonObject:
    """Return channels, operations and components; ``data`` are the frames that the apps above know."""
    sent = {channel: (*data.get(channel, ()), *SENT[channel]) for channel in Channel}
    addresses = list_addresses()
    known = {message.name: message for channel in Channel for message in (*sent[channel], *RECEIVED[channel])}
    return {
        "channels": {
            channel.value: _channel(channel, addresses[channel], [*sent[channel], *RECEIVED[channel]])
            for channel in Channel
        },
        "operations": {
            f"{channel}.{action}": _operation(channel, action, messages[channel])
            for channel in Channel
            for action, messages in (("send", sent), ("receive", RECEIVED))
        },
        "components": {
            "messages": {name: message.as_object() for name, message in known.items()},
            "securitySchemes": dict(_SCHEMES),
        },
    }


def _channel(channel: Channel, address: str, messages: Sequence[Message]) -> JsonObject:
    query: JsonObject = {"type": "object", "properties": {"since": _STRING}}
    if channel in _DEPRECATED:
        query = {"type": "object", "properties": {"token": _STRING}, "required": ["token"]}
    return {
        "address": address,
        "title": channel.value,
        "description": _ABOUT[channel],
        "messages": {message.name: {"$ref": f"#/components/messages/{message.name}"} for message in messages},
        "bindings": {"ws": {"method": "GET", "query": query, "bindingVersion": "0.1.0"}},
        "x-close-codes": {str(code.value): why for code, (channels, why) in CLOSE_CODES.items() if channel in channels},
    }


def _operation(channel: Channel, action: str, messages: Sequence[Message]) -> JsonObject:
    schemes = ["query"] if channel in _DEPRECATED else ["subprotocol", "session"]
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [{"$ref": f"#/channels/{channel}/messages/{message.name}"} for message in messages],
        "security": [{"$ref": f"#/components/securitySchemes/{scheme}"} for scheme in schemes],
    }
