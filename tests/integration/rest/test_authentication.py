"""With authentication on and no identity provider, nobody is let in (REST contract, section 1)."""

from collections.abc import Callable

import pytest
from pytest_django import Settings

from tests.integration.engine.stored_processes import UNKNOWN_ID
from tests.integration.rest.api import Api

ROUTES = [
    ("GET", "/api/processes"),
    ("GET", "/api/processes/status-counts"),
    ("GET", f"/api/processes/{UNKNOWN_ID}"),
    ("POST", "/api/processes/demo_retry"),
    ("PATCH", f"/api/processes/{UNKNOWN_ID}"),
    ("DELETE", f"/api/processes/{UNKNOWN_ID}"),
    ("PUT", f"/api/processes/{UNKNOWN_ID}/resume"),
    ("PUT", f"/api/processes/{UNKNOWN_ID}/abort"),
    ("GET", "/api/settings/status"),
    ("PUT", "/api/settings/status"),
    ("GET", "/api/settings/worker-status"),
]


@pytest.fixture(autouse=True)
def authentication_on(settings: Settings) -> None:
    """Require a token, which nobody can have."""
    settings.OAUTH2_ACTIVE = True


@pytest.mark.parametrize(("method", "path"), ROUTES, ids=[" ".join(route) for route in ROUTES])
def test_without_token_no_endpoint_answers(method: str, path: str, api: Api, recorded: Callable[[], str]) -> None:
    answer = api.send(method, path, [{}])

    assert (answer.status, answer.body) == (401, {"detail": "Not authenticated"})
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert recorded() == ""


@pytest.mark.parametrize("header", ["Bearer abc.def.ghi", "bearer abc.def.ghi", "Bearer  abc"])
def test_a_token_that_names_nobody_is_refused(header: str, api: Api) -> None:
    answer = api.get("/api/processes", authorization=header)

    assert (answer.status, answer.body) == (401, {"detail": "Invalid or expired token"})
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic abc"])
def test_a_header_without_bearer_token_is_as_no_header(header: str, api: Api) -> None:
    answer = api.get("/api/processes", authorization=header)

    assert (answer.status, answer.body) == (401, {"detail": "Not authenticated"})


def test_the_token_is_asked_for_before_the_body_is_read(api: Api) -> None:
    answer = api.send("POST", "/api/processes/demo_retry", raw="{not json")

    assert answer.status == 401


def test_health_answers_everybody(api: Api) -> None:
    answer = api.get("/api/health/")

    assert (answer.status, answer.body) == (200, "OK")


def test_with_authentication_off_any_token_is_let_in(api: Api, settings: Settings) -> None:
    settings.OAUTH2_ACTIVE = False

    answer = api.get("/api/processes", authorization="Bearer whatever")

    assert answer.status == 200
