"""Who gets in on the three channels: tokens, paths and origins (``docs/messages.md``, section 1)."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from channels.routing import URLRouter
from pytest_django import Settings

from access.origins import ExactOriginValidator
from events.routing import websocket_urlpatterns
from tests.integration.events.clients import ENGINE_SETTINGS, EVENTS, PROCESSES, Client

pytestmark = pytest.mark.usefixtures("stopping_manager")

Connect = Callable[..., Awaitable[Client]]

ALLOWED_ORIGINS = ["https://ui.example.org", "http://ui.example.org:8080"]
application = ExactOriginValidator(URLRouter(websocket_urlpatterns), ALLOWED_ORIGINS)

MALFORMED_SUBPROTOCOLS = {
    "empty": "",
    "no token": "base64.bearer.token",
    "another name": "other.protocol, eyJ0",
    "names swapped": "eyJ0, base64.bearer.token",
    "three values": "base64.bearer.token, eyJ0, more",
    "three values, bare commas": "base64.bearer.token,eyJ0,more",
    "other case": "Base64.Bearer.Token, eyJ0",
}


def repeating(inner: Any, name: bytes, values: list[str]) -> Any:
    """Return the application as it sees a client that sends a header several times."""

    async def outer(scope: dict[str, Any], receive: Any, send: Any) -> None:
        headers = [*scope["headers"], *[(name, value.encode()) for value in values]]
        await inner({**scope, "headers": headers}, receive, send)

    return outer


async def shake_hands(path: str, **headers: str) -> tuple[bool, str | int | None]:
    """Return how the handshake went, for a client that leaves at once."""
    client = Client(path, **headers)
    answer = await client.connect()
    await client.leave()
    return answer


@pytest.mark.parametrize(
    ("header", "selected"),
    [
        ("base64.bearer.token, eyJ0", "base64.bearer.token"),
        ("base64.bearer.token,eyJ0", "base64.bearer.token"),
        ("base64.bearer.token, ", "base64.bearer.token"),
    ],
    ids=["comma and space", "bare comma", "empty token"],
)
async def test_events_selects_only_the_fixed_subprotocol_never_the_token(header: str, selected: str) -> None:
    assert await shake_hands(EVENTS, sec_websocket_protocol=header) == (True, selected)


async def test_events_without_subprotocol_header_selects_none() -> None:
    assert await shake_hands(EVENTS) == (True, None)


@pytest.mark.parametrize("authentication", [False, True], ids=["authentication off", "authentication on"])
@pytest.mark.parametrize("header", MALFORMED_SUBPROTOCOLS.values(), ids=MALFORMED_SUBPROTOCOLS.keys())
async def test_events_refuses_a_malformed_subprotocol_header_before_the_accept(
    settings: Settings, header: str, authentication: bool
) -> None:
    settings.OAUTH2_ACTIVE = authentication

    assert await shake_hands(EVENTS, sec_websocket_protocol=header) == (False, 1002)


@pytest.mark.parametrize("path", [ENGINE_SETTINGS, PROCESSES])
@pytest.mark.parametrize("token", ["", "eyJ0"], ids=["empty", "some token"])
async def test_a_deprecated_channel_lets_in_any_token_while_authentication_is_off(path: str, token: str) -> None:
    assert await shake_hands(path + token) == (True, None)


@pytest.mark.parametrize("path", [ENGINE_SETTINGS, PROCESSES])
async def test_a_deprecated_channel_selects_no_subprotocol(path: str) -> None:
    assert await shake_hands(path, sec_websocket_protocol="base64.bearer.token, eyJ0") == (True, None)


@pytest.mark.parametrize("authentication", [False, True], ids=["authentication off", "authentication on"])
@pytest.mark.parametrize("query", ["", "?", "?other=1", "?Token=x"])
@pytest.mark.parametrize("path", ["/api/settings/ws-status/", "/api/processes/all/"])
async def test_a_deprecated_channel_refuses_a_handshake_without_token_parameter(
    settings: Settings, path: str, query: str, authentication: bool
) -> None:
    settings.OAUTH2_ACTIVE = authentication

    accepted, _ = await shake_hands(path + query)

    assert not accepted


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/api/ws/events/",
        "/api/ws/events/more",
        "/more/api/ws/events",
        "/api/ws/",
        "/api/settings/ws-status?token=",
        "/api/settings/ws-status/more/?token=",
        "/api/processes/all?token=",
        "/api/processes/?token=",
        "/api/settings/status",
    ],
)
async def test_any_other_path_is_refused(path: str) -> None:
    accepted, _ = await shake_hands(path)

    assert not accepted


@pytest.mark.parametrize(
    ("path", "headers", "detail", "code"),
    [
        (EVENTS, {"sec_websocket_protocol": "base64.bearer.token, eyJ0"}, "Invalid or expired token", 1008),
        (EVENTS, {}, "Not authenticated", 1008),
        (ENGINE_SETTINGS + "eyJ0", {}, "Invalid or expired token", 1000),
        (ENGINE_SETTINGS, {}, "Not authenticated", 1000),
        (PROCESSES + "eyJ0", {}, "Invalid or expired token", 1000),
        (PROCESSES, {}, "Not authenticated", 1000),
    ],
    ids=[
        "events, token",
        "events, no token",
        "engine-settings, token",
        "engine-settings, empty token",
        "processes, token",
        "processes, empty token",
    ],
)
async def test_an_unauthenticated_client_gets_one_error_frame_and_the_close_code_of_its_channel(
    settings: Settings, path: str, headers: dict[str, str], detail: str, code: int
) -> None:
    settings.OAUTH2_ACTIVE = True
    client = Client(path, host="testserver", origin="http://testserver", **headers)

    accepted, _ = await client.connect()

    assert accepted
    assert await client.frame() == (
        f'{{"error":{{"status_code":401,"detail":"{detail}","headers":{{"WWW-Authenticate":"Bearer"}}}}}}'
    )
    close = await client.message()
    assert (close["type"], close["code"]) == ("websocket.close", code)
    await client.leave(code)


@pytest.mark.parametrize(
    ("origin", "is_allowed"),
    [
        ("https://ui.example.org", True),
        ("https://ui.example.org:443", True),
        ("http://ui.example.org:8080", True),
        ("http://ui.example.org", False),
        ("https://ui.example.org:8443", False),
        ("https://ui.example.org:8080", False),
        ("https://example.org", False),
        ("https://deep.ui.example.org", False),
        ("https://ui.example.org.evil.test", False),
        ("https://ui.example.org@evil.test", False),
        ("https://evil.test/https://ui.example.org", False),
        ("https://evil.test", False),
        ("HTTPS://ui.example.org", False),
        ("https://UI.example.org", False),
        ("https://ui.example.org.", False),
        ("https://ui.example.org/", False),
        ("https://user@ui.example.org", False),
        ("https://user:secret@ui.example.org", False),
        ("https://ui.example.org:", False),
        ("https://ui.example.org:0443", True),
        ("https://ui.example.org:000443", False),
        ("https://ui.example.org?", False),
        ("https://ui.example.org#", False),
        ("https://ui.example.org\n", False),
        (" https://ui.example.org", False),
        ("https://ui.example.org https://ui.example.org", False),
        ("https://ui.example.org, https://ui.example.org", False),
        ("wss://ui.example.org", False),
        ("null", False),
    ],
)
async def test_an_origin_is_compared_by_scheme_host_and_port(origin: str, is_allowed: bool) -> None:
    client = Client(EVENTS, application=application, host="api.example.org", origin=origin)

    accepted, _ = await client.connect()

    await client.leave()
    assert accepted is is_allowed


@pytest.mark.parametrize("origins", [["https://ui.example.org"] * 2, ["https://ui.example.org", "https://evil.test"]])
async def test_several_origins_are_none(origins: list[str]) -> None:
    client = Client(EVENTS, application=repeating(application, b"origin", origins), host="api.example.org")

    accepted, _ = await client.connect()

    await client.leave()
    assert not accepted


async def test_several_hosts_are_none_of_the_servers_own(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["api.example.org", "evil.test"]
    twice = repeating(application, b"host", ["api.example.org", "evil.test"])
    client = Client(EVENTS, application=twice, origin="https://api.example.org")

    accepted, _ = await client.connect()

    await client.leave()
    assert not accepted


@pytest.mark.parametrize("path", [EVENTS, ENGINE_SETTINGS, PROCESSES])
async def test_a_client_without_origin_is_no_browser_and_gets_in_while_authentication_is_off(path: str) -> None:
    accepted, _ = await shake_hands(path, host="api.example.org")

    assert accepted


@pytest.mark.parametrize(
    ("path", "headers", "is_heard"),
    [
        (EVENTS, {}, False),
        (EVENTS, {"cookie": "sessionid=abc"}, False),
        (EVENTS, {"sec_websocket_protocol": "base64.bearer.token, eyJ0"}, True),
        (ENGINE_SETTINGS, {}, False),
        (ENGINE_SETTINGS + "eyJ0", {}, True),
        (PROCESSES, {"cookie": "sessionid=abc"}, False),
        (PROCESSES + "eyJ0", {}, True),
    ],
)
async def test_with_authentication_a_client_without_origin_must_show_a_token(
    settings: Settings, path: str, headers: dict[str, str], is_heard: bool
) -> None:
    settings.OAUTH2_ACTIVE = True

    accepted, _ = await shake_hands(path, host="testserver", **headers)

    assert accepted is is_heard


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("api.example.org", "https://api.example.org"),
        ("api.example.org", "http://api.example.org"),
        ("api.example.org:443", "https://api.example.org"),
        ("API.example.org", "https://api.example.org"),
        ("127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("[::1]:8000", "http://[::1]:8000"),
    ],
)
async def test_a_page_of_the_servers_own_origin_gets_in(settings: Settings, host: str, origin: str) -> None:
    settings.ALLOWED_HOSTS = ["api.example.org", "127.0.0.1", "[::1]"]

    accepted, _ = await shake_hands(EVENTS, host=host, origin=origin)

    assert accepted


async def test_a_host_that_is_not_the_servers_makes_no_page_its_own(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["api.example.org"]

    accepted, _ = await shake_hands(EVENTS, host="rebound.evil.test", origin="http://rebound.evil.test")

    assert not accepted


@pytest.mark.parametrize(("scheme", "is_allowed"), [("wss", False), ("ws", True)])
async def test_a_page_without_tls_is_none_of_a_server_with_it(
    settings: Settings, scheme: str, is_allowed: bool
) -> None:
    settings.ALLOWED_HOSTS = ["api.example.org"]

    async def over(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await application({**scope, "scheme": scheme}, receive, send)

    client = Client(EVENTS, application=over, host="api.example.org", origin="http://api.example.org")

    accepted, _ = await client.connect()

    await client.leave()
    assert accepted is is_allowed


@pytest.mark.parametrize("path", [EVENTS, ENGINE_SETTINGS, PROCESSES])
@pytest.mark.parametrize(
    "origin", ["http://127.0.0.1:9000", "http://127.0.0.1", "http://localhost:8000"], ids=["port", "no port", "host"]
)
async def test_a_page_of_another_origin_is_refused_on_every_channel(path: str, origin: str) -> None:
    accepted, _ = await shake_hands(path, host="127.0.0.1:8000", origin=origin)

    assert not accepted


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "testserver", "origin": "null"},
        {"host": "testserver", "origin": ""},
        {"host": "testserver", "origin": "testserver"},
        {"host": "testserver", "origin": "//testserver"},
        {"host": "testserver", "origin": "http://["},
        {"host": "testserver", "origin": "http://testserver:port"},
        {"host": "testserver", "origin": "\xff\xfe"},
        {"origin": "null"},
        {"origin": ""},
    ],
    ids=[
        "null",
        "empty",
        "no scheme",
        "no scheme, slashes",
        "open bracket",
        "port no number",
        "no text",
        "null, no host",
        "empty, no host",
    ],
)
async def test_a_malformed_origin_is_refused(headers: dict[str, str]) -> None:
    client = Client(EVENTS, application=application, **headers)

    accepted, _ = await client.connect()

    await client.leave()
    assert not accepted


async def test_every_origin_gets_in_where_all_are_allowed() -> None:
    everyone = ExactOriginValidator(URLRouter(websocket_urlpatterns), ["*"])
    client = Client(EVENTS, application=everyone, host="testserver", origin="https://anywhere.test")

    accepted, _ = await client.connect()

    await client.leave()
    assert accepted
