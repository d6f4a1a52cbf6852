"""Configuration: a wrong value stops the start with one sentence, and authentication refuses whom it should."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.functional.clients import WebSocketClient
from tests.functional.installations import Databases
from tests.issuer import issuer
from tests.servers import ROOT, Server
from tests.servers import server as run_server
from tests.services import free_port
from tests.waiting import TIMEOUT_SECONDS

pytestmark = pytest.mark.once

SUBPROTOCOL = "base64.bearer.token"
REFUSED = '{"error":{"status_code":401,"detail":"Invalid or expired token","headers":{"WWW-Authenticate":"Bearer"}}}'
NOT_AUTHENTICATED = REFUSED.replace("Invalid or expired token", "Not authenticated")

CHECK = ["manage.py", "check"]
UVICORN = ["-m", "orchestrator_ws.uvicorn_server"]
DAPHNE = ["-m", "daphne", "-p", "{port}", "orchestrator_ws.asgi:application"]


def run(command: list[str], **environment: str) -> "subprocess.CompletedProcess[str]":
    arguments = [word.format(port=free_port()) for word in command]
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=3 * TIMEOUT_SECONDS,
    )


@pytest.mark.parametrize(
    ("command", "name", "value", "remedy"),
    [
        pytest.param(CHECK, "DEBUG", "maybe", "set it to true or false.", id="check-debug"),
        pytest.param(CHECK, "MAX_WORKERS", "0", "set it to a whole number from 1 to 256.", id="check-workers"),
        pytest.param(CHECK, "DATABASE_URL", "mysql://db/x", "set it to sqlite:///path or", id="check-database"),
        pytest.param(
            UVICORN, "REDIS_URL", "localhost:6379", "set it to redis://, rediss://, unix:// or", id="uvicorn-redis"
        ),
        pytest.param(DAPHNE, "PORT", "http", "set it to a port number from 1 to 65535.", id="daphne-port"),
    ],
)
def test_a_wrong_value_stops_the_start_with_one_sentence(
    command: list[str], name: str, value: str, remedy: str
) -> None:
    done = run(command, **{name: value})

    assert done.returncode == 1
    [sentence] = done.stderr.splitlines()
    assert sentence.startswith(f"{name}='{value}' is not valid (")
    assert remedy in sentence


@pytest.mark.parametrize("command", [CHECK, UVICORN, DAPHNE], ids=["check", "uvicorn", "daphne"])
def test_outside_of_development_a_start_without_secret_key_is_refused_with_one_sentence(command: list[str]) -> None:
    done = run(command, DEBUG="", SECRET_KEY="")

    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "SECRET_KEY is missing or too short: set it to at least 32 random characters, or set DEBUG=true."
    ]


@pytest.mark.parametrize("missing", ["OIDC_ISSUER", "OIDC_AUDIENCE"])
def test_a_start_with_authentication_and_without_identity_provider_is_refused_with_one_sentence(missing: str) -> None:
    variables = {"OAUTH2_ACTIVE": "true", "OIDC_ISSUER": "https://id.example.org", "OIDC_AUDIENCE": "orchestrator"}

    done = run(CHECK, **{**variables, missing: ""})

    assert done.returncode == 1
    [sentence] = done.stderr.splitlines()
    assert sentence.startswith(f"{missing} is missing while callers must authenticate: set it to ")


@pytest.fixture(scope="module", params=["daphne", "uvicorn"])
def closed_server(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Server]:
    """A server with authentication on."""
    environment = {"DATABASE_URL": databases.fresh(), "REDIS_URL": ""}
    with issuer() as provider, run_server(program=request.param, **environment, **provider.environment) as running:
        yield running


def of_its_own_page(server: Server) -> dict[str, str]:
    """Return what a browser sends from a page of the server; a client that is no browser must show a token."""
    return {"Origin": f"http://127.0.0.1:{server.port}"}


@pytest.mark.parametrize(
    ("subprotocols", "frame"),
    [
        pytest.param(None, NOT_AUTHENTICATED, id="no-token"),
        pytest.param([SUBPROTOCOL, "not.a.token"], REFUSED, id="any-token"),
    ],
)
def test_events_refuses_with_one_error_frame_and_1008(
    closed_server: Server, subprotocols: list[str] | None, frame: str
) -> None:
    url = closed_server.websocket_url()
    with WebSocketClient(url, subprotocols=subprotocols, headers=of_its_own_page(closed_server)) as client:
        assert client.connection.subprotocol == (subprotocols and SUBPROTOCOL)
        assert client.wait_for_close() == 1008
        assert client.frames == [frame]
    assert "Traceback" not in closed_server.log.read_text()


@pytest.mark.parametrize("path", ["/api/settings/ws-status/", "/api/processes/all/"])
@pytest.mark.parametrize(("token", "frame"), [("", NOT_AUTHENTICATED), ("x", REFUSED)], ids=["empty", "any-token"])
def test_the_deprecated_channels_refuse_with_one_error_frame_and_1000(
    closed_server: Server, path: str, token: str, frame: str
) -> None:
    url = closed_server.websocket_url(f"{path}?token={token}")
    with WebSocketClient(url, headers=of_its_own_page(closed_server)) as client:
        assert client.wait_for_close() == 1000
        assert client.frames == [frame]


@pytest.mark.parametrize(
    ("headers", "detail"),
    [
        pytest.param({}, "Not authenticated", id="no-token"),
        pytest.param({"Authorization": "Bearer not.a.token"}, "Invalid or expired token", id="any-token"),
    ],
)
def test_rest_refuses_with_401(closed_server: Server, headers: dict[str, str], detail: str) -> None:
    answer = closed_server.http.get("/api/processes/", headers=headers)

    assert answer.status_code == 401
    assert answer.json() == {"detail": detail}
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_health_is_open_to_everyone(closed_server: Server) -> None:
    assert closed_server.http.get("/api/health/").json() == "OK"
