"""Redaction: no form in which a log can hold a token, and texts without one as they are."""

import io
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator_ws import redaction
from orchestrator_ws.redaction import redact

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJqYW5lIn0.c2lnbmF0dXJl-_"
OPAQUE = "0paque-T0ken_~+/=."


@pytest.mark.parametrize("token", [JWT, OPAQUE])
@pytest.mark.parametrize(
    "form",
    [
        "GET /api/processes/all/?token={} HTTP/1.1",
        "/api/processes/all/?x=1&access_token={}&y=2",
        '{{"token":"{}"}}',
        "{{'refresh_token': '{}'}}",
        "Authorization: Bearer {}",
        "< authorization: bearer {}",
        "it was sent as Bearer {} by the client",
        "authorization: {}",
        "(b'authorization', b'Bearer {}')",
        "'HTTP_AUTHORIZATION': 'Bearer {}'",
        "Sec-WebSocket-Protocol: base64.bearer.token, {}",
        "Sec-WebSocket-Protocol: {}",
        "(b'sec-websocket-protocol', b'{}, base64.bearer.token')",
        "'subprotocols': ['base64.bearer.token', '{}']",
        "base64.bearer.token, {}",
        "POST /api/processes/5d0b7c1e/callback/{}/progress",
        "Cookie: sessionid={}; csrftoken={}",
        "sessionid={}; path=/",
    ],
)
def test_a_token_is_hidden_in_every_form(form: str, token: str) -> None:
    token = token.replace("/", "") if "callback" in form else token

    redacted = redact(f"before\n{form.format(token, token)}\nafter")

    assert token not in redacted
    assert not any(part in redacted for part in token.split(".") if len(part) > 4)
    assert redacted.startswith("before\n")
    assert redacted.endswith("\nafter")


@pytest.mark.parametrize("text", [JWT, f"TEXT '{JWT[:40]}...{JWT[-9:]}' [90 bytes]", f"ValueError({JWT!r})", JWT[:20]])
def test_what_looks_like_a_json_web_token_is_hidden_anywhere(text: str) -> None:
    assert "eyJ" not in redact(text)
    assert JWT[-9:] not in redact(text)


def test_the_password_of_a_database_is_hidden() -> None:
    assert redact("to postgresql://jane:s3cr3t@db:5432/x") == "to postgresql://jane:***@db:5432/x"


@pytest.mark.parametrize(
    "text",
    [
        "Client connected to events",
        "GET /api/processes/5d0b7c1e?range=0,25 200",
        "Invalid or expired token",
        "WWW-Authenticate: Bearer",
        "http://127.0.0.1:8000/admin/",
    ],
)
def test_other_texts_stay(text: str) -> None:
    assert redact(text) == text


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "opening",
    [
        "eyJabcdef.",
        "token=",
        "'token': '",
        "/callback/",
        "authorization: '",
        "cookie: ",
        "'subprotocols': [",
        "'subprotocol': '",
        "base64.bearer.token, ",
        "bearer ",
        "sessionid=",
        "://a:",
        "://",
    ],
)
def test_a_long_text_that_only_begins_like_a_token_again_and_again_costs_little(opening: str) -> None:
    assert redact(opening * 200_000)


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Write the log of a logger that has a handler and a format of its own."""
    stream = io.StringIO()
    logger, handler = logging.getLogger("of somebody else"), logging.StreamHandler(stream)
    logger.addHandler(handler)
    logger.propagate = False
    yield stream
    logger.removeHandler(handler)
    logger.propagate = True


@pytest.mark.parametrize(
    ("message", "args"),
    [
        (f"?token={JWT}", ()),
        ("%s?token=%s", ("/api", OPAQUE)),
        ("%s", ({"token": OPAQUE},)),
        ("%(path)s", ({"path": f"/callback/{OPAQUE.replace('/', '')}"},)),
        ("%r", (ValueError(f"Bearer {JWT}"),)),
    ],
)
def test_no_handler_of_any_logger_writes_one(message: str, args: Any, log: io.StringIO) -> None:
    logging.getLogger("of somebody else").warning(message, *args)

    assert "***" in log.getvalue()
    assert JWT not in log.getvalue()
    assert OPAQUE not in log.getvalue()


def test_a_traceback_is_written_without_tokens(log: io.StringIO) -> None:
    def fail() -> None:
        raise ValueError(f"?token={OPAQUE}")

    try:
        fail()
    except ValueError:
        logging.getLogger("of somebody else").exception("failed", stack_info=True)

    assert OPAQUE not in log.getvalue()
    assert "ValueError: ?token=***" in log.getvalue()
    assert "Stack (most recent call last)" in log.getvalue()


SIGNS = [sign for signs, _, _ in redaction._RULES for sign in signs]
# The long s and the sign for Kelvin are an s and a k to an expression that ignores case.
SPELLINGS = [str.title, str.upper, str, lambda sign: sign.replace("s", "\u017f").replace("k", "\u212a")]
JOINTS = ["", " ", ": ", '": "', "', b'", ", ", "'", "': ['"]
ENDS = ["", "\n", "'", "@", ":"]


@settings(max_examples=400)
@given(
    st.lists(
        st.builds(
            lambda spell, sign, *parts: "".join([spell(sign), *parts]),
            st.sampled_from(SPELLINGS),
            st.sampled_from(SIGNS),
            st.sampled_from(JOINTS),
            st.sampled_from([JWT, OPAQUE, "jane:s3cret"]),
            st.sampled_from(ENDS),
        ),
        min_size=1,
        max_size=3,
    ).map("".join)
)
def test_no_expression_is_left_out_that_would_find_something(text: str) -> None:
    whole = text
    for _, pattern, replacement in redaction._COMPILED:
        whole = pattern.sub(replacement, whole)

    assert redact(text) == whole
