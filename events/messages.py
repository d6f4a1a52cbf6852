"""From a change to its frames, byte for byte; pure, and the only place that spells them.

Section numbers are those of ``docs/messages.md``.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from http import HTTPStatus
from typing import Any, TypeAlias, assert_never
from uuid import UUID

from websockets.frames import Frame as WebSocketFrame
from websockets.frames import Opcode

from events.changes import KINDS_WITH_ID, Change, ChangeKind, LoggedChange
from events.groups import Channel
from events.positions import Position

PING = "__ping__"
ASK_POSITION = "__position__"
LIST = "LIST"
CHANGES_MESSAGE_TYPE = "changes.committed"
MAX_LOG_ID = 2**63 - 1

CacheTag: TypeAlias = tuple[str, str | None]
"""What a browser's cache is keyed by: a type, and an id, ``LIST`` or nothing."""

COARSE_TAGS: tuple[CacheTag, ...] = (
    ("processes", None),
    ("subscriptions", None),
    ("processStatusCounts", None),
    ("engineStatus", None),
    ("metadataProducts", None),
    ("workerStatus", None),
)
"""The id-less tags: together they make an unmodified client right again after any gap (section 2)."""


@dataclass(frozen=True)
class Frame:
    """The encoded text for one channel, and the key by which a client that is behind gets it once."""

    key: CacheTag
    text: str

    @cached_property
    def size_bytes(self) -> int:
        """Length of the text in UTF-8; counted once for all clients."""
        return len(self.text.encode())

    @cached_property
    def encoded(self) -> bytes:
        """The text as a server sends it (RFC 6455, section 5.2); encoded once for all clients."""
        return WebSocketFrame(Opcode.TEXT, self.text.encode()).serialize(mask=False)


PONG_FRAME = Frame(("pong", None), "__pong__")
"""The answer to a ping (section 1)."""


def encode(value: Any) -> str:
    """Encode as compact JSON; key order is kept, non-ASCII text is not escaped (section 1)."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def cache_tags(change: Change) -> tuple[CacheTag, ...]:
    """Return the tags that the change makes stale on ``events``, in the order of section 7."""
    own_id = None if change.id is None else str(change.id)
    match change.kind:
        case ChangeKind.PROCESS | ChangeKind.PROCESS_STEP:
            return (("processes", LIST), ("processes", own_id))
        case ChangeKind.PROCESS_DELETED:
            return (("processStatusCounts", None), ("processes", LIST), ("processes", own_id))
        case ChangeKind.PROCESS_STATUS_COUNTS:
            return (("processStatusCounts", None),)
        case ChangeKind.SUBSCRIPTIONS:
            # The list pages provide the id-less tag, so LIST alone would refresh nothing (section 8, point 10).
            return (("subscriptions", None), ("subscriptions", LIST))
        case ChangeKind.SUBSCRIPTION:
            return (("subscriptions", own_id),)
        case ChangeKind.PRODUCTS:
            return (("metadataProducts", None),)
        case ChangeKind.ENGINE_STATUS:
            return (("engineStatus", None),)
        case ChangeKind.WORKER_STATUS:
            return (("workerStatus", None),)
        case ChangeKind.ACCESS:
            return ()
        case _:
            assert_never(change.kind)


@lru_cache(4096)
def invalidation_frame(tag: CacheTag) -> Frame:
    """Return the frame that tells a browser to refetch what it cached under the tag (section 2)."""
    cache_type, cache_id = tag
    value = {"type": cache_type} if cache_id is None else {"type": cache_type, "id": cache_id}
    return Frame(tag, encode({"name": "invalidateCache", "value": value}))


def coarse_frames() -> list[Frame]:
    """Return the frames after which any client is right again, whatever it missed (section 2)."""
    return [invalidation_frame(tag) for tag in COARSE_TAGS]


def position_frame(position: Position | None) -> Frame:
    """Return the answer to ``__position__`` (section 3).

    Its key is its text: one with another position never takes its place, which would promise too much.
    """
    text = encode({"position": None if position is None else str(position)})
    return Frame(("position", text), text)


def data_channel(change: Change) -> Channel | None:
    """Return the deprecated channel that sends data for this change, if one does (sections 5 and 6)."""
    match change.kind:
        case ChangeKind.PROCESS_STEP | ChangeKind.PROCESS_DELETED:
            return Channel.PROCESSES
        case ChangeKind.ENGINE_STATUS:
            return Channel.ENGINE_SETTINGS
        case _:
            return None


def engine_status_frame(body: Mapping[str, Any]) -> Frame:
    """Return the frame of ``engine-settings``; ``body`` is that of ``GET /api/settings/status`` (section 5)."""
    return Frame(("engine-status", None), encode({"engine-status": body}))


def process_frame(process_id: UUID, body: Mapping[str, Any]) -> Frame:
    """Return the frame of ``processes`` with a whole process object (section 6)."""
    return Frame(("process", str(process_id)), encode({"process": body}))


def deleted_process_frame(process_id: UUID) -> Frame:
    """Return the frame of ``processes`` for a deleted process; its status is a literal (section 6)."""
    return process_frame(process_id, {"id": str(process_id), "status": "aborted"})


def error_frame(status_code: int, detail: Any, headers: Mapping[str, str] | None) -> str:
    """Return the text of the one frame that a refused client gets before the close (section 1)."""
    return encode({"error": {"status_code": status_code, "detail": detail, "headers": headers}})


def problem_frame(status: HTTPStatus, detail: str) -> str:
    """Return the text of the one frame that a client gets which was refused for another reason (section 1)."""
    refusal: dict[str, Any] = {"status_code": status.value, "detail": detail, "headers": {}}
    return encode({"error": {**refusal, "title": status.phrase, "type": None}})


def read_token_message(text: str) -> str | None:
    """Return the token that a client sends to stay for longer; None for any other text (section 1)."""
    if not text.startswith("{"):
        return None
    try:
        message = json.loads(text)
    except (RecursionError, ValueError):
        return None
    token = message.get("token")
    return token if len(message) == 1 and isinstance(token, str) else None


def changes_message(logged: Sequence[LoggedChange]) -> dict[str, Any]:
    """Return the message that carries changes over the channel layer."""
    entries = [
        [item.log_id, item.change.kind.value, None if item.change.id is None else item.change.id.hex] for item in logged
    ]
    return {"type": CHANGES_MESSAGE_TYPE, "entries": entries}


def read_changes_message(message: Any) -> list[LoggedChange]:
    """Return the changes that ``changes_message`` packed.

    Raises:
        ValueError: the message is not of exactly that form.
    """
    if not isinstance(message, Mapping) or message.get("type") != CHANGES_MESSAGE_TYPE:
        raise ValueError("a message of an unknown type came over the channel layer")
    entries = message.get("entries")
    try:
        if not isinstance(entries, list):
            raise TypeError("no list of entries")
        return [_read_entry(*entry) for entry in entries]
    except (AttributeError, TypeError, ValueError) as error:
        raise ValueError("a malformed message came over the channel layer") from error


def _read_entry(log_id: Any, kind: Any, hex_id: Any) -> LoggedChange:
    change = Change(ChangeKind(kind), None if hex_id is None else UUID(hex=hex_id))
    if type(log_id) is not int or not 0 < log_id <= MAX_LOG_ID:
        raise ValueError("no id of the change log")
    if (change.id is not None) is not (change.kind in KINDS_WITH_ID):
        raise ValueError("an id too many or too few")
    return LoggedChange(log_id, change)
