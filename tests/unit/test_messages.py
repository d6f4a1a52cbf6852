"""Frames, byte for byte as the wire contract has them, and the message that carries changes between servers."""

import json
import math
from http import HTTPStatus
from typing import Any
from uuid import UUID

import pytest
from websockets.client import ClientProtocol
from websockets.frames import Frame as WebSocketFrame
from websockets.frames import Opcode
from websockets.protocol import State
from websockets.uri import parse_uri

from events.changes import Change, ChangeKind, LoggedChange
from events.groups import Channel
from events.messages import (
    PING,
    PONG_FRAME,
    CacheTag,
    Frame,
    cache_tags,
    changes_message,
    coarse_frames,
    data_channel,
    deleted_process_frame,
    encode,
    engine_status_frame,
    error_frame,
    invalidation_frame,
    position_frame,
    problem_frame,
    process_frame,
    read_changes_message,
)
from events.positions import Position

PID = "5d0b7c1e-2f64-4a19-9c3a-7be1d20f4a01"
SID = "c81f3a52-06de-4b7b-8f10-2d94e6a7b302"
PROCESS_ID, SUBSCRIPTION_ID = UUID(PID), UUID(SID)


class TestEncoding:
    @pytest.mark.parametrize(
        ("value", "text"),
        [
            ({"a": [1, {"b": None}], "c": True}, '{"a":[1,{"b":null}],"c":true}'),
            ({"z": 1, "a": 2, "m": 3}, '{"z":1,"a":2,"m":3}'),
            ({"name": "København 東京 😀"}, '{"name":"København 東京 😀"}'),
            ({"text": 'a "b"\n'}, '{"text":"a \\"b\\"\\n"}'),
            ({"at": 1772442900.120451}, '{"at":1772442900.120451}'),
        ],
        ids=["compact", "key-order", "non-ascii", "escapes", "float"],
    )
    def test_json_is_compact_in_the_given_order_and_not_escaped(self, value: Any, text: str) -> None:
        assert encode(value) == text

    @pytest.mark.parametrize("number", [math.nan, math.inf], ids=str)
    def test_what_is_no_json_is_refused(self, number: float) -> None:
        with pytest.raises(ValueError, match="JSON"):
            encode({"value": number})

    def test_ping_and_pong_are_those_of_the_contract(self) -> None:
        assert (PING, PONG_FRAME.text) == ("__ping__", "__pong__")


INVALIDATIONS: list[tuple[CacheTag, str]] = [
    (("processes", "LIST"), '{"name":"invalidateCache","value":{"type":"processes","id":"LIST"}}'),
    (("processes", PID), f'{{"name":"invalidateCache","value":{{"type":"processes","id":"{PID}"}}}}'),
    (("processes", None), '{"name":"invalidateCache","value":{"type":"processes"}}'),
    (("subscriptions", "LIST"), '{"name":"invalidateCache","value":{"type":"subscriptions","id":"LIST"}}'),
    (("subscriptions", SID), f'{{"name":"invalidateCache","value":{{"type":"subscriptions","id":"{SID}"}}}}'),
    (("subscriptions", None), '{"name":"invalidateCache","value":{"type":"subscriptions"}}'),
    (("processStatusCounts", None), '{"name":"invalidateCache","value":{"type":"processStatusCounts"}}'),
    (("engineStatus", None), '{"name":"invalidateCache","value":{"type":"engineStatus"}}'),
    (("workerStatus", None), '{"name":"invalidateCache","value":{"type":"workerStatus"}}'),
    (("metadataProducts", None), '{"name":"invalidateCache","value":{"type":"metadataProducts"}}'),
]


class TestInvalidations:
    @pytest.mark.parametrize(("tag", "text"), INVALIDATIONS, ids=[f"{tag[0]}-{tag[1]}" for tag, _ in INVALIDATIONS])
    def test_each_tag_has_its_frame(self, tag: CacheTag, text: str) -> None:
        frame = invalidation_frame(tag)
        assert (frame.key, frame.text) == (tag, text)

    @pytest.mark.parametrize("text", ["__pong__", "é" * 62, "é" * 63, "x" * 65_536])
    def test_a_frame_is_encoded_as_servers_send_it(self, text: str) -> None:
        parser = ClientProtocol(parse_uri("ws://server/"), state=State.OPEN)
        parser.receive_data(Frame(("processes", None), text).encoded)
        (received,) = parser.events_received()
        assert isinstance(received, WebSocketFrame)
        assert (received.opcode, received.fin, bytes(received.data).decode()) == (Opcode.TEXT, True, text)

    def test_the_coarse_frames_are_the_six_without_id(self) -> None:
        assert [frame.text for frame in coarse_frames()] == [
            '{"name":"invalidateCache","value":{"type":"processes"}}',
            '{"name":"invalidateCache","value":{"type":"subscriptions"}}',
            '{"name":"invalidateCache","value":{"type":"processStatusCounts"}}',
            '{"name":"invalidateCache","value":{"type":"engineStatus"}}',
            '{"name":"invalidateCache","value":{"type":"metadataProducts"}}',
            '{"name":"invalidateCache","value":{"type":"workerStatus"}}',
        ]


CHANGES: list[tuple[Change, list[CacheTag], Channel | None]] = [
    (Change(ChangeKind.PROCESS, PROCESS_ID), [("processes", "LIST"), ("processes", PID)], None),
    (Change(ChangeKind.PROCESS_STEP, PROCESS_ID), [("processes", "LIST"), ("processes", PID)], Channel.PROCESSES),
    (
        Change(ChangeKind.PROCESS_DELETED, PROCESS_ID),
        [("processStatusCounts", None), ("processes", "LIST"), ("processes", PID)],
        Channel.PROCESSES,
    ),
    (Change(ChangeKind.PROCESS_STATUS_COUNTS), [("processStatusCounts", None)], None),
    (Change(ChangeKind.SUBSCRIPTIONS), [("subscriptions", None), ("subscriptions", "LIST")], None),
    (Change(ChangeKind.SUBSCRIPTION, SUBSCRIPTION_ID), [("subscriptions", SID)], None),
    (Change(ChangeKind.PRODUCTS), [("metadataProducts", None)], None),
    (Change(ChangeKind.ENGINE_STATUS), [("engineStatus", None)], Channel.ENGINE_SETTINGS),
    (Change(ChangeKind.WORKER_STATUS), [("workerStatus", None)], None),
    (Change(ChangeKind.ACCESS), [], None),
]
KINDS = [change.kind.value for change, _, _ in CHANGES]


class TestChanges:
    def test_the_table_has_every_kind(self) -> None:
        assert [kind.value for kind in ChangeKind] == KINDS

    @pytest.mark.parametrize(("change", "tags"), [row[:2] for row in CHANGES], ids=KINDS)
    def test_each_kind_makes_its_tags_stale_in_the_contracts_order(self, change: Change, tags: list[CacheTag]) -> None:
        assert list(cache_tags(change)) == tags

    @pytest.mark.parametrize(("change", "channel"), [(row[0], row[2]) for row in CHANGES], ids=KINDS)
    def test_each_kind_has_its_data_channel_or_none(self, change: Change, channel: Channel | None) -> None:
        assert data_channel(change) is channel


class TestDataFrames:
    @pytest.mark.parametrize(
        ("body", "text"),
        [
            (
                {"global_lock": False, "global_status": "RUNNING", "running_processes": 0},
                '{"engine-status":{"global_lock":false,"global_status":"RUNNING","running_processes":0}}',
            ),
            (
                {"global_lock": True, "global_status": "PAUSING", "running_processes": 1},
                '{"engine-status":{"global_lock":true,"global_status":"PAUSING","running_processes":1}}',
            ),
        ],
        ids=["running", "pausing"],
    )
    def test_the_engine_status_is_sent_under_its_own_key(self, body: dict[str, Any], text: str) -> None:
        assert engine_status_frame(body).text == text

    def test_a_process_is_sent_whole_with_its_keys_in_order(self) -> None:
        body: dict[str, Any] = {
            "process_id": PID,
            "last_step": "Änderung",
            "product": None,
            "subscriptions": [],
        }
        assert process_frame(PROCESS_ID, body).text == (
            f'{{"process":{{"process_id":"{PID}","last_step":"Änderung","product":null,"subscriptions":[]}}}}'
        )

    def test_a_deleted_process_is_sent_as_the_contracts_literal(self) -> None:
        assert deleted_process_frame(PROCESS_ID).text == f'{{"process":{{"id":"{PID}","status":"aborted"}}}}'

    def test_frames_of_one_process_share_a_key_and_those_of_others_do_not(self) -> None:
        changed, deleted = process_frame(PROCESS_ID, {"step": 1}), deleted_process_frame(PROCESS_ID)
        other = process_frame(SUBSCRIPTION_ID, {"step": 1})
        assert (changed.key == deleted.key, changed.key == other.key) == (True, False)

    def test_all_frames_of_the_engine_share_a_key(self) -> None:
        assert engine_status_frame({"global_lock": True}).key == engine_status_frame({"global_lock": False}).key


class TestPositions:
    @pytest.mark.parametrize(
        ("position", "text"),
        [
            (
                Position(epoch=7, xmax=799, in_progress=frozenset({797, 795})),
                '{"position":"7:799:795,797"}',
            ),
            (None, '{"position":null}'),
        ],
        ids=["known", "unknown"],
    )
    def test_a_position_is_told_as_a_text(self, position: Position | None, text: str) -> None:
        assert position_frame(position).text == text

    def test_only_the_same_position_may_take_the_place_of_one_that_waits(self) -> None:
        keys = {position_frame(Position(xmax=xmax)).key for xmax in (2, 3, 3)}
        assert len(keys) == 2


class TestErrorFrames:
    @pytest.mark.parametrize(
        ("status", "detail", "headers", "text"),
        [
            (
                401,
                "Invalid or expired token",
                None,
                '{"error":{"status_code":401,"detail":"Invalid or expired token","headers":null}}',
            ),
            (
                401,
                {"error": "invalid_token"},
                {"WWW-Authenticate": "Bearer"},
                '{"error":{"status_code":401,"detail":{"error":"invalid_token"},'
                '"headers":{"WWW-Authenticate":"Bearer"}}}',
            ),
            (403, "Not authorized", {}, '{"error":{"status_code":403,"detail":"Not authorized","headers":{}}}'),
        ],
        ids=["text", "object", "forbidden"],
    )
    def test_a_refusal_is_the_contracts_literal(
        self, status: int, detail: Any, headers: dict[str, str] | None, text: str
    ) -> None:
        assert error_frame(status, detail, headers) == text

    def test_a_refusal_for_another_reason_has_a_title_too(self) -> None:
        assert problem_frame(HTTPStatus.FORBIDDEN, "Not authorized") == (
            '{"error":{"status_code":403,"detail":"Not authorized","headers":{},"title":"Forbidden","type":null}}'
        )


LOGGED = [LoggedChange(number, row[0]) for number, row in enumerate(CHANGES, start=4711)]


class TestChannelLayerMessage:
    def test_its_form_is_the_documented_one(self) -> None:
        logged = [
            LoggedChange(4711, Change(ChangeKind.PROCESS_STEP, PROCESS_ID)),
            LoggedChange(4712, Change(ChangeKind.PROCESS_STATUS_COUNTS)),
        ]
        assert changes_message(logged) == {
            "type": "changes.committed",
            "entries": [[4711, "process_step", PROCESS_ID.hex], [4712, "process_status_counts", None]],
        }

    @pytest.mark.parametrize("logged", [[], LOGGED[:1], LOGGED], ids=["none", "one", "every-kind"])
    def test_what_was_packed_is_read_in_the_same_order(self, logged: list[LoggedChange]) -> None:
        travelled = json.loads(json.dumps(changes_message(logged)))
        assert read_changes_message(travelled) == logged

    @pytest.mark.parametrize("message_type", [None, "", "changes", "changes.committed ", 1, ["changes.committed"]])
    def test_another_type_is_refused(self, message_type: Any) -> None:
        with pytest.raises(ValueError, match="unknown type"):
            read_changes_message({"type": message_type, "entries": []})

    def test_a_message_without_type_is_refused(self) -> None:
        with pytest.raises(ValueError, match="unknown type"):
            read_changes_message({"entries": []})

    @pytest.mark.parametrize("message", [None, [], [1, 2], "text", b"bytes", 7, True, math.nan], ids=repr)
    def test_what_is_no_object_is_refused(self, message: Any) -> None:
        with pytest.raises(ValueError, match="channel layer"):
            read_changes_message(message)

    @pytest.mark.parametrize(
        "entries",
        [
            pytest.param(None, id="null"),
            pytest.param(7, id="number"),
            pytest.param("text", id="text"),
            pytest.param({"a": 1}, id="object"),
            pytest.param([None], id="entry-null"),
            pytest.param([7], id="entry-number"),
            pytest.param([[]], id="entry-empty"),
            pytest.param([[1, "process"]], id="entry-too-short"),
            pytest.param([[1, "process", None, None]], id="entry-too-long"),
            pytest.param([["x", "process", None]], id="log-id-text"),
            pytest.param([[None, "process", None]], id="log-id-null"),
            pytest.param([[[], "process", None]], id="log-id-list"),
            pytest.param([["1", "process", PROCESS_ID.hex]], id="log-id-digits"),
            pytest.param([[True, "process", PROCESS_ID.hex]], id="log-id-true"),
            pytest.param([[1.0, "process", PROCESS_ID.hex]], id="log-id-float"),
            pytest.param([[0, "process", PROCESS_ID.hex]], id="log-id-zero"),
            pytest.param([[2**63, "process", PROCESS_ID.hex]], id="log-id-too-large"),
            pytest.param([[1, "process", None]], id="process-without-id"),
            pytest.param([[1, "engine_status", PROCESS_ID.hex]], id="engine-with-id"),
            pytest.param(([1, "process", PROCESS_ID.hex],), id="entries-no-list"),
            pytest.param([[math.nan, "process", None]], id="log-id-nan"),
            pytest.param([[math.inf, "process", None]], id="log-id-infinity"),
            pytest.param([[1, "nonsense", None]], id="kind-unknown"),
            pytest.param([[1, None, None]], id="kind-null"),
            pytest.param([[1, ["process"], None]], id="kind-list"),
            pytest.param([[1, "process", "no uuid"]], id="id-text"),
            pytest.param([[1, "process", ""]], id="id-empty"),
            pytest.param([[1, "process", 7]], id="id-number"),
            pytest.param([[1, "process", PROCESS_ID.bytes]], id="id-bytes"),
            pytest.param([[1, "process", [PROCESS_ID.hex]]], id="id-list"),
            pytest.param([[1, "process", PROCESS_ID.hex], "rest"], id="second-entry"),
        ],
    )
    def test_malformed_entries_are_refused(self, entries: Any) -> None:
        with pytest.raises(ValueError, match="malformed message"):
            read_changes_message({"type": "changes.committed", "entries": entries})

    def test_a_message_without_entries_is_refused(self) -> None:
        with pytest.raises(ValueError, match="malformed message"):
            read_changes_message({"type": "changes.committed"})
