"""``POST /api/user/error`` and ``/api/user/log/{user_name}``: what pages report is logged (section 7)."""

import json
import logging
from typing import Any

import pytest

from access.page_reports import MAX_REPORT_LENGTH
from orchestrator_ws.log_formats import json_formatter, readable_formatter
from tests.integration.rest.api import Api, faults
from tests.issuer import Issuer

TOKEN = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJqYW5lIn0.c2VjcmV0"
LOGGER = "access.page_reports"


def logged(caplog: pytest.LogCaptureFixture) -> logging.LogRecord:
    (record,) = [record for record in caplog.records if record.name == LOGGER]
    return record


@pytest.fixture(autouse=True)
def everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, LOGGER)


def test_an_error_of_a_page_is_a_warning(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    answer = api.post("/api/user/error", {"message": "t is undefined", "line": 7})

    assert (answer.status, answer.body) == (200, {})
    assert logged(caplog).levelname == "WARNING"
    assert logged(caplog).getMessage() == 'A page of null failed: {"message": "t is undefined", "line": 7}'


def test_a_message_of_a_page_is_logged(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    answer = api.post("/api/user/log/jane", {"message": "Clicked", "more": 1})

    assert (answer.status, answer.body) == (200, {})
    assert logged(caplog).levelname == "INFO"
    assert logged(caplog).getMessage() == 'A page of null, for "jane": "Clicked"'


def test_the_caller_is_named_whoever_the_page_says_it_is(
    api: Api, issuer: Issuer, caplog: pytest.LogCaptureFixture
) -> None:
    headers = {"Authorization": f"Bearer {issuer.token('view', preferred_username='jane')}"}

    api.send("POST", "/api/user/log/root", {"message": "Hello"}, headers=headers)

    assert logged(caplog).getMessage() == 'A page of "jane", for "root": "Hello"'


@pytest.mark.parametrize("path", ["/api/user/error", "/api/user/log/jane"])
def test_what_is_long_is_cut(path: str, api: Api, caplog: pytest.LogCaptureFixture) -> None:
    assert api.post(path, {"message": "x" * 100_000}).status == 200

    assert MAX_REPORT_LENGTH < len(logged(caplog).getMessage()) < MAX_REPORT_LENGTH + 100


def test_of_many_texts_the_first_are_logged(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    api.post("/api/user/error", {"texts": ["x"] * 2 * MAX_REPORT_LENGTH})

    assert logged(caplog).getMessage().endswith('"x", "x", "x",...')


def test_a_long_name_is_cut(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    api.post(f"/api/user/log/{'x' * 3000}", {"message": ""})

    assert len(logged(caplog).getMessage()) < 200


@pytest.mark.parametrize("formatter", [json_formatter(), readable_formatter()], ids=["json", "readable"])
@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\v", "\f", "\x1b[2K", "\x85", "\u2028", "\u2029"], ids=ascii)
def test_no_report_forges_a_line(
    end: str, formatter: logging.Formatter, api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    forged = f"{end}2026-03-02T09:20:11Z INFO audit root disconnected everybody"

    api.post("/api/user/error", {"message": forged, forged: [forged]})
    error = logged(caplog)
    caplog.clear()
    api.post(f"/api/user/log/{'%0A%0D%1B%E2%80%A8'}jane", {"message": forged})

    for record in (error, logged(caplog)):
        line = formatter.format(record)
        assert len(line.splitlines()) == 1
        assert line.isprintable()


SECRETS: list[Any] = [
    {"password": "hunter2"},
    {"config": {"headers": [{"Authorization": "hunter2"}]}},
    {"text": f"Bearer {TOKEN}"},
    {"text": "GET /api/callback/hunter2"},
    {"text": '{"access_token":"hunter2"}'},
    {"text": "Cookie: sessionid=hunter2\nx"},
    {"text": f"{'x' * (MAX_REPORT_LENGTH - 30)} {TOKEN}"},
    {TOKEN: 1},
]


@pytest.mark.parametrize("report", SECRETS, ids=lambda report: json.dumps(report)[:40])
def test_no_secret_of_a_report_is_logged(report: Any, api: Api, caplog: pytest.LogCaptureFixture) -> None:
    api.post("/api/user/error", report)

    assert "hunter2" not in logged(caplog).getMessage()
    assert TOKEN[:12] not in logged(caplog).getMessage()


def test_no_token_of_a_message_or_a_name_is_logged(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    api.post(f"/api/user/log/{TOKEN}", {"message": '{"token": "hunter2"}'})

    assert logged(caplog).getMessage() == r'A page of null, for "***": "{\"token\": \"***\"}"'


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ([], ("dict_type", ["body"])),
        ("text", ("dict_type", ["body"])),
        (None, ("missing", ["body"])),
    ],
)
def test_an_error_is_an_object(body: Any, fault: Any, api: Api, caplog: pytest.LogCaptureFixture) -> None:
    assert faults(api.post("/api/user/error", body)) == [fault]
    assert not [record for record in caplog.records if record.name == LOGGER]


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({}, ("missing", ["body", "message"])),
        ({"message": 7}, ("string_type", ["body", "message"])),
        (None, ("missing", ["body"])),
    ],
)
def test_a_message_is_text(body: Any, fault: Any, api: Api) -> None:
    assert faults(api.post("/api/user/log/jane", body)) == [fault]
