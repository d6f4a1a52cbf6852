"""``Sec-WebSocket-Protocol``: which headers hold a token, and which are refused."""

import pytest

from access.authentication import MalformedSubprotocolError, read_subprotocol

TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2ln"


@pytest.mark.parametrize(
    ("header", "token"),
    [
        pytest.param(None, "", id="absent"),
        pytest.param(f"base64.bearer.token, {TOKEN}", TOKEN, id="comma-and-blank"),
        pytest.param(f"base64.bearer.token,{TOKEN}", TOKEN, id="bare-comma"),
        pytest.param("base64.bearer.token, ", "", id="empty-token"),
    ],
)
def test_the_token_is_the_second_value(header: str | None, token: str) -> None:
    assert read_subprotocol(header) == token


@pytest.mark.parametrize(
    "header",
    [
        pytest.param("", id="empty"),
        pytest.param("base64.bearer.token", id="one-value"),
        pytest.param(f"base64.bearer.token, {TOKEN}, chat", id="three-values"),
        pytest.param(f"base64.bearer.token,{TOKEN},", id="trailing-comma"),
        pytest.param(f"{TOKEN}, base64.bearer.token", id="wrong-order"),
        pytest.param(f"Base64.Bearer.Token, {TOKEN}", id="other-case"),
        pytest.param(f"base64.bearer.token {TOKEN}", id="no-comma"),
        pytest.param("graphql-transport-ws, base64.bearer.token", id="other-protocol"),
    ],
)
def test_any_other_form_is_refused_without_telling_the_token(header: str) -> None:
    with pytest.raises(MalformedSubprotocolError) as caught:
        read_subprotocol(header)
    assert TOKEN not in str(caught.value)
