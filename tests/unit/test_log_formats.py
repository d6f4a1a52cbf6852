"""Lines of the log: JSON, or readable; both with the ids that are bound, and without secrets."""

import json
import logging
import re

import pytest
from structlog.contextvars import bound_contextvars

from orchestrator_ws.log_formats import json_formatter, readable_formatter
from orchestrator_ws.log_records import RedactedRecord

TOKEN = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJqYW5lIn0.c2VjcmV0"


def record(message: str = "Lost %s", error: Exception | None = None) -> logging.LogRecord:
    """Return what a logger makes."""
    exc_info = None
    if error is not None:
        try:
            raise error
        except type(error) as raised:
            exc_info = (type(raised), raised, raised.__traceback__)
    return RedactedRecord("events.test", logging.WARNING, __file__, 1, message, ("Redis ü",), exc_info)


def test_a_record_is_a_line_of_json() -> None:
    with bound_contextvars(request_id="r-1"):
        line = json_formatter().format(record())

    written = json.loads(line)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", written.pop("timestamp"))
    assert written == {"event": "Lost Redis ü", "level": "warning", "logger": "events.test", "request_id": "r-1"}
    assert "\n" not in line


def test_a_traceback_is_in_it_without_tokens() -> None:
    written = json.loads(json_formatter().format(record(error=ValueError(f"token {TOKEN}"))))

    assert "ValueError: token ***" in written["exception"]
    assert "exc_info" not in written


def test_in_development_a_record_is_readable() -> None:
    with bound_contextvars(process_id="p-1"):
        first, *below = readable_formatter().format(record(error=ValueError(TOKEN))).splitlines()

    assert re.fullmatch(r"\S+Z WARNING events.test Lost Redis ü process_id=p-1", first)
    assert (below[0], below[-1]) == ("Traceback (most recent call last):", "ValueError: ***")


@pytest.mark.parametrize("formatter", [json_formatter(), readable_formatter()], ids=["json", "readable"])
def test_a_token_in_the_message_is_hidden(formatter: logging.Formatter) -> None:
    assert TOKEN not in formatter.format(record(f"Bearer {TOKEN} %s"))


def test_what_is_hidden_leaves_the_line_whole() -> None:
    written = json.loads(json_formatter().format(record("Authorization: Bearer %s")))

    assert written["event"] == "Authorization: ***"
    assert written["level"] == "warning"
