"""The headers of every kind of HTTP answer, and the way to HTTPS, behind a proxy that ends TLS."""

from collections.abc import Iterator

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.functional.clients import WebSocketClient
from tests.functional.installations import Databases, installation
from tests.servers import Server
from tests.servers import server as run_server

pytestmark = pytest.mark.once

BY_TLS = {"X-Forwarded-Proto": "https"}
PRODUCTION = {"DEBUG": "false", "SECRET_KEY": "k" * 50, "OAUTH2_ACTIVE": "false", "HTTPS": "true"}

HEADERS = {
    # Its directives come in any order, and the table has them in alphabetic order.
    "Content-Security-Policy": (
        "base-uri 'none'; connect-src 'self'; default-src 'none'; font-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; img-src 'self'; script-src 'self'; style-src 'self'"
    ),
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains; preload",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": (
        "camera=(), display-capture=(), geolocation=(), microphone=(), midi=(), payment=(), serial=(), usb=()"
    ),
}
UNKNOWN = "/api/processes/5d0b7c1e-2f64-4a19-9c3a-7be1d20f4a01"

ANSWERS = {
    "API list": ("GET", "/api/processes/", {}, 200),
    "API nothing new": ("GET", "/api/processes/", {"If-None-Match": 'W/"0x0"'}, 304),
    "API malformed body": ("PUT", "/api/settings/status", {}, 422),
    "API body too large": ("PUT", "/api/settings/status", {}, 413),
    "API unknown id": ("GET", UNKNOWN, {}, 404),
    "API unknown route": ("GET", "/api/nothing", {}, 404),
    "API wrong method": ("PUT", "/api/health", {}, 405),
    "API preflight": (
        "OPTIONS",
        "/api/processes/",
        {"Origin": "https://a", "Access-Control-Request-Method": "GET"},
        200,
    ),
    "health": ("GET", "/api/health", {}, 200),
    "static file": ("GET", "/static/events/client.js", {}, 200),
    "no static file": ("GET", "/static/events/nothing.js", {}, 404),
    "admin": ("GET", "/admin/login/", {}, 200),
    "admin without login": ("GET", "/admin/processes/process/", {}, 302),
    "admin without CSRF token": ("POST", "/admin/login/", {}, 403),
    "unknown route": ("GET", "/nothing", {}, 404),
    "unknown host": ("GET", "/admin/login/", {"Host": "evil.example.org"}, 400),
}
every_answer = pytest.mark.parametrize("kind", ANSWERS)


@pytest.fixture(scope="module")
def safe_server(databases: Databases) -> Iterator[Server]:
    """Run a server in the manner of production; this machine is the proxy that it trusts."""
    with installation(databases) as environment, run_server(**environment, **PRODUCTION) as running:
        yield running


def headers_of(answer: httpx.Response) -> dict[str, str]:
    """Return those of the table that the answer has; one that came twice is none of the table's."""
    found = {name: ", ".join(answer.headers.get_list(name)) for name in HEADERS if name in answer.headers}
    policy = found.get("Content-Security-Policy", "")
    return {**found, "Content-Security-Policy": "; ".join(sorted(policy.split("; ")))}


def ask(server: Server, kind: str, **headers: str) -> httpx.Response:
    method, path, own_headers, status = ANSWERS[kind]
    body = b"x" * (2_000_000 if status == 413 else 0)
    answer = server.http.request(method, path, headers={**BY_TLS, **own_headers, **headers}, content=body)
    assert answer.status_code == status
    return answer


@every_answer
@pytest.mark.parametrize("header", HEADERS)
def test_every_answer_has_every_header(safe_server: Server, kind: str, header: str) -> None:
    assert headers_of(ask(safe_server, kind)).get(header) == HEADERS[header]


@every_answer
def test_no_answer_names_the_server(safe_server: Server, kind: str) -> None:
    assert {"server", "x-powered-by"}.isdisjoint(ask(safe_server, kind).headers)


@every_answer
def test_only_the_callers_browser_keeps_answers_of_the_api_and_asks_each_time(safe_server: Server, kind: str) -> None:
    policy = ask(safe_server, kind).headers.get("Cache-Control")

    assert (policy == "private, no-cache") is ANSWERS[kind][1].startswith("/api/")


def test_a_request_in_the_clear_is_redirected_and_promises_nothing(safe_server: Server) -> None:
    path = "/admin/login/?next=/admin/"
    answer = safe_server.http.get(path)

    assert (answer.status_code, answer.headers["Location"]) == (301, f"https://127.0.0.1:{safe_server.port}{path}")
    assert headers_of(answer) == {name: value for name, value in HEADERS.items() if name != "Strict-Transport-Security"}


def test_health_is_answered_in_the_clear_too(safe_server: Server) -> None:
    assert safe_server.http.get("/api/health").json() == "OK"


def test_a_client_that_is_no_proxy_cannot_claim_tls(databases: Databases) -> None:
    strangers = {"FORWARDED_ALLOW_IPS": "192.0.2.1"}
    with installation(databases) as environment, run_server(**environment, **PRODUCTION, **strangers) as running:
        assert running.http.get("/admin/login/", headers=BY_TLS).status_code == 301
        with pytest.raises(InvalidStatus, match="403"), WebSocketClient(running.websocket_url(), headers=BY_TLS):
            pass


def test_a_websocket_in_the_clear_is_refused(safe_server: Server) -> None:
    with pytest.raises(InvalidStatus, match="403"), WebSocketClient(safe_server.websocket_url()):
        pass


def test_a_websocket_by_tls_is_served(safe_server: Server) -> None:
    with WebSocketClient(safe_server.websocket_url(), headers=BY_TLS) as client:
        client.ping()


def test_no_compression_is_agreed_on(safe_server: Server) -> None:
    with connect(
        safe_server.websocket_url(), additional_headers=BY_TLS, compression="deflate", proxy=None
    ) as connection:
        assert connection.response is not None
        assert "Sec-WebSocket-Extensions" not in connection.response.headers


def test_the_cookies_of_the_admin_stay_in_tls_and_away_from_scripts(safe_server: Server) -> None:
    page = ask(safe_server, "admin")

    [cookie] = page.headers.get_list("set-cookie")
    attributes = {word.strip().partition("=")[0].lower() for word in cookie.split(";")[1:]}
    assert {"secure", "httponly", "samesite"} <= attributes
