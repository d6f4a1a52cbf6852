"""The AsyncAPI document is valid, and says what the code does: channels, tags, frames, close codes."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from jsonschema import Draft7Validator

from events.asyncapi import CLOSE_CODES, RECEIVED, REFUSALS, SENT, list_addresses
from events.changes import Change, ChangeKind
from events.groups import Channel
from events.messages import (
    ASK_POSITION,
    PING,
    PONG_FRAME,
    cache_tags,
    coarse_frames,
    invalidation_frame,
    read_token_message,
)
from events.refusals import RefusedError
from events.routing import websocket_urlpatterns
from orchestrator_ws.asyncapi_document import make_document
from orchestrator_ws.contracts import JsonObject
from tests.asyncapi import fits
from tests.close_codes import used_close_codes
from tests.unit.test_documentation import PROCESS_ID, SUBSCRIPTION_ID, read

SCHEMA = json.loads(Path(__file__).with_name("data").joinpath("asyncapi-3.0.0.json").read_text(encoding="utf-8"))
DOCUMENT = make_document()
MESSAGES = DOCUMENT["components"]["messages"]


def names_of(channel: Channel, action: str) -> list[str]:
    references = DOCUMENT["operations"][f"{channel}.{action}"]["messages"]
    return [resolve(resolve(reference["$ref"])["$ref"])["name"] for reference in references]


def resolve(reference: str) -> JsonObject:
    found: Any = DOCUMENT
    for key in reference.removeprefix("#/").split("/"):
        found = found[key]
    return dict(found)


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if "$ref" in part:
            yield part["$ref"]
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            yield from references(inner)


class TestForm:
    """AsyncAPI 3.0, by its own JSON Schema."""

    def test_the_document_is_valid(self) -> None:
        assert [error.message for error in Draft7Validator(SCHEMA).iter_errors(DOCUMENT)] == []

    @pytest.mark.parametrize("part", ["info", "channels", "operations", "components"])
    def test_the_schema_notices_what_is_wrong(self, part: str) -> None:
        assert not Draft7Validator(SCHEMA).is_valid({**DOCUMENT, part: {"wrong": 1}})

    def test_every_reference_leads_somewhere(self) -> None:
        assert [resolve(reference) for reference in references(DOCUMENT)]

    def test_the_command_prints_it(self, capsys: pytest.CaptureFixture[str]) -> None:
        call_command("asyncapi")

        assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(DOCUMENT))


class TestChannels:
    """Addresses, credentials and close codes."""

    def test_every_channel_has_the_address_of_its_route(self) -> None:
        routes = {"/" + str(route.pattern).strip("^$") for route in websocket_urlpatterns if str(route.pattern)}

        assert set(list_addresses()) == set(Channel)
        assert {channel["address"] for channel in DOCUMENT["channels"].values()} == routes

    @pytest.mark.parametrize("channel", list(Channel))
    def test_every_channel_says_who_is_let_in(self, channel: Channel) -> None:
        schemes = {scheme["$ref"] for scheme in DOCUMENT["operations"][f"{channel}.receive"]["security"]}

        assert {resolve(scheme)["name"] for scheme in schemes} == (
            {"Sec-WebSocket-Protocol", "sessionid"} if channel is Channel.EVENTS else {"token"}
        )

    def test_every_close_code_is_there_and_no_other(self) -> None:
        assert set(CLOSE_CODES) == used_close_codes()

    @pytest.mark.parametrize("channel", list(Channel))
    def test_a_channel_lists_the_codes_of_its_own(self, channel: Channel) -> None:
        of_all = {"1002", "1008", "1009", "1012", "1013"}
        own = {Channel.EVENTS: {"1011"}, Channel.ENGINE_SETTINGS: {"1000", "1011"}, Channel.PROCESSES: {"1000"}}

        assert set(DOCUMENT["channels"][channel]["x-close-codes"]) == of_all | own[channel]


class TestMessages:
    """The texts, in both directions."""

    @pytest.mark.parametrize("kind", list(ChangeKind))
    def test_the_frames_of_every_change_are_those_of_one_message(self, kind: ChangeKind) -> None:
        change = Change(kind, SUBSCRIPTION_ID if kind is ChangeKind.SUBSCRIPTION else PROCESS_ID)
        for tag in cache_tags(change):
            text = invalidation_frame(tag).text
            assert len([name for name in names_of(Channel.EVENTS, "send") if fits(DOCUMENT, name, text)]) == 1

    @pytest.mark.parametrize("text", [frame.text for frame in coarse_frames()])
    def test_the_coarse_frames_are_messages_of_their_own(self, text: str) -> None:
        assert len([name for name in names_of(Channel.EVENTS, "send") if fits(DOCUMENT, name, text)]) == 1

    @pytest.mark.parametrize("name", list(MESSAGES))
    def test_every_example_is_what_its_schema_says(self, name: str) -> None:
        examples = [example["payload"] for example in MESSAGES[name]["examples"]]
        texts = [example if isinstance(example, str) else json.dumps(example) for example in examples]

        assert texts
        assert all(fits(DOCUMENT, name, text) for text in texts)

    def test_every_example_stands_in_the_contract_as_it_is_sent(self) -> None:
        page = self.without_ids(read("docs/messages.md"))
        messages = [message for channel in Channel for message in (*SENT[channel], *RECEIVED[channel])]
        texts = [self.without_ids(text) for message in messages for text in message.examples]

        assert [text for text in texts if text not in page] == []

    @staticmethod
    def without_ids(text: str) -> str:
        return re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "", text)

    @pytest.mark.parametrize("channel", list(Channel))
    def test_a_client_may_send_what_the_server_reads(self, channel: Channel) -> None:
        examples = [MESSAGES[name]["examples"][0]["payload"] for name in names_of(channel, "receive")]
        words = [example for example in examples if isinstance(example, str)]

        assert words == ([PING, ASK_POSITION] if channel is Channel.EVENTS else [PING])
        assert [read_token_message(json.dumps(example)) for example in examples[len(words) :]] == ["<JWT>"]

    @pytest.mark.parametrize("channel", list(Channel))
    def test_every_channel_answers_pings_and_says_why_it_closes(self, channel: Channel) -> None:
        assert {"pong", "refusal"} <= set(names_of(channel, "send"))
        assert MESSAGES["pong"]["examples"] == [{"payload": PONG_FRAME.text}]

    def test_every_kind_of_refusal_is_an_example(self) -> None:
        assert {type(refusal) for refusal in REFUSALS} == set(RefusedError.__subclasses__())
        assert [example["payload"] for example in MESSAGES["refusal"]["examples"]] == [
            json.loads(refusal.frame) for refusal in REFUSALS
        ]
